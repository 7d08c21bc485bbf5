"""Segmented regression of an interrupted time series, alone or against a comparison series."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError
from ebpm.estimate import Estimate, Estimates, Unavailable
from ebpm.its.periods.names import term_words
from ebpm.its.periods.seasons import Season, read_season
from ebpm.its.regression.bootstrap import block_bootstrap
from ebpm.its.regression.correlation import remark
from ebpm.its.regression.effects import Contrast, contrasts, effect_path, effect_weights, headline, ratios
from ebpm.its.regression.fitting import fit
from ebpm.its.regression.model import Combination, Model
from ebpm.its.regression.rows import robust
from ebpm.its.regression.segmented_impact import impact_of, mean_of
from ebpm.its.regression.settings import RECOMMENDED, Family, Lags, Settings, read_margin
from ebpm.its.series.correlogram import correlogram
from ebpm.its.series.events import Event, read_events
from ebpm.its.series.impact import Impact
from ebpm.its.series.observed import Observed, observe
from ebpm.its.series.units import log_odds, log_points
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.stats.inference import level, t_estimate
from ebpm.table import Table
from ebpm.texts import method

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Segmented(Shown):
    """A fitted interrupted time series.

    Parameters
    ----------
    observed : the series as they were read.
    settings : family, season, errors.
    model : the fitted regression.
    events : concurrent events that the analyst declared.
    margin : the smallest change that matters, on the scale of the linear predictor; 0 where none was stated.
    conf_level : level of all intervals.
    """

    observed: Observed
    settings: Settings
    model: Model
    events: tuple[Event, ...]
    margin: float
    conf_level: float

    @property
    def method(self) -> str:
        """Entry of the texts that says how the estimates were made."""
        return f"its.{self.settings.family}.{self.settings.errors}"

    @property
    def notices(self) -> Notices:
        """What the guard rails I3xx found."""
        from ebpm.its.regression.checks import check

        return check(self)

    @property
    def estimates(self) -> Estimates:
        """Level and slope change, average and final effect, trend and intercept, on the scale of the linear predictor."""
        named = contrasts(self.observed, self.model)
        return self._of(named, head=headline(self.observed)).with_notices(self.notices)

    @property
    def coefficients(self) -> Estimates:
        """Every coefficient, seasonal terms included; where controlled, those of the comparison series follow."""
        size = self.model.coefficients.size
        prefixes = ("exposed_", "comparison_") if self.observed.controlled else ("",)
        terms = [prefix + name for prefix in prefixes for name in self.model.names]
        named = {term: Contrast("coefficient", one) for term, one in zip(terms, np.eye(size), strict=True)}
        return self._of(named, head=prefixes[0] + headline(self.observed))

    @property
    def mean(self) -> Floats:
        """The fitted outcome over exposure (its geometric mean where the logarithm was modelled), shape (S, T)."""
        return mean_of(self.model.predictor, self.settings.family)

    @property
    def counterfactual(self) -> Floats:
        """What the fit expects of the exposed series without the effect, shape (T,)."""
        without = self.model.predictor[0] - effect_path(self.observed, self.model)
        return mean_of(without, self.settings.family)

    def rate_ratios(self) -> Estimates:
        """Return the ratios of rates (of odds for a binomial outcome): exp of the changes with their intervals.

        Raises
        ------
        DesignError : if the family has no logarithm.
        """
        if not self.settings.logarithmic:
            raise DesignError("its_no_ratio", family=self.settings.family)
        return ratios(self.estimates, odds=self.settings.family == "binomial")

    def effect_at(self, period: Any) -> Estimate:
        """Return the effect in one period, on the scale of the linear predictor.

        Parameters
        ----------
        period : at or after the first period of the effect; it may lie beyond the series.

        Raises
        ------
        DesignError : if it lies before the effect starts.
        """
        place = self.observed.calendar.place(period)
        if place < self.observed.origin:
            raise DesignError(
                "its_before_effect", period=period, first=self.observed.calendar.name(self.observed.origin)
            )
        weights = effect_weights(self.observed, self.model, np.array([float(place)]))[0]
        return self._estimate(f"effect_at_{self.observed.calendar.name(place)}", Contrast("effect_at", weights))

    def total_effect(self) -> Estimate:
        """Return the outcomes that the effect added (or took away) over all periods after the start, in units of the outcome."""
        return self.impact().estimates["total_effect"]

    def impact(self) -> Impact:
        """Return observed and counterfactual outcomes, the effect by period, its running total, its share, and events averted.

        Formula, assumptions: `ebpm.its.segmented_impact.impact_of`.
        """
        return impact_of(self)

    def bootstrap(self, kind: str = "moving", *, length: int = 0, draws: int = 1999, seed: int = 20190401) -> Estimates:
        """Return the estimates with intervals by drawing blocks of residuals; parameters as in `ebpm.its.bootstrap.block_bootstrap`."""
        return block_bootstrap(self, kind, length=length, draws=draws, seed=seed)

    def robust(self, kind: str = "HC1") -> Estimates:
        """Return estimates and coefficients with errors robust to heteroskedasticity alone; parameters as in `ebpm.its.rows.robust`."""
        return robust(self, kind)

    def correlogram(self, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
        """Draw the autocorrelations of the residuals of the exposed series, an autoregression taken out where there is one."""
        return correlogram(self.model.residuals[0], ax, lang)

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the headline, and how the errors were computed."""
        return [self.estimates.headline.sentence(lang), remark(self, lang)]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row a term."""
        return (self.estimates.table(method(self.estimates.headline.method, lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw points, fit and counterfactual, the start of the intervention, and declared events."""
        from ebpm.figures.series import draw_series

        return draw_series(self, ax, lang=lang)

    def _of(self, named: Mapping[str, Contrast], *, head: str = "level_change") -> Estimates:
        items = tuple(self._estimate(term, contrast) for term, contrast in named.items())
        weights = np.array([contrast.weights.ravel() for contrast in named.values()])
        covariance = weights @ self.model.covariance @ weights.T
        plain = np.sqrt(np.maximum(np.diag(covariance), 0.0))
        errors = [item.std_error for item in items]
        wanted = np.array([0.0 if isinstance(one, Unavailable) else one for one in errors], dtype=np.float64)
        scale = np.divide(wanted, plain, out=np.zeros_like(plain), where=plain > 0)
        return Estimates(items=items, headline_term=head, covariance=np.outer(scale, scale) * covariance)

    def _estimate(self, term: str, contrast: Contrast) -> Estimate:
        made = self._made(term, contrast.estimand, self.model.contrast(contrast.weights))
        logarithm = log_odds() if self.settings.family == "binomial" else log_points()
        return replace(made, unit=logarithm if self.settings.logarithmic else "")

    def _made(self, term: str, estimand: str, found: Combination) -> Estimate:
        return t_estimate(
            found.value, found.std_error, df=found.df, conf_level=self.conf_level, term=term, name=term_words(term),
            n=self.model.n, estimand=estimand, method=self.method,
        )  # fmt: skip


def segmented(
    data: Any,
    outcome: str,
    *,
    time: str,
    intervention: Any,
    exposure: str | None = None,
    comparison: str | None = None,
    covariates: str | Sequence[str] = (),
    season: Season | Sequence[int | str] = 0,
    family: Family = "gaussian",
    errors: str = RECOMMENDED,
    lags: Lags = None,
    transition: int = 0,
    margin: float = 0.0,
    events: Iterable[Any] = (),
    conf_level: float = 0.95,
) -> Segmented:
    """Estimate how level and slope of a series changed at an intervention, against its own trend and, if given, a comparison.

    Parameters
    ----------
    data : a table with one row a period, or one row a period and series. Order of rows does not matter.
    outcome : column of counts or other amounts.
    time : column of months ("2019-04", dates, pandas periods), quarters ("2019Q2"), years, weeks or days (dates) or numbered periods,
        without gaps; their greatest common step is a period.
    intervention : the first period under the intervention; or {"start": period, "effect": ["level", "slope", "pulse"], "lag": periods
        until it sets in, "phase_in": periods in which the level changes in equal steps, "periods": of the pulse}; or a list of such
        declarations, of which the first is in question and the others are adjusted for.
    exposure : column of the denominator. Counts get its logarithm as offset, the binomial family takes it as the number at risk; the
        Gaussian families model outcome / exposure.
    comparison : column that is 1 for the exposed and 0 for the comparison series. Each series has its own trend, changes and
        season; the headline is the difference of the changes.
    covariates : columns of what else moves the series, the same for both of them.
    season : pairs of harmonics (2 is usual for months), "month" or "quarter" for dummies, "weekday", "holiday", "days", "fiscal_year"
        as in `ebpm.its.seasons.season_terms`, or a list of these; 0 for none.
    family : "gaussian"; "log_gaussian", the same for the logarithm; "poisson" and "negative_binomial" for counts, with log link;
        "binomial" for counts out of an exposure, with logit link.
    errors : "recommended": "reml", below 24 periods "reml_averaged", below 12 "ols"; for counts "newey_west_satterthwaite".
        "reml": autoregressive errors by restricted likelihood, with Kenward and Roger's variance and Satterthwaite's degrees of
        freedom, or "reml_unadjusted" with neither; "reml_averaged": averaged over the autocorrelation, much narrower in short series;
        "ml", by the likelihood itself; "prais_winsten" and "cochrane_orcutt", iterated, or "..._two_step";
        "newey_west", times n/(n-k), or "newey_west_unadjusted"; "newey_west_satterthwaite", unbiased and with degrees of freedom
        under a first-order autoregression; "quadratic_spectral" with Andrews' bandwidth; "robust" (HC1; others by
        `robust`); "ols"; "quasi" for counts, or "likelihood", with normal quantiles.
    lags : of Newey and West: a number; floor(4(T/100)^(2/9)) where None; "automatic" prewhitens and chooses by their 1994 rule,
        "automatic_unwhitened" only chooses, as does "quadratic_spectral" with these two. Of "reml" and "ml" the order of the autoregression,
        1 where None, or (p, q) of an autoregressive moving average, of which no simulation proves the intervals.
    transition : periods from the intervention on that are left out, because the change was under way.
    margin : the smallest change that matters, on the scale of the linear predictor; notice I318 says when intervals are too wide for it.
    events : concurrent events, (period, text) or {"date": period, "text": text}; drawn, and noticed by I305.
    conf_level : level of the intervals.

    Raises
    ------
    DataError : if a column is missing, not numeric or not a period, or an argument is not one of its choices.
    DesignError : if periods are missing or doubled, the intervention lies outside, a side has fewer than three periods, an
        exposure is not positive, a count is negative, or the model has more coefficients than the series can carry.

    Formula: g(E[y_t / e_t]) = b0 + b1 t + b2 A_t + b3 (t - t0) A_t + season_t, A_t = 1 from t0 on, t = 1 .. T; b2 is the level
    change in the first period, b3 the slope change a period. A level that is phased in has A_t = min(1, (t - t0 + 1) / (phase_in + 1)). Intervals by t, with rows less coefficients as degrees of freedom, or
    periods less coefficients of a series where two series are summed within periods for Newey and West (Driscoll and Kraay 1998) or
    share an autoregression, in which case their errors in one period have any covariance.

    Assumptions: without the intervention the trend (or its difference to the comparison series) would have gone on; nothing
    else happened at the same time; the shape of the change was chosen before the series was seen.

    Source: Wagner, Soumerai, Zhang and Ross-Degnan (2002), Journal of Clinical Pharmacy and Therapeutics 27(4); Lopez Bernal,
    Cummins and Gasparrini (2017), International Journal of Epidemiology 46(1), and (2018) 47(6) for comparison series.

    Examples
    --------
    >>> import pandas as pd
    >>> wiggle = [1, -1, -1, 1] * 6
    >>> rows = [(f"{2018 + t // 12}-{t % 12 + 1:02d}", 50 + t - 5 * (t >= 12) + wiggle[t]) for t in range(24)]
    >>> series = segmented(pd.DataFrame(rows, columns=["month", "y"]), "y", time="month", intervention="2019-01", errors="ols")
    >>> round(series.estimates.headline.estimate, 6)
    -5.0
    """
    observed = observe(
        data,
        outcome,
        time=time,
        intervention=intervention,
        exposure=exposure,
        comparison=comparison,
        transition=transition,
        covariates=covariates,
    )
    settings = Settings(season=read_season(season), family=family, errors=errors, lags=lags).chosen(
        int(observed.used.sum())
    )
    return Segmented(
        observed=observed, settings=settings, model=fit(observed, settings), margin=read_margin(margin),
        events=read_events(events, observed.calendar), conf_level=level(conf_level),
    )  # fmt: skip
