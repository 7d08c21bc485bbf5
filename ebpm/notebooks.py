"""Execute a notebook so that the same source gives the same bytes."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from ebpm.errors import DesignError
from ebpm.records import write_whole
from ebpm.texts import LANGUAGES, label

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
    import jupytext
    import nbformat
    from nbclient import NotebookClient
    from nbclient.exceptions import CellExecutionError, DeadKernelError

    notebook = jupytext.read(source)
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number:02d}"
    notebook.metadata = {"kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"}}
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


def _keep_what_is_read(notebook: Any) -> None:
    """Drop the plain form of an output that has a formatted one: it repeats the numbers with digits that are noise.

    Of a cell with the tag `remove-stderr` drop what other programs wrote to the standard error.
    """
    for cell in (one for one in notebook.cells if "remove-stderr" in one.metadata.get("tags", ())):
        cell["outputs"] = [one for one in cell["outputs"] if one.get("name") != "stderr"]
    for output in (one for cell in notebook.cells for one in cell.get("outputs", ())):
        if "text/html" in output.get("data", {}):
            output["data"].pop("text/plain", None)
