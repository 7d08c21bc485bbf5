"""The regressors of a segmented regression: constant, trend, step, ramp, and the season."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError
from ebpm.its.calendar import Calendar
from ebpm.its.observed import Observed
from ebpm.moments.frame import one_of

Floats = NDArray[np.float64]

SEGMENTS = ("intercept", "trend", "level_change", "slope_change")
DUMMIES = {"month": 12, "quarter": 4}


def season_columns(calendar: Calendar, season: int | str) -> tuple[tuple[str, ...], Floats]:
    """Return names and columns of the seasonal terms, shape (T, q).

    Raises
    ------
    DesignError : if the calendar has no seasons, or too many harmonics are asked for.
    """
    if season == 0:
        return (), np.empty((calendar.length, 0))
    if isinstance(season, str):
        one_of(season, tuple(DUMMIES), "season")
    if DUMMIES.get(str(season), calendar.seasons) != calendar.seasons or calendar.seasons == 1:
        raise DesignError("its_no_season", season=season, kind=calendar.kind)
    if isinstance(season, str):
        levels = range(1, calendar.seasons)
        return tuple(f"{season}_{j + 1}" for j in levels), np.column_stack([calendar.season == j for j in levels]) * 1.0
    return _harmonics(calendar, season)


def _harmonics(calendar: Calendar, pairs: int) -> tuple[tuple[str, ...], Floats]:
    half = calendar.seasons // 2
    if not 0 < pairs <= half:
        raise DesignError("its_bad_harmonics", season=pairs, most=half)
    angles = 2.0 * np.pi * calendar.season / calendar.seasons
    waves = {}
    for k in range(1, pairs + 1):
        waves[f"cos_{k}"] = np.cos(k * angles)
        if k < half:
            waves[f"sin_{k}"] = np.sin(k * angles)
    return tuple(waves), np.column_stack(list(waves.values()))


def segments(observed: Observed) -> Floats:
    """Return constant, trend 1 .. T, step and ramp (0 in the first period of the effect), shape (T, 4)."""
    places = np.arange(observed.calendar.length, dtype=np.float64)
    after = observed.after.astype(np.float64)
    return np.column_stack([np.ones_like(places), places + 1.0, after, (places - observed.origin) * after])
