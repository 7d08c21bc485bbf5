"""Interrupted time series with ARIMA errors: step, ramp and pulse, sudden or building up and dying away."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError, DesignError
from ebpm.estimate import Estimate, Estimates, Unavailable
from ebpm.its.models.arima_design import Transfer, read_order
from ebpm.its.models.arima_impact import arima_impact
from ebpm.its.periods.names import term_words
from ebpm.its.periods.seasons import Season, read_season
from ebpm.its.series.events import Event, read_events
from ebpm.its.series.impact import Impact
from ebpm.its.series.observed import Observed, observe, refuse_logarithm
from ebpm.its.series.series_checks import LONG_ENOUGH, Residuals, series_notices
from ebpm.its.series.units import log_points
from ebpm.moments.frame import one_of
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.stats.inference import level, t_estimate
from ebpm.stats.series.arima import ArimaFit, Order
from ebpm.stats.series.arima import arima as fitted_arima
from ebpm.stats.series.arima_orders import best_order, nearby
from ebpm.stats.series.arma_restricted import restricted_arima
from ebpm.table import Table
from ebpm.texts import label, method

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

METHOD = "its.arima"
MOST = 2
LISTED = 5
RECOMMENDED = "recommended"
CHOICES = MappingProxyType({
    "transfer": ("sudden", "gradual"), "trend": ("linear", "none"), "family": ("gaussian", "log_gaussian"),
    "likelihood": (RECOMMENDED, "restricted", "maximum"),
})  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Arima(Shown):
    """A series with ARIMA errors and the effect of an intervention.

    Parameters
    ----------
    observed : the series as it was read.
    transfer : regressors, and how the effect builds up or dies away.
    fit : the model.
    candidates : every model that was fitted to choose the order, the best first; the model alone where it was declared.
    logarithmic : whether the logarithm of the outcome was modelled.
    events : concurrent events.
    conf_level : of the intervals.
    """

    observed: Observed
    transfer: Transfer
    fit: ArimaFit
    candidates: tuple[ArimaFit, ...]
    logarithmic: bool
    events: tuple[Event, ...]
    conf_level: float

    @property
    def method(self) -> str:
        """Entry `method.<code>` of the texts."""
        return "its.arima_restricted" if self.fit.restricted else METHOD

    @property
    def order(self) -> Order:
        """The order of the errors."""
        return self.fit.order

    @property
    def notices(self) -> Notices:
        """What the guard rails found."""
        decay: tuple[float, ...] = ()
        change = self._estimate(self.transfer.effect_names[0])
        if self.fit.decay.size:
            p_value = 1.0 if isinstance(change.p_value, Unavailable) else change.p_value
            decay = (float(self.fit.decay[0]), p_value)
        return series_notices(Residuals(
            observed=self.observed, standard=self.fit.whitened, parameters=len(self.order.names), events=self.events,
            chosen=(str(self.order), len(self.candidates)), decay=decay, likelihood=not self.fit.restricted,
            wide=self._wide(change),
        ))  # fmt: skip

    @property
    def estimates(self) -> Estimates:
        """The changes of the intervention first, then the other regressors, the rate of decay, and the coefficients of the errors."""
        return replace(self.coefficients, notices=self.notices)

    @property
    def coefficients(self) -> Estimates:
        """Every coefficient, in the order of `estimates`."""
        own = self.transfer.effect_names
        names = (*own, *(name for name in self._names if name not in own))
        items = tuple(self._estimate(name) for name in names)
        rows = np.array([self._names.index(name) for name in names])
        return Estimates(items=items, headline_term=own[0], covariance=self.fit.covariance[np.ix_(rows, rows)])

    def impact(self) -> Impact:
        """Return outcome and counterfactual, the effect by period, its running total, and its share.

        Formula, assumptions: `ebpm.its.arima_impact.arima_impact`.
        """
        return arima_impact(self, self.method)

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the headline, the order, and how it came about."""
        facts = {"order": str(self.order), "aicc": f"{self.fit.aicc:.1f}", "variance": f"{self.fit.variance:.3g}"}
        said = [self.estimates.headline.sentence(lang), label("its_remark_arima", lang, **facts)]
        if len(self.candidates) > 1:
            best = ", ".join(f"{one.order} {one.aicc:.1f}" for one in self.candidates[:LISTED])
            said.append(label("its_remark_chosen", lang, count=len(self.candidates), best=best))
        return said

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row a coefficient."""
        return (self.estimates.table(method(self.method, lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw outcome and counterfactual, effect, and running total."""
        from ebpm.figures.impact import draw_impact

        return draw_impact(self.impact(), ax, lang=lang)

    def _wide(self, change: Estimate) -> tuple[float, ...]:
        if change.term != "level_change" or not isinstance(change.conf_high, float) or not isinstance(change.df, float):
            return ()
        before = self.observed.rate[0, : self.observed.onset]
        return (
            change.conf_high - change.estimate,
            change.df,
            float(np.ptp(np.log(before) if self.logarithmic else before)),
        )

    @property
    def _names(self) -> tuple[str, ...]:
        rates = tuple("decay" for _ in self.fit.decay)
        return (*self.transfer.names, *self.order.names, *rates)

    def _estimate(self, term: str) -> Estimate:
        values = np.concatenate([self.fit.coefficients, self.fit.natural, self.fit.decay])
        place, effect = self._names.index(term), term in self.transfer.effect_names
        std_error, df = self.fit.spread(np.eye(len(values))[place])
        made = t_estimate(
            float(values[place]), std_error or float("nan"), df=df, conf_level=self.conf_level, term=term,
            name=term_words(term), n=self.fit.n, estimand=term if effect else "coefficient", method=self.method,
        )  # fmt: skip
        return replace(made, unit=log_points() if self.logarithmic and effect else "")


def arima(
    data: Any,
    outcome: str,
    *,
    time: str,
    intervention: Any,
    exposure: str | None = None,
    covariates: str | Sequence[str] = (),
    order: str | Mapping[str, int] | Sequence[int] = (1, 0, 0),
    transfer: str = "sudden",
    trend: str = "linear",
    season: Season | Sequence[int | str] = 0,
    family: str = "gaussian",
    likelihood: str = RECOMMENDED,
    events: Iterable[Any] = (),
    conf_level: float = 0.95,
) -> Arima:
    """Estimate the effect of an intervention by regression with ARIMA errors.

    Parameters
    ----------
    data : a table with one row a period. Order of rows does not matter.
    outcome : column of numbers.
    time, intervention, exposure, covariates, season, events : as in `segmented`.
    order : (p, d, q) or (p, d, q, P, D, Q), or these by name; "aicc" chooses p and q up to 2 without differences, and {"d": 1, "D": 1,
        "by": "aicc"} p and q up to 2, P and Q up to 1 with these differences.
    transfer : "sudden": the effect is there at once; "gradual": the first of the shapes of `intervention` (level or pulse) passes
        through w / (1 - r B), so that a level builds up and a pulse dies away at an estimated rate r between 0 and 1.
    trend : "linear", or "none"; with one difference it is a drift, with two there is none.
    family : "gaussian", or "log_gaussian" for the logarithm.
    likelihood : "maximum", which is that of other programmes; "restricted", whose intervals hold in short series, for sudden effects
        with autoregressive errors; "recommended" is "restricted" for these below 100 periods, otherwise "maximum".
    conf_level : level of the intervals.

    Raises
    ------
    DataError : if a column is missing or not numeric, or an argument is not one of its choices.
    DesignError : as in `segmented`, or if too few periods are left for the model.

    Formula: y_t = b'x_t + w (1 - r B)^-1 z_t + u_t, phi(B) (1 - B)^d (1 - B^s)^D u_t = theta(B) e_t, by exact likelihood of the
    differenced series. Maximum: standard errors from the observed information, by t with rows less parameters. Restricted: the
    variance of Kenward and Roger with Satterthwaite's degrees of freedom; an order is still chosen by maximum likelihood.

    Assumptions: trend, season and covariates are the same before and after but for the effect; its shape was chosen before the
    series was seen; innovations are normal. An order that was chosen on the same series leaves intervals somewhat too narrow.

    Source: Box and Tiao (1975), Journal of the American Statistical Association 70(349); Schaffer, Dobbins and Pearson (2021), BMC
    Medical Research Methodology 21; Hurvich and Tsai (1989), Biometrika 76(2); Kenward and Roger (1997), Biometrics 53(3); docs/coverage.md
    for the intervals.

    Examples
    --------
    >>> import pandas as pd
    >>> wiggle = [1, -1, -1, 1] * 9
    >>> table = pd.DataFrame([(t, 50 + t - 5 * (t >= 24) + wiggle[t]) for t in range(36)], columns=["t", "y"])
    >>> found = arima(table, "y", time="t", intervention={"start": 24, "effect": ["level"]}, order=(0, 0, 0))
    >>> round(found.estimates.headline.estimate, 6)
    -5.0
    """
    given = {"transfer": transfer, "trend": trend, "family": family, "likelihood": likelihood}
    for argument, value in given.items():
        one_of(value, CHOICES[argument], argument)
    observed = observe(
        data, outcome, time=time, intervention=intervention, exposure=exposure, comparison=None, covariates=covariates
    )
    wanted, search = read_order(order, observed.calendar.seasons)
    if transfer == "gradual" and observed.intervention.effect[0] == "slope":
        raise DataError("its_no_gradual", effect=", ".join(observed.intervention.effect))
    if family == "log_gaussian":
        refuse_logarithm(observed)
    design = Transfer.of(
        observed, wanted, season=read_season(season), linear=trend == "linear", gradual=transfer == "gradual"
    )
    y = np.log(observed.rate[0]) if family == "log_gaussian" else observed.rate[0]
    orders = nearby(wanted, MOST, seasonal=wanted.cycle > 1) if search else (wanted,)
    best, every = _fitted(y, design, orders, gradual=transfer == "gradual", likelihood=likelihood)
    return Arima(
        observed=observed, transfer=design, fit=best, candidates=every, logarithmic=family == "log_gaussian",
        events=read_events(events, observed.calendar), conf_level=level(conf_level),
    )  # fmt: skip


def _fitted(
    y: Floats, design: Transfer, orders: tuple[Order, ...], *, gradual: bool, likelihood: str
) -> tuple[ArimaFit, tuple[ArimaFit, ...]]:
    """The best of some orders, by the likelihood asked for, and all of them by maximum likelihood."""

    def fit(one: Order) -> ArimaFit:
        return fitted_arima(y, design.columns, one, decays=int(gradual), names=design.names)

    best, every = best_order(fit, orders)
    proven = not gradual and not best.order.q + best.order.Q
    if likelihood == "restricted" and not proven:
        transfer = CHOICES["transfer"][int(gradual)]
        raise DesignError("its_restricted_autoregressions", order=best.order, transfer=transfer)
    if likelihood == "restricted" or (likelihood == RECOMMENDED and proven and best.n < LONG_ENOUGH):
        best = restricted_arima(y, design.columns(np.zeros(0)), best)
    return best, every
