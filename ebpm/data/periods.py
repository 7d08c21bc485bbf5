"""Time columns as whole numbers one apart: months, days, years or plain periods."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError

Ints = NDArray[np.int64]
_MONTH = re.compile(r"(\d{4})-(0[1-9]|1[0-2])")


@dataclass(frozen=True, slots=True)
class Periods:
    """A time column as consecutive numbers.

    Parameters
    ----------
    numbers : shape (n,), int64; successive periods differ by 1.
    kind : "month", "day" or "number".
    """

    numbers: Ints
    kind: str

    def name(self, number: int) -> str:
        """Return a period as it is written: 2019-04, 2019-04-01, 2019."""
        if self.kind == "number":
            return str(number)
        return str(np.datetime64(number, "M" if self.kind == "month" else "D"))


def periods(values: NDArray[Any], column: str) -> Periods:
    """Return a time column as consecutive numbers.

    Parameters
    ----------
    values : shape (n,), months ("2019-04"), dates or whole numbers, none of them missing.
    column : its name, for the message.

    Raises
    ------
    DataError : if a value is none of these.
    """
    if values.dtype.kind == "M":
        return _of_dates(values)
    if values.dtype.kind in "iu":
        return Periods(values.astype(np.int64), "number")
    for row, value in enumerate(values.tolist(), start=1):
        if not _is_period(value):
            raise DataError("data_bad_time", column=column, row=row, value=value)
    texts = values.tolist()
    if isinstance(texts[0], str):
        return Periods(np.array(texts, dtype="datetime64[M]").astype(np.int64), "month")
    return Periods(values.astype(np.float64).astype(np.int64), "number")


def _of_dates(values: NDArray[Any]) -> Periods:
    days, months = values.astype("datetime64[D]"), values.astype("datetime64[M]")
    if (months.astype("datetime64[D]") == days).all():
        return Periods(months.astype(np.int64), "month")
    return Periods(days.astype(np.int64), "day")


def _is_period(value: object) -> bool:
    if isinstance(value, str):
        return bool(_MONTH.fullmatch(value))
    return isinstance(value, int | float) and float(value).is_integer()
