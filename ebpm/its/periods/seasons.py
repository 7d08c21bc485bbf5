"""Regressors made from the calendar: harmonics, dummies of months and weekdays, holidays, length of month, turn of the fiscal year."""

from __future__ import annotations

import calendar as civil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError
from ebpm.its.periods.calendar import DAYS, Calendar
from ebpm.its.periods.holidays import japanese_holidays
from ebpm.its.periods.names import kinds
from ebpm.moments.frame import one_of
from ebpm.stats.given import several

Floats = NDArray[np.float64]
Season = int | str | tuple[int | str, ...]

DUMMIES = {"month": 12, "quarter": 4}
YEAR, MONTH = 365.25, 365.25 / 12.0
FRIDAY, SUNDAY = 4, 6
MARCH, APRIL = 3, 4
WAVES = {"week": 26, "day": 182}


@dataclass(frozen=True, slots=True)
class Terms:
    """Regressors with their names.

    Parameters
    ----------
    names : one a column.
    columns : shape (T, q).
    """

    names: tuple[str, ...]
    columns: Floats


def season_terms(calendar: Calendar, season: Season) -> Terms:
    """Return the regressors of a season.

    Parameters
    ----------
    calendar : of the series.
    season : pairs of yearly harmonics; "month" or "quarter" dummies; "weekday": dummies of days, or weekdays less 5/2 weekend days of
        longer periods; "holiday": public holidays of Japan, of longer periods those from Monday to Friday; "days": length of the month
        over the mean; "fiscal_year": its last and its first month, March and April; or several of them. 0 or an empty tuple for none.

    Raises
    ------
    DesignError : if the calendar has no such terms, or too many harmonics are asked for.

    Source: Findley, Monsell, Bell, Otto and Chen (1998), Journal of Business and Economic Statistics 16(2), for the days of the week.
    """
    parts = [_part(calendar, one) for one in (season if isinstance(season, tuple) else (season,)) if one != 0]
    empty = np.empty((calendar.length, 0))
    names = tuple(name for part in parts for name in part)
    return Terms(names, np.column_stack([empty, *(column for part in parts for column in part.values())]))


def read_season(season: Season | Sequence[int | str]) -> Season:
    """Return a season as it is kept: one term, or a tuple of them."""
    return season if isinstance(season, int | str) else tuple(several(season, "season"))


def yearly(season: Season) -> bool:
    """Whether a season follows the year."""
    parts = season if isinstance(season, tuple) else (season,)
    return any(one in DUMMIES or (isinstance(one, int) and one > 0) for one in parts)


def _part(calendar: Calendar, one: int | str) -> dict[str, Floats]:
    if not isinstance(one, int):
        one_of(one, (*DUMMIES, *_MAKERS), "season")
    dated = calendar.kind not in ("number", "year")
    if not dated or (
        one in DUMMIES and (one == "quarter" or calendar.kind in DUMMIES) and calendar.seasons != DUMMIES[one]
    ):
        raise DesignError("its_no_season", season=one, kind=kinds(calendar.kind))
    if not isinstance(one, str):
        return _harmonics(calendar, one)
    if one in DUMMIES:
        season = (
            calendar.season
            if calendar.seasons == DUMMIES[one]
            else np.array([day.month - 1 for day in calendar.starts])
        )
        return {f"{one}_{j + 1}": (season == j) * 1.0 for j in range(1, DUMMIES[one])}
    return _MAKERS[one](calendar)


def _harmonics(calendar: Calendar, pairs: int) -> dict[str, Floats]:
    exact = calendar.kind in DUMMIES
    half = calendar.seasons // 2 if exact else WAVES[calendar.kind] // calendar.step
    if not 0 < pairs <= half:
        raise DesignError("its_bad_harmonics", season=pairs, most=half)
    if exact:
        share = calendar.season / calendar.seasons
    else:
        share = np.array([day.timetuple().tm_yday - 1 for day in calendar.starts]) / YEAR
    waves = {}
    for k in range(1, pairs + 1):
        waves[f"cos_{k}"] = np.cos(2.0 * np.pi * k * share)
        if 2 * k < calendar.seasons or not exact:
            waves[f"sin_{k}"] = np.sin(2.0 * np.pi * k * share)
    return waves


def _weekdays(calendar: Calendar) -> dict[str, Floats]:
    if calendar.kind == "day":
        weekday = np.array([day.weekday() for day in calendar.starts])
        return {f"weekday_{j + 1}": (weekday == j) * 1.0 for j in range(1, 7)}
    if calendar.kind == "week":
        raise DesignError("its_no_season", season="weekday", kind=kinds("week"))
    counts = [[day.weekday() <= FRIDAY for day in days] for days in _days(calendar)]
    return {"weekdays": np.array([sum(one) - 2.5 * (len(one) - sum(one)) for one in counts])}


def _holidays(calendar: Calendar) -> dict[str, Floats]:
    working = range(SUNDAY + 1) if calendar.kind == "day" else range(FRIDAY + 1)
    counts = [
        sum(day in japanese_holidays(day.year) and day.weekday() in working for day in days) for days in _days(calendar)
    ]
    return {"holidays": np.array(counts, dtype=np.float64)}


def _lengths(calendar: Calendar) -> dict[str, Floats]:
    if calendar.kind not in DUMMIES:
        raise DesignError("its_no_season", season="days", kind=kinds(calendar.kind))
    lengths = np.array([len(days) for days in _days(calendar)], dtype=np.float64)
    return {"days": lengths / (YEAR / calendar.seasons)}


def _fiscal_year(calendar: Calendar) -> dict[str, Floats]:
    if calendar.kind in DUMMIES and calendar.seasons != DUMMIES["month"]:
        raise DesignError("its_no_season", season="fiscal_year", kind=kinds(calendar.kind))
    months = np.array([day.month for day in calendar.starts])
    return {"fiscal_year_end": (months == MARCH) * 1.0, "fiscal_year_start": (months == APRIL) * 1.0}


_MAKERS = MappingProxyType[str, Callable[[Calendar], dict[str, Floats]]]({
    "weekday": _weekdays, "holiday": _holidays, "days": _lengths, "fiscal_year": _fiscal_year,
})  # fmt: skip


def _days(calendar: Calendar) -> list[list[date]]:
    """The days of each period."""
    return [[start + timedelta(days=day) for day in range(_length(calendar, start))] for start in calendar.starts]


def _length(calendar: Calendar, start: date) -> int:
    if calendar.kind in DUMMIES:
        months = range(start.month, start.month + 12 // calendar.seasons)
        return sum(civil.monthrange(start.year + (month > 12), (month - 1) % 12 + 1)[1] for month in months)
    return calendar.step * DAYS[calendar.kind]
