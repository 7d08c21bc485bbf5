"""Regressions whose errors are autoregressive: restricted likelihood, and what its uncertainty does to the standard errors.

Several series with the same regressors are taken together: their errors share the autoregression, and their innovations have
any covariance S, so that the errors have covariance S (x) R and least squares given R is that of each series alone.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cho_solve
from scipy.optimize import minimize, minimize_scalar

from ebpm.errors import DesignError
from ebpm.stats.series.autocorrelation import Autoregression, Process

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LARGEST = 0.995
GRID = np.linspace(-0.95, 0.95, 39)
STARTS = (0.0, 0.5, -0.4)
POLISHED = 50
SETTLED = 1e-14


@dataclass(frozen=True, slots=True, kw_only=True)
class Autoregressive:
    """A regression of S series with autoregressive errors.

    Parameters
    ----------
    coefficients : shape (S, k).
    spread : S, innovation-scaled covariance of the series, shape (S, S): that of errors in one period.
    bread : (X'R^-1 X)^-1, shape (k, k).
    partial : partial autocorrelations, shape (p,).
    residuals : y - Xb, shape (S, n).
    whitened : residuals after the autoregression is taken out, shape (S, n).
    n : periods used.
    adjustment : 2 bread L bread, what the uncertainty of the autoregression adds to `bread`, shape (k, k).
    slopes : derivatives of `bread` by the partial autocorrelations, shape (p, k, k).
    drift : relative change of the spread with each partial autocorrelation, shape (p,).
    uncertainty : covariance of the partial autocorrelations, shape (p, p).
    """

    coefficients: Floats
    spread: Floats
    bread: Floats
    partial: Floats
    residuals: Floats
    whitened: Floats
    n: int
    adjustment: Floats
    slopes: Floats
    drift: Floats
    uncertainty: Floats

    def correct(self, weights: Floats) -> tuple[float, float]:
        """Return the factor of the variance of a weighted sum of the coefficients, and its degrees of freedom.

        Parameters
        ----------
        weights : shape (S k,), of the coefficients of series 0, then of series 1.

        Formula: variance times (1 + m'(adjustment)m / m'(bread)m); df = 2 v^2 / Var(v) with v the variance before it.

        Source: Kenward and Roger (1997), Biometrics 53(3), for the adjusted variance; Satterthwaite (1946) for df.
        """
        W = weights.reshape(len(self.spread), -1)
        M, G = W.T @ self.spread @ W, W @ self.bread @ W.T
        plain = float(np.sum(M * self.bread))
        if not plain > 0:
            return 1.0, float(self.n - len(self.bread))
        spread = self.spread @ G
        drift = np.einsum("ij,pij->p", M, self.slopes) - plain * self.drift
        variance = 2.0 * float(np.sum(spread * spread.T)) / (self.n - len(self.bread))
        variance += float(drift @ self.uncertainty @ drift)
        return 1.0 + float(np.sum(M * self.adjustment)) / plain, 2.0 * plain**2 / variance


def autoregressive(X: Floats, y: Floats, *, places: Ints, order: int = 1, restrict: bool = True) -> Autoregressive:
    """Fit by restricted maximum likelihood, or by the likelihood itself.

    Parameters
    ----------
    X : regressors of each series, shape (n, k).
    y : outcomes, shape (S, n).
    places : period of each row, ascending whole numbers; gaps are allowed; shape (n,).
    order : p of the autoregression.
    restrict : whether the likelihood is the restricted one. The spread has n - k in its denominator in either case.

    Raises
    ------
    DesignError : too few rows for the coefficients and the autoregression, or a fit without residuals.

    Formula: maximise -(1/2) (S log|R| + S log|X'R^-1 X| + (n - k) log|S|) over the partial autocorrelations with
    S = E'R^-1 E / (n - k), E the residuals; unrestricted without log|X'R^-1 X| and with n in the place of n - k.

    Assumptions: errors are normal, stationary, of the given order; series share the autoregression.

    Source: Harville (1977), Journal of the American Statistical Association 72(358).
    """
    n, k = X.shape
    if n - k <= order:
        raise DesignError("stats_too_few_rows", rows=n, columns=k + order)
    return restricted(X, y, Autoregression(), order, places=places, restrict=restrict)


def restricted(
    X: Floats, y: Floats, process: Process, parameters: int, *, places: Ints, restrict: bool = True
) -> Autoregressive:
    """Fit a regression whose errors are another stationary process, by restricted maximum likelihood or the likelihood itself.

    Parameters
    ----------
    X, y, places, restrict : as in `autoregressive`.
    process : of the errors; its parameters stand where partial autocorrelations do in the result.
    parameters : how many it has.

    Raises
    ------
    DesignError : too few rows, or a fit without residuals.
    """
    n, k = X.shape
    if n - k <= parameters:
        raise DesignError("stats_too_few_rows", rows=n, columns=k + parameters)
    lags = np.abs(places[:, None] - places[None, :])

    def loss(values: Floats) -> float:
        return _Whitened.of(X, y, lags, process, values, restrict=restrict).loss

    found = _lowest(loss, parameters) if parameters else np.zeros(0)
    return _scored(X, y, lags, process, found) if restrict else _at(X, y, lags, process, found)


def _scored(X: Floats, y: Floats, lags: Ints, process: Process, parameters: Floats) -> Autoregressive:
    """Polish the parameters by Fisher scoring as long as it stays inside, and describe the fit."""
    for _ in range(POLISHED):
        slope = _Slope.of(_Whitened.of(X, y, lags, process, parameters), X, lags, process, parameters)
        step = slope.uncertainty @ slope.score
        if np.abs(parameters + step).max(initial=0.0) >= LARGEST or np.abs(step).max(initial=0.0) < SETTLED:
            break
        parameters = parameters + step
    return _at(X, y, lags, process, parameters)


def _at(X: Floats, y: Floats, lags: Ints, process: Process, parameters: Floats) -> Autoregressive:
    fit = _Whitened.of(X, y, lags, process, parameters)
    return _described(fit, _Slope.of(fit, X, lags, process, parameters), lags, process, parameters)


def held_at(X: Floats, y: Floats, partial: Floats, *, places: Ints) -> Autoregressive:
    """Return the fit at given partial autocorrelations, with what their uncertainty would add were they estimated.

    Parameters
    ----------
    X, y, places : as in `autoregressive`.
    partial : shape (p,).
    """
    return _at(X, y, np.abs(places[:, None] - places[None, :]), Autoregression(), partial)


def _lowest(loss: Callable[[Floats], float], order: int) -> Floats:
    if order == 1:
        best = float(GRID[np.argmin([loss(np.array([one])) for one in GRID])])
        step = GRID[1] - GRID[0]
        bounds = (max(best - step, -LARGEST), min(best + step, LARGEST))
        found = minimize_scalar(
            lambda one: loss(np.array([one])), bounds=bounds, method="bounded", options={"xatol": 1e-12}
        )
        return np.array([float(found.x)])
    runs = [
        minimize(lambda free: loss(LARGEST * np.tanh(free)), np.full(order, start), method="BFGS", options={"gtol": 1e-9})
        for start in STARTS
    ]  # fmt: skip
    return np.asarray(LARGEST * np.tanh(min(runs, key=lambda run: run.fun).x))


@dataclass(frozen=True, slots=True)
class _Whitened:
    """Least squares given the autoregression: R = FF', coefficients, bread, residuals, spread and loss."""

    factor: Floats
    coefficients: Floats
    bread: Floats
    residuals: Floats
    spread: Floats
    loss: float

    @classmethod
    def of(
        cls, X: Floats, y: Floats, lags: Ints, process: Process, parameters: Floats, *, restrict: bool = True
    ) -> _Whitened:
        values = process.plain(parameters, int(lags.max()) + 1)
        factor = np.asarray(np.linalg.cholesky(values[lags]), dtype=np.float64)
        white = np.linalg.solve(factor, np.column_stack([X, y.T]))
        k = X.shape[1]
        Q, upper = np.linalg.qr(white[:, :k])
        coefficients = np.linalg.solve(upper, Q.T @ white[:, k:]).T
        left = white[:, k:] - white[:, :k] @ coefficients.T
        spread = left.T @ left / (len(X) - k)
        inverse = np.linalg.solve(upper, np.eye(k))
        sizes = 2.0 * np.log(np.diag(factor)).sum() + 2.0 * restrict * np.log(np.abs(np.diag(upper))).sum()
        sign, size = np.linalg.slogdet(spread)
        if not sign > 0:
            raise DesignError("stats_no_residuals", rows=len(X), columns=k)
        loss = 0.5 * (len(y) * sizes + (len(X) - k * restrict) * size)
        return cls(factor, coefficients, inverse @ inverse.T, y - coefficients @ X.T, spread, float(loss))


@dataclass(frozen=True, slots=True)
class _Slope:
    """Derivatives of the restricted likelihood by the partial autocorrelations.

    Parameters
    ----------
    left : R^-1 X, shape (n, k).
    inverse : R^-1, shape (n, n).
    first : derivatives of R, shape (p, n, n).
    score : of the likelihood with the spread profiled out, shape (p,).
    traces : tr(P R_i), shape (p,).
    uncertainty : inverse of the expected information, shape (p, p).
    """

    left: Floats
    inverse: Floats
    first: Floats
    score: Floats
    traces: Floats
    uncertainty: Floats

    @classmethod
    def of(cls, fit: _Whitened, X: Floats, lags: Ints, process: Process, parameters: Floats) -> _Slope:
        n, k = X.shape
        first = process.slopes(parameters, int(lags.max()) + 1)[0][:, lags]
        inverse = np.asarray(cho_solve((fit.factor, True), np.eye(n)))
        left = inverse @ X
        P = inverse - left @ fit.bread @ left.T
        pieces = [P @ one for one in first]
        traces = np.array([np.trace(one) for one in pieces])
        products = np.array([[np.sum(one * other.T) for other in pieces] for one in pieces]).reshape(2 * traces.shape)
        uncertainty = np.linalg.inv(0.5 * (products - np.outer(traces, traces) / (n - k))) / len(fit.residuals)
        pulled = fit.residuals @ inverse
        weighted = np.linalg.solve(fit.spread, pulled)
        score = np.array(
            [0.5 * (np.sum(weighted @ one * pulled) - len(pulled) * t) for one, t in zip(first, traces, strict=True)]
        )
        return cls(left, inverse, first, score, traces, uncertainty)


def _described(fit: _Whitened, slope: _Slope, lags: Ints, process: Process, parameters: Floats) -> Autoregressive:
    (n, k), left, uncertainty = slope.left.shape, slope.left, slope.uncertainty
    second = process.slopes(parameters, int(lags.max()) + 1)[1][:, :, lags]
    carried = left.T @ slope.first @ left
    curved = left.T @ (slope.first[:, None] @ slope.inverse @ slope.first[None]) @ left
    bent = left.T @ second @ left
    inner = np.einsum(
        "ij,ijab->ab", uncertainty, curved - np.einsum("iab,bc,jcd->ijad", carried, fit.bread, carried) - 0.25 * bent
    )
    inner += 0.5 * np.einsum("i,iab->ab", uncertainty @ slope.traces / (n - k), carried)
    return Autoregressive(
        coefficients=fit.coefficients, spread=fit.spread, bread=fit.bread, partial=parameters, residuals=fit.residuals,
        whitened=np.asarray(np.linalg.solve(fit.factor, fit.residuals.T).T), n=n,
        adjustment=2.0 * fit.bread @ inner @ fit.bread, slopes=np.einsum("ab,ibc,cd->iad", fit.bread, carried, fit.bread),
        drift=slope.traces / (n - k), uncertainty=uncertainty,
    )  # fmt: skip
