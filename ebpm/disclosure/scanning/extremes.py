"""Smallest and largest values that few hold, where what is written says that they are."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ebpm.disclosure.scanning.fragments import Fragment
from ebpm.disclosure.scanning.grids import grids_in
from ebpm.disclosure.scanning.known import NUMBER, Known
from ebpm.disclosure.scanning.lexicon import lists
from ebpm.disclosure.scanning.matching import Find

TELLING = 4
"""Digits by which a value is known without the name of its column."""


@dataclass(frozen=True, slots=True)
class Ends:
    """The ends of a column that fewer than the smallest cell hold.

    Parameters
    ----------
    column : its name.
    words : what a reader calls it.
    values : the smallest and the largest, those that few hold.
    """

    column: str
    words: tuple[str, ...]
    values: tuple[float, ...]

    def told(self, number: str, line: str) -> bool:
        """Return whether a number in a line is one of the ends as it is rounded, and known for it by its digits or its column."""
        text = number.replace(",", "")
        half = 0.5 * 10.0 ** -len(text.partition(".")[2]) * (1 + 1e-9)
        long = len(re.sub(r"[^\d]", "", text).strip("0")) >= TELLING
        near = any(abs(float(text) - one) <= half for one in self.values)
        return near and (long or any(word in line for word in self.words))


def extremes(piece: Fragment, table: Known, *, min_cell: int) -> Iterator[Find]:
    """Yield how many smallest or largest values of columns stand in a piece, said to be so.

    Parameters
    ----------
    piece : of a file.
    table : whose values must stay.
    min_cell : a value that fewer hold is one of few.
    """
    lines = [line.casefold() for line in _lines(piece) if _words().search(line)]
    if not lines:
        return
    ends = table.derived("ends", min_cell, _ends)
    found = {
        (line, one.column)
        for line in lines
        for one in ends
        for number in NUMBER.findall(line)
        if one.told(number, line)
    }
    if found:
        yield Find("X637", piece.where, f"{table.dataset.id}.{min(column for _, column in found)}", len(found))


def _lines(piece: Fragment) -> Iterator[str]:
    """Yield the lines of a piece, and every cell of its tables with what stands above and beside it."""
    yield from piece.prose.splitlines()
    for grid in (*piece.grids, *grids_in(piece.prose)):
        names = {line: row[0] for line, row in zip(grid.lines, grid.rows, strict=True) if row}
        yield from (f"{names[line]} {head} {cell}" for line, head, cell in grid.headed() if NUMBER.fullmatch(cell))


def _words() -> re.Pattern[str]:
    said = lists()["extremes"]
    return re.compile(rf"\b(?:{'|'.join(said['en'])})\b|{'|'.join(said['ja'])}", re.IGNORECASE)


def _ends(table: Known, min_cell: int) -> Sequence[Ends]:
    return [
        Ends(name, tuple(_called(table, name)), found)
        for name in table.numbers
        if (found := tuple(_held_by_few(table, name, min_cell)))
    ]


def _held_by_few(table: Known, name: str, min_cell: int) -> Iterator[float]:
    """Yield the ends that few hold; the ends of a scale are known from its contract and tell of nobody."""
    values, column = table.numbers[name], table.columns.get(name)
    scale = () if column is None or column.range is None else column.range
    for end in (values.min(), values.max()) if len(values) >= min_cell else ():
        if np.count_nonzero(values == end) < min_cell and end not in scale:
            yield float(end)


def _called(table: Known, name: str) -> Iterable[str]:
    column = table.columns.get(name)
    words = (name,) if column is None else (name, column.label.ja, column.label.en)
    return dict.fromkeys(one.casefold() for one in words if len(one) > 1)
