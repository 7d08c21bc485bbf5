"""Columns of dates as days, and what they must satisfy."""

from __future__ import annotations

import re
from typing import Any

import numpy as np

from ebpm.errors import DataError
from ebpm.moments.frame import Floats, Frame

_DAY = re.compile(r"(\d{4})([-/.])(\d{1,2})\2(\d{1,2})(?!\d)")
NEVER = np.inf


def days_of(frame: Frame, column: str, argument: str) -> Floats:
    """Return a column of dates as days since 1970, infinite where it is empty, shape (n,).

    Parameters
    ----------
    frame : the table.
    column : of dates, of texts such as 2019-10-01 or 2019/10/1, or of numbers of days.
    argument : the part of the declaration that names it; for the error message.

    Raises
    ------
    DataError : if a value is none of these.
    """
    present = frame.present(column, argument)
    values, days = frame.values(column, argument), np.full(len(frame), NEVER)
    if values.dtype.kind == "M":
        days[present] = values[present].astype("datetime64[D]").astype(np.int64)
    elif values.dtype.kind in "fiu":
        days[present] = values[present].astype(np.float64)
    else:
        for row in np.flatnonzero(present):
            days[row] = _day(values[row], column, argument, int(row))
    return days


def _day(value: Any, column: str, argument: str, row: int) -> float:
    if isinstance(value, str) and not value.strip():
        return NEVER
    text = value.isoformat() if hasattr(value, "isoformat") else str(value)
    found = _DAY.match(text.strip())
    try:
        day = f"{found[1]}-{int(found[3]):02}-{int(found[4]):02}" if found else "-"
        return float(np.datetime64(day, "D").astype(np.int64))
    except ValueError:
        raise DataError("cohort_not_a_date", column=column, argument=argument, value=value, row=row + 1) from None


def day_number(date: str, *, first: bool = False) -> float:
    """Return the last day of a declared day, month or year (or the first) as days since 1970; infinite where it is empty."""
    if not date:
        return NEVER
    unit = {4: "Y", 7: "M", 10: "D"}[len(date)]
    period = np.datetime64(date, unit) + (0 if first else 1)  # type: ignore[call-overload]
    return float(period.astype("datetime64[D]").astype(np.int64)) - (0.0 if first else 1.0)
