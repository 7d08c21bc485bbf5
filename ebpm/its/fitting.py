"""Segmented regression of one or two series: fit and covariance; arrays in, a frozen model out."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError
from ebpm.its.calendar import Calendar, listed
from ebpm.its.design import SEGMENTS, season_columns, segments
from ebpm.its.model import Model, Ordinary
from ebpm.its.observed import Observed
from ebpm.its.settings import NEWEY_WEST, REML, Lags, Settings
from ebpm.stats.autoregression import Autoregressive, autoregressive
from ebpm.stats.glm import poisson
from ebpm.stats.hac import HACMeat, default_lags, newey_west, newey_west_automatic
from ebpm.stats.hac_small_sample import Reference, reference
from ebpm.stats.least_squares import least_squares
from ebpm.stats.prais_winsten import Transformed, prais_winsten

Floats = NDArray[np.float64]


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


def fit(observed: Observed, settings: Settings) -> Model:
    """Fit the segmented regression.

    Raises
    ------
    DesignError : if the series cannot carry the model.
    """
    names, waves = season_columns(observed.calendar, settings.season)
    design = np.column_stack([segments(observed), waves])
    if settings.autoregressive:
        return _autoregressive(observed, settings, (*SEGMENTS, *names), design)
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
    y = _modelled(observed, family).ravel()
    line = least_squares(X, y, names=names)
    dispersion = float(line.residuals @ line.residuals) / line.df_residual
    return _Fit(X, line.coefficients, line.bread, line.residuals, dispersion)


def _modelled(observed: Observed, family: str) -> Floats:
    """Return the rates or their logarithms in the used periods, shape (S, U)."""
    if family == "log_gaussian":
        _refuse(observed.calendar, observed.outcome <= 0, "its_no_logarithm", observed.names[0])
    rate = np.log(observed.rate) if family == "log_gaussian" else observed.rate
    y = np.asarray(rate[:, observed.used], dtype=np.float64)
    if (y == y[0, 0]).all():
        raise DesignError("glm_constant_outcome", value=float(y[0, 0]), rows=y.size)
    return y


def _autoregressive(observed: Observed, settings: Settings, names: tuple[str, ...], design: Floats) -> Model:
    X, y, places = design[observed.used], _modelled(observed, settings.family), np.flatnonzero(observed.used)
    if settings.errors in REML:
        least_squares(X, y[0], names=names)
        found = autoregressive(X, y, places=places, order=settings.order)
        inference = found if settings.errors == "reml" else Ordinary(len(X) - X.shape[1])
        partial = tuple(found.partial.tolist())
        return _model(names, design, found, inference, partial)
    first, two_step = settings.errors.startswith("prais_winsten"), settings.errors.endswith("two_step")
    moved = prais_winsten(X, y, places=places, keep_first=first, iterate=not two_step, names=names)
    return _model(names, design, moved, Ordinary(moved.df), (moved.autocorrelation,))


def _model(
    names: tuple[str, ...], design: Floats, found: Autoregressive | Transformed, inference: Ordinary | Autoregressive,
    partial: tuple[float, ...],
) -> Model:  # fmt: skip
    return Model(
        names=names, design=design, coefficients=found.coefficients, covariance=np.asarray(np.kron(found.spread, found.bread), dtype=np.float64),
        residuals=found.whitened, dispersion=float(found.spread[0, 0]), inference=inference, lags=-1,
        n=len(found.spread) * found.n, autoregression=partial,
    )  # fmt: skip


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
