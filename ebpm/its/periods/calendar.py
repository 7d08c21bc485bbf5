"""Consecutive months, quarters, weeks, days or numbered periods, read from whatever the time column holds."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError, DesignError
from ebpm.texts import label

Ints = NDArray[np.int64]

SEASONS = {"month": 12, "quarter": 4, "week": 52, "day": 365, "number": 1}
APRIL, MONDAY = 3, 1
_DATE = re.compile(r"(\d{4})[-/](0?[1-9]|1[0-2])[-/](\d{1,2})(?:[T ].*)?")
_MONTH = re.compile(r"(\d{4})[-/](0?[1-9]|1[0-2])(?:[-/]\d{1,2}(?:[T ].*)?)?")
_QUARTER = re.compile(r"(\d{4})-?Q([1-4])")
_KANJI = re.compile(r"(\d{4})年(0?[1-9]|1[0-2])月")
_YEAR = re.compile(r"(?:FY ?)?(\d{4})(?:年度?)?")
_NUMBER = re.compile(r"-?\d+(?:\.0+)?")
SHOWN = 6


@dataclass(frozen=True, slots=True)
class Calendar:
    """A run of periods without gaps.

    Parameters
    ----------
    kind : "month", "quarter", "week", "day" or "number" (years, or any other numbered periods).
    first : number of the first period: 12 * year + month - 1, 4 * year + quarter - 1, days or weeks since 0001-01-01, or the number.
    length : how many periods there are.
    weekday : day on which weeks begin, as the remainder of its number by seven.
    """

    kind: str
    first: int
    length: int
    weekday: int = 0

    @property
    def seasons(self) -> int:
        """Periods in a year: 12, 4, 52, 365 or 1."""
        return SEASONS[self.kind]

    @property
    def season(self) -> Ints:
        """Return the place of each period in its year, from 0, shape (length,)."""
        return (self.first + np.arange(self.length, dtype=np.int64)) % self.seasons

    @property
    def starts(self) -> tuple[date, ...]:
        """The first day of each period.

        Raises
        ------
        DesignError : if periods are numbered.
        """
        if self.kind == "number":
            raise DesignError("its_no_season", season="date", kind=self.kind)
        return tuple(self.start(place) for place in range(self.length))

    def start(self, place: int) -> date:
        """Return the first day of a period of a calendar with dates."""
        number = self.first + place
        if self.kind in ("month", "quarter"):
            step = 12 // self.seasons
            return date(number // self.seasons, step * (number % self.seasons) + 1, 1)
        return date.fromordinal(7 * number + self.weekday if self.kind == "week" else number)

    def name(self, place: int) -> str:
        """Return a period as it is written: "2019-04", "2019-Q2", "2019-04-01" (a day, or the first of a week) or "7"."""
        number = self.first + place
        if self.kind == "month":
            return f"{number // 12:04d}-{number % 12 + 1:02d}"
        if self.kind == "quarter":
            return f"{number // 4:04d}-Q{number % 4 + 1}"
        return str(number) if self.kind == "number" else self.start(place).isoformat()

    def before(self, length: int) -> Calendar:
        """Return the first periods."""
        return Calendar(self.kind, self.first, length, self.weekday)

    def place(self, period: Any) -> int:
        """Return how many periods after the first one a period lies; negative before it.

        Raises
        ------
        DataError : if it cannot be read, or is of another kind than the series.
        """
        kind, number = _parsed(period, "period", days=self.kind in ("day", "week"))
        if kind == "day" and self.kind == "week":
            return (number - self.weekday) // 7 - self.first
        if kind == "month" and self.kind == "quarter":
            return number // 3 - self.first
        if kind != self.kind:
            raise DataError("its_other_calendar", period=period, given=kind, kind=self.kind)
        return number - self.first

    def ticks(self, lang: str | None = None, most: int = 9) -> tuple[tuple[int, str], ...]:
        """Return places and labels for an axis: fiscal years, from April, where the run is long, else every few periods."""
        if self.kind == "number" or self.length <= 2 * self.seasons:
            return tuple((place, self.name(place)) for place in range(0, self.length, -(-self.length // most)))
        starts = self.starts
        years = [
            place for place in range(self.length)
            if _fiscal(starts[place]) != (_fiscal(starts[place - 1]) if place else _fiscal(self.start(-1)))
        ]  # fmt: skip
        return tuple(
            (place, label("its_fiscal_year", lang, year=_fiscal(starts[place])))
            for place in years[:: -(-len(years) // most)]
        )


def _fiscal(day: date) -> int:
    return day.year - (day.month <= APRIL)


def read_periods(values: Iterable[Any], column: str) -> tuple[Calendar, Ints]:
    """Return the calendar that spans some values, and the place of each value in it.

    Parameters
    ----------
    values : "2019-04", "2019年4月", "2019-04-01", pandas periods, dates, "2019Q2", "2019年度" or "FY2019", or whole numbers. Dates are months,
        unless a month has more than one of them: then they are weeks, where all fall on the same day of the week, or days. Months that
        are all three, six or nine months apart are quarters.
    column : where they come from; for messages.

    Raises
    ------
    DataError : if a value is not a period, or kinds are mixed.
    """
    listed_values = list(values)
    days = _daily(listed_values)
    parsed = [_parsed(value, column, days=days) for value in listed_values]
    kinds = sorted({kind for kind, _ in parsed})
    if len(kinds) > 1:
        raise DataError("its_mixed_calendar", column=column, kinds=", ".join(kinds))
    kind, numbers = kinds[0], np.array([number for _, number in parsed], dtype=np.int64)
    weekday = 0
    if kind == "day" and len(set((numbers % 7).tolist())) == 1:
        kind, weekday = "week", int(numbers[0] % 7)
        numbers = (numbers - weekday) // 7
    if kind == "month" and _quarterly(numbers):
        kind, numbers = "quarter", numbers // 3
    first = int(numbers.min())
    return Calendar(kind, first, int(numbers.max()) - first + 1, weekday), numbers - first


def number_of(value: Any, kind: str, column: str) -> int:
    """Return the number of the period of some kind in which a date, a month or a numbered period lies; weeks begin on Mondays.

    Parameters
    ----------
    value : as in `read_periods`.
    kind : "month", "quarter", "week", "day" or "number".
    column : where it comes from; for messages.

    Raises
    ------
    DataError : if it cannot be read, or says less than the kind needs.

    Examples
    --------
    >>> number_of("2024-02-29", "month", "day") - number_of("2023-12-31", "month", "day")
    2
    """
    found, number = _parsed(value, column, days=kind in ("day", "week"))
    if (found, kind) == ("day", "week"):
        return (number - MONDAY) // 7
    if (found, kind) == ("month", "quarter"):
        return number // 3
    if found != kind:
        raise DataError("its_other_calendar", period=value, given=found, kind=kind)
    return number


def _daily(values: list[Any]) -> bool:
    """Whether all values are dates and some month has two of them."""
    dates = [_DATE.fullmatch(str(value).strip()) for value in values]
    found = {(match[1], int(match[2]), int(match[3])) for match in dates if match}
    return all(dates) and len(found) > len({(year, month) for year, month, _ in found})


def _quarterly(months: Ints) -> bool:
    """Whether months are quarters: three of them or more, each three, six or nine months after the one before."""
    steps = np.diff(np.unique(months))
    return len(steps) > 1 and bool(np.isin(steps, (3, 6, 9)).all())


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


def _parsed(value: Any, column: str, *, days: bool = False) -> tuple[str, int]:
    text = str(value).strip()
    if days and (match := _DATE.fullmatch(text)):
        return "day", _ordinal(match, column)
    if match := _MONTH.fullmatch(text):
        return "month", 12 * int(match[1]) + int(match[2]) - 1
    if match := _QUARTER.fullmatch(text):
        return "quarter", 4 * int(match[1]) + int(match[2]) - 1
    if match := _KANJI.fullmatch(text):
        return "month", 12 * int(match[1]) + int(match[2]) - 1
    if _NUMBER.fullmatch(text):
        return "number", int(float(text))
    if match := _YEAR.fullmatch(text):
        return "number", int(match[1])
    raise DataError("its_not_a_period", column=column, value=text)


def _ordinal(match: re.Match[str], column: str) -> int:
    try:
        return date(int(match[1]), int(match[2]), int(match[3])).toordinal()
    except ValueError:
        raise DataError("its_not_a_period", column=column, value=match[0]) from None
