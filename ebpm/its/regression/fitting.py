"""Segmented regression of one or two series: fit and covariance; arrays in, a frozen model out."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError
from ebpm.its.regression.design import Design, designed
from ebpm.its.regression.model import Model, Ordinary
from ebpm.its.regression.settings import AUTOMATIC, AVERAGED, KERNELS, LIKELIHOODS, SPECTRAL, Settings
from ebpm.its.series.observed import Observed, refuse_logarithm, refuse_periods
from ebpm.stats.inference import rounding
from ebpm.stats.regression.glm import logit, poisson
from ebpm.stats.regression.least_squares import least_squares
from ebpm.stats.regression.negative_binomial import negative_binomial
from ebpm.stats.series.arma_restricted import mixed_process
from ebpm.stats.series.autoregression import Autoregressive, restricted
from ebpm.stats.series.autoregression_averaged import Averaged, averaged
from ebpm.stats.series.hac import HACMeat, default_lags, newey_west, newey_west_automatic, quadratic_spectral
from ebpm.stats.series.hac_small_sample import Reference, reference
from ebpm.stats.series.prais_winsten import Transformed, prais_winsten
from ebpm.texts import label

Floats = NDArray[np.float64]

CONVERGED = 1e-9


@dataclass(frozen=True, slots=True)
class _Fit:
    X: Floats
    coefficients: Floats
    bread: Floats
    residuals: Floats
    dispersion: float
    shape: float = 0.0

    @property
    def scores(self) -> Floats:
        return self.X * self.residuals[:, None]


def fit(observed: Observed, settings: Settings) -> Model:
    """Fit the segmented regression.

    Raises
    ------
    DesignError : if the series cannot carry the model.
    """
    design = designed(observed, settings.season)
    if settings.autoregressive:
        return _autoregressive(observed, settings, design)
    series, used = len(observed.outcome), observed.used
    stacked = np.asarray(np.kron(np.eye(series), design.columns[used]), dtype=np.float64)
    fitted = _fitted(observed, settings.family, stacked, design.names * series)
    covariance, lags, bandwidth = _covariance(fitted, settings, observed)
    return Model(
        names=design.names, design=design.columns, effect=design.effect,
        coefficients=fitted.coefficients.reshape(series, -1), covariance=covariance,
        residuals=fitted.residuals.reshape(series, -1), dispersion=fitted.dispersion,
        inference=_inference(fitted, settings, observed, lags), lags=lags, n=len(stacked), shape=fitted.shape,
        bandwidth=bandwidth,
    )  # fmt: skip


def _fitted(observed: Observed, family: str, X: Floats, names: tuple[str, ...]) -> _Fit:
    if family in _COUNTED:
        refuse_periods(observed, observed.outcome < 0, "its_negative_count")
        least_squares(X, np.zeros(len(X)), names=names)
        used = observed.used
        _refuse_zero_side(observed)
        made = _COUNTED[family](observed.outcome[:, used].ravel(), X, observed.exposure[:, used].ravel(), observed)
        exact = np.abs(made.residuals).max() <= CONVERGED
        return replace(made, residuals=np.zeros_like(made.residuals), dispersion=0.0) if exact else made
    y = _modelled(observed, family).ravel()
    line = least_squares(X, y, names=names)
    residuals = line.residuals if np.abs(line.residuals).max() > rounding(y) else np.zeros_like(y)
    return _Fit(X, line.coefficients, line.bread, residuals, float(residuals @ residuals) / line.df_residual)


def _refuse_zero_side(observed: Observed) -> None:
    """A side without an event has a rate of zero, of which there is no logarithm."""
    if np.ptp(observed.outcome) == 0.0:
        return
    before = np.arange(observed.calendar.length) < observed.onset
    for series, row in zip(observed.series, observed.outcome, strict=True):
        for side, inside in (("before", before), ("after", ~before)):
            if not row[observed.used & inside].any():
                raise DesignError("its_zero_side", series=series, side=label(f"its_side_{side}"))


def _poisson(counts: Floats, X: Floats, exposure: Floats, observed: Observed) -> _Fit:
    del observed
    model = poisson(counts, X, exposure=exposure)
    root = np.sqrt(model.fitted)
    return _Fit(X * root[:, None], model.coefficients, model.bread, (counts - model.fitted) / root, model.dispersion)


def _negative_binomial(counts: Floats, X: Floats, exposure: Floats, observed: Observed) -> _Fit:
    del observed
    model = negative_binomial(counts, X, exposure=exposure)
    variance, mean = model.fitted + model.shape * model.fitted**2, model.fitted
    standard = (counts - mean) / np.sqrt(variance)
    return _Fit(
        X * (mean / np.sqrt(variance))[:, None],
        model.coefficients,
        model.bread,
        standard,
        model.dispersion,
        model.shape,
    )


def _binomial(counts: Floats, X: Floats, exposure: Floats, observed: Observed) -> _Fit:
    if not observed.names[1]:
        raise DesignError("its_no_denominator", family="binomial")
    refuse_periods(observed, observed.outcome > observed.exposure, "its_beyond_denominator")
    model = logit(counts / exposure, X, weights=exposure)
    root = np.sqrt(exposure * model.fitted * (1.0 - model.fitted))
    return _Fit(
        X * root[:, None], model.coefficients, model.bread, (counts - exposure * model.fitted) / root, model.dispersion
    )


_COUNTED = MappingProxyType({"poisson": _poisson, "negative_binomial": _negative_binomial, "binomial": _binomial})


def _modelled(observed: Observed, family: str) -> Floats:
    """Return the rates or their logarithms in the used periods, shape (S, U)."""
    if family == "log_gaussian":
        refuse_logarithm(observed)
    rate = np.log(observed.rate) if family == "log_gaussian" else observed.rate
    y = np.asarray(rate[:, observed.used], dtype=np.float64)
    if (y == y[0, 0]).all():
        raise DesignError("glm_constant_outcome", value=float(y[0, 0]), rows=y.size)
    return y


def _autoregressive(observed: Observed, settings: Settings, design: Design) -> Model:
    X, y = design.columns[observed.used], _modelled(observed, settings.family)
    places = np.flatnonzero(observed.used)
    for row in y:
        left = least_squares(X, row, names=design.names).residuals
        if np.abs(left).max() <= rounding(row):
            raise DesignError("stats_no_residuals", rows=len(X), columns=X.shape[1])
    if settings.errors in (*LIKELIHOODS, AVERAGED):
        if settings.errors == AVERAGED:
            mixed = averaged(X, y, places=places)
            return _model(design, mixed, mixed, (mixed.autocorrelation,))
        process, count = mixed_process(settings.order, settings.moving), settings.order + settings.moving
        found = restricted(X, y, process, count, places=places, restrict=settings.errors != "ml")
        inference = found if settings.errors == "reml" else Ordinary(len(X) - X.shape[1])
        return _model(design, found, inference, tuple(found.partial.tolist()))
    first, two_step = settings.errors.startswith("prais_winsten"), settings.errors.endswith("two_step")
    moved = prais_winsten(X, y, places=places, keep_first=first, iterate=not two_step, names=design.names)
    return _model(design, moved, Ordinary(moved.df), (moved.autocorrelation,))


def _model(
    design: Design, found: Autoregressive | Averaged | Transformed, inference: Ordinary | Autoregressive | Averaged,
    partial: tuple[float, ...],
) -> Model:  # fmt: skip
    return Model(
        names=design.names, design=design.columns, effect=design.effect, coefficients=found.coefficients,
        covariance=np.asarray(np.kron(found.spread, found.bread), dtype=np.float64), residuals=found.whitened,
        dispersion=float(found.spread[0, 0]), inference=inference, lags=-1, n=len(found.spread) * found.n,
        autoregression=partial,
    )  # fmt: skip


def _covariance(fitted: _Fit, settings: Settings, observed: Observed) -> tuple[Floats, int, float]:
    n, k = fitted.X.shape
    if settings.errors == "likelihood":
        return fitted.bread, -1, 0.0
    if settings.errors in ("ols", "quasi"):
        return fitted.dispersion * fitted.bread, -1, 0.0
    factor = n / (n - k) if settings.errors in ("newey_west", SPECTRAL, "robust") else 1.0
    if settings.errors == "robust":
        return factor * fitted.bread @ (fitted.scores.T @ fitted.scores) @ fitted.bread, -1, 0.0
    meat = _meat(fitted.scores, settings, observed)
    return factor * fitted.bread @ meat.meat @ fitted.bread, meat.lags, meat.bandwidth


def _inference(fitted: _Fit, settings: Settings, observed: Observed, lags: int) -> Ordinary | Reference:
    (n, k), count = fitted.X.shape, len(observed.outcome)
    if settings.errors == "likelihood":
        return Ordinary(math.inf)
    if settings.errors != "newey_west_satterthwaite":
        return Ordinary((n - k) // count if settings.errors in KERNELS else n - k)
    times, series = np.tile(np.flatnonzero(observed.used), count), np.repeat(np.arange(count), n // count)
    return reference(fitted.X, fitted.bread, fitted.residuals, lags=lags, times=times, series=series)


def _meat(scores: Floats, settings: Settings, observed: Observed) -> HACMeat:
    series = len(observed.outcome)
    times = np.tile(np.flatnonzero(observed.used), series)
    if settings.errors == SPECTRAL or settings.lags in AUTOMATIC:
        columns = scores.shape[1]
        weights = (np.arange(columns) % (columns // series) != 0).astype(np.float64)
        rule = quadratic_spectral if settings.errors == SPECTRAL else newey_west_automatic
        return rule(scores, weights, times=times, whiten=settings.lags != "automatic_unwhitened")
    given = default_lags(observed.calendar.length) if settings.lags is None else settings.order
    return newey_west(scores, given, times=times)
