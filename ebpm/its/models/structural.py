"""Structural time series: what a series would have been, forecast from before the intervention or beside its effect."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError
from ebpm.estimate import Estimate, Estimates
from ebpm.its.models.structural_impact import structural_impact
from ebpm.its.periods.names import distinct, kinds, term_words
from ebpm.its.periods.seasons import Season, read_season, season_terms
from ebpm.its.series.correlogram import correlogram
from ebpm.its.series.events import Event, read_events
from ebpm.its.series.impact import Impact
from ebpm.its.series.observed import Observed, observe, refuse_logarithm
from ebpm.its.series.series_checks import Residuals, series_notices
from ebpm.its.series.units import log_points
from ebpm.moments.frame import one_of
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.stats.inference import level, t_estimate
from ebpm.stats.series.structural import Forecast, StructuralFit
from ebpm.stats.series.structural import structural as fitted_structure
from ebpm.stats.series.structural_averaged import AveragedForecast, averaged_forecast
from ebpm.stats.series.structure import Structure
from ebpm.table import Table
from ebpm.texts import label, method

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

TRENDS = ("level", "drift", "slope")
SPANS = ("before", "whole")
FAMILIES = ("gaussian", "log_gaussian")
LIKELIHOODS = ("averaged", "restricted", "maximum")
METHOD = "its.structural"
STILL = 1e-7


@dataclass(frozen=True, slots=True, kw_only=True)
class Structural(Shown):
    """A structural time series with an intervention.

    Parameters
    ----------
    observed : the series as it was read.
    fit : of the periods before the intervention, or of all.
    names : of the regressors.
    forecast : of the periods from the intervention on; of the whole series' fit none.
    logarithmic : whether the logarithm of the outcome was modelled.
    events : concurrent events.
    conf_level : of the intervals.
    """

    observed: Observed
    fit: StructuralFit
    names: tuple[str, ...]
    forecast: tuple[Forecast | AveragedForecast, ...]
    logarithmic: bool
    events: tuple[Event, ...]
    conf_level: float

    @property
    def notices(self) -> Notices:
        """What the guard rails found."""
        still = not self.fit.variances[1] > STILL * self.fit.variances.sum()
        residuals = Residuals(
            observed=self.observed, standard=self.fit.whitened, parameters=len(self.fit.variances) - 1, events=self.events,
            fixed_level=still and not any(isinstance(one, AveragedForecast) for one in self.forecast),
        )  # fmt: skip
        return series_notices(residuals)

    @property
    def modelled(self) -> Floats:
        """The outcome over exposure, or its logarithm, shape (T,)."""
        rate = self.observed.rate[0]
        return np.asarray(np.log(rate) if self.logarithmic else rate)

    @property
    def estimates(self) -> Estimates:
        """The average effect on the scale that was modelled; where the whole series was fitted the coefficients of the effect."""
        if not self.forecast:
            return self._changes().with_notices(self.notices)
        gaps = self.modelled[self.observed.origin :] - self.forecast[0].mean
        weights = np.full(len(gaps), 1.0 / len(gaps))
        std_error, df = self.forecast[0].spread(weights)
        average = self._estimate("average_effect", "average_effect", float(weights @ gaps), std_error, df)
        sums = [one for one in self.impact().estimates if one.term != "mean_effect"]
        return Estimates(items=(average, *sums), headline_term="average_effect", notices=self.notices)

    @property
    def coefficients(self) -> Estimates:
        """Every regressor's coefficient.

        Raises
        ------
        DesignError : if there are no regressors.
        """
        if not self.names:
            raise DesignError("its_no_regressors")
        rows = np.eye(len(self.names))
        items = tuple(self._coefficient(name, "coefficient", row) for name, row in zip(self.names, rows, strict=True))
        return Estimates(items=items, headline_term=self.names[0])

    @property
    def variances(self) -> dict[str, float]:
        """Variance of the irregular and of the steps of level, slope and season."""
        return dict(zip(self.fit.structure.names, self.fit.variances.tolist(), strict=True))

    def impact(self) -> Impact:
        """Return outcome and counterfactual, the effect by period, its running total, and its share.

        Raises
        ------
        DesignError : if the whole series was fitted, so that nothing was forecast.

        Formula: amounts are outcome less forecast (times exposure); for a logarithm y (1 - exp(-d)), d its error of forecast. Intervals
        are of the forecast of outcomes, irregular and regressors included, by t with Satterthwaite's degrees of freedom.
        """
        if not self.forecast:
            raise DesignError("its_no_forecast", fit="whole")
        return structural_impact(self)

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the headline, and the variances of the components."""
        shown = ", ".join(f"{label(f'its_{name}', lang)} {value:.3g}" for name, value in self.variances.items())
        likelihood = f"{self.fit.log_likelihood:.2f}"
        return [
            self.estimates.headline.sentence(lang),
            label("its_remark_structural", lang, variances=shown, likelihood=likelihood),
        ]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row a term."""
        return (self.estimates.table(method(METHOD, lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw outcome and counterfactual, effect, and running total; of a whole series' fit the standardised residuals."""
        from ebpm.figures.impact import draw_impact

        return draw_impact(self.impact(), ax, lang=lang) if self.forecast else correlogram(self.fit.whitened, ax, lang)

    def _changes(self) -> Estimates:
        count = len(self.observed.intervention.terms)
        rows = np.eye(len(self.names))[-count:]
        terms = self.observed.intervention.terms
        items = tuple(self._coefficient(term, term, row) for term, row in zip(terms, rows, strict=True))
        return Estimates(items=items, headline_term=terms[0])

    def _coefficient(self, term: str, estimand: str, weights: Floats) -> Estimate:
        variance = float(weights @ self.fit.covariance @ weights)
        df = self.fit.df(variance, self.fit.coefficient_slopes(weights))
        return self._estimate(term, estimand, float(weights @ self.fit.coefficients), math.sqrt(variance), df)

    def _estimate(self, term: str, estimand: str, value: float, std_error: float, df: float) -> Estimate:
        made = t_estimate(
            value, std_error, df=df, conf_level=self.conf_level, term=term, name=term_words(term), n=len(self.fit.whitened), estimand=estimand,
            method=METHOD,
        )  # fmt: skip
        return replace(made, unit=log_points() if self.logarithmic else "")


def structural(
    data: Any,
    outcome: str,
    *,
    time: str,
    intervention: Any,
    exposure: str | None = None,
    controls: Sequence[str] = (),
    trend: str = "level",
    season: Season | Sequence[int | str] = 0,
    fit: str = "before",
    family: str = "gaussian",
    likelihood: str = "averaged",
    events: Iterable[Any] = (),
    conf_level: float = 0.95,
) -> Structural:
    """Hold a series against the forecast of a structural model with controls, fitted before the intervention.

    Parameters
    ----------
    data : a table with one row a period. Order of rows does not matter.
    outcome : column of numbers.
    time, intervention, exposure : as in `segmented`; the shape of the effect counts only where `fit` is "whole".
    controls : columns of series that the intervention does not touch, known after it too.
    trend : "level": a random walk; "drift": with a constant slope; "slope": with a slope that is a random walk.
    season : fixed terms as in `segmented`, or "random" for a season that changes slowly.
    fit : "before": fitted to the periods before the intervention, the rest is forecast; "whole": the effect is a regressor.
    family : "gaussian", or "log_gaussian" for the logarithm.
    likelihood : "averaged": the forecast is averaged over how much the level moves, which covers best; "restricted": at the estimate by
        restricted likelihood, with Satterthwaite's degrees of freedom; "maximum": at the estimate by maximum likelihood, and with the
        coefficients of the controls taken as known, as many programs do. Where `fit` is "whole" the first two are the same.
    events : concurrent events, as in `segmented`.
    conf_level : level of the intervals.

    Raises
    ------
    DataError : if a column is missing or not numeric, or an argument is not one of its choices.
    DesignError : as in `segmented`; or if too few periods lie before the intervention for the model.

    Formula: y_t = m_t + s_t + b'x_t + e_t, m_t = m_(t-1) + slope_(t-1) + u_t, and the season's last s values sum to noise. Starting
    values are diffuse; the effect is y_t less its forecast, and intervals hold the errors of the forecast of all periods together.

    Assumptions: controls are not touched by the intervention, and their tie to the outcome stays what it was; nothing else happened;
    steps are normal, with variances that do not change.

    Source: Harvey and Durbin (1986), Journal of the Royal Statistical Society A 149(3); Brodersen, Gallusser, Koehler, Remy and Scott
    (2015), Annals of Applied Statistics 9(1), here by likelihood; `ebpm.stats.series.structural_averaged` for the average.

    Examples
    --------
    >>> import pandas as pd
    >>> wiggle = [1, -1, -1, 1] * 9
    >>> rows = [(t, 20 + 2 * wiggle[-t] - 6 * (t >= 24) + wiggle[t], wiggle[-t]) for t in range(36)]
    >>> table = pd.DataFrame(rows, columns=["week", "y", "other"])
    >>> found = structural(table, "y", time="week", intervention=24, controls=["other"])
    >>> round(found.estimates.headline.estimate, 2)
    -6.01
    """
    for value, choices, argument in (
        (trend, TRENDS, "trend"), (fit, SPANS, "fit"), (family, FAMILIES, "family"), (likelihood, LIKELIHOODS, "likelihood"),
    ):  # fmt: skip
        one_of(value, choices, argument)
    observed = observe(
        data, outcome, time=time, intervention=intervention, exposure=exposure, comparison=None, covariates=controls
    )
    if family == "log_gaussian":
        refuse_logarithm(observed)
    return _fitted(
        observed, trend=trend, season=season, whole=fit == "whole", logarithmic=family == "log_gaussian",
        likelihood=likelihood, events=read_events(events, observed.calendar), conf_level=level(conf_level),
    )  # fmt: skip


def _fitted(
    observed: Observed, *, trend: str, season: Season | Sequence[int | str], whole: bool, logarithmic: bool, likelihood: str,
    events: tuple[Event, ...], conf_level: float,
) -> Structural:  # fmt: skip
    random = season == "random"
    if random and observed.calendar.seasons not in (4, 12):
        raise DesignError("its_no_season", season="random", kind=kinds(observed.calendar.kind))
    structure = Structure(slope=trend == "slope", cycle=observed.calendar.seasons if random else 0)
    fixed, names = _fixed(observed, trend, 0 if random else read_season(season))
    effects, changes = _effects(observed) if whole else (np.empty((len(fixed), 0)), ())
    distinct((*names, *observed.covariate_names, *changes))
    X = np.column_stack([fixed, observed.covariates, effects])
    rate = observed.rate[0]
    y, stop = (np.log(rate) if logarithmic else rate), len(fixed) if whole else observed.onset
    found = fitted_structure(
        y[:stop], X[:stop], structure, integrated=fixed.shape[1] if likelihood == "maximum" else X.shape[1],
        names=(*names, *observed.covariate_names, *changes),
    )  # fmt: skip
    later = X[observed.onset :]
    forecast = averaged_forecast(found, later) if likelihood == "averaged" and not whole else found.forecast(later)
    ahead = () if whole else (forecast,)
    return Structural(
        observed=observed, fit=found, names=(*names, *observed.covariate_names, *changes), forecast=ahead, logarithmic=logarithmic,
        events=events, conf_level=conf_level,
    )  # fmt: skip


def _fixed(observed: Observed, trend: str, season: Season) -> tuple[Floats, tuple[str, ...]]:
    terms = season_terms(observed.calendar, season)
    drift = np.arange(1.0, observed.calendar.length + 1.0)[:, None]
    if trend == "drift":
        return np.column_stack([terms.columns, drift]), (*terms.names, "trend")
    return terms.columns, terms.names


def _effects(observed: Observed) -> tuple[Floats, tuple[str, ...]]:
    places = np.arange(observed.calendar.length, dtype=np.float64)
    others = [one.columns(places) for one in observed.others]
    names = [f"{term}_{observed.calendar.name(one.start)}" for one in observed.others for term in one.terms]
    own = observed.intervention
    return np.column_stack([*others, own.columns(places)]), (*names, *own.terms)
