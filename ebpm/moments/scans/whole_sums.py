"""Sums of computed values that do not depend on the order of the rows: each value is cut into two whole numbers, which add up exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import reduce
from math import ceil, log2
from typing import Any

import narwhals as nw
import numpy as np

from ebpm.moments.frame import Floats
from ebpm.moments.scans.fixed_point import WORD
from ebpm.moments.scans.gathered.word_sums import gathered_words
from ebpm.moments.scans.interrupts import heard
from ebpm.moments.scans.profile import Table
from ebpm.moments.scans.words import HALF

SMALLEST = 2.0**-900


@dataclass(frozen=True, slots=True)
class Summand:
    """A value of every row, and how it is cut.

    Parameters
    ----------
    value : expression of finite floats.
    bound : that no value exceeds in size.
    rows : that are summed at most.
    factors : columns of floats whose product the value is, where it is one; these are added up batch by batch where the engine is near.
    counts : column of how many rows a row of the table stands for; empty where it is one.

    Formula: v = h 2^-a + l 2^-(a+b) with whole h and l, where rows x bound x 2^a and rows x 2^b stay below 2^62.

    Source: Demmel and Nguyen (2015), IEEE Transactions on Computers 64(7), on reproducible summation.
    """

    value: nw.Expr
    bound: float
    rows: int
    factors: tuple[str, ...] = ()
    counts: str = ""

    @classmethod
    def product(cls, factors: Sequence[str], bound: float, rows: int, counts: str = "") -> Summand:
        """Return the product of columns of floats; bound, rows and counts as above."""
        value: nw.Expr = reduce(lambda left, right: left * right, (nw.col(name) for name in factors))
        return cls(value, bound, rows, tuple(factors), counts)

    @property
    def bits(self) -> tuple[int, int]:
        """Bits after the point that the first and the second word keep."""
        room = WORD - max(self.rows, 1).bit_length()
        first = room - ceil(log2(max(self.bound, SMALLEST))) - 1
        return first, first + room

    def words(self, name: str) -> list[nw.Expr]:
        """Return the two words, as columns `name`_h and `name`_l."""
        first, second = self.bits
        scaled = self.value * 2.0**first
        high = scaled.floor()
        low = ((scaled - high) * 2.0 ** (second - first)).floor()
        words = (high.cast(nw.Int64), low.cast(nw.Int64))
        times = [word * nw.col(self.counts) for word in words] if self.counts else words
        return [word.alias(f"{name}_{half}") for word, half in zip(times, "hl", strict=True)]

    def total(self, high: int, low: int) -> float:
        """Return the sum of the values from the sums of their words, rounded once."""
        first, second = self.bits
        return float((Fraction(high) * 2 ** (second - first) + low) / Fraction(2) ** second)

    def column(self, name: str) -> nw.Expr:
        """Return the same as an expression of the columns of summed words."""
        first, second = self.bits
        high, low = (_float(nw.col(f"{name}_{word}").cast(nw.Int64)) for word in "hl")
        return high * 2.0**-first + low * 2.0**-second


def grouped(table: Table, by: Sequence[str], summands: Mapping[str, Summand], *more: nw.Expr) -> Table:
    """Return one row a group, with the summed words of every summand and more aggregates.

    Parameters
    ----------
    by : columns.
    more : aggregates of columns of the table, named.
    """
    names = [f"{name}_{word}" for name in summands for word in "hl"]
    words = table.with_columns(*(word for name, one in summands.items() for word in one.words(name)))
    return words.group_by(*by).agg(*more, *(nw.col(name).sum() for name in names))


def _float(word: nw.Expr) -> nw.Expr:
    """Return a whole number as the nearest float; pyarrow casts none beyond 2^53."""
    low = word % 2**HALF
    whole: nw.Expr = ((word - low) // 2**HALF).cast(nw.Float64) * 2.0**HALF + low.cast(nw.Float64)
    return whole


@dataclass(frozen=True, slots=True)
class Collected:
    """Sums of values by group, over all parts of a table.

    Parameters
    ----------
    keys : labels of the groups, in order.
    values : shape (G, m), each rounded once.
    whole : over all groups, shape (m,), each rounded once.
    """

    keys: tuple[Any, ...]
    values: Floats
    whole: Floats


@heard()
def collected(tables: Sequence[Table], by: str | tuple[str, ...], summands: Mapping[str, Summand]) -> Collected:
    """Return the sums of the groups of tables that `grouped` made with the same summands; keys are tuples where `by` is."""
    names = [f"{name}_{word}" for name in summands for word in "hl"]
    keys = (by,) if isinstance(by, str) else by
    found: dict[Any, list[int]] = {}
    for table in tables:
        for row in table.select(*keys, *names).collect().iter_rows():
            key = row[0] if isinstance(by, str) else tuple(row[: len(keys)])
            known = found.get(key, [0] * len(names))
            found[key] = [a + int(b) for a, b in zip(known, row[len(keys) :], strict=True)]
    keys = tuple(sorted(found, key=lambda key: (str(type(key)), key)))
    whole = [sum(column) for column in zip(*found.values(), strict=True)]
    values = np.array([_rounded(found[key], summands) for key in keys])
    return Collected(keys, values, np.array(_rounded(whole, summands)))


def _rounded(words: Sequence[int], summands: Mapping[str, Summand]) -> list[float]:
    return [one.total(words[2 * at], words[2 * at + 1]) for at, one in enumerate(summands.values())]


@heard()
def totals(tables: Sequence[Table], summands: Mapping[str, Summand]) -> dict[str, float]:
    """Return the sums of values over the rows of tables that share their columns; zero where there are no rows."""
    found = [0] * (2 * len(summands))
    for table in tables:
        found = [known + words for known, words in zip(found, _words(table, summands), strict=True)]
    return {
        name: one.total(high, low)
        for (name, one), high, low in zip(summands.items(), found[::2], found[1::2], strict=True)
    }


def _words(table: Table, summands: Mapping[str, Summand]) -> list[int]:
    """Return the sums of both words of each summand, one after the other."""
    if all(one.factors for one in summands.values()):
        scales = [(one.factors, *one.bits) for one in summands.values()]
        found = gathered_words(
            table, [(factors, 2.0**first, 2.0 ** (second - first)) for factors, first, second in scales],
            counts=next(iter(summands.values())).counts,
        )  # fmt: skip
        if found is not None:
            return found
    words = [word.sum() for name, one in summands.items() for word in one.words(name)]
    return [int(value or 0) for value in table.select(*words).collect().rows()[0]]
