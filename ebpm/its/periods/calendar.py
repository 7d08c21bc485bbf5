"""Consecutive months, quarters, years, weeks, days or numbered periods, read from whatever the time column holds."""

from __future__ import annotations

import math
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError, DesignError
from ebpm.its.periods.names import Period
from ebpm.its.periods.names import kinds as kinds_of
from ebpm.texts import label

Ints = NDArray[np.int64]

SEASONS = {"month": 12, "quarter": 4, "year": 1, "week": 52, "day": 365, "number": 1}
MONTHS, DAYS = {"month": 1, "quarter": 3, "year": 12}, {"week": 7, "day": 1}
UNITS = {**MONTHS, **DAYS, "number": 1}
YEAR, WEEK, APRIL, MONDAY = 12, 7, 3, 1
LABELS = {"quarter": (3, 0), "fiscal": (YEAR, APRIL)}
_DATE = re.compile(
    r"(\d{4})[-/.年](0?[1-9]|1[0-2])[-/.月](\d{1,2})日?(?:[T ].*)?|((?:19|20)\d{2})(0[1-9]|1[0-2])(\d{2})"
)
_MONTH = re.compile(r"(\d{4})(?:[-/.](0?[1-9]|1[0-2])|年(0?[1-9]|1[0-2])月)|((?:19|20)\d{2})(0[1-9]|1[0-2])")
_QUARTER = re.compile(r"(\d{4})(?:-?Q|年第)([1-4])(?:四半期)?")
_FISCAL = re.compile(r"FY ?(\d{4})|(\d{4})年度")
_FISCAL_QUARTER = re.compile(r"(\d{4})年度第?([1-4])(?:四半期|Q)")
_WEEK = re.compile(r"(\d{4})-?W(\d{1,2})")
_ERA = re.compile(r"(明治|大正|昭和|平成|令和)(元|\d{1,2})年")
ERAS = {"明治": 1867, "大正": 1911, "昭和": 1925, "平成": 1988, "令和": 2018}
_YEAR = re.compile(r"(\d{4})年?")
_SPAN = re.compile(r"(\d{4}-\d\d-\d\d)/\d{4}-\d\d-\d\d")
_NUMBER = re.compile(r"-?\d+(?:\.0+)?")
SHOWN = 6


@dataclass(frozen=True, slots=True)
class Calendar:
    """A run of periods without gaps.

    Parameters
    ----------
    kind : "month", "quarter", "year", "week", "day" or "number" (labelled years, or any other numbered periods).
    first : number of the first period, its beginning less the offset, over its length.
    length : how many periods there are.
    offset : where periods begin, from multiples of their length: the remainder of their first month (12 * year + month - 1), day (since
        0001-01-01) or number.
    step : months, quarters, years, weeks, days or numbers in a period.
    """

    kind: str
    first: int
    length: int
    offset: int = 0
    step: int = 1

    @property
    def seasons(self) -> int:
        """Periods in a year: 12, 4, 1, 52 or 365, over the step; 1 of numbered periods."""
        return max(SEASONS[self.kind] // self.step, 1)

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
            raise DesignError("its_no_season", season="date", kind=kinds_of(self.kind))
        return tuple(self.start(place) for place in range(self.length))

    def start(self, place: int) -> date:
        """Return the first day of a period of a calendar with dates."""
        begins = self._begins(place)
        return date(begins // YEAR, begins % YEAR + 1, 1) if self.kind in MONTHS else date.fromordinal(begins)

    @property
    def said(self) -> str:
        """The kind, with years that begin in April apart."""
        return "fiscal" if self.kind == "year" and self.offset % YEAR == APRIL else self.kind

    def name(self, place: int) -> Period:
        """Return a period as it is written: "2019-04", "2019-Q2", "2019", "FY2019", "2019-04-01" (a day, or the first of a week) or "7"."""
        begins = self._begins(place)
        if self.kind == "quarter":
            return Period(f"{begins // YEAR:04d}-Q{begins % YEAR // 3 + 1}")
        if self.kind in MONTHS:
            plain = f"{begins // YEAR:04d}-{begins % YEAR + 1:02d}"
            whole = {0: f"{begins // YEAR:04d}", APRIL: f"FY{begins // YEAR:04d}"} if self.kind == "year" else {}
            return Period(whole.get(begins % YEAR, plain))
        return Period(begins if self.kind == "number" else self.start(place).isoformat())

    def _begins(self, place: int) -> int:
        return (self.first + place) * UNITS[self.kind] * self.step + self.offset

    def before(self, length: int) -> Calendar:
        """Return the first periods."""
        return replace(self, length=length)

    def place(self, period: Any) -> int:
        """Return how many periods after the first one a period lies; negative before it.

        Raises
        ------
        DataError : if it cannot be read, or is of another kind than the series.
        """
        kind, number = _parsed(period, "period", days=self.kind in DAYS)
        if self.kind == "year" and kind == "number":
            kind, number = "month", YEAR * number + self.offset % YEAR
        if kind == "fiscal":
            kind, number = ("number", number) if self.kind == "number" else ("month", YEAR * number + APRIL)
        known = {"month": MONTHS, "day": DAYS, "number": ("number",), "quarter": ("quarter",)}
        if self.kind not in known[kind]:
            raise DataError("its_other_calendar", period=period, given=kinds_of(kind), kind=kinds_of(self.said))
        begins = 3 * number if kind == "quarter" else number
        return (begins - self.offset) // (UNITS[self.kind] * self.step) - self.first

    def ticks(self, lang: str | None = None, most: int = 9) -> tuple[tuple[int, str], ...]:
        """Return places and labels for an axis: fiscal years, from April, where the run is long, else every few periods."""
        if self.kind == "year" and self.offset % YEAR == APRIL:
            return self._fiscal_years(range(0, self.length, -(-self.length // most)), lang)
        if self.seasons == 1 or self.length <= 2 * self.seasons:
            return tuple((place, self.name(place)) for place in range(0, self.length, -(-self.length // most)))
        starts = self.starts
        years = [
            place for place in range(self.length)
            if _fiscal(starts[place]) != (_fiscal(starts[place - 1]) if place else _fiscal(self.start(-1)))
        ]  # fmt: skip
        return self._fiscal_years(years[:: -(-len(years) // most)], lang)

    def _fiscal_years(self, places: Iterable[int], lang: str | None) -> tuple[tuple[int, str], ...]:
        return tuple((place, label("its_fiscal_year", lang, year=_fiscal(self.start(place)))) for place in places)


def _fiscal(day: date) -> int:
    return day.year - (day.month <= APRIL)


def read_periods(values: Iterable[Any], column: str) -> tuple[Calendar, Ints]:
    """Return the calendar that spans some values, and the place of each value in it.

    Parameters
    ----------
    values : "2019-04", "2019年4月", 201904, "2019-04-01", pandas periods, dates, "2019Q2", "2019年度第1四半期", "2019-W14", "2019年度" or "FY2019", or whole
        numbers; years of eras ("令和元年5月") are read. Dates
        are months, unless a month has more than one of them: then they are days. The greatest step that leads from the first to all others
        is a period, so that months twelve apart are years, months three apart quarters, days seven apart weeks.
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
        raise DataError("its_mixed_calendar", column=column, kinds=kinds_of(kinds))
    kind, numbers = kinds[0], np.array([number for _, number in parsed], dtype=np.int64)
    least, first_month = LABELS.get(kind, (1, 0))
    kind, numbers = "month" if kind in LABELS else kind, least * numbers + first_month
    own, step = _period(kind, numbers, least)
    length = UNITS[own] * step
    offset = 0 if own == "quarter" else int(numbers.min()) % length
    places = (numbers - offset) // length
    first = int(places.min())
    return Calendar(own, first, int(places.max()) - first + 1, offset, step), places - first


def _period(kind: str, numbers: Ints, least: int) -> tuple[str, int]:
    """The kind of the periods and how many units each has: the greatest common step, of fewer than three of them the least."""
    steps = np.diff(np.unique(numbers))
    common = int(np.gcd.reduce(steps)) if len(steps) > 1 else least
    if kind == "month":
        common = common if common % YEAR == 0 else math.gcd(common, YEAR)
        own = "year" if common % YEAR == 0 else "quarter" if common == MONTHS["quarter"] else kind
    else:
        own = "week" if kind == "day" and common % WEEK == 0 else kind
    return own, common // UNITS[own]


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
        return (number - MONDAY) // WEEK
    if found == "fiscal":
        found, number = ("number", number) if kind == "number" else ("month", YEAR * number + APRIL)
    if (found, kind) == ("month", "quarter"):
        return number // 3
    if found != kind:
        raise DataError("its_other_calendar", period=value, given=kinds_of(found), kind=kinds_of(kind))
    return number


def _daily(values: list[Any]) -> bool:
    """Whether all values are dates and some month has two of them."""
    dates = [_DATE.fullmatch(_text(value)) for value in values]
    found = {_numbers(match) for match in dates if match}
    return all(dates) and len(found) > len({one[:2] for one in found})


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


def listed(calendar: Calendar, which: NDArray[np.bool_]) -> Period:
    """Return the names of some periods, the first few where there are many."""
    names = [calendar.name(int(place)) for place in np.flatnonzero(which)]
    return Period(", ".join(names[:SHOWN]) + (", …" if len(names) > SHOWN else ""))


def _parsed(value: Any, column: str, *, days: bool = False) -> tuple[str, int]:
    text = _text(value)
    if match := _DATE.fullmatch(text):
        year, month, day = _numbers(match)
        return ("day", _ordinal(year, month, day, text, column)) if days else ("month", YEAR * year + month - 1)
    if match := _MONTH.fullmatch(text):
        year, month = _numbers(match)
        return "month", YEAR * year + month - 1
    if match := _QUARTER.fullmatch(text):
        return "quarter", 4 * int(match[1]) + int(match[2]) - 1
    if _NUMBER.fullmatch(text):
        return "number", int(float(text))
    if match := _FISCAL.fullmatch(text):
        return "fiscal", _numbers(match)[0]
    if match := _YEAR.fullmatch(text):
        return "number", int(match[1])
    raise DataError("its_not_a_period", column=column, value=text)


def _text(value: Any) -> str:
    """A value as it is written, with years of eras as they are counted elsewhere; of a week or a span of days its first day."""
    whole = isinstance(value, float | np.floating) and math.isfinite(value) and value == int(value)
    text = unicodedata.normalize("NFKC", str(int(value) if whole else value)).strip()
    text = _ERA.sub(lambda era: f"{ERAS[era[1]] + (1 if era[2] == '元' else int(era[2]))}年", text)
    if quarter := _FISCAL_QUARTER.fullmatch(text):
        years, place = divmod(int(quarter[2]), 4)
        return f"{int(quarter[1]) + years}Q{place + 1}"
    if week := _WEEK.fullmatch(text):
        return _monday(int(week[1]), int(week[2]), text)
    return text[: match.end(1)] if (match := _SPAN.fullmatch(text)) else text


def _monday(year: int, week: int, text: str) -> str:
    try:
        return date.fromisocalendar(year, week, 1).isoformat()
    except ValueError:
        return text


def _numbers(match: re.Match[str]) -> tuple[int, ...]:
    return tuple(int(one) for one in match.groups() if one)


def _ordinal(year: int, month: int, day: int, text: str, column: str) -> int:
    try:
        return date(year, month, day).toordinal()
    except ValueError:
        raise DataError("its_not_a_period", column=column, value=text) from None
