# ebpm: `make pilots` evaluates everything, `make test` checks it. `make help` lists the rest.

PYTHON ?= python3
VENV ?= .venv
PILOTS ?=
BIN := $(VENV)/bin
RUN := $(VENV)/.run
DEV := $(VENV)/.dev
SITE := $(VENV)/.site
MAKEFLAGS += --no-builtin-rules
.DEFAULT_GOAL := help

# pip 22.3 and later install into an environment that has no pip of its own, so Debian's python3-venv is not needed.
OUTER := $(PYTHON) -m pip --python $(BIN)/python
INSTALL = pip="$(BIN)/python -m pip"; $$pip --version >/dev/null 2>&1 || pip="$(OUTER)"; \
  $$pip install --quiet --disable-pip-version-check

.PHONY: help
help:  ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: pilots
pilots: $(RUN)  ## evaluate every pilot and its twin, from data to report (PILOTS="..." for some of them)
	$(BIN)/ebpm run $(PILOTS)

.PHONY: test
test: $(DEV)  ## the fast tests
	$(BIN)/python -m pytest

.PHONY: test-slow
test-slow: $(DEV)  ## coverage simulations and recovery over many seeds
	$(BIN)/python -m pytest -m slow

.PHONY: coverage
coverage: $(RUN)  ## simulate how often intervals cover, for docs/coverage.md (about an hour; ROWS="wild cace" for some lines)
	OMP_NUM_THREADS=1 $(BIN)/python docs/simulate_coverage.py $(ROWS)
	$(BIN)/python docs/make_coverage_table.py

.PHONY: lint
lint: $(DEV)  ## format, lint, import directions and types
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy

.PHONY: notebooks
notebooks: $(RUN)  ## execute the notebooks again
	$(BIN)/python -c 'from pathlib import Path; from ebpm.notebooks import execute; [print(execute(file)) for file in sorted(Path("notebooks").glob("*/*.py"))]'

.PHONY: any-size
any-size: $(DEV)  ## execute the notebook of 20 million rows again (DuckDB, Polars and Spark, so also Java; ten minutes, 4 GB)
	$(BIN)/python -c 'from pathlib import Path; from ebpm.notebooks import execute; [print(execute(file)) for file in sorted(Path("notebooks/any_size").glob("*/four_*.py"))]'

.PHONY: docs
docs: $(RUN)  ## write the generated pages of docs/ again
	$(BIN)/python docs/make_benchmark_table.py
	$(BIN)/python docs/make_coverage_table.py
	$(BIN)/python docs/make_glossary.py
	$(BIN)/python docs/make_reference_table.py
	$(BIN)/python docs/make_rules.py
	$(BIN)/python docs/make_twins_table.py

.PHONY: html
html: $(SITE)  ## build the documentation as a website, in docs/_build/html
	$(BIN)/sphinx-build --quiet --fail-on-warning --keep-going -c docs . docs/_build/html

.PHONY: bench
bench: $(DEV)  ## benchmarks, beside peers where benchmarks/peers.txt is installed (RECORD=docs/benchmarks.csv keeps the numbers)
	for file in $(filter-out %/contest.py,$(wildcard benchmarks/*.py)); do echo "$$file"; $(BIN)/python $$file; done

.PHONY: lock
lock:  ## choose the newest versions that Python 3.11 to 3.13 share (maintainers; needs uv)
	uv pip compile pyproject.toml --extra notebook --group dev $(LOCK) --output-file requirements/dev.txt
	uv pip compile pyproject.toml --extra notebook --group install --constraint requirements/dev.txt $(LOCK) \
	  --output-file requirements/run.txt
	uv pip compile pyproject.toml --extra notebook --group docs --constraint requirements/dev.txt $(LOCK) \
	  --output-file requirements/docs.txt
LOCK := --quiet --upgrade --universal --python-version 3.11 --fork-strategy fewest --generate-hashes --no-annotate --no-header

.PHONY: environment
environment: $(DEV)  ## only install

.PHONY: clean
clean:  ## remove the environment and the caches
	rm -rf $(VENV) docs/_build .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks .import_linter_cache build dist

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("ebpm needs Python 3.11 or later: make PYTHON=python3.12" if sys.version_info < (3, 11) else 0)'
	@$(PYTHON) -m venv --without-pip $(VENV)
	@$(OUTER) --version >/dev/null 2>&1 || $(PYTHON) -m venv $(VENV)

$(RUN): requirements/run.txt pyproject.toml | $(BIN)/python
	@echo "installing into $(VENV) (once, about a minute)"
	@$(INSTALL) --require-hashes --requirement requirements/run.txt
	@$(INSTALL) --no-deps --no-build-isolation --editable .
	@touch $@

$(DEV): requirements/dev.txt $(RUN)
	@echo "installing the tools of the tests into $(VENV)"
	@$(INSTALL) --require-hashes --requirement requirements/dev.txt
	@touch $@

$(SITE): requirements/docs.txt $(RUN)
	@echo "installing the tools of the documentation into $(VENV)"
	@$(INSTALL) --require-hashes --requirement requirements/docs.txt
	@touch $@
