"""One pass over a large table: which columns there are, how many rows, ranges, decimals, and what is missing."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from math import isfinite
from typing import Any

import narwhals as nw
import numpy as np

from ebpm.errors import DataError, did_you_mean
from ebpm.moments.scans.interrupts import heard

DECIMALS, TIGHT, SAMPLED = 5, 1e-6, 4096
WRITTEN = r"^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?$"  # a number as text
PATTERN = r"\*?|\^.*\$"  # names that Polars or DuckDB expand to all or to matching columns, or do not know
DOTTED = rf"{PATTERN}|.*[.`].*"  # on Spark also fields of columns
LARGE = 2.0**53  # floats beyond are whole, and some engines refuse to round what 64 bits do not hold
PERIODS = ("time", "first_treated")
Table = nw.LazyFrame[Any]


@dataclass(frozen=True, slots=True)
class Range:
    """What a column of numbers holds.

    Parameters
    ----------
    low, high : least and largest value.
    decimals : the fewest with which all values are written in full; None where more than five.
    missing : rows without a value.
    zeros : rows with the value zero, counted where values may be missing.
    """

    low: float
    high: float
    decimals: int | None
    missing: int
    zeros: int


def refuse_missing_columns(table: Table, columns: Sequence[tuple[str, str]]) -> None:
    """Refuse a table that lacks a column; pairs of column and argument.

    Raises
    ------
    DataError : naming the nearest column; a name that engines take for several columns.
    """
    names = table.collect_schema().names()
    pattern = DOTTED if table.implementation.is_spark_like() else PATTERN
    for column, argument in columns:
        if isinstance(column, str) and re.fullmatch(pattern, column, re.DOTALL):
            raise DataError("scan_column_name", argument=argument, column=column)
        if column in names and not isinstance(column, str):
            raise DataError("column_not_text", argument=argument, column=column)
        if column not in names:
            raise DataError(
                "missing_column", argument=argument, column=column, columns=", ".join(names), near=did_you_mean(column, names)
            )  # fmt: skip


@heard()
def read_profile(
    table: Table,
    numbers: Sequence[tuple[str, str]],
    labels: Sequence[tuple[str, str]] = (),
    *,
    gaps: Sequence[str] = (),
) -> tuple[int, dict[str, Range]]:
    """Return the rows of a table and the ranges of its columns of numbers.

    Parameters
    ----------
    table : a lazy table.
    numbers, labels : (column, argument) of the columns that are read.
    gaps : columns of numbers that may lack values.

    Raises
    ------
    DataError : no rows, a missing column, a column that is not of numbers, missing or infinite values.
    """
    refuse_missing_columns(table, [*numbers, *labels])
    schema = table.collect_schema()
    for column, argument in numbers:
        _refuse_words(table, schema[column], column, argument)
    values = {column: number(column, schema[column], finite=column in gaps) for column, _ in numbers}
    guesses = _guesses(table, {column: value for column, value in values.items() if _fractional(schema[column])})
    asked = [
        one for place, (column, value) in enumerate(values.items()) for one in _facts(value, place, guesses.get(column))
    ]
    asked += [_zeros(value, place) for place, (column, value) in enumerate(values.items()) if column in gaps]
    missing = [nw.col(column).null_count().alias(f"label_{place}") for place, (column, _) in enumerate(labels)]
    found = table.select(nw.len().alias("rows"), *asked, *missing).collect().rows(named=True)[0]
    rows = int(found["rows"])
    if not rows:
        raise DataError("empty_data", rows=0)
    for place, (column, argument) in enumerate(labels):
        _refuse_missing(int(found[f"label_{place}"]), rows, column, argument)
    decimals = {column: _held(found, place, guesses.get(column, 0)) for place, column in enumerate(values)}
    wrong = {
        column: values[column] for column, guess in guesses.items() if guess is not None and decimals[column] is None
    }
    decimals |= _decimals(table, wrong)
    ranges = {column: _range(found, place, decimals[column]) for place, column in enumerate(values)}
    for column, argument in numbers:
        if column not in gaps:
            _refuse_missing(ranges[column].missing, rows, column, argument)
            _refuse_infinite(ranges[column], column, argument)
    return rows, ranges


def _refuse_words(table: Table, kind: Any, column: str, argument: str) -> None:
    """Refuse what is neither a number nor written as one, such as a date."""
    if kind.is_numeric() or kind == nw.Boolean:
        return
    if kind == nw.String:
        words = (~_trimmed(column).str.contains(WRITTEN)).cast(nw.Int64).sum()
        if not table.select(words.alias("words")).collect()["words"][0]:
            return
    code = "scan_not_periods" if argument in PERIODS else "scan_not_numbers"
    raise DataError(code, column=column, argument=argument, kind=kind)


def _trimmed(column: str) -> nw.Expr:
    return nw.col(column).str.strip_chars()


def _refuse_infinite(found: Range, column: str, argument: str) -> None:
    if not (isfinite(found.low) and isfinite(found.high)):
        raise DataError("scan_infinite", column=column, argument=argument)


def _zeros(value: nw.Expr, place: int) -> nw.Expr:
    return (value == 0).cast(nw.Int64).sum().alias(f"zeros_{place}")


def number(column: str, kind: Any, *, finite: bool = False) -> nw.Expr:
    """Return a column as floats; what is not a number (or not finite) is null."""
    if kind == nw.String:
        return _trimmed(column).cast(nw.Float64)
    if kind.is_decimal():  # as text: some engines' own cast misses the nearest float by a bit
        return nw.col(column).cast(nw.String).cast(nw.Float64)
    value = nw.col(column).cast(nw.Float64) if kind.is_numeric() else nw.col(column).cast(nw.Int64).cast(nw.Float64)
    if not kind.is_float():
        return value
    return nw.when(value.is_finite() if finite else ~value.is_nan()).then(value)


def _fractional(kind: Any) -> bool:
    return not (kind.is_integer() or kind == nw.Boolean)


def _guesses(table: Table, values: dict[str, nw.Expr]) -> dict[str, int | None]:
    """Return the decimals of the first rows: what they rule out, all rows do."""
    return _decimals(table.head(SAMPLED), values, spread=np.inf)


def _decimals(table: Table, values: dict[str, nw.Expr], *, spread: float = 0.0) -> dict[str, int | None]:
    """Return the fewest decimals with which all values of each column are written in full, if their spread is no less than given."""
    if not values:
        return {}
    asked = [
        _rest(value, decimals).alias(f"rest_{place}_{decimals}")
        for place, value in enumerate(values.values())
        for decimals in range(DECIMALS + 1)
    ]
    asked += [
        end.alias(f"{name}_{place}")
        for place, value in enumerate(values.values())
        for name, end in (("low", value.min()), ("high", value.max()))
    ]
    found = table.select(*asked).collect().rows(named=True)[0]
    return {
        column: next((d for d in range(DECIMALS + 1) if _tight(found, f"rest_{place}_{d}", place, d, spread)), None)
        for place, column in enumerate(values)
    }


def _tight(found: dict[str, Any], name: str, place: int, decimals: int, spread: float = 0.0) -> bool:
    if found.get(name) is None:
        return True
    rest, low, high = (float(found[one]) for one in (name, f"low_{place}", f"high_{place}"))
    return tight(rest, low, high + spread, decimals)


def _rest(value: nw.Expr, decimals: int) -> nw.Expr:
    scaled = (value * 10.0**decimals).clip(-LARGE, LARGE)
    return (scaled - (scaled + 0.5).floor()).abs().max()


def tight(rest: float, low: float, high: float, decimals: int) -> bool:
    """Return whether numbers within low .. high are written in full with so many decimals.

    Parameters
    ----------
    rest : the most that one of them, times 10^decimals, is off a whole number; little beside 1 and beside their spread.
    """
    spread = (high - low) or max(abs(low), abs(high))
    return rest <= TIGHT * min(1.0, spread * 10.0**decimals)


def _facts(value: nw.Expr, place: int, guess: int | None) -> list[nw.Expr]:
    facts = [
        value.min().alias(f"low_{place}"), value.max().alias(f"high_{place}"), value.null_count().alias(f"missing_{place}"),
    ]  # fmt: skip
    return facts if guess is None else [*facts, _rest(value, guess).alias(f"rest_{place}")]


def _held(found: dict[str, Any], place: int, guess: int | None) -> int | None:
    """Return the guess if it holds of all rows."""
    return guess if guess is not None and _tight(found, f"rest_{place}", place, guess) else None


def _range(found: dict[str, Any], place: int, decimals: int | None) -> Range:
    low, high = (
        float(found[f"{end}_{place}"]) if found[f"{end}_{place}"] is not None else 0.0 for end in ("low", "high")
    )
    return Range(low, high, decimals, int(found[f"missing_{place}"]), int(found.get(f"zeros_{place}") or 0))


def _refuse_missing(count: int, rows: int, column: str, argument: str) -> None:
    if count:
        raise DataError("scan_missing", column=column, argument=argument, count=count, rows=rows)
