"""Units whose rows contradict each other, refused in the words in which a table in memory is."""

from __future__ import annotations

from typing import Any, NoReturn

import narwhals as nw

from ebpm.errors import DataError
from ebpm.moments.layout import NAMED
from ebpm.moments.scans.profile import Table, number


def refuse_duplicates(table: Table, unit: str, time: str) -> NoReturn:
    """Refuse a table in which units have several rows in a period.

    Raises
    ------
    DataError : always.
    """
    keys = [nw.col(unit).alias("unit"), nw.col(time).alias("time")]
    pairs = table.select(*keys).group_by("unit", "time").agg(nw.len().alias("rows")).filter(nw.col("rows") > 1)
    count = int(pairs.select(nw.len().alias("n")).collect()["n"][0])
    first = pairs.sort("unit", "time").head(1).collect().rows(named=True)[0]
    raise DataError(
        "panel_duplicates", count=count, unit=first["unit"], period=_label(first["time"]), rows=int(first["rows"])
    )


def refuse_changing_cohort(table: Table, unit: str, column: str) -> NoReturn:
    """Refuse a table in which the first treated period changes within a unit.

    Raises
    ------
    DataError : always.
    """
    value = number(column, table.collect_schema()[column], finite=True).fill_null(0.0)
    count, units = _changing(table, unit, value)
    named = ", ".join(map(str, units)) + (", …" if count > NAMED else "")
    raise DataError("panel_cohort_changes", column=column, count=count, units=named)


def refuse_changing_cluster(table: Table, unit: str, column: str) -> NoReturn:
    """Refuse a table in which units belong to several clusters.

    Raises
    ------
    DataError : always.
    """
    count, units = _changing(table, unit, nw.col(column))
    raise DataError("did_units_not_nested", column=column, count=count, unit=units[0])


def refuse_changing_weights(table: Table, unit: str, column: str) -> NoReturn:
    """Refuse a table in which the weight changes within a unit.

    Raises
    ------
    DataError : always.
    """
    count, units = _changing(table, unit, number(column, table.collect_schema()[column]))
    named = ", ".join(map(str, units)) + (", …" if count > NAMED else "")
    raise DataError("panel_weights_change", column=column, count=count, units=named)


def _changing(table: Table, unit: str, value: nw.Expr) -> tuple[int, list[Any]]:
    """Return how many units have several values, and the first of them."""
    rows = table.select(nw.col(unit).alias("unit"), value.alias("value"))
    ends = rows.group_by("unit").agg(nw.col("value").min().alias("low"), nw.col("value").max().alias("high"))
    found = ends.filter(nw.col("low") != nw.col("high")).select("unit")
    count = int(found.select(nw.len().alias("n")).collect()["n"][0])
    return count, found.sort("unit").head(NAMED).collect()["unit"].to_list()


def _label(period: Any) -> Any:
    return int(period) if isinstance(period, float) and period.is_integer() else period
