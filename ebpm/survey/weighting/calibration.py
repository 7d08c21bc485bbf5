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
class Linear:
    """Generalised regression: g(u) = 1 + u, kept between `low` and `high`. Source: Deville and Sarndal (1992), cases 1 and 7."""

    low: float = -np.inf
    high: float = np.inf

    def factor(self, u: Floats) -> Floats:
        return np.clip(1.0 + u, self.low, self.high)

    def slope(self, u: Floats) -> Floats:
        return np.where((self.low < 1.0 + u) & (1.0 + u < self.high), 1.0, 0.0)

    def integral(self, u: Floats) -> Floats:
        bent = self.factor(u) - 1.0
        return np.asarray(u + bent * u - bent * bent / 2.0)


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
    slopes : shape (n,), base * g'(u), by how much each weight gives way.
    reached : shape (k,), the weighted totals of the margins.
    iterations : Newton steps taken.
    converged : whether every total lies within the tolerance of its target.
    """

    weights: Floats
    slopes: Floats
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
        weights, slopes = base * distance.factor(u), base * distance.slope(u)
        gap = targets - X.T @ weights
        if np.abs(gap).max() <= tolerance or iteration == max_iterations:
            break
        hessian = X.T @ (X * slopes[:, None])
        step = np.asarray(np.linalg.lstsq(hessian, gap, rcond=1e-12)[0], dtype=np.float64)
        multipliers = multipliers + _damping(objective, multipliers, step) * step
    return Calibrated(weights, slopes, X.T @ weights, iteration, bool(np.abs(gap).max() <= tolerance))


def one_step(X: Floats, base: Floats, *, targets: Floats) -> Calibrated:
    """Return the weights of one margin, whose columns exclude each other: each level is multiplied by its own factor."""
    weights = base * (X @ (targets / (X.T @ base)))
    return Calibrated(weights, weights, X.T @ weights, 0, converged=True)


def _damping(objective: Callable[[Floats], float], start: Floats, step: Floats) -> float:
    before, size = objective(start), 1.0
    while size > 1e-6 and not objective(start + size * step) <= before + 1e-12 * abs(before):
        size /= 2.0
    return size


def residuals(X: Floats, scores: Floats, *, slopes: Floats) -> Floats:
    """Return the scores less their least-squares fit on the calibration variables, weighted by the slopes, shape (n, k).

    What is left by rounding alone counts as zero: the margins themselves have no sampling error.
    """
    weighted = X * slopes[:, None]
    coefficients = np.linalg.lstsq(weighted.T @ X, weighted.T @ scores, rcond=1e-12)[0]
    left = scores - X @ coefficients
    rounding = 1e-12 * np.abs(scores).max(axis=0)
    return np.asarray(np.where(np.abs(left) > rounding, left, 0.0), dtype=np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """What calibrated weights give up when one of the weights before moves.

    Parameters
    ----------
    X : shape (n, q), the calibration variables.
    slopes : shape (n,), d g'(u).
    base : shape (n,), d as shares: the weights before, over their sum; zeros where the weights were not scaled to a total.
    method : entry `method.<code>` of estimates with these weights.
    """

    X: Floats
    slopes: Floats
    base: Floats
    method: str = "survey.raked"

    def influence(self, scores: Floats, weights: Floats) -> Floats:
        """Return the influence d_i dtheta/dd_i of each row, shape (n, k).

        Parameters
        ----------
        scores : shape (n, k), linearised variables z of the statistics.
        weights : shape (n,), after calibration.

        From w = (T / sum d) d g(x'lambda(d)) with X'w fixed it follows exactly that d_i dtheta/dd_i = w_i e_i -
        (d_i / sum d) sum w e, e = z - X B, B = (X'SX)^- X'Sz, S = diag(d g'(u)). For raking without bounds S = diag(w), the
        second term is zero and these are the residuals of Deville and Sarndal.

        Source: Deville and Sarndal (1992), Journal of the American Statistical Association 87(418), section 3.
        """
        weighted = weights[:, None] * residuals(self.X, scores, slopes=self.slopes)
        return np.asarray(weighted - self.base[:, None] * weighted.sum(axis=0))
