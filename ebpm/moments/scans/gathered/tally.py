"""Exact sums of whole numbers by cell: rows in order of their cells, cut into words whose products add up within 64 bits."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import combinations_with_replacement, product
from typing import Any

import numpy as np

from ebpm.moments.frame import Floats, Ints
from ebpm.moments.scans.words import Wholes

LONG, HALF, RADIX = 62, 32, 16  # bits: of a number or a sum, of half a sum, of a sort
WIDTHS = (28, 25, 23)  # bits of a word, of which the last lets 2^15 rows add products within 2^62
RUN = 16
Sum = tuple[int, int, int]  # power of the weight, and two places of v = (1, columns)
Term = tuple[Sum, int, int]  # of which sum, by how many bits it is shifted, and how often it counts
ROWS: Term = ((0, 0, 0), 0, 1)


@dataclass(frozen=True, slots=True)
class Runs:
    """Where rows of the same cell stand one after another.

    Parameters
    ----------
    order : of the rows; all as they are where these are in long runs already.
    starts : first row of each run, in that order.
    at : its cell.
    counts : its rows.
    """

    order: Any
    starts: Ints
    at: Ints
    counts: Ints

    @classmethod
    def of(cls, cells: Ints, size: int) -> Runs:
        """Return the runs of rows of cells, shape (n,), of which there are so many."""
        order: Any = slice(None)
        ends = cells[1:] != cells[:-1]
        if np.count_nonzero(ends) * RUN > len(cells):
            order = _order(cells, size)
            cells = cells[order]
            ends = cells[1:] != cells[:-1]
        starts = np.concatenate([[0], np.flatnonzero(ends) + 1])
        return cls(order, starts, cells[starts], np.diff(starts, append=len(cells)))

    @property
    def width(self) -> int:
        """Bits of a word of which products add up within 64 bits."""
        room = (LONG - int(self.counts.max()).bit_length()) // 2
        return next((width for width in WIDTHS if width <= room), WIDTHS[-1])


def _order(cells: Ints, size: int) -> Ints:
    """Return a stable order of cells, by as many bits at a time as numpy sorts without comparing."""
    order: Ints = np.argsort(cells.astype(np.uint16), kind="stable")
    if size > 1 << RADIX:
        order = order[np.argsort((cells[order] >> RADIX).astype(np.uint16), kind="stable")]
    return order


@dataclass(slots=True)
class Tally:
    """Sums of words and of products of two words, by cell.

    Parameters
    ----------
    size : cells.
    low, high : sums by term, in two halves, shape (size,) each.
    """

    size: int = 0
    low: dict[Term, Ints] = field(default_factory=dict)
    high: dict[Term, Ints] = field(default_factory=dict)

    def grow(self, size: int) -> None:
        """Make room for so many cells."""
        if size > self.size:
            self.move(np.arange(self.size), np.arange(self.size), size)

    def move(self, old: Ints, new: Ints, size: int) -> None:
        """Put the sums of cells at other places."""
        for sums in (self.low, self.high):
            for term, found in sums.items():
                sums[term] = np.zeros(size, dtype=np.int64)
                sums[term][new] = found[old]
        self.size = size

    def occupied(self) -> Ints:
        """Return the cells with rows."""
        return np.flatnonzero(self.low[ROWS] | self.high[ROWS])

    def add(self, cells: Ints, columns: Sequence[Floats], *, products: bool, weight: Floats | None = None) -> None:
        """Add rows.

        Parameters
        ----------
        cells : shape (n,), n no more than 2^15.
        columns : whole numbers, shape (n,) each.
        products : whether to add products too.
        weight : whole numbers w, shape (n,), with which sums of w and w^2 times everything are added.
        """
        if not columns and weight is None and self.size <= len(cells):
            self._begin(ROWS)
            self.low[ROWS] += np.bincount(cells, minlength=self.size)
            return
        runs = Runs.of(cells, self.size)
        own, w = (
            [Number.of(one[runs.order].astype(np.int64), runs.width) for one in some]
            for some in (columns, [] if weight is None else [weight])
        )
        self._enter(ROWS, runs.at, runs.counts)
        for term, values in _terms(own, w, products=products):
            self._enter(term, runs.at, np.add.reduceat(values, runs.starts))

    def _enter(self, term: Term, at: Ints, sums: Ints) -> None:
        self._begin(term)
        np.add.at(self.low[term], at, sums & ((1 << HALF) - 1))
        np.add.at(self.high[term], at, sums >> HALF)

    def _begin(self, term: Term) -> None:
        if term not in self.low:
            self.low[term], self.high[term] = (np.zeros(self.size, dtype=np.int64) for _ in range(2))

    def moments(self, cells: Ints, shifts: Sequence[int], *, products: bool) -> Wholes:
        """Return sums of w^p v v' with v = (1, columns + shifts), shape (n, P, m + 1, m + 1), of their first row without products."""
        m, powers = len(shifts), 1 + max(power for (power, _, _), _, _ in self.low)
        found: Wholes = np.zeros((len(cells), powers, m + 1 if products else 1, m + 1), dtype=object)
        for term, low in self.low.items():
            (power, left, right), shift, times = term
            whole = low[cells].astype(object) + self.high[term][cells].astype(object) * (1 << HALF)
            found[:, power, left, right] += whole * (times << shift)
        return np.stack([_shifted(found[:, power], shifts) for power in range(powers)], axis=1)


@dataclass(frozen=True, slots=True)
class Number:
    """Whole numbers in words, lowest first; the last has their sign.

    Parameters
    ----------
    words : shape (n,) each.
    width : bits of each but the last.
    bound : which no number exceeds in absolute value.
    """

    words: tuple[Ints, ...]
    width: int
    bound: int

    @classmethod
    def of(cls, values: Ints, width: int, bound: int = 0) -> Number:
        """Return whole numbers, cut."""
        bound = bound or max(-int(values.min()), int(values.max()))
        words = []
        for _ in range((bound.bit_length() - 1) // width):
            words.append(values & ((1 << width) - 1))
            values = values >> width
        return cls((*words, values), width, bound)

    def __mul__(self, other: Number) -> Number:
        """Return the product: at once where it is short, else by long multiplication."""
        bound, carry, words = self.bound * other.bound, np.zeros_like(self.words[0]), []
        if bound < 1 << LONG:
            return Number.of(self.whole * other.whole, self.width, bound)
        for place in range(len(self.words) + len(other.words) - 1):
            for i, word in enumerate(self.words):
                if 0 <= place - i < len(other.words):
                    carry = carry + word * other.words[place - i]
            words.append(carry & ((1 << self.width) - 1))
            carry = carry >> self.width
        return Number((*words, carry), self.width, bound)

    @property
    def whole(self) -> Ints:
        """The numbers, where they are short."""
        found = self.words[-1]
        for word in self.words[-2::-1]:
            found = (found << self.width) + word
        return found

    def sums(self, what: Sum) -> Iterator[tuple[Term, Ints]]:
        """Yield the terms of the number; two words at a time, which add up within 64 bits as well as a product."""
        for place in range(0, len(self.words), 2):
            pair = Number(self.words[place : place + 2], self.width, 0)
            yield (what, place * self.width, 1), pair.whole

    def products(self, what: Sum, other: Number) -> Iterator[tuple[Term, Ints]]:
        """Yield the terms of the product; of a number and itself, each pair of words once."""
        for (i, one), (j, two) in product(enumerate(self.words), enumerate(other.words)):
            if self is not other or i <= j:
                yield (what, (i + j) * self.width, 2 if self is other and i < j else 1), one * two


def _terms(columns: Sequence[Number], weight: Sequence[Number], *, products: bool) -> Iterator[tuple[Term, Ints]]:
    """Yield what is summed of columns q and a weight w, if there is one: q, q q', w, w q, w q q', w^2, w^2 q, w^2 q q'."""
    pairs = list(combinations_with_replacement(range(len(columns)), 2)) if products else []
    for j, column in enumerate(columns):
        yield from column.sums((0, 0, j + 1))
    for i, j in pairs:
        yield from columns[i].products((0, i + 1, j + 1), columns[j])
    for w in weight:
        yield from w.sums((1, 0, 0))
        yield from w.products((2, 0, 0), w)
        times = [w * column for column in columns]
        for j, own in enumerate(times):
            yield from own.sums((1, 0, j + 1))
            yield from w.products((2, 0, j + 1), own)
        for i, j in pairs:
            yield from columns[i].products((1, i + 1, j + 1), times[j])
            yield from times[i].products((2, i + 1, j + 1), times[j])


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
