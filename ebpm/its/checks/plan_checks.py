"""Checks that a plan can name: a negative control that moves too, a change before the intervention, periods that are missing."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from ebpm.estimate import Unavailable
from ebpm.its.checks.change_point import change_point
from ebpm.its.periods.calendar import Calendar, listed, read_periods
from ebpm.its.periods.seasons import Season
from ebpm.its.regression.segmented import segmented
from ebpm.its.regression.settings import RECOMMENDED, Family, Lags
from ebpm.moments.frame import Frame
from ebpm.notices import Notice, Notices

SIZE = 0.05


def negative_control(
    data: Any, outcome: str, *, time: str, intervention: Any, exposure: str | None = None, season: Season | Sequence[int | str] = 0,
    family: Family = "gaussian", errors: str = RECOMMENDED, lags: Lags = None,
) -> Notices:  # fmt: skip
    """Notice when a series that the intervention cannot touch changes with it.

    Parameters
    ----------
    data, time, intervention, exposure, season, family, errors, lags : as in `segmented`.
    outcome : column of the negative control.

    Raises
    ------
    DataError, DesignError : as in `segmented`.

    Assumptions: the control is open to the same other causes as the outcome, and closed to the intervention.

    Source: Lipsitch, Tchetgen Tchetgen and Cohen (2010), Epidemiology 21(3); Lopez Bernal, Cummins and Gasparrini (2018).

    Examples
    --------
    >>> import pandas as pd
    >>> wiggle = [1, -1, -1, 1] * 6
    >>> table = pd.DataFrame([(t, 50 + t - 9 * (t >= 12) + wiggle[t], 50 + t + wiggle[-t]) for t in range(24)], columns=["t", "moved", "still"])
    >>> [negative_control(table, name, time="t", intervention=12).codes for name in ("moved", "still")]
    [('I322',), ()]
    """
    found = segmented(
        data,
        outcome,
        time=time,
        intervention=intervention,
        exposure=exposure,
        season=season,
        family=family,
        errors=errors,
        lags=lags,
    ).estimates
    head, average = found.headline, found["average_effect"]
    worst = min((head, average), key=lambda one: 1.0 if isinstance(one.p_value, Unavailable) else one.p_value)
    p_value = 1.0 if isinstance(worst.p_value, Unavailable) else min(1.0, 2.0 * worst.p_value)
    if p_value >= SIZE:
        return Notices()
    facts = {"interval": worst.interval(), "p": f"{p_value:.2g}"}
    return Notices((Notice("I322", outcome, MappingProxyType(facts)),))


def earlier_change(
    data: Any, outcome: str, *, time: str, intervention: Any, exposure: str | None = None, season: Season | Sequence[int | str] = 0,
    family: str = "gaussian",
) -> Notices:  # fmt: skip
    """Notice when the largest change of a series came before the intervention.

    Parameters
    ----------
    data, outcome, time, intervention, exposure, season, family : as in `change_point`.

    Raises
    ------
    DataError, DesignError : as in `change_point`.

    Source: as `change_point`.

    Examples
    --------
    >>> import pandas as pd
    >>> wiggle = [1, -1, -1, 1] * 10
    >>> table = pd.DataFrame([(t, 50 + t - 9 * (t >= 12) + wiggle[t]) for t in range(40)], columns=["t", "y"])
    >>> earlier_change(table, "y", time="t", intervention=25).codes, earlier_change(table, "y", time="t", intervention=12).codes
    (('I321',), ())
    """
    found = change_point(
        data, outcome, time=time, intervention=intervention, exposure=exposure, season=season, family=family
    )
    return found.notices


def irregular_periods(data: Any, time: str) -> Notices:
    """Notice when periods of a series are missing, before a routine refuses it.

    Parameters
    ----------
    data : a table.
    time : the column of its periods.

    Raises
    ------
    DataError : if the column cannot be read.

    Source: Lopez Bernal, Cummins and Gasparrini (2017), International Journal of Epidemiology 46(1).

    Examples
    --------
    >>> import pandas as pd
    >>> irregular_periods(pd.DataFrame({"month": ["2019-01", "2019-02", "2019-05"]}), "month").codes
    ('I323',)
    """
    calendar, places = read_periods(Frame.of(data).values(time, "time"), time)
    missing = np.bincount(places, minlength=calendar.length) == 0
    return _missing(calendar, missing, time) if missing.any() else Notices()


def _missing(calendar: Calendar, missing: Any, time: str) -> Notices:
    facts = {"count": int(missing.sum()), "periods": listed(calendar, missing)}
    return Notices((Notice("I323", time, MappingProxyType(facts)),))
