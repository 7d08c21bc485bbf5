"""A column of text to a typed column: each distinct cell is read once, and every repair and refusal is counted."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ebpm.data.contract import Column
from ebpm.data.numerals import Refused
from ebpm.data.readers import CellReader, Missing
from ebpm.data.refusals import Refusal
from ebpm.notices import Notice

if TYPE_CHECKING:
    import pandas as pd

Objects = NDArray[np.object_]
Flags = NDArray[np.bool_]
_PLAIN: MappingProxyType[str, tuple[re.Pattern[str], Callable[[str], Any]]] = MappingProxyType(
    {
        "number": (re.compile(r"-?[0-9]{1,300}(?:\.[0-9]+)?"), float),
        "integer": (re.compile(r"-?[0-9]{1,18}"), int),
        "text": (re.compile(r"[!\"$%&(-~][!-~]*"), str),
    }
)


@dataclass(frozen=True, slots=True)
class Converted:
    """A column as values, with what its reading needed.

    Parameters
    ----------
    values : shape (n,), objects; None where the cell holds no value or was refused.
    refusals : one a refused cell.
    notices : one a kind of repair, with its count.
    """

    values: Objects
    refusals: tuple[Refusal, ...]
    notices: tuple[Notice, ...]


@dataclass(frozen=True, slots=True)
class _Distinct:
    """The distinct cells of a column, as they were read.

    Parameters
    ----------
    texts, values : shape (m,), the cells and their values.
    refusals : shape (m,), the code of the refusal, or "".
    repairs : places of the cells that a repair was needed for, by its code.
    """

    texts: Objects
    values: Objects
    refusals: Objects
    repairs: dict[str, list[int]]


def convert(texts: Sequence[str], column: Column, *, rows: Sequence[int], key: bool, required: bool) -> Converted:
    """Return the values of a column.

    Parameters
    ----------
    texts : the cells, shape (n,).
    column : its contract.
    rows : the row of the file of each cell.
    key : whether the column identifies or links rows.
    required : whether each cell must hold a value.
    """
    import pandas as pd

    codes, found = pd.factorize(np.array(texts, dtype=object))
    distinct = _read(found, CellReader.of(column, key=key), required=required)
    refused = np.flatnonzero((distinct.refusals != "")[codes])
    refusals = [Refusal(rows[at], column.name, texts[at], distinct.refusals[codes[at]]) for at in refused.tolist()]
    counts = np.bincount(codes, minlength=len(found))
    return Converted(distinct.values[codes], tuple(refusals), _notices(distinct, counts, column.name))


def _read(texts: Objects, reader: CellReader, *, required: bool) -> _Distinct:
    plain, values = _plain(texts, reader)
    refusals = np.full(len(texts), "", dtype=object)
    repairs: dict[str, list[int]] = {}
    for place in np.flatnonzero(~plain).tolist():
        values[place], found, refusals[place] = _cell(texts[place], reader, required=required)
        for code in found:
            repairs.setdefault(code, []).append(place)
    outside = _outside(values, reader.column)
    values[outside], refusals[outside] = None, "T032"
    return _Distinct(texts, values, refusals, repairs)


def _plain(texts: Objects, reader: CellReader) -> tuple[Flags, Objects]:
    """Return which cells need no repair, and their values."""
    values = np.full(len(texts), None, dtype=object)
    if reader.column.type not in _PLAIN:
        return np.zeros(len(texts), dtype=bool), values
    pattern, convert_plain = _PLAIN[reader.column.type]
    plain = np.array([pattern.fullmatch(text) is not None for text in texts.tolist()], dtype=bool)
    values[plain] = [convert_plain(text) for text in texts[plain].tolist()]
    plain &= ~np.isin(texts, list(reader.missing)) & ~_are_missing(values, reader)
    return plain, values


def _are_missing(values: Objects, reader: CellReader) -> Flags:
    numbers = reader.missing_numbers
    return (
        np.array([value in numbers for value in values], dtype=bool) if numbers else np.zeros(len(values), dtype=bool)
    )


def _cell(text: str, reader: CellReader, *, required: bool) -> tuple[Any, tuple[str, ...], str]:
    try:
        read = reader(text)
    except Refused as refused:
        return None, (), refused.code
    if isinstance(read, Missing):
        return None, read.repairs, "T031" if required else ""
    return read.value, read.repairs, ""


def _outside(values: Objects, column: Column) -> Flags:
    outside = np.zeros(len(values), dtype=bool)
    if column.range is None:
        return outside
    held = np.array([value is not None for value in values], dtype=bool)
    low, high = column.range
    if low is not None:
        outside[held] |= (values[held] < low).astype(bool)
    if high is not None:
        outside[held] |= (values[held] > high).astype(bool)
    return outside


def _notices(distinct: _Distinct, counts: NDArray[np.intp], column: str) -> tuple[Notice, ...]:
    return tuple(
        Notice(code, column, {"count": int(counts[places].sum()), "value": distinct.texts[places[0]]})
        for code, places in sorted(distinct.repairs.items())
    )


def typed(values: Objects, column: Column) -> pd.Series:
    """Return values as a pandas column of the type that the contract declares.

    Whole numbers, years and codes of whole numbers are int64, or float64 where a value is missing.
    """
    import pandas as pd

    missing = pd.isna(values)
    if column.type == "number":
        return pd.Series(values.astype(np.float64))
    if column.type == "date":
        return pd.Series(pd.to_datetime(pd.Series(values, dtype=object), format="%Y-%m-%d"))
    if column.type == "boolean" and not missing.any():
        return pd.Series(values.astype(bool))
    if column.type in {"text", "month"} or (
        column.type == "code" and not all(isinstance(key, int) for key in column.codes)
    ):
        return pd.Series(values)
    return pd.Series(values.astype(np.float64 if missing.any() else np.int64))
