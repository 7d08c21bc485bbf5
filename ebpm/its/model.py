"""Segmented regression of one or two series: design, fit and covariance; arrays in, a frozen model out."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError
from ebpm.its.calendar import Calendar, listed
from ebpm.its.observed import Observed
from ebpm.moments.frame import one_of
from ebpm.stats.glm import poisson
from ebpm.stats.hac import HACMeat, default_lags, newey_west, newey_west_automatic
from ebpm.stats.hac_small_sample import Reference, reference
from ebpm.stats.least_squares import least_squares

Floats = NDArray[np.float64]
Family = Literal["gaussian", "log_gaussian", "poisson"]
Lags = int | Literal["automatic"] | None

SEGMENTS = ("intercept", "trend", "level_change", "slope_change")
UNCORRECTED = ("newey_west", "newey_west_unadjusted")
NEWEY_WEST = (*UNCORRECTED, "newey_west_satterthwaite")
ERRORS = {
    "gaussian": (*NEWEY_WEST, "robust", "ols"),
    "log_gaussian": (*NEWEY_WEST, "robust", "ols"),
    "poisson": (*NEWEY_WEST, "robust", "quasi"),
}
ROUNDING = 1e-13
DUMMIES = {"month": 12, "quarter": 4}


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What the analyst chose.

    Parameters
    ----------
    season : number of pairs of harmonics, or "month" or "quarter" for dummies.
    family : "gaussian" (rate), "log_gaussian" (log rate) or "poisson" (counts, log link).
    errors : how the covariance is estimated.
    lags : of Newey and West; the rule of thumb where None.
    """

    season: int | str
    family: str
    errors: str
    lags: Lags

    def __post_init__(self) -> None:
        one_of(self.family, tuple(ERRORS), "family")
        one_of(self.errors, ERRORS[self.family], "errors")
        if isinstance(self.lags, str):
            one_of(self.lags, ("automatic",), "lags")
        if self.lags == "automatic" and self.errors == "newey_west_satterthwaite":
            raise DesignError("its_lags_chosen", errors=self.errors)

    @property
    def logarithmic(self) -> bool:
        """Whether effects are differences of logarithms."""
        return self.family != "gaussian"


@dataclass(frozen=True, slots=True)
class Ordinary:
    """Standard errors as they come, all with the same degrees of freedom.

    Parameters
    ----------
    df : of the t distribution.
    """

    df: int

    def correct(self, weights: Floats) -> tuple[float, float]:
        """Return the factor of the variance, and the degrees of freedom."""
        del weights
        return 1.0, float(self.df)


@dataclass(frozen=True, slots=True)
class Combination:
    """A number made from the coefficients.

    Parameters
    ----------
    value, std_error : in the unit of the number.
    df : of the t distribution.
    """

    value: float
    std_error: float
    df: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A fitted segmented regression; each series has its own p coefficients.

    Parameters
    ----------
    names : of the p coefficients of a series.
    design : shape (T, p), of every period, used or not.
    coefficients : shape (S, p).
    covariance : shape (S p, S p), of the coefficients of row 0, then of row 1.
    residuals : shape (S, U), standardised by the family's variance, of the U used periods.
    dispersion : residual variance; for Poisson in multiples of the mean.
    inference : degrees of freedom and small-sample factor. Ordinary degrees are rows less coefficients; with Newey-West errors
        periods less coefficients of one series, because rows of the same period are one draw there.
    lags : of Newey and West that were used; -1 where the errors have none.
    n : rows used.
    """

    names: tuple[str, ...]
    design: Floats
    coefficients: Floats
    covariance: Floats
    residuals: Floats
    dispersion: float
    inference: Ordinary | Reference
    lags: int
    n: int

    @property
    def predictor(self) -> Floats:
        """The fitted linear predictor (per unit of exposure), shape (S, T)."""
        return np.asarray(self.coefficients @ self.design.T, dtype=np.float64)

    def contrast(self, weights: Floats) -> Combination:
        """Return a weighted sum of the coefficients, weights of shape (S, p)."""
        flat = weights.ravel()
        variance = float(flat @ self.covariance @ flat)
        largest = float(np.abs(flat) @ np.sqrt(np.maximum(np.diag(self.covariance), 0.0))) ** 2
        factor, df = self.inference.correct(flat)
        std_error = math.sqrt(factor * variance) if variance > ROUNDING * largest else 0.0
        return Combination(float(flat @ self.coefficients.ravel()), std_error, df)


@dataclass(frozen=True, slots=True)
class _Fit:
    X: Floats
    coefficients: Floats
    bread: Floats
    residuals: Floats
    dispersion: float

    @property
    def scores(self) -> Floats:
        return self.X * self.residuals[:, None]


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


def fit(observed: Observed, settings: Settings) -> Model:
    """Fit the segmented regression.

    Raises
    ------
    DesignError : if the series cannot carry the model.
    """
    names, waves = season_columns(observed.calendar, settings.season)
    design = np.column_stack([segments(observed), waves])
    series, used = len(observed.outcome), observed.used
    stacked = np.asarray(np.kron(np.eye(series), design[used]), dtype=np.float64)
    fitted = _fitted(observed, settings.family, stacked, (*SEGMENTS, *names) * series)
    covariance, lags = _covariance(fitted, settings, observed)
    return Model(
        names=(*SEGMENTS, *names), design=design, coefficients=fitted.coefficients.reshape(series, -1),
        covariance=covariance, residuals=fitted.residuals.reshape(series, -1), dispersion=fitted.dispersion,
        inference=_inference(fitted, settings, observed, lags),
        lags=lags, n=len(stacked),
    )  # fmt: skip


def _fitted(observed: Observed, family: str, X: Floats, names: tuple[str, ...]) -> _Fit:
    used, calendar = observed.used, observed.calendar
    if family == "poisson":
        _refuse(calendar, observed.outcome < 0, "its_negative_count", observed.names[0])
        counts = observed.outcome[:, used].ravel()
        model = poisson(counts, X, exposure=observed.exposure[:, used].ravel())
        root = np.sqrt(model.fitted)
        return _Fit(
            X * root[:, None], model.coefficients, model.bread, (counts - model.fitted) / root, model.dispersion
        )
    if family == "log_gaussian":
        _refuse(calendar, observed.outcome <= 0, "its_no_logarithm", observed.names[0])
    rate = np.log(observed.rate) if family == "log_gaussian" else observed.rate
    y = rate[:, used].ravel()
    if (y == y[0]).all():
        raise DesignError("glm_constant_outcome", value=float(y[0]), rows=len(y))
    line = least_squares(X, y, names=names)
    dispersion = float(line.residuals @ line.residuals) / line.df_residual
    return _Fit(X, line.coefficients, line.bread, line.residuals, dispersion)


def _refuse(calendar: Calendar, wrong: NDArray[np.bool_], code: str, column: str) -> None:
    if wrong.any():
        periods: NDArray[np.bool_] = np.any(wrong, axis=0)
        raise DesignError(code, column=column, count=int(periods.sum()), periods=listed(calendar, periods))


def _covariance(fitted: _Fit, settings: Settings, observed: Observed) -> tuple[Floats, int]:
    n, k = fitted.X.shape
    if settings.errors in ("ols", "quasi"):
        return fitted.dispersion * fitted.bread, -1
    factor = n / (n - k) if settings.errors in ("newey_west", "robust") else 1.0
    if settings.errors == "robust":
        return factor * fitted.bread @ (fitted.scores.T @ fitted.scores) @ fitted.bread, -1
    meat = _meat(fitted.scores, settings.lags, observed)
    return factor * fitted.bread @ meat.meat @ fitted.bread, meat.lags


def _inference(fitted: _Fit, settings: Settings, observed: Observed, lags: int) -> Ordinary | Reference:
    (n, k), count = fitted.X.shape, len(observed.outcome)
    if settings.errors != "newey_west_satterthwaite":
        return Ordinary((n - k) // count if settings.errors in NEWEY_WEST else n - k)
    times, series = np.tile(np.flatnonzero(observed.used), count), np.repeat(np.arange(count), n // count)
    return reference(fitted.X, fitted.bread, fitted.residuals, lags=lags, times=times, series=series)


def _meat(scores: Floats, lags: Lags, observed: Observed) -> HACMeat:
    series = len(observed.outcome)
    times = np.tile(np.flatnonzero(observed.used), series)
    if lags == "automatic":
        columns = scores.shape[1]
        weights = (np.arange(columns) % (columns // series) != 0).astype(np.float64)
        return newey_west_automatic(scores, weights, times=times)
    return newey_west(scores, default_lags(observed.calendar.length) if lags is None else lags, times=times)
