"""Many sites over the same periods: one intervention, together or in steps, with shocks that all sites share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError
from ebpm.estimate import Estimate, Estimates
from ebpm.its.multi_site.site_panel import SitePanel, read_sites
from ebpm.its.periods.seasons import Season, read_season
from ebpm.its.series.units import log_points
from ebpm.moments.frame import one_of
from ebpm.notices import Facts, Notices, Rule, run
from ebpm.shown import Shown
from ebpm.stats.inference import level, rounding, t_estimate
from ebpm.stats.series.panel_components import SitesFit, sites_regression
from ebpm.table import Table
from ebpm.texts import coined, label, method

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

FEW = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Sites(Shown):
    """A segmented regression of many sites.

    Parameters
    ----------
    panel : the sites, their outcomes and starts, and the regressors.
    fit : of the model.
    effects : "random" or "fixed" effects of sites.
    logarithmic : whether the logarithm of the outcome was modelled.
    conf_level : of the intervals.
    """

    panel: SitePanel
    fit: SitesFit
    effects: str
    logarithmic: bool
    conf_level: float

    @property
    def notices(self) -> Notices:
        """What the guard rails found."""
        return run(RULES, self)

    @property
    def estimates(self) -> Estimates:
        """Level and slope change, and the mean effect over all periods of all sites from their start on."""
        k, names = len(self.panel.names), self.panel.names
        step, ramp = names.index("level_change"), names.index("slope_change")
        rows = {"level_change": np.eye(k)[step], "slope_change": np.eye(k)[ramp], "average_effect": np.zeros(k)}
        exposed = self.panel.X[..., step] > 0
        rows["average_effect"][[step, ramp]] = self.panel.X[exposed][:, [step, ramp]].mean(axis=0)
        items = tuple(self._item(term, weights) for term, weights in rows.items())
        return Estimates(items=items, headline_term="level_change", notices=self.notices)

    @property
    def variances(self) -> dict[str, float]:
        """Variance of a site's errors, of shared shocks, of the sites' intercepts, and of their level changes, as far as modelled."""
        random = (
            (("intercepts", "changes") if self.panel.together else ("intercepts",)) if self.effects == "random" else ()
        )
        names = ("own", "shared", *random)
        return dict(zip(names, self.fit.variances.tolist(), strict=True))

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the headline, and the variances."""
        shown = ", ".join(f"{label(f'its_sites_{name}', lang)} {value:.3g}" for name, value in self.variances.items())
        own, shared = (f"{one:.2f}" for one in self.fit.autocorrelations)
        said = label("its_remark_sites", lang, variances=shown, own=own, shared=shared, sites=len(self.panel.sites))
        return [self.estimates.headline.sentence(lang), said]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row a term."""
        return (self.estimates.table(method(self._method, lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw every site, and the mean of those that were reached with what it would have been."""
        from ebpm.figures.sites import draw_sites

        return draw_sites(self, ax, lang=lang)

    @property
    def _method(self) -> str:
        return f"its.sites.{self.effects}"

    def _item(self, term: str, weights: Floats) -> Estimate:
        std_error = float(np.sqrt(weights @ self.fit.covariance @ weights))
        return t_estimate(
            float(weights @ self.fit.coefficients), std_error, df=self.fit.df(weights), conf_level=self.conf_level, term=term,
            name=coined(term), n=self.panel.y.size, clusters=len(self.panel.sites), estimand=term, unit=log_points() if self.logarithmic else "",
            method=self._method,
        )  # fmt: skip


def sites(
    data: Any, outcome: str, *, time: str, site: str, starts: str, exposure: str | None = None, season: Season | Sequence[int | str] = 0,
    effects: str = "random", trends: str = "common", family: str = "gaussian", conf_level: float = 0.95,
) -> Sites:  # fmt: skip
    """Estimate one change of level and slope over many sites that were reached together, in steps, or never.

    Parameters
    ----------
    data : a table with one row a site and period, every site in every period. Order of rows does not matter.
    outcome : column of numbers.
    time, exposure, season : as in `segmented`.
    site : column that names the site.
    starts : column with the first period under the intervention of the site; missing where it was never reached.
    effects : "random" intercepts of sites, and where all start together random changes of level too, so that the interval speaks of
        sites like these; "fixed" intercepts, for these sites alone.
    trends : "common", or "own" for every site.
    family : "gaussian", or "log_gaussian" for the logarithm.
    conf_level : level of the intervals.

    Raises
    ------
    DataError : if a column is missing or not numeric, or an argument is not one of its choices.
    DesignError : if periods are missing or come twice, a site has several starts, no site was reached, or there are fewer than two.

    Formula: y_it = a_i + b t + (c + c_i) A_it + d (t - t_i) A_it + season_t + e_it + u_t; e and u autoregressions of first order, u shared
    by all sites. Restricted likelihood, t with Satterthwaite's degrees of freedom.

    Assumptions: the same change everywhere but for c_i, counted from each site's own start; shocks reach all sites alike or each on its own.
    With steps the change is read from sites that start at different times, and rests on its being the same for all of them.

    Source: Gebski, Ellingson, Edwards, Jernigan and Kleinbaum (2012), Epidemiology and Infection 140(12); Hussey and Hughes (2007),
    Contemporary Clinical Trials 28(2); Harville (1977), Journal of the American Statistical Association 72(358).

    Examples
    --------
    >>> import pandas as pd
    >>> wiggle = [1, -1, -1, 1] * 6
    >>> rows = [(s, t, 9 * s + t - 5 * (t >= 12) + wiggle[t] + wiggle[(t * (s + 2)) % 24], 12) for s in range(6) for t in range(24)]
    >>> table = pd.DataFrame(rows, columns=["ward", "t", "y", "start"])
    >>> found = sites(table, "y", time="t", site="ward", starts="start")
    >>> -7 < found.estimates.headline.estimate < -3
    True
    """
    for value, choices, argument in (
        (effects, ("random", "fixed"), "effects"), (trends, ("common", "own"), "trends"), (family, ("gaussian", "log_gaussian"), "family"),
    ):  # fmt: skip
        one_of(value, choices, argument)
    panel = read_sites(
        data, outcome, time=time, site=site, starts=starts, exposure=exposure, season=read_season(season),
        fixed=effects == "fixed", own=trends == "own",
    )  # fmt: skip
    y = panel.y
    if family == "log_gaussian":
        if (y <= 0).any():
            raise DesignError("its_no_logarithm", column=outcome, count=int((y <= 0).sum()), periods="…")
        y = np.log(y)
    _refuse_exact(y, panel)
    varying = effects == "random" and panel.together
    intercept, step = np.ones(panel.calendar.length), panel.X[0, :, panel.names.index("level_change")]
    parts = [*([intercept] if effects == "random" else []), *([step] if varying else [])]
    random = np.array(parts).reshape(len(parts), panel.calendar.length).T
    return Sites(
        panel=panel, fit=sites_regression(y, panel.X, random, names=panel.names), effects=effects,
        logarithmic=family == "log_gaussian", conf_level=level(conf_level),
    )  # fmt: skip


def _refuse_exact(y: Floats, panel: SitePanel) -> None:
    """Refuse outcomes that the regression with a constant for each site explains without a residual."""
    X = (panel.X - panel.X.mean(axis=1, keepdims=True)).reshape(y.size, -1)
    centred = (y - y.mean(axis=1, keepdims=True)).ravel()
    left = centred - X @ np.linalg.lstsq(X, centred, rcond=None)[0]
    if np.abs(left).max() <= 4.0 * rounding(y):
        raise DesignError("stats_no_residuals", rows=y.size, columns=len(panel.names))


def _few(found: Sites) -> Iterator[tuple[str, Facts]]:
    reached = sum(one >= 0 for one in found.panel.starts)
    if reached < FEW:
        yield "", {"reached": reached, "sites": len(found.panel.sites), "fewest": FEW}


def _shared(found: Sites) -> Iterator[tuple[str, Facts]]:
    own, shared = found.fit.variances[:2]
    if found.panel.together and len(found.panel.sites) * shared > own:
        yield "", {"share": f"{100.0 * shared / (own + shared):.0f}", "sites": len(found.panel.sites)}


RULES: tuple[Rule[Sites], ...] = (Rule("I331", _few), Rule("I332", _shared))
