"""What a table is made of: units, periods, clusters, and which of its columns belong to which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ebpm.data.contract import Column, DataSet
from ebpm.data.reading import Reading

if TYPE_CHECKING:
    import pandas as pd

PERIODS = frozenset({"month", "date", "year", "fiscal_year"})
MEASURED = frozenset({"integer", "number", "year", "fiscal_year"})
NAMING = frozenset({"id", "unit"})
FEW = 12


@dataclass(frozen=True, slots=True)
class Shape:
    """The structure of a table.

    Parameters
    ----------
    dataset : its contract.
    unit : column of the units; empty where rows have none.
    time : column of the periods; empty where a unit has one row.
    cluster : column of the clusters of units; empty where there are none.
    by_cluster, by_unit, by_time, by_row : the other columns, by what they are constant in.
    """

    dataset: DataSet
    unit: str
    time: str
    cluster: str
    by_cluster: tuple[str, ...]
    by_unit: tuple[str, ...]
    by_time: tuple[str, ...]
    by_row: tuple[str, ...]


def shape(reading: Reading) -> Shape:
    """Return the structure of a table that was read."""
    dataset, frame = reading.dataset, reading.frame
    time = next((one.name for one in _keys(dataset) if one.type in PERIODS or one.role == "time"), "")
    unit = next((one.name for one in _keys(dataset) if one.name != time), "")
    cluster = next((one.name for one in dataset.columns if one.role == "cluster"), "")
    rest = [one.name for one in dataset.columns if one.name not in {unit, time, cluster}]
    by_cluster = _constant(frame, cluster, [name for name in rest if _designed(dataset.column(name), frame)])
    rest = [name for name in rest if name not in by_cluster]
    panel = bool(unit) and bool(time)
    by_time = _constant(frame, time, rest) if panel else ()
    by_unit = _constant(frame, unit, [one for one in rest if one not in by_time]) if panel else tuple(rest)
    by_row = tuple(name for name in rest if name not in {*by_time, *by_unit})
    return Shape(dataset, unit, time, cluster, by_cluster, by_unit, by_time, by_row)


def _keys(dataset: DataSet) -> list[Column]:
    return [dataset.column(name) for name in dataset.keys]


def _designed(column: Column, frame: pd.DataFrame) -> bool:
    """Return whether a column may be a fact of the design, known for whole clusters: codes, texts, few whole numbers."""
    return column.role not in {"outcome", "sensitive"} and (
        column.type in {"code", "text", "boolean"} or frame[column.name].nunique() <= FEW
    )


def _constant(frame: pd.DataFrame, group: str, names: Sequence[str]) -> tuple[str, ...]:
    if not group or not names:
        return ()
    distinct = frame.groupby(group)[list(names)].nunique(dropna=False)
    return tuple(name for name in names if (distinct[name] <= 1).all())


def is_measured(column: Column) -> bool:
    """Return whether the values of a column are numbers that can be drawn between others."""
    return column.type in MEASURED
