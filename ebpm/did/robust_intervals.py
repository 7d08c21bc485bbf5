"""Intervals for an average effect when trends depart from parallel by a bounded amount (Rambachan and Roth 2023).

Coefficients are those of an event study, relative to a reference period: P before it and Q from treatment on.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache

import numpy as np
from scipy.optimize import brentq, minimize
from scipy.special import ndtr, ndtri

from ebpm.errors import DesignError
from ebpm.moments.frame import Floats

FIRST_STAGE = 0.1
DRAWS, SEED = 20_000, 20230501
GRID, ZOOMS = 200, 4
UNDERFLOW = 1e-290
TOLERANCES = (1e-12, 1e-10, 1e-8)
WIDEST = 1e6
LARGEST, PRECISION = 1000.0, 1e-4
Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Coefficients:
    """What the intervals need of an event study.

    Parameters
    ----------
    values : shape (P + Q,), the reference left out.
    covariance : shape (P + Q, P + Q).
    before : P.
    weights : l, of the Q effects in the average, shape (Q,).
    """

    values: Floats
    covariance: Floats
    before: int
    weights: Floats

    @property
    def contrast(self) -> Floats:
        """The weights of all coefficients, shape (P + Q,)."""
        return np.concatenate([np.zeros(self.before), self.weights])

    @property
    def estimate(self) -> float:
        return float(self.contrast @ self.values)

    @property
    def std_error(self) -> float:
        return float(np.sqrt(self.contrast @ self.covariance @ self.contrast))


def original(study: Coefficients, alpha: float) -> Interval:
    """Return the interval under exactly parallel trends."""
    half = float(ndtri(1 - alpha / 2)) * study.std_error
    return float(study.estimate - half), float(study.estimate + half)


def smoothness(study: Coefficients, bound: float, alpha: float) -> Interval:
    """Return the shortest interval of fixed length where the slope of the departure changes by at most M a period.

    Formula: the estimate l'b_post + v'b_pre with v chosen to minimise cv(B / s) s, s its standard error, B = M sum |c| its largest bias,
    c its weights on the second differences; a linear departure is cancelled exactly. cv(t) is the 1 - alpha quantile of |N(t, 1)|.

    Source: Rambachan and Roth (2023), Review of Economic Studies 90(5), section 4.1; Armstrong and Kolesar (2018), Econometrica 86(2).
    """
    P, V = study.before, study.covariance
    bends, trend = _bends(P, len(study.weights))
    C, c0, moments = bends[:, :P], bends @ study.contrast, len(bends)

    def half(x: Floats) -> tuple[float, Floats]:
        v = study.contrast + np.concatenate([x[:P], np.zeros(len(study.weights))])
        s = float(np.sqrt(v @ V @ v))
        cv, by = _folded(bound * float(x[P:].sum()) / s, alpha)
        spread = (cv - by * bound * float(x[P:].sum()) / s) * (V @ v)[:P] / s
        return cv * s, np.concatenate([spread, np.full(moments, by * bound)])

    start = np.append(np.zeros(P - 1), trend @ study.contrast)
    start = np.concatenate([start, np.abs(c0 + C @ start)])
    both = np.vstack([np.hstack([-C, np.eye(moments)]), np.hstack([C, np.eye(moments)])])
    level, gap = np.concatenate([c0, -c0]), np.concatenate([trend[:P], np.zeros(moments)])
    for tolerance in TOLERANCES:
        scale = half(start)[0]
        found = minimize(
            lambda x, scale=scale: tuple(part / scale for part in half(x)), start, jac=True, method="SLSQP",
            options={"maxiter": 500, "ftol": tolerance},
            constraints=[
                {"type": "ineq", "fun": lambda x: both @ x - level, "jac": lambda _: both},
                {"type": "eq", "fun": lambda x: gap @ x + trend @ study.contrast, "jac": lambda _: gap},
            ],
        )  # fmt: skip
        if found.success:
            centre = study.estimate + float(found.x[:P] @ study.values[:P])
            return float(centre - found.fun * scale), float(centre + found.fun * scale)
    raise DesignError("did_honest_failed", bound=bound)


def _bends(before: int, after: int) -> tuple[Floats, Floats]:
    """Return the map from weights of coefficients to weights of second differences, (P + Q - 1, P + Q), and the linear trend."""
    left = np.array([[max(k - j, 0) for k in range(before, 0, -1)] for j in range(before)], dtype=np.float64)
    right = np.array([[max(k - j, 0) for k in range(1, after + 1)] for j in range(1, after)], dtype=np.float64).reshape(
        after - 1, after
    )
    bends = np.block([[left, np.zeros((before, after))], [np.zeros((after - 1, before)), right]])
    return bends, np.concatenate([-np.arange(before, 0, -1.0), np.arange(1.0, after + 1)])


def _folded(bias: float, alpha: float) -> tuple[float, float]:
    """Return the 1 - alpha quantile q of |N(bias, 1)| and its derivative."""
    q = float(
        brentq(lambda x: ndtr(x - bias) - ndtr(-x - bias) - (1 - alpha), 0.0, bias + 40.0, xtol=1e-15, rtol=1e-14)
    )
    low, high = np.exp(-0.5 * (q - bias) ** 2), np.exp(-0.5 * (q + bias) ** 2)
    return q, float((low - high) / (low + high))


def relative_magnitudes(study: Coefficients, bound: float, alpha: float) -> Interval:
    """Return the interval where no step of the departure after treatment exceeds M times the largest step before it.

    Formula: the union, over the step before treatment that is largest and over its sign, of the values that the hybrid test
    (least favourable, then conditional) of the moment inequalities does not reject. With the steps of the effects as nuisance, the
    dual of its linear programme has Q + 2 vertices in closed form.

    Source: Rambachan and Roth (2023), Review of Economic Studies 90(5), section 3; Andrews, Roth and Pakes (2023), Review of Economic
    Studies 90(6).
    """
    found = [_accepted(test, study) for test in _tests(study, bound, alpha)]
    kept = [one for one in found if one is not None]
    return min(low for low, _ in kept), max(high for _, high in kept)


@dataclass(frozen=True, slots=True)
class _Test:
    """A test of one value t: vertices have the statistics a - t k with covariance V.

    Parameters
    ----------
    level : a, shape (J,).
    slope : k, shape (J,).
    covariance : V, shape (J, J).
    first : least favourable critical value.
    size : of the second stage.
    """

    level: Floats
    slope: Floats
    covariance: Floats
    first: float
    size: float

    def accepts(self, values: Floats) -> Floats:
        """Return critical value less statistic for each value, shape (N,): not rejected where zero or more."""
        at = self.level[:, None] - np.outer(self.slope, values)
        top, each = at.argmax(axis=0), np.arange(len(values))
        largest, variance = at[top, each], self.covariance[top, top]
        loading = self.covariance[:, top] / np.where(variance > 0, variance, 1.0)
        rest, spare = at - loading * largest, 1.0 - loading
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio = rest / spare
        low = np.where(spare > 1e-12, ratio, -np.inf).max(axis=0)
        high = np.minimum(np.where(spare < -1e-12, ratio, np.inf).min(axis=0), self.first)
        second = np.maximum(_truncated(1 - self.size, low, high, np.sqrt(variance)), 0.0)
        room: Floats = np.where(largest > self.first, self.first, second) - largest
        return room


def _truncated(probability: float, low: Floats, high: Floats, deviation: Floats) -> Floats:
    """Return the quantile of N(0, deviation^2) within limits; in the upper tail by its complement, beyond it by Mills' ratio."""
    scale = np.where(deviation > 0, deviation, 1.0)
    left, right = ndtr(-low / scale), ndtr(-high / scale)
    upper = -ndtri(left - probability * (left - right)) * scale
    below, above = ndtr(low / scale), ndtr(high / scale)
    lower = ndtri(below + probability * (above - below)) * scale
    far = low - np.log1p(-probability) * scale**2 / np.where(low > 0, low, 1.0)
    quantile: Floats = np.where(low > 0, np.where(left > UNDERFLOW, upper, far), lower)
    return np.minimum(quantile, high)


def _tests(study: Coefficients, bound: float, alpha: float) -> Iterator[_Test]:
    P, Q = study.before, len(study.weights)
    steps = _steps(P, Q)
    reach = study.weights[::-1].cumsum()[::-1]
    for largest in range(P):
        for sign in (1.0, -1.0):
            limit = bound * sign * steps[largest]
            rows = np.vstack([steps[P:] - limit, -steps[P:] - limit])
            scale = np.sqrt(np.einsum("ij,jk,ik->i", rows, study.covariance, rows))
            duals = _vertices(reach)
            duals = duals / (duals @ scale)[:, None]
            load, one = duals @ rows, reach / (reach @ reach)
            V, kappa = load @ study.covariance @ load.T, FIRST_STAGE * alpha
            slope = duals @ np.concatenate([one, -one])
            yield _Test(load @ study.values, slope, V, _least_favourable(V, kappa), (alpha - kappa) / (1 - kappa))


def _vertices(reach: Floats) -> Floats:
    """Return the dual vertices before they are scaled, shape (Q + 2, 2Q): multipliers of the upper and the lower limit of each step.

    Stationarity in the steps of the effects, whose average is held, asks that upper less lower be a multiple of `reach`.
    """
    same = np.eye(len(reach))
    up, down = np.maximum(reach, 0.0), np.maximum(-reach, 0.0)
    return np.vstack([np.hstack([same, same]), np.concatenate([up, down]), np.concatenate([down, up])])


def _steps(before: int, after: int) -> Floats:
    """Return the map from coefficients to first differences, with the reference of zero between, shape (P + Q, P + Q)."""
    steps = np.zeros((before + after, before + after))
    for place in range(before):
        steps[place, place] = -1.0
        if place + 1 < before:
            steps[place, place + 1] = 1.0
    for place in range(before, before + after):
        steps[place, place] = 1.0
        if place > before:
            steps[place, place - 1] = -1.0
    return steps


def _least_favourable(V: Floats, kappa: float) -> float:
    values, vectors = np.linalg.eigh(V)
    root = vectors * np.sqrt(np.clip(values, 0.0, None))
    draws = _normals(len(V)) @ root.T
    return float(np.quantile(draws.max(axis=1), 1 - kappa))


@cache
def _normals(size: int) -> Floats:
    return np.random.default_rng(SEED).standard_normal((DRAWS, size))


def _accepted(test: _Test, study: Coefficients) -> Interval | None:
    """Return the smallest and largest value that is not rejected: a grid, widened until its ends are, then bisection."""
    half = 10.0 * study.std_error
    while half < WIDEST * study.std_error:
        grid = study.estimate + np.linspace(-half, half, GRID + 1)
        kept = np.flatnonzero(test.accepts(grid) >= 0)
        if not len(kept) and half > 100.0 * study.std_error:
            return None
        if len(kept) and kept[0] > 0 and kept[-1] < GRID:
            return _edge(test, grid[kept[0] - 1], grid[kept[0]]), _edge(test, grid[kept[-1] + 1], grid[kept[-1]])
        half *= 3.0
    return -np.inf, np.inf


def _edge(test: _Test, outside: float, inside: float) -> float:
    for _ in range(ZOOMS):
        grid = np.linspace(outside, inside, GRID + 1)
        place = int(np.argmax(test.accepts(grid) >= 0))
        outside, inside = grid[place - 1], grid[place]
    return float(inside)


def breakdown(interval: Callable[[float], Interval], start: float) -> float | None:
    """Return the smallest bound at which the interval holds zero, by bisection; None where even the largest tried does not.

    Parameters
    ----------
    interval : bound -> interval, wider where the bound is.
    start : first bound tried; doubled until the interval holds zero.
    """

    def holds(bound: float) -> bool:
        low, high = interval(bound)
        return low <= 0.0 <= high

    if holds(0.0):
        return 0.0
    low, high = 0.0, start
    while not holds(high):
        low, high = high, 2.0 * high
        if high > LARGEST * start:
            return None
    while high - low > PRECISION * high:
        middle = 0.5 * (low + high)
        low, high = (low, middle) if holds(middle) else (middle, high)
    return high
