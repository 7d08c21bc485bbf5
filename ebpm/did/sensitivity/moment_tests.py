"""Tests of moment inequalities with the path of the effects as nuisance, inverted to intervals (Andrews, Roth and Pakes 2023).

The departure from parallel trends is restricted by limits on linear forms of its values after treatment, one for each of Q periods. With
the effects whose target is not tested as nuisance, the dual of the linear programme behind the test has Q + 2 vertices in closed
form, and their statistics span no more than two dimensions: critical values follow from one integral over an angle.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from ebpm.did.sensitivity.coefficients import Coefficients, Interval
from ebpm.moments.frame import Floats

INFERENCES = ("hybrid", "conditional", "least_favourable")
FIRST_STAGE = 0.1
GRID, ZOOMS = 200, 5
UNDERFLOW = 1e-290
WIDEST = 1e6
NODES, MARKS = np.polynomial.legendre.leggauss(24)
PANELS, SAME_ANGLE = 16, 1e-9


@dataclass(frozen=True, slots=True)
class MomentTest:
    """A test of one value t of the target: vertices have the statistics a - t k with covariance V.

    Parameters
    ----------
    level : a, shape (J,).
    slope : k, shape (J,).
    covariance : V, shape (J, J).
    first : least favourable critical value; infinity where the test is conditional alone.
    size : of the second stage; 0 where there is none.
    """

    level: Floats
    slope: Floats
    covariance: Floats
    first: float
    size: float

    def room(self, values: Floats) -> Floats:
        """Return critical value less statistic for each value, shape (N,): not rejected where zero or more."""
        at = self.level[:, None] - np.outer(self.slope, values)
        top, each = at.argmax(axis=0), np.arange(len(values))
        largest = at[top, each]
        if not self.size:
            return np.asarray(self.first - largest)
        variance = self.covariance[top, top]
        loading = self.covariance[:, top] / np.where(variance > 0, variance, 1.0)
        rest, spare = at - loading * largest, 1.0 - loading
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = rest / spare
        low = np.where(spare > 1e-12, ratio, -np.inf).max(axis=0)
        high = np.minimum(np.where(spare < -1e-12, ratio, np.inf).min(axis=0), self.first)
        second = np.maximum(truncated(1 - self.size, low, high, np.sqrt(variance)), 0.0)
        return np.asarray(np.where(largest > self.first, self.first, second) - largest)


def truncated(probability: float, low: Floats, high: Floats, deviation: Floats) -> Floats:
    """Return the quantile of N(0, deviation^2) within limits; in the upper tail by its complement, beyond it by Mills' ratio."""
    scale = np.where(deviation > 0, deviation, 1.0)
    left, right = ndtr(-low / scale), ndtr(-high / scale)
    upper = -ndtri(left - probability * (left - right)) * scale
    below, above = ndtr(low / scale), ndtr(high / scale)
    lower = ndtri(below + probability * (above - below)) * scale
    far = low - np.log1p(-probability) * scale**2 / np.where(low > 0, low, 1.0)
    quantile: Floats = np.where(low > 0, np.where(left > UNDERFLOW, upper, far), lower)
    return np.minimum(quantile, high)


def relative_magnitude_tests(study: Coefficients, bound: float, alpha: float, inference: str) -> Iterator[MomentTest]:
    """Yield the tests whose union allows any step before treatment to be the largest: no later step exceeds M times it.

    Source: Rambachan and Roth (2023), Review of Economic Studies 90(5), section 3 and equation 7.
    """
    P, steps = study.before, first_differences(study.before, len(study.weights))
    reach = study.weights[::-1].cumsum()[::-1]
    for largest in range(P):
        for sign in (1.0, -1.0):
            limit = bound * sign * steps[largest]
            rows = np.vstack([steps[P:] - limit, -steps[P:] - limit])
            yield _moment_test(study, rows, reach, limit=0.0, alpha=alpha, inference=inference)


def smoothness_tests(study: Coefficients, bound: float, alpha: float, inference: str) -> Iterator[MomentTest]:
    """Yield the one test that no second difference of the departure, centred from the reference on, exceeds M.

    Source: Rambachan and Roth (2023), Review of Economic Studies 90(5), section 3 and equation 8.
    """
    P, steps = study.before, first_differences(study.before, len(study.weights))
    bends = steps[P:] - steps[P - 1 : -1]
    reach = np.asarray(np.linalg.solve(bends[:, P:].T, study.weights), dtype=np.float64)
    yield _moment_test(study, np.vstack([bends, -bends]), reach, limit=bound, alpha=alpha, inference=inference)


def _moment_test(
    study: Coefficients, rows: Floats, reach: Floats, *, limit: float, alpha: float, inference: str
) -> MomentTest:
    scale = np.sqrt(np.einsum("ij,jk,ik->i", rows, study.covariance, rows))
    duals = _vertices(reach)
    duals = duals / (duals @ scale)[:, None]
    load, one = duals @ rows, reach / (reach @ reach)
    V = load @ study.covariance @ load.T
    kappa = {"hybrid": FIRST_STAGE * alpha, "conditional": 0.0, "least_favourable": alpha}[inference]
    first = least_favourable(V, kappa) if kappa else np.inf
    slope = duals @ np.concatenate([one, -one])
    level = load @ study.values - limit * duals.sum(axis=1)
    return MomentTest(level, slope, V, first, (alpha - kappa) / (1 - kappa))


def _vertices(reach: Floats) -> Floats:
    """Return the dual vertices before they are scaled, shape (Q + 2, 2Q): multipliers of the upper and the lower limit of each form.

    Stationarity in the effects, whose target is held, asks that upper less lower be a multiple of `reach`.
    """
    same = np.eye(len(reach))
    up, down = np.maximum(reach, 0.0), np.maximum(-reach, 0.0)
    return np.vstack([np.hstack([same, same]), np.concatenate([up, down]), np.concatenate([down, up])])


def first_differences(before: int, after: int) -> Floats:
    """Return the map from coefficients to first differences, with the reference of zero between, shape (P + Q, P + Q)."""
    whole = np.delete(np.diff(np.eye(before + after + 1), axis=0), before, axis=1)
    return np.asarray(whole)


def least_favourable(covariance: Floats, kappa: float) -> float:
    """Return the 1 - kappa quantile of the largest of jointly normal statistics of mean zero that span two dimensions at most.

    Parameters
    ----------
    covariance : shape (J, J), of rank 2 or less.
    kappa : between 0 and 1/4.

    Formula: in polar coordinates the largest is r m(angle), so that P(largest > c) is the mean over the angle of
    exp(-c^2 / (2 m^2)) where m > 0; Gauss-Legendre between the angles at which another statistic becomes the largest.
    """
    values, vectors = np.linalg.eigh(covariance)
    points = vectors[:, -2:] * np.sqrt(np.clip(values[-2:], 0.0, None))
    angles = _angles(points)
    ends = np.append(angles, angles[0] + 2 * np.pi)
    middle, half = (ends[1:] + ends[:-1]) / 2, np.diff(ends) / 2
    at = (middle[:, None] + half[:, None] * NODES).ravel()
    weights = (half[:, None] * MARKS).ravel() / (2 * np.pi)
    reach = (points @ np.vstack([np.cos(at), np.sin(at)])).max(axis=0)
    reach, weights = reach[reach > 0], weights[reach > 0]
    if not len(reach):
        return 0.0
    tail = lambda c: float(weights @ np.exp(-0.5 * (c / reach) ** 2)) - kappa  # noqa: E731
    return float(brentq(tail, 0.0, reach.max() * np.sqrt(-2.0 * np.log(kappa)) + 1e-12, xtol=1e-15, rtol=1e-14))


def _angles(points: Floats) -> Floats:
    """Return the angles at which two statistics are equal, or one is zero, in order and without repetition."""
    normals = np.vstack(
        [points, points[:, None, :].repeat(len(points), axis=1).reshape(-1, 2) - np.tile(points, (len(points), 1))]
    )
    normals = normals[(normals**2).sum(axis=1) > 1e-24]
    at = np.arctan2(normals[:, 0], -normals[:, 1])
    both = np.sort(np.concatenate([at, at + np.pi]) % (2 * np.pi))
    both = np.append(np.arange(PANELS) * 2 * np.pi / PANELS, both)
    both.sort()
    return np.asarray(both[np.append(True, np.diff(both) > SAME_ANGLE)])


def accepted(test: MomentTest, study: Coefficients) -> Interval | None:
    """Return the smallest and largest value that is not rejected: a grid, widened until its ends are, then closer grids."""
    half = 10.0 * study.std_error
    while half < WIDEST * study.std_error:
        grid = study.estimate + np.linspace(-half, half, GRID + 1)
        kept = np.flatnonzero(test.room(grid) >= 0)
        if not len(kept) and half > 100.0 * study.std_error:
            return None
        if len(kept) and kept[0] > 0 and kept[-1] < GRID:
            return _edge(test, grid[kept[0] - 1], grid[kept[0]]), _edge(test, grid[kept[-1] + 1], grid[kept[-1]])
        half *= 3.0
    return -np.inf, np.inf


def _edge(test: MomentTest, outside: float, inside: float) -> float:
    for _ in range(ZOOMS):
        grid = np.linspace(outside, inside, GRID + 1)
        place = int(np.argmax(test.room(grid) >= 0))
        outside, inside = grid[place - 1], grid[place]
    return float(inside)
