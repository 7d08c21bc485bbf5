"""Execute a notebook so that the same source gives the same bytes."""

from __future__ import annotations

import ast
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from ebpm.data.sources import fetch
from ebpm.errors import DataError, DesignError
from ebpm.pilot import Pilot, read_pilot
from ebpm.pilot.results import PACKAGES
from ebpm.records import code_digest, digest, numerical_digest, write_whole
from ebpm.texts import LANGUAGES, label

GRAMMARS = "rfc3987_syntax"
"""A part that the schema of notebooks can do without: it builds grammars of addresses for longer than a pilot is evaluated."""
DIGESTS = "ebpm"
"""Where the metadata of a notebook hold what it comes from."""

QUIET = ["--IPKernelApp.log_level=ERROR"]
ALIKE = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
    "PYTHONUTF8": "1",
    "EBPM_LANG": "en",
    "LC_ALL": "C.UTF-8",
    "TZ": "UTC",
}


def execute(source: Path) -> Path:
    """Run a py:percent notebook from top to bottom and write the executed .ipynb beside it.

    Parameters
    ----------
    source : the .py file; cells are numbered, timings and versions are left out, so that a rerun changes no byte.

    Raises
    ------
    DesignError : if a cell fails; the notebook that was there is not touched.
    """
    target = source.with_suffix(".ipynb")
    write_whole(target, executed(source).encode())
    return target


def executed(source: Path) -> str:
    """Return what a py:percent notebook becomes when it is run from top to bottom; nothing is written.

    Raises
    ------
    DesignError : if a cell fails.
    """
    with _without(GRAMMARS):
        import jupytext
        import nbformat
        from nbclient import NotebookClient
        from nbclient.exceptions import CellExecutionError, DeadKernelError

    notebook = jupytext.read(source)
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number:02d}"
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    notebook.metadata = {"kernelspec": kernel, DIGESTS: came_from(source)}
    folder = {"metadata": {"path": str(source.parent)}}
    client = NotebookClient(
        notebook, timeout=600, kernel_name="python3", record_timing=False, resources=folder, extra_arguments=QUIET
    )
    try:
        client.execute(env={**os.environ, **ALIKE})
    except CellExecutionError as failure:
        raise DesignError(
            "notebook_failed", notebook=source.name, reason=f"{failure.ename}: {failure.evalue}"
        ) from None
    except DeadKernelError:
        died = {lang: label("notebook_kernel_died", lang) for lang in LANGUAGES}
        raise DesignError("notebook_failed", notebook=source.name, reason=died) from None
    notebook.metadata.pop("language_info", None)
    _keep_what_is_read(notebook)
    return nbformat.writes(notebook) + "\n"  # type: ignore[no-untyped-call,no-any-return]


@contextmanager
def _without(module: str) -> Iterator[None]:
    """Import others as if a module were not installed, unless it is loaded already."""
    if module in sys.modules:
        yield
        return
    sys.modules[module] = None  # type: ignore[assignment]
    try:
        yield
    finally:
        del sys.modules[module]


def came_from(source: Path) -> dict[str, Any]:
    """Return the SHA-256 of what a notebook comes from: its source, code, packages that compute, plan and data of each pilot.

    Parameters
    ----------
    source : the .py file; the pilots are those that it reads by a path written in it.
    """
    text = source.read_bytes()
    pilots = dict(_pilot(source.parent / path) for path in _read_in(text.decode()) if (source.parent / path).exists())
    environment = numerical_digest(PACKAGES[1:])
    return {"code": code_digest(), "environment": environment, "pilots": pilots, "source": digest(text)}


def _read_in(source: str) -> Iterator[str]:
    """Yield the paths of the pilots that a source names."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Call) and ast.unparse(node.func).rpartition(".")[2] == "read_pilot":
            yield from (one.value for one in node.args if isinstance(one, ast.Constant) and isinstance(one.value, str))


def _pilot(folder: Path) -> tuple[str, dict[str, Any]]:
    pilot = read_pilot(folder)
    return pilot.spec.id, {"plan": pilot.plan_digest, "data": dict(_tables(pilot))}


def _tables(pilot: Pilot) -> Iterator[tuple[str, str]]:
    """Yield the tables that are there, each with its digest."""
    for dataset in pilot.spec.data:
        with suppress(DataError):
            yield dataset.id, digest(fetch(dataset, pilot.folder))


def _keep_what_is_read(notebook: Any) -> None:
    """Drop the plain form of an output that has a formatted one: it repeats the numbers with digits that are noise.

    Of a cell with the tag `remove-stderr` drop what other programs wrote to the standard error.
    """
    for cell in (one for one in notebook.cells if "remove-stderr" in one.metadata.get("tags", ())):
        cell["outputs"] = [one for one in cell["outputs"] if one.get("name") != "stderr"]
    for output in (one for cell in notebook.cells for one in cell.get("outputs", ())):
        if "text/html" in output.get("data", {}):
            output["data"].pop("text/plain", None)
