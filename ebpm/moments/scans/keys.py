"""Labels by which rows are grouped, the same for all engines."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from numbers import Integral, Real
from typing import Any

import narwhals as nw
import numpy as np

ISO_DAY = 10


def key_of(column: str, kind: Any, unit: str = "") -> nw.Expr:
    """Return a column of labels: categories as their text, times as year, month and day in one number, which no time zone moves."""
    label = nw.col(column)
    if unit and isinstance(kind, nw.Datetime):
        year, month, day = (part.cast(nw.Int64) for part in (label.dt.year(), label.dt.month(), label.dt.day()))
        return year * 10_000 + month * 100 + (day if unit == "day" else 1)
    if unit and isinstance(kind, nw.String):
        return label.str.head(ISO_DAY)
    return label.cast(nw.String) if isinstance(kind, nw.Categorical | nw.Enum) else label


def date_of(label: Any, kind: Any, unit: str) -> Any:
    """Return the day, or the first of the month, that a label stands for; a text as it is."""
    if label is None or not isinstance(kind, nw.Date | nw.Datetime):
        return label
    day = label if isinstance(kind, nw.Date) else date(label // 10_000, label // 100 % 100, label % 100)
    return day if unit == "day" else day.replace(day=1)


def plain(label: Any) -> Any:
    """Return a label as an engine gave it as a plain Python object, the same for all engines; None where it is missing.

    Examples
    --------
    >>> import numpy as np
    >>> plain(np.int32(3)), plain(float("nan"))
    (3, None)
    """
    if label is None or label != label:  # noqa: PLR0124  NaN
        return None
    if isinstance(label, bool | np.bool_):
        return bool(label)
    if isinstance(label, Integral):
        return int(label)
    if isinstance(label, Real | Decimal):
        return int(label) if isinstance(label, Decimal) and label == int(label) else float(label)
    if isinstance(label, datetime):
        return label.date() if label.time() == time() else label.replace(tzinfo=None).isoformat(" ")
    return label if isinstance(label, date) else str(label)
