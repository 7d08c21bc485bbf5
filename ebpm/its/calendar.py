"""Consecutive months, quarters or numbered periods, read from whatever the time column holds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError, DesignError

Ints = NDArray[np.int64]

SEASONS = {"month": 12, "quarter": 4, "number": 1}
_MONTH = re.compile(r"(\d{4})[-/](0?[1-9]|1[0-2])(?:[-/]\d{1,2}(?:[T ].*)?)?")
_QUARTER = re.compile(r"(\d{4})-?Q([1-4])")
_NUMBER = re.compile(r"-?\d+(?:\.0+)?")
SHOWN = 6


@dataclass(frozen=True, slots=True)
class Calendar:
    """A run of periods without gaps.

    Parameters
    ----------
    kind : "month", "quarter" or "number" (years, or any other numbered periods).
    first : number of the first period: 12 * year + month - 1, 4 * year + quarter - 1, or the number itself.
    length : how many periods there are.
    """

    kind: str
    first: int
    length: int

    @property
    def seasons(self) -> int:
        """Periods in a year: 12, 4 or 1."""
        return SEASONS[self.kind]

    @property
    def season(self) -> Ints:
        """Return the place of each period in its year, from 0, shape (length,)."""
        return (self.first + np.arange(self.length, dtype=np.int64)) % self.seasons

    def name(self, place: int) -> str:
        """Return a period as it is written: "2019-04", "2019-Q2" or "7"."""
        return _written(self.kind, self.first + place)

    def place(self, period: Any) -> int:
        """Return how many periods after the first one a period lies; negative before it.

        Raises
        ------
        DataError : if it cannot be read, or is of another kind than the series.
        """
        kind, number = _parsed(period, "period")
        if kind != self.kind:
            raise DataError("its_other_calendar", period=period, given=kind, kind=self.kind)
        return number - self.first

    def ticks(self, most: int = 9) -> tuple[tuple[int, str], ...]:
        """Return places and labels for an axis: years where the run is long, else every few periods."""
        if self.length > 2 * self.seasons > 2:
            years = [place for place in range(self.length) if (self.first + place) % self.seasons == 0]
            return tuple((place, self.name(place)[:4]) for place in years[:: -(-len(years) // most)])
        return tuple((place, self.name(place)) for place in range(0, self.length, -(-self.length // most)))


def read_periods(values: Iterable[Any], column: str) -> tuple[Calendar, Ints]:
    """Return the calendar that spans some values, and the place of each value in it.

    Parameters
    ----------
    values : "2019-04", "2019-04-01", pandas periods, dates, "2019Q2", or whole numbers.
    column : where they come from; for messages.

    Raises
    ------
    DataError : if a value is not a period, or kinds are mixed.
    """
    parsed = [_parsed(value, column) for value in values]
    kinds = sorted({kind for kind, _ in parsed})
    if len(kinds) > 1:
        raise DataError("its_mixed_calendar", column=column, kinds=", ".join(kinds))
    numbers = np.array([number for _, number in parsed], dtype=np.int64)
    first = int(numbers.min())
    return Calendar(kinds[0], first, int(numbers.max()) - first + 1), numbers - first


def refuse_holes(calendar: Calendar, places: Ints, series: str) -> None:
    """Refuse a series that lacks periods or has some of them twice, naming them.

    Raises
    ------
    DesignError : if a period is missing or comes twice.
    """
    counts = np.bincount(places, minlength=calendar.length)
    for code, wrong in (("its_twice", counts > 1), ("its_gaps", counts == 0)):
        if wrong.any():
            raise DesignError(code, series=series, count=int(wrong.sum()), periods=listed(calendar, wrong))


def listed(calendar: Calendar, which: NDArray[np.bool_]) -> str:
    """Return the names of some periods, the first few where there are many."""
    names = [calendar.name(int(place)) for place in np.flatnonzero(which)]
    return ", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else "")


def _parsed(value: Any, column: str) -> tuple[str, int]:
    text = str(value).strip()
    if match := _MONTH.fullmatch(text):
        return "month", 12 * int(match[1]) + int(match[2]) - 1
    if match := _QUARTER.fullmatch(text):
        return "quarter", 4 * int(match[1]) + int(match[2]) - 1
    if _NUMBER.fullmatch(text):
        return "number", int(float(text))
    raise DataError("its_not_a_period", column=column, value=text)


def _written(kind: str, number: int) -> str:
    if kind == "month":
        return f"{number // 12:04d}-{number % 12 + 1:02d}"
    if kind == "quarter":
        return f"{number // 4:04d}-Q{number % 4 + 1}"
    return str(number)
