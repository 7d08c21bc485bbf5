"""Where a series changed most, whether more than its errors do by themselves, and whether that was before the intervention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError, DesignError
from ebpm.its.periods.calendar import Calendar
from ebpm.its.periods.seasons import Season, read_season, season_terms
from ebpm.its.series.observed import observe, refuse_logarithm
from ebpm.moments.frame import one_of
from ebpm.notices import Notice, Notices
from ebpm.shown import Shown
from ebpm.stats.given import generator, whole
from ebpm.stats.series.hac_small_sample import reference
from ebpm.table import Table
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

EDGE = 0.15
FEWEST = 3
SIZE = 0.05
SLACK = 1


@dataclass(frozen=True, slots=True, kw_only=True)
class ChangePoint(Shown):
    """The date at which a change of level and slope would explain most.

    Parameters
    ----------
    calendar : the periods of the series.
    start : place of the first period under the intervention.
    place : of the first period after the change found.
    dates : places that were looked at.
    statistics : F of each.
    p_value : share of simulated series without any change whose largest F is at least as large.
    autocorrelation : of their errors.
    outcome : its name.
    draws : how many were simulated.
    """

    calendar: Calendar
    start: int
    place: int
    dates: tuple[int, ...]
    statistics: tuple[float, ...]
    p_value: float
    autocorrelation: float
    outcome: str
    draws: int

    @property
    def notices(self) -> Notices:
        """I321 where the series changed before the intervention."""
        if self.p_value >= SIZE or self.place >= self.start - SLACK:
            return Notices()
        facts = {
            "period": self.calendar.name(self.place),
            "start": self.calendar.name(self.start),
            "p": f"{self.p_value:.2g}",
        }
        return Notices((Notice("I321", self.outcome, MappingProxyType(facts)),))

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the date, and how often chance does as much."""
        return [label(
            "its_change_point", lang, period=self.calendar.name(self.place), start=self.calendar.name(self.start),
            p=f"{self.p_value:.3g}", draws=f"{self.draws:,}", rho=f"{self.autocorrelation:.2f}", dates=len(self.dates),
        )]  # fmt: skip

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row a date."""
        del lang
        rows = tuple((self.calendar.name(one), value) for one, value in zip(self.dates, self.statistics, strict=True))
        return (Table(("term", "statistic"), rows),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw F over the dates."""
        from ebpm.figures.change_point import draw_change_point

        return draw_change_point(self, ax, lang=lang)


def change_point(
    data: Any, outcome: str, *, time: str, intervention: Any, exposure: str | None = None, covariates: Sequence[str] = (),
    season: Season | Sequence[int | str] = 0, family: str = "gaussian", draws: int = 999, seed: int = 20190401,
) -> ChangePoint:  # fmt: skip
    """Look for the date at which level and slope changed most, without telling the search when the intervention was.

    Parameters
    ----------
    data, outcome, time, intervention, exposure, covariates, season : as in `segmented`.
    family : "gaussian", or "log_gaussian" for the logarithm.
    draws : series simulated without a change.
    seed : of the numpy Generator.

    Raises
    ------
    DataError, DesignError : as in `segmented`; or if draws are below 19 or the series is too short to search.

    Formula: sup of F over the dates that leave 15 % and three periods on either side; its distribution from series with trend and season but no
    change, and errors of the first-order autocorrelation for which the residuals speak once the best change is taken out.

    Assumptions: errors are a first-order autoregression. The family-wise error over all dates is controlled by the simulation.

    Source: Andrews (1993), Econometrica 61(4); Diebold and Chen (1996), Journal of Econometrics 70(1), for the simulation.

    Examples
    --------
    >>> import pandas as pd
    >>> wiggle = [1, -1, -1, 1] * 10
    >>> table = pd.DataFrame([(t, 50 + t - 9 * (t >= 12) + wiggle[t]) for t in range(40)], columns=["t", "y"])
    >>> found = change_point(table, "y", time="t", intervention=25)
    >>> found.place, found.notices.codes
    (12, ('I321',))
    """
    one_of(family, ("gaussian", "log_gaussian"), "family")
    observed = observe(
        data, outcome, time=time, intervention=intervention, exposure=exposure, comparison=None, covariates=covariates
    )
    if whole(draws, "draws") < 19:
        raise DataError("its_bad_draws", draws=draws)
    if family == "log_gaussian":
        refuse_logarithm(observed)
    rate, n = observed.rate[0], observed.calendar.length
    places = np.arange(n, dtype=np.float64)
    terms = season_terms(observed.calendar, read_season(season)).columns
    X = np.column_stack([np.ones(n), places, terms, observed.covariates])
    edge = max(FEWEST, int(np.ceil(EDGE * n)))
    dates = tuple(range(edge, n - edge + 1))
    if len(dates) < 2 or n - X.shape[1] - 2 < FEWEST:
        raise DesignError("its_too_short_to_search", periods=n, columns=X.shape[1] + 2)
    search = _Search.of(X, dates)
    y = np.log(rate) if family == "log_gaussian" else rate
    statistics = search.statistics(y[:, None])[:, 0]
    best = int(np.argmax(statistics))
    rho = _autocorrelation(np.column_stack([X, _change(n, dates[best])]), y)
    drawn = search.statistics(_errors(n, rho, draws, generator(seed))).max(axis=0)
    p_value = (1.0 + float(np.sum(drawn >= statistics[best]))) / (draws + 1.0)
    return ChangePoint(
        calendar=observed.calendar, start=observed.start, place=dates[best], dates=dates, statistics=tuple(statistics.tolist()),
        p_value=p_value, autocorrelation=rho, outcome=outcome, draws=draws,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Search:
    """An orthonormal basis of trend and season, and of what a change at each date adds to it, shape (dates, n, 2)."""

    base: Floats
    added: Floats

    @classmethod
    def of(cls, X: Floats, dates: Sequence[int]) -> _Search:
        base = np.linalg.qr(X)[0]
        changes = np.array([_change(len(X), date) for date in dates])
        left = changes - np.einsum("nk,dkj->dnj", base, np.einsum("nk,dnj->dkj", base, changes))
        return cls(base, np.linalg.qr(left)[0])

    def statistics(self, y: Floats) -> Floats:
        """F of each date and series, shape (dates, m); y of shape (n, m)."""
        left = y - self.base @ (self.base.T @ y)
        explained = np.array([((one.T @ left) ** 2).sum(axis=0) for one in self.added])
        spare = len(y) - self.base.shape[1] - 2
        return np.asarray(explained / 2.0 / ((left**2).sum(axis=0) - explained) * spare)


def _change(n: int, date: int) -> Floats:
    since = np.arange(n, dtype=np.float64) - date
    return np.column_stack([(since >= 0) * 1.0, np.maximum(since, 0.0)])


def _autocorrelation(X: Floats, y: Floats) -> float:
    bread = np.asarray(np.linalg.pinv(X.T @ X), dtype=np.float64)
    residuals = y - X @ (bread @ (X.T @ y))
    return reference(X, bread, residuals, lags=0, times=np.arange(len(y))).autocorrelation


def _errors(n: int, rho: float, draws: int, rng: np.random.Generator) -> Floats:
    found = rng.standard_normal((n, draws))
    found[1:] *= np.sqrt(1.0 - rho**2)
    for place in range(1, n):
        found[place] += rho * found[place - 1]
    return found
