"""Exact sums of whole numbers by cell: batches of rows whose words are so short that no float that adds them rounds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations_with_replacement
from typing import Any

import numpy as np

from ebpm.moments.frame import Floats, Ints
from ebpm.moments.scans.words import Wholes

WORD, SETTLED = 18, 1 << 26  # bits of a word, so that 2^17 rows add products below 2^53; rows whose sums stay within 63
LANES, RUN, SPARSE = 8, 16, 2
Word = tuple[int, int]  # a column, and which of its words
Term = tuple[Word, ...]


class Lots:
    """Rows of a batch by cell: first by runs of the same cell, where these are long, then by cell.

    Parameters
    ----------
    cells : of the rows, shape (n,).
    size : cells that there are.
    many : whether several sums are taken.
    """

    __slots__ = ("at", "bins", "lanes", "place", "rows", "starts")

    def __init__(self, cells: Ints, size: int, *, many: bool) -> None:
        self.rows, self.starts, self.lanes = len(cells), None, 1
        ends = cells[1:] != cells[:-1]
        if np.count_nonzero(ends) * RUN < len(cells):
            self.starts = np.concatenate([[0], np.flatnonzero(ends) + 1])
            cells = cells[self.starts]
        self.at: Any = slice(0, size)
        if many and size * LANES <= len(cells):  # next to one another they would wait for each other
            self.lanes, cells = LANES, cells * LANES
            cells += np.resize(np.arange(LANES), len(cells))
        elif size > SPARSE * len(cells):
            self.at, cells = np.unique(cells, return_inverse=True)
        self.place, self.bins = cells, (size if isinstance(self.at, slice) else len(self.at)) * self.lanes

    def sums(self, values: Floats | None) -> Ints:
        """Return the sums of values by cell of `at`; the number of rows without."""
        if self.starts is not None:
            values = np.diff(self.starts, append=self.rows) if values is None else np.add.reduceat(values, self.starts)
        found = np.bincount(self.place, values, minlength=self.bins)
        if self.lanes > 1:
            found = found.reshape(-1, self.lanes).sum(axis=1)
        return found.astype(np.int64)


@dataclass(slots=True)
class Tally:
    """Sums of words and of products of two words, by cell.

    Parameters
    ----------
    size : cells.
    recent, settled : sums by term, in 64 bits of the last rows, and without bounds of those before.
    rows : how many are in `recent`.
    """

    size: int = 0
    recent: dict[Term, Ints] = field(default_factory=dict)
    settled: dict[Term, Wholes] = field(default_factory=dict)
    rows: int = 0

    def grow(self, size: int) -> None:
        """Make room for so many cells."""
        if size > self.size:
            self.move(np.arange(self.size), np.arange(self.size), size)

    def move(self, old: Ints, new: Ints, size: int) -> None:
        """Put the sums of cells at other places."""
        for sums in (self.recent, self.settled):
            for term, found in sums.items():
                sums[term] = np.zeros(size, dtype=found.dtype)
                sums[term][new] = found[old]
        self.size = size

    def occupied(self) -> Ints:
        """Return the cells with rows."""
        return np.flatnonzero(self.whole(()))

    def add(self, cells: Ints, columns: Sequence[Floats], *, products: bool) -> None:
        """Add rows.

        Parameters
        ----------
        cells : shape (n,).
        columns : whole numbers, shape (n,) each.
        products : whether to add products too.
        """
        lots = Lots(cells, self.size, many=bool(columns))
        words = {(place, k): word for place, column in enumerate(columns) for k, word in enumerate(_words(column))}
        self._enter((), lots, None)
        for one, word in words.items():
            self._enter((one,), lots, word)
        for one, other in combinations_with_replacement(words, 2) if products else ():
            self._enter((one, other), lots, words[one] * words[other])
        self.rows += len(cells)
        if self.rows > SETTLED:
            self._settle()

    def _enter(self, term: Term, lots: Lots, values: Floats | None) -> None:
        if term not in self.recent:
            self.recent[term] = np.zeros(self.size, dtype=np.int64)
        self.recent[term][lots.at] += lots.sums(values)

    def _settle(self) -> None:
        self.settled = {term: self.whole(term) for term in self.recent}
        self.recent, self.rows = {term: np.zeros_like(found) for term, found in self.recent.items()}, 0

    def whole(self, term: Term) -> Wholes:
        """Return the sums of a term, shape (size,)."""
        found: Wholes = self.recent[term].astype(object)
        return found + self.settled[term] if term in self.settled else found

    def moments(self, cells: Ints, shifts: Sequence[int], *, products: bool) -> Wholes:
        """Return sums of v v' with v = (1, columns + shifts), shape (n, m + 1, m + 1), of their first row without products."""
        m = len(shifts)
        found: Wholes = np.zeros((len(cells), m + 1 if products else 1, m + 1), dtype=object)
        for term in self.recent:
            places = [place + 1 for place, _ in term]
            left, right = sorted([0, 0, *places])[-2:]
            value = self.whole(term)[cells] * (1 << WORD * sum(word for _, word in term))
            found[:, left, right] += value * (2 if left == right and len(set(term)) == 2 else 1)
        return _shifted(found, shifts)


def _shifted(found: Wholes, shifts: Sequence[int]) -> Wholes:
    """Return the sums after each column was shifted, in both triangles; those of the columns as they are stand in the upper."""
    count, single = found[:, 0, 0], found[:, 0, 1:].copy()
    for i, shift in enumerate(shifts):
        found[:, 0, i + 1] += count * shift
        if found.shape[1] > 1:
            found[:, i + 1, 0] = found[:, 0, i + 1]
            for j in range(i, len(shifts)):
                found[:, i + 1, j + 1] += single[:, i] * shifts[j] + single[:, j] * shift + count * (shift * shifts[j])
                found[:, j + 1, i + 1] = found[:, i + 1, j + 1]
    return found


def _words(values: Floats) -> Iterator[Floats]:
    """Yield the words of whole numbers, lowest first; the last has their sign."""
    while max(-values.min(), values.max()) >= 1 << WORD:
        rest = np.floor(values * 2.0**-WORD)
        yield values - rest * 2.0**WORD
        values = rest
    yield values
