"""Calibration of weights to known margins: the smallest change, in a distance, that reaches them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

Floats = NDArray[np.float64]


class Distance(Protocol):
    """How a weight may move: its factor g(u), the slope g'(u) and the integral of g, each at u = x'lambda."""

    def factor(self, u: Floats) -> Floats: ...

    def slope(self, u: Floats) -> Floats: ...

    def integral(self, u: Floats) -> Floats: ...


@dataclass(frozen=True, slots=True)
class Multiplicative:
    """Raking: g(u) = exp(u). Source: Deville and Sarndal (1992), JASA 87(418), case 2."""

    def factor(self, u: Floats) -> Floats:
        return np.exp(u)

    def slope(self, u: Floats) -> Floats:
        return np.exp(u)

    def integral(self, u: Floats) -> Floats:
        return np.exp(u)


@dataclass(frozen=True, slots=True)
class Bounded:
    """Raking whose factors stay between `low` < 1 and `high` > 1. Source: Deville and Sarndal (1992), case 6."""

    low: float
    high: float

    @property
    def _steepness(self) -> float:
        return (self.high - self.low) / ((1.0 - self.low) * (self.high - 1.0))

    @property
    def _start(self) -> float:
        return float(np.log((1.0 - self.low) / (self.high - 1.0)))

    def _share(self, u: Floats) -> Floats:
        return np.asarray(expit(self._start + self._steepness * u))

    def factor(self, u: Floats) -> Floats:
        return self.low + (self.high - self.low) * self._share(u)

    def slope(self, u: Floats) -> Floats:
        share = self._share(u)
        return np.asarray((self.high - self.low) * self._steepness * share * (1.0 - share))

    def integral(self, u: Floats) -> Floats:
        softplus = np.logaddexp(0.0, self._start + self._steepness * u)
        return np.asarray(self.low * u + (self.high - self.low) / self._steepness * softplus)


@dataclass(frozen=True, slots=True)
class Calibrated:
    """Weights after calibration.

    Parameters
    ----------
    weights : shape (n,).
    reached : shape (k,), the weighted totals of the margins.
    iterations : Newton steps taken.
    converged : whether every total lies within the tolerance of its target.
    """

    weights: Floats
    reached: Floats
    iterations: int
    converged: bool


def calibrate(
    X: Floats, base: Floats, *, targets: Floats, distance: Distance, tolerance: float, max_iterations: int
) -> Calibrated:
    """Return the weights w = base * g(X lambda) with X'w = targets.

    Parameters
    ----------
    X : shape (n, k), the calibration variables; columns may be collinear.
    base : shape (n,), the weights before.
    targets : shape (k,), the totals to reach.
    distance : how the weights may move.
    tolerance : largest absolute difference from a target.
    max_iterations : Newton steps allowed.

    Lambda minimises the convex function sum base * G(X lambda) - targets'lambda, G the integral of g, by Newton's
    method with halved steps; with the multiplicative distance the weights are those of iterative proportional fitting.

    Source: Deville and Sarndal (1992), Journal of the American Statistical Association 87(418), equations 2.4-2.5.
    """

    def objective(multipliers: Floats) -> float:
        with np.errstate(over="ignore", invalid="ignore"):
            return float(base @ distance.integral(X @ multipliers) - targets @ multipliers)

    multipliers = np.zeros(X.shape[1])
    for iteration in range(max_iterations + 1):
        u = X @ multipliers
        weights = base * distance.factor(u)
        gap = targets - X.T @ weights
        if np.abs(gap).max() <= tolerance or iteration == max_iterations:
            break
        hessian = X.T @ (X * (base * distance.slope(u))[:, None])
        step = np.asarray(np.linalg.lstsq(hessian, gap, rcond=1e-12)[0], dtype=np.float64)
        multipliers = multipliers + _damping(objective, multipliers, step) * step
    return Calibrated(weights, X.T @ weights, iteration, bool(np.abs(gap).max() <= tolerance))


def _damping(objective: Callable[[Floats], float], start: Floats, step: Floats) -> float:
    before, size = objective(start), 1.0
    while size > 1e-6 and not objective(start + size * step) <= before + 1e-12 * abs(before):
        size /= 2.0
    return size


def residuals(X: Floats, scores: Floats, *, weights: Floats) -> Floats:
    """Return the scores less their weighted least-squares fit on the calibration variables, shape (n, k).

    These are the influence values of a calibrated statistic: with w = d exp(x'lambda(d)) and X'w fixed,
    d_i * dtheta/dd_i = w_i (z_i - x_i'B), B = (X'WX)^- X'Wz.

    Source: Deville and Sarndal (1992), equations 3.2-3.4.
    """
    weighted = X * weights[:, None]
    coefficients = np.linalg.lstsq(weighted.T @ X, weighted.T @ scores, rcond=1e-12)[0]
    left = scores - X @ coefficients
    rounding = 1e-12 * np.abs(scores).max(axis=0)
    return np.asarray(np.where(np.abs(left) > rounding, left, 0.0), dtype=np.float64)
