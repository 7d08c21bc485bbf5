"""Execute a notebook so that the same source gives the same bytes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any
from uuid import uuid4

QUIET = ["--IPKernelApp.log_level=ERROR"]
ALIKE = {
    "MPLBACKEND": "module://matplotlib_inline.backend_inline",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PYTHONHASHSEED": "0",
}


def execute(source: Path) -> Path:
    """Run a py:percent notebook from top to bottom and write the executed .ipynb beside it.

    Parameters
    ----------
    source : the .py file; cells are numbered, timings and versions are left out, so that a rerun changes no byte.

    Raises
    ------
    nbclient.exceptions.CellExecutionError : if a cell fails; the notebook that was there is not touched.
    """
    import jupytext
    import nbformat
    from nbclient import NotebookClient

    notebook = jupytext.read(source)
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number:02d}"
    notebook.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
    folder = {"metadata": {"path": str(source.parent)}}
    NotebookClient(
        notebook, timeout=600, kernel_name="python3", record_timing=False, resources=folder, extra_arguments=QUIET
    ).execute(env={**os.environ, **ALIKE})
    notebook.metadata.pop("language_info", None)
    _keep_what_is_read(notebook)
    target = source.with_suffix(".ipynb")
    unfinished = target.with_suffix(f".{uuid4().hex}.new")
    unfinished.write_text(nbformat.writes(notebook) + "\n", encoding="utf-8", newline="\n")  # type: ignore[no-untyped-call]
    unfinished.replace(target)
    return target


def _keep_what_is_read(notebook: Any) -> None:
    """Drop the plain form of an output that has a formatted one: it repeats the numbers with digits that are noise."""
    for output in (one for cell in notebook.cells for one in cell.get("outputs", ())):
        if "text/html" in output.get("data", {}):
            output["data"].pop("text/plain", None)
