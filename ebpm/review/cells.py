"""Cells of a notebook: source, line, and what each shows."""

from __future__ import annotations

import json
import re
from base64 import b64decode
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from itertools import zip_longest
from typing import Any

from ebpm.records.pictures import numbers_in
from ebpm.review import pages
from ebpm.review.doors import in_output, in_source
from ebpm.review.findings import Finding
from ebpm.texts import LANGUAGES, label

CELL = re.compile(r"^# %%", re.MULTILINE)
PICTURES = ("image/png", "image/svg+xml", "image/jpeg", "image/gif", "image/webp", "application/pdf")
SHOWN = ("text/html", "text/markdown", "text/latex", "application/json", "application/javascript", "text/plain")
INSIDE = re.compile(r"data:image/[\w.+-]+;base64,([A-Za-z0-9+/=\s]+)")
DECIMALS = re.compile(r"(?<![\d.,])[-−]?\d+\.\d{2,}(?![\d.])")


@dataclass(frozen=True, slots=True)
class Cell:
    """A cell of code.

    Parameters
    ----------
    number : its place among all cells of the notebook, from 0.
    source : its code.
    shown : its outputs as HTML or text.
    pictures : SHA-256 of each picture.
    foreign : how many pictures carry no numbers, because they were not drawn by this library alone.
    drawn : the numbers that its pictures carry.
    """

    number: int
    source: str
    shown: str
    pictures: tuple[str, ...]
    foreign: int
    drawn: str = ""


def cells(notebook: str) -> tuple[Cell, ...]:
    """Return the cells of code of an .ipynb text."""
    found = json.loads(notebook)["cells"]
    return tuple(_cell(number, one) for number, one in enumerate(found) if one["cell_type"] == "code")


def texts(notebook: str) -> dict[int, str]:
    """Return the cells of an .ipynb text that are words, by their place."""
    found = json.loads(notebook)["cells"]
    return {number: _joined(one["source"]) for number, one in enumerate(found) if one["cell_type"] != "code"}


def _cell(number: int, cell: Mapping[str, Any]) -> Cell:
    outputs = cell.get("outputs", ())
    shown = "\n".join(_shown(one) for one in outputs)
    drawn = [_joined(data) for one in outputs for kind, data in one.get("data", {}).items() if kind in PICTURES]
    carried = [numbers_in(_bytes(one)) for one in (*drawn, *INSIDE.findall(shown))]
    digests = tuple(sha256(data.encode()).hexdigest() for data in drawn)
    told = "\n".join(filter(None, carried))
    return Cell(number, _joined(cell["source"]), shown, digests, carried.count(None), told)


def _bytes(data: str) -> bytes:
    if "<svg" in data:
        return data.encode()
    try:
        return b64decode(data)
    except ValueError:
        return b""


def _shown(output: Mapping[str, Any]) -> str:
    data = output.get("data", {})
    kept = next((data[kind] for kind in SHOWN if kind in data), "")
    failed = "\n".join(str(output[name]) for name in ("ename", "evalue") if name in output)
    return _joined(output.get("text", failed or (kept if isinstance(kept, str | list) else json.dumps(kept))))


def _joined(text: Any) -> str:
    return "".join(text) if isinstance(text, list) else str(text)


def lines(source: str) -> tuple[int, ...]:
    """Return the line at which each cell of a py:percent source begins, from 1."""
    starts = (match.start() for match in CELL.finditer(source))
    return tuple(source.count("\n", 0, start) + 1 for start in starts)


def findings(pilot: str, name: str, claimed: str, found: str, *, same: bool) -> Iterator[Finding]:
    """Yield how the outputs of a notebook compare with those of its execution, and where it goes around the door."""
    for before, after in zip_longest(cells(claimed), cells(found)):
        one = before or after
        if one is not None:
            place = f"{name} [{one.number}]"
            yield _compared(pilot, place, before, after, same=same)
            yield from around(pilot, place, one)
    yield from _words(pilot, name, texts(claimed), texts(found))
    yield from typed(pilot, name, claimed)


def _words(pilot: str, name: str, claimed: Mapping[int, str], found: Mapping[int, str]) -> Iterator[Finding]:
    for number in sorted({*claimed, *found}):
        place = f"{name} [{number}]"
        if number in claimed and number in found:
            yield Finding(pilot, "text", place, *pages.difference(claimed[number].split(), found[number].split()))
        else:
            yield Finding(pilot, "text", place, "missing" if number in claimed else "extra")


def typed(pilot: str, name: str, notebook: str) -> Iterator[Finding]:
    """Yield numbers in the words of a notebook that its cells compute: the next run would not change them."""
    computed = {number for cell in cells(notebook) for number in DECIMALS.findall(cell.shown)}
    for number, text in texts(notebook).items():
        for one in sorted(computed & set(DECIMALS.findall(text))):
            yield Finding(pilot, "door", f"{name} [{number}]", "around", one, note=_note("typed"))


def _compared(pilot: str, place: str, claimed: Cell | None, found: Cell | None, *, same: bool) -> Finding:
    if claimed is None or found is None:
        return Finding(pilot, "output", place, "missing" if found is None else "extra")
    if claimed.source != found.source:
        return Finding(pilot, "output", place, "differs", claimed.source[:80], found.source[:80], _note("source"))
    before, after = pages.page(claimed.shown), pages.page(found.shown)
    words = [[*one.text.split(), *(cell for _, table in one.tables for cell in table)] for one in (before, after)]
    status, was, now = pages.difference(*words)
    if status in {"reproduced", "within_tolerance"} and claimed.pictures != found.pictures:
        return Finding(pilot, "output", place, "differs" if same else "not_run", note=_note("picture"))
    return Finding(pilot, "output", place, status, was, now)


def around(pilot: str, place: str, cell: Cell) -> Iterator[Finding]:
    """Yield where a cell goes around the door."""
    for code, what in (*in_source(cell.source), *in_output(cell.source, cell.shown)):
        yield Finding(pilot, "door", place, "around", what[:120], note=_note(code))
    if cell.foreign:
        yield Finding(pilot, "door", place, "around", str(cell.foreign), note=_note("foreign"))


def _note(code: str) -> dict[str, str]:
    return {lang: label(f"door_{code}", lang) for lang in LANGUAGES}
