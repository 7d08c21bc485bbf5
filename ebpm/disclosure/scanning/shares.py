"""Shares in what is written from which a small count follows: 0.0125 of 80 is one person."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ebpm.disclosure.scanning.fragments import Fragment
from ebpm.disclosure.scanning.grids import Row
from ebpm.disclosure.scanning.groups import GRIDS
from ebpm.disclosure.scanning.known import GROUPING, Known
from ebpm.disclosure.scanning.matching import Find

DECIMAL = re.compile(r"[-+]?(\d[\d,]*\.\d+)%?")
PERCENT = frozenset({"%", "percent"})
MOST_LEVELS = 12
MOST_ROWS = 5_000
FEWEST_DIGITS = 2
Rows = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Shares:
    """Every share of a table that belongs to a small count, in all rows and in each group.

    Parameters
    ----------
    values : sorted, shape (k,).
    sizes : of how many rows each is a share, shape (k,).
    columns : the column of each.
    words : what a reader calls a column.
    """

    values: NDArray[np.float64]
    sizes: NDArray[np.int64]
    columns: tuple[str, ...]
    words: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, table: Known, min_cell: int) -> Shares:
        """Return those of a table."""
        found = sorted(set(_small(table, min_cell)))
        called = {name: frozenset(_called(table, name)) for _, _, name in found}
        values, sizes = (np.array([one[place] for one in found]) for place in (0, 1))
        return cls(values, sizes, tuple(name for *_, name in found), called)

    def told(self, cell: str, row: Row, *, per: float) -> bool:
        """Return whether a cell is one of the shares, and its row says of what, or of how many.

        Parameters
        ----------
        cell : a number with decimals.
        row : where it stands.
        per : 100 for a percentage, else 1.
        """
        text = cell.rstrip("%").lstrip("+-").replace(",", "")
        if len(text.lstrip("0.").replace(".", "")) < FEWEST_DIGITS:
            return False
        half, line = 0.5 * 10.0 ** -len(text.partition(".")[2]) * (1 + 1e-9), " ".join(row).casefold()
        return any(
            str(self.sizes[place]) in row or any(word in line for word in self.words[self.columns[place]])
            for place in self._near(float(text) / per, half / per)
        )

    def _near(self, value: float, within: float) -> range:
        return range(*np.searchsorted(self.values, (value - within, value + within)).tolist())


def small_shares(piece: Fragment, table: Known, *, min_cell: int) -> Iterator[Find]:
    """Yield how many shares of a piece tell a small count."""
    rows = piece.rows if len(piece.rows) <= MOST_ROWS else ()
    cells = [(*one, row) for row in rows if len(row) > 1 for one in _decimals(row, grid=piece.where.endswith(GRIDS))]
    if not cells:
        return
    known = table.derived("shares", min_cell, Shares.of)
    found = {(cell, row) for cell, per, row in cells if known.told(cell, row, per=per)}
    if found:
        yield Find("X635", piece.where, table.dataset.id, len(found))


def _decimals(row: Row, *, grid: bool) -> Iterator[tuple[str, float]]:
    """Yield the numbers with decimals of a row; those that it says to be percentages with 100, else with 1."""
    whole = grid and any(cell in PERCENT for cell in row)
    for cell, following in zip(row, (*row[1:], ""), strict=True):
        if DECIMAL.fullmatch(cell):
            percent = whole or cell.endswith("%") or following in PERCENT
            yield cell, 100.0 if percent else 1.0


def _small(table: Known, min_cell: int) -> Iterator[tuple[float, int, str]]:
    """Yield share, size of the group and column where few of a group have a code, or all but few have it."""
    for name in _coded(table):
        for group in _groups(table, name):
            for held in table.places[name].values():
                count = len(np.intersect1d(held, group, assume_unique=True))
                for one in (count, len(group) - count):
                    if 0 < one < min_cell <= len(group):
                        yield from ((one / len(group), len(group), name), (1 - one / len(group), len(group), name))


def _coded(table: Known) -> Iterator[str]:
    """Yield the columns that hold a few codes and say something of a person."""
    for name, places in table.places.items():
        column = table.columns.get(name)
        telling = column is None or column.role in {
            "outcome",
            "quasi_identifier",
            "sensitive",
            "treatment",
            "covariate",
        }
        if telling and 1 < len(places) <= MOST_LEVELS:
            yield name


def _groups(table: Known, name: str) -> Iterator[Rows]:
    yield np.arange(len(table.frame))
    for other, column in table.columns.items():
        if other != name and column.role in GROUPING and len(table.places[other]) <= MOST_LEVELS:
            yield from table.places[other].values()


def _called(table: Known, name: str) -> Iterator[str]:
    column = table.columns.get(name)
    words = (name,) if column is None else (name, column.label.ja, column.label.en)
    yield from (one.casefold() for one in words if len(one) > 1)
