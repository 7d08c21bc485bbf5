"""Imports go one way, and `import ebpm` is cheap."""

from __future__ import annotations

import re
import subprocess
import sys
import tomllib

import pytest
from importlinter.cli import lint_imports

from tests.architecture.source import ROOT

HEAVY = (
    "numpy",
    "pandas",
    "scipy",
    "statsmodels",
    "linearmodels",
    "matplotlib",
    "pydantic",
    "ruamel",
    "jinja2",
    "narwhals",
)
ROUTINES = ("rct", "did", "its", "survey", "cohort")


def loaded_by(statement: str) -> set[str]:
    script = f"import sys; {statement}; print(*{{name.split('.')[0] for name in sys.modules}})"
    return set(
        subprocess.run([sys.executable, "-c", script], capture_output=True, check=True, text=True).stdout.split()
    )


def test_the_layers_of_pyproject_hold(capsys):
    kept = lint_imports(config_filename=str(ROOT / "pyproject.toml"), no_cache=True, no_logo=True)
    assert kept == 0, capsys.readouterr().out


def test_import_ebpm_loads_nothing_heavy():
    assert loaded_by("import ebpm").isdisjoint(HEAVY)


@pytest.mark.parametrize("room", ROUTINES)
def test_a_routine_loads_neither_models_nor_pictures_before_it_needs_them(room):
    assert loaded_by(f"import ebpm; ebpm.{room}; dir(ebpm.{room})").isdisjoint(
        {"statsmodels", "linearmodels", "matplotlib"}
    )


def test_the_page_on_architecture_lists_the_rooms_in_their_order():
    with (ROOT / "pyproject.toml").open("rb") as file:
        layers = tomllib.load(file)["tool"]["importlinter"]["contracts"][0]["layers"]
    rows = re.findall(r"^\| (`.*?`) \|", (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8"), re.MULTILINE)
    assert [re.findall(r"\w+", row) for row in rows] == [re.findall(r"\w+", layer) for layer in layers]
