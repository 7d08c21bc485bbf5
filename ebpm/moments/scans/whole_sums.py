"""Sums of computed values that do not depend on the order of the rows: each value is cut into two whole numbers, which add up exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from math import ceil, log2
from typing import Any

import narwhals as nw
import numpy as np

from ebpm.moments.frame import Floats
from ebpm.moments.scans.fixed_point import WORD
from ebpm.moments.scans.profile import Table

SMALLEST = 2.0**-900


@dataclass(frozen=True, slots=True)
class Summand:
    """A value of every row, and how it is cut.

    Parameters
    ----------
    value : expression of finite floats.
    bound : that no value exceeds in size.
    rows : that are summed at most.

    Formula: v = h 2^-a + l 2^-(a+b) with whole h and l, where rows x bound x 2^a and rows x 2^b stay below 2^62.

    Source: Demmel and Nguyen (2015), IEEE Transactions on Computers 64(7), on reproducible summation.
    """

    value: nw.Expr
    bound: float
    rows: int

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
        return [high.cast(nw.Int64).alias(f"{name}_h"), low.cast(nw.Int64).alias(f"{name}_l")]

    def total(self, high: int, low: int) -> float:
        """Return the sum of the values from the sums of their words, rounded once."""
        first, second = self.bits
        return float((Fraction(high) * 2 ** (second - first) + low) / Fraction(2) ** second)

    def column(self, name: str) -> nw.Expr:
        """Return the same as an expression of the columns of summed words."""
        first, second = self.bits
        high, low = (nw.col(f"{name}_{word}").cast(nw.Int64).cast(nw.Float64) for word in "hl")
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


def totals(tables: Sequence[Table], summands: Mapping[str, Summand]) -> dict[str, float]:
    """Return the sums of values over the rows of tables that share their columns; zero where there are no rows."""
    names = [f"{name}_{word}" for name in summands for word in "hl"]
    found = dict.fromkeys(names, 0)
    for table in tables:
        row = (
            table.select(*(word.sum() for name, one in summands.items() for word in one.words(name)))
            .collect()
            .rows()[0]
        )
        for name, value in zip(names, row, strict=True):
            found[name] += int(value or 0)
    return {name: one.total(found[f"{name}_h"], found[f"{name}_l"]) for name, one in summands.items()}
