"""A column of text to a typed column: each distinct cell is read once, and every repair and refusal is counted."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
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
_PLAIN: dict[str, re.Pattern[str]] = {
    "number": re.compile(r"-?[0-9]{1,300}(?:\.[0-9]+)?"),
    "integer": re.compile(r"-?[0-9]{1,18}"),
}
_PLAIN_READER: dict[str, Callable[[str], float | int]] = {"number": float, "integer": int}


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
class _Cell:
    value: Any = None
    repairs: tuple[str, ...] = ()
    refusal: str = ""


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

    codes, distinct = pd.factorize(np.array(texts, dtype=object))
    cells = _cells(distinct.tolist(), CellReader.of(column, key=key), required=required)
    values = np.empty(len(cells), dtype=object)
    values[:] = [cell.value for cell in cells]
    counts = np.bincount(codes, minlength=len(cells))
    return Converted(
        values[codes], _refusals(texts, codes, cells, column, rows), _notices(distinct, counts, cells, column)
    )


def _cells(distinct: list[str], reader: CellReader, *, required: bool) -> list[_Cell]:
    plain, plain_reader = _PLAIN.get(reader.column.type), _PLAIN_READER.get(reader.column.type)
    if plain is None or plain_reader is None:
        return [_cell(text, reader, required=required) for text in distinct]
    known = reader.missing
    return [
        _checked(plain_reader(text), (), reader.column)
        if plain.fullmatch(text) and text not in known
        else _cell(text, reader, required=required)
        for text in distinct
    ]


def _cell(text: str, reader: CellReader, *, required: bool) -> _Cell:
    try:
        read = reader(text)
    except Refused as refused:
        return _Cell(refusal=refused.code)
    if isinstance(read, Missing):
        return _Cell(repairs=read.repairs, refusal="T031" if required else "")
    return _checked(read.value, read.repairs, reader.column)


def _checked(value: Any, repairs: tuple[str, ...], column: Column) -> _Cell:
    if column.range is not None and not _within(value, column.range):
        return _Cell(refusal="T032")
    return _Cell(value, repairs)


def _within(value: Any, ends: tuple[Any, Any]) -> bool:
    low, high = ends
    return (low is None or value >= low) and (high is None or value <= high)


def _refusals(
    texts: Sequence[str], codes: NDArray[np.intp], cells: list[_Cell], column: Column, rows: Sequence[int]
) -> tuple[Refusal, ...]:
    refused = np.array([bool(cell.refusal) for cell in cells], dtype=bool)
    places = np.flatnonzero(refused[codes])
    return tuple(
        Refusal(rows[place], column.name, texts[place], cells[codes[place]].refusal) for place in places.tolist()
    )


def _notices(distinct: Objects, counts: NDArray[np.intp], cells: list[_Cell], column: Column) -> tuple[Notice, ...]:
    found: dict[str, list[int]] = {}
    for place, cell in enumerate(cells):
        for code in cell.repairs:
            found.setdefault(code, []).append(place)
    return tuple(
        Notice(code, column.name, {"count": int(counts[places].sum()), "value": distinct[places[0]]})
        for code, places in sorted(found.items())
    )


def typed(values: Objects, column: Column) -> pd.Series:
    """Return values as a pandas column of the type that the contract declares.

    Whole numbers, years and codes of whole numbers are int64, or float64 where a value is missing.
    """
    import pandas as pd

    missing = np.array([value is None for value in values], dtype=bool)
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
