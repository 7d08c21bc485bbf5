"""Placebo dates: the same regression at dates at which nothing was done."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.errors import DataError, DesignError
from ebpm.estimate import Estimate, Estimates, Unavailable
from ebpm.its.periods.calendar import Calendar
from ebpm.its.periods.seasons import Season, read_season
from ebpm.its.regression.effects import contrasts, headline
from ebpm.its.regression.fitting import fit
from ebpm.its.regression.settings import RECOMMENDED, Family, Lags, Settings
from ebpm.its.series.observed import Observed, observe
from ebpm.notices import Notice, Notices
from ebpm.shown import Shown
from ebpm.stats.given import whole
from ebpm.stats.inference import level, t_estimate
from ebpm.table import Table
from ebpm.texts import method

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

MARGIN = 8
SIZE = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class PlaceboDates(Shown):
    """Level changes at dates at which nothing was done.

    Parameters
    ----------
    estimates : one a date; the headline is the date with the largest statistic.
    calendar : the periods before the intervention.
    places : place of each date in the calendar.
    """

    estimates: Estimates
    calendar: Calendar
    places: tuple[int, ...]

    @property
    def notices(self) -> Notices:
        """I309 where a date stands out."""
        return self.estimates.notices

    def tidy(self) -> pd.DataFrame:
        """Return one row a date with the glossary's columns."""
        return self.estimates.tidy()

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the date that stands out most."""
        return [self.estimates.headline.sentence(lang)]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row a date."""
        return (self.estimates.table(method(self.estimates.headline.method, lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the level change at each date."""
        from ebpm.figures.series import draw_placebo

        return draw_placebo(self, ax, lang=lang)


def placebo_dates(
    data: Any,
    outcome: str,
    *,
    time: str,
    intervention: Any,
    exposure: str | None = None,
    comparison: str | None = None,
    covariates: Sequence[str] = (),
    season: Season | Sequence[int | str] = 0,
    family: Family = "gaussian",
    errors: str = RECOMMENDED,
    lags: Lags = None,
    dates: int = 0,
    conf_level: float = 0.95,
) -> PlaceboDates:
    """Estimate the change at dates before the intervention, on the periods before it alone.

    Parameters
    ----------
    data, outcome, time, intervention, exposure, comparison, covariates, season, family, errors, lags, conf_level : as in `segmented`.
    dates : how many, evenly spread; all of them where 0.

    Returns one estimate a date, each with at least eight periods on either side; the headline is the date with the largest statistic.
    A notice I309 says when the smallest p value times the number of dates (Bonferroni) is below 0.05.

    Raises
    ------
    DesignError : if fewer than sixteen periods lie before the intervention, or as in `segmented`.

    Assumptions: no change before the intervention; then a change at any date is noticed with at most five
    per cent probability, as far as the errors are right.

    Source: Abadie, Diamond and Hainmueller (2015), American Journal of Political Science 59(2), where the treatment is
    reassigned to earlier dates.

    Examples
    --------
    >>> import pandas as pd
    >>> wiggle = [1, -1, -1, 1] * 6
    >>> rows = [(t, 50 + t - 9 * (t >= 18) + wiggle[t]) for t in range(24)]
    >>> placebo = placebo_dates(pd.DataFrame(rows, columns=["t", "y"]), "y", time="t", intervention=18)
    >>> placebo.estimates.terms
    ('8', '9', '10')
    """
    whole = observe(
        data,
        outcome,
        time=time,
        intervention=intervention,
        exposure=exposure,
        comparison=comparison,
        covariates=covariates,
    )
    if whole.start < 2 * MARGIN:
        raise DesignError("its_no_placebo", before=whole.start, fewest=2 * MARGIN)
    before = whole.before()
    settings = Settings(season=read_season(season), family=family, errors=errors, lags=lags).chosen(
        before.calendar.length
    )
    places = _spread(range(MARGIN, whole.start - MARGIN + 1), dates)
    items = tuple(_at(before, settings, place, level(conf_level)) for place in places)
    return PlaceboDates(estimates=_family_wise(items), calendar=before.calendar, places=places)


def _spread(places: range, wanted: int) -> tuple[int, ...]:
    if whole(wanted, "dates") < 0:
        raise DataError("its_bad_dates", dates=wanted)
    if not 0 < wanted < len(places):
        return tuple(places)
    return tuple(places[int(place)] for place in np.linspace(0, len(places) - 1, wanted).round())


def _at(before: Observed, settings: Settings, place: int, conf_level: float) -> Estimate:
    observed = replace(before, intervention=replace(before.intervention, start=place))
    model = fit(observed, settings)
    found = model.contrast(contrasts(observed, model)[headline(observed)].weights)
    return t_estimate(
        found.value, found.std_error, df=found.df, conf_level=conf_level, term=observed.calendar.name(place), n=model.n,
        estimand="placebo_change", method=f"its.{settings.family}.{settings.errors}",
    )  # fmt: skip


def _family_wise(items: tuple[Estimate, ...]) -> Estimates:
    known = [item.p_value for item in items if not isinstance(item.p_value, Unavailable)]
    sizes = [0.0 if isinstance(item.statistic, Unavailable) else abs(item.statistic) for item in items]
    worst = items[int(np.argmax(sizes))]
    p_value = min(1.0, min(known, default=1.0) * len(items))
    facts = {"change": f"{worst.estimate:.3g}", "p": f"{p_value:.2g}", "dates": len(items)}
    found = (Notice("I309", worst.term, MappingProxyType(facts)),) if p_value < SIZE else ()
    return Estimates(items=items, headline_term=worst.term, notices=Notices(found))
