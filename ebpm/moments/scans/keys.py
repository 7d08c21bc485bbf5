"""Labels by which rows are grouped, the same for all engines."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from functools import reduce
from numbers import Integral, Real
from typing import Any

import narwhals as nw
import numpy as np

ISO_DAY = 10
PLAIN = frozenset({int, str, bool, date})


def key_of(column: str, kind: Any, unit: str = "") -> nw.Expr:
    """Return a column of labels: categories as their text, times as year, month and day in one number, which no time zone moves."""
    label = nw.col(column)
    if unit and isinstance(kind, nw.Datetime):
        year, month, day = (part.cast(nw.Int64) for part in (label.dt.year(), label.dt.month(), label.dt.day()))
        return year * 10_000 + month * 100 + (day if unit == "day" else 1)
    if unit and isinstance(kind, nw.String):
        return label.str.head(ISO_DAY)
    return label.cast(nw.String) if isinstance(kind, nw.Categorical | nw.Enum) else label


def dates_as_numbers(table: nw.LazyFrame[Any], column: str) -> nw.LazyFrame[Any]:
    """Return a table whose column of dates or times, if it is one, is of whole numbers in the same order, such as 20240401.

    Times count to the second, with six more digits.
    """
    kind, at = table.collect_schema()[column], nw.col(column).dt
    if not isinstance(kind, nw.Date | nw.Datetime):
        return table
    parts = [at.year(), at.month(), at.day()]
    if isinstance(kind, nw.Datetime):
        parts += [at.hour(), at.minute(), at.second()]
    return table.with_columns(
        reduce(lambda left, right: left * 100 + right, [one.cast(nw.Int64) for one in parts]).alias(column)
    )


def dates_of(labels: list[Any], kind: Any, unit: str) -> list[Any]:
    """Return the days, or the first days of months, that labels stand for; texts, and what is missing, as they are."""
    if not isinstance(kind, nw.Date | nw.Datetime):
        return labels
    if not isinstance(kind, nw.Date):
        labels = [one and date(one // 10_000, one // 100 % 100, one % 100) for one in labels]
    return labels if unit == "day" else [one and one.replace(day=1) for one in labels]


def plain(label: Any) -> Any:
    """Return a label as an engine gave it as a plain Python object, the same for all engines; None where it is missing.

    Examples
    --------
    >>> import numpy as np
    >>> plain(np.int32(3)), plain(float("nan"))
    (3, None)
    """
    if isinstance(label, np.bool_ | np.number):
        label = label.item()
    if type(label) in PLAIN:
        return label
    if label is None or _lost(label):
        return None
    if isinstance(label, Real | Decimal):
        return int(label) if isinstance(label, Integral | Decimal) and label == int(label) else float(label)
    if isinstance(label, datetime):
        return label.date() if label.time() == time() else label.replace(tzinfo=None).isoformat(" ")
    return label if isinstance(label, date) else str(label)


def _lost(label: Any) -> bool:
    try:
        return bool(label != label)  # noqa: PLR0124  NaN
    except TypeError:  # of pandas, whose NA is neither equal nor not
        return True
