"""Whether anything has changed since the last run: by digests of what went in and what came out, never by dates."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from ebpm.data.sources import fetch
from ebpm.pilot import truth
from ebpm.pilot.pilot import Pilot
from ebpm.pilot.planning import deviations, lock, reads
from ebpm.records import code_digest, digest, digest_of, environment

RECORD = "run.json"
BESIDE = ("pilot.yaml", lock.FILE, deviations.FILE, reads.FILE, truth.FILE)
Plain = dict[str, Any]


def inputs(pilot: Pilot) -> Plain:
    """Return the digests of everything that a run depends on: plan, data, logic model, notebook, code, environment.

    These stand in the record of a run, which is not committed: results.json has to be the same on every machine.
    """
    return {
        "files": {name: digest(file.read_bytes()) for name, file in _files(pilot)},
        "data": {dataset.id: digest(fetch(dataset, pilot.folder)) for dataset in pilot.spec.data},
        "code": code_digest(),
        "environment": digest_of(environment()),
    }


def _files(pilot: Pilot) -> Iterator[tuple[str, Path]]:
    for name in (*BESIDE, pilot.spec.logic_model, pilot.spec.notebook):
        file = pilot.folder / name
        if name and file.is_file():
            yield name, file


def record(came_from: Plain, files: Mapping[str, bytes], notebook: bytes) -> bytes:
    """Return the record of a run: digests of what went in and of what came out."""
    came_out = {name: digest(content) for name, content in files.items()}
    content = {
        "schema": 1,
        "inputs": came_from,
        "outputs": came_out,
        "notebook": digest(notebook) if notebook else "",
        "environment": environment(),
    }
    return (json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()


def is_fresh(folder: Path, came_from: Plain, notebook: Path | None) -> bool:
    """Return whether the last run had the same inputs, and all that it wrote is still as it wrote it."""
    results = folder / "results"
    try:
        last = json.loads((results / RECORD).read_text(encoding="utf-8"))
        written = {file.relative_to(results).as_posix() for file in results.rglob("*") if file.is_file()}
        outputs: dict[str, str] = last["outputs"]
        same = last["inputs"] == came_from and written == {*outputs, RECORD}
        return (
            same
            and all(digest((results / name).read_bytes()) == one for name, one in outputs.items())
            and (notebook is None or digest(notebook.with_suffix(".ipynb").read_bytes()) == last["notebook"])
        )
    except (OSError, ValueError, KeyError, TypeError):
        return False
