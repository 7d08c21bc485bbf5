"""The shortest interval of fixed length where the slope of the departure from parallel trends changes by a bounded amount.

Weights on the coefficients before treatment are, one to one, weights c on the second differences of the departure; the first of them is
fixed by the linear trend that cancels. The half-length cv(M (B + |c|_1) / s(c)) s(c) is convex in c and depends on it through |c|_1
and the standard error s(c) alone, so that its minimum lies on the path of the lasso, which is linear between a few knots.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from scipy.optimize import brentq
from scipy.special import ndtr

from ebpm.did.sensitivity.coefficients import Coefficients, Interval
from ebpm.errors import DesignError
from ebpm.moments.frame import Floats

KNOTS = 50


def shortest(study: Coefficients, bound: float, alpha: float) -> Interval:
    """Return the interval: centre l'b_post + v'b_pre, half-length cv(B / s) s, v chosen to make it shortest.

    Parameters
    ----------
    study : the coefficients.
    bound : M, largest change of slope from one period to the next.
    alpha : one less the level.

    Formula: s is the standard error of the centre, B = M sum |c| its largest bias, c its weights on the second differences, cv(t) the
    1 - alpha quantile of |N(t, 1)|. A linear departure is cancelled exactly.

    Source: Rambachan and Roth (2023), Review of Economic Studies 90(5), section 4.1; Armstrong and Kolesar (2018), Econometrica 86(2).
    """
    problem = _Problem.of(study, bound, alpha)
    chosen = problem.minimiser()
    half, centre = problem.half(chosen), float(problem.weights(chosen) @ study.values)
    return centre - half, centre + half


@dataclass(frozen=True, slots=True)
class _Problem:
    """Minimise the half-length over the free weights c on second differences, shape (P - 1,).

    Parameters
    ----------
    start : weights of all coefficients at c = 0, shape (P + Q,).
    moves : change of these weights with c, shape (P + Q, P - 1).
    fixed : sum of the absolute weights on second differences that c does not touch.
    covariance : of the coefficients.
    bound, alpha : as given.
    """

    start: Floats
    moves: Floats
    fixed: float
    covariance: Floats
    bound: float
    alpha: float

    @classmethod
    def of(cls, study: Coefficients, bound: float, alpha: float) -> _Problem:
        P = study.before
        bends, trend = second_differences(P, len(study.weights))
        back = np.linalg.inv(bends[:P, :P])
        first = float(trend[P:] @ study.weights)
        moves = np.vstack([back[:, 1:], np.zeros((len(study.weights), P - 1))])
        start = np.concatenate([back[:, 0] * first, study.weights])
        return cls(
            start, moves, float(np.abs(bends @ start).sum()), study.covariance, bound, alpha
        )  # c = 0: what is left is fixed

    def weights(self, chosen: Floats) -> Floats:
        return self.start + self.moves @ chosen

    def spread(self, chosen: Floats) -> float:
        weights = self.weights(chosen)
        return float(np.sqrt(weights @ self.covariance @ weights))

    def half(self, chosen: Floats) -> float:
        s = self.spread(chosen)
        return folded(self.bias(chosen) / s, self.alpha)[0] * s

    def bias(self, chosen: Floats) -> float:
        return self.bound * (self.fixed + float(np.abs(chosen).sum()))

    def price(self, chosen: Floats) -> float:
        """Return the lasso penalty under which `chosen` would be the minimum, from the slopes of the half-length in s and |c|_1."""
        s = self.spread(chosen)
        t = self.bias(chosen) / s
        cv, slope = folded(t, self.alpha)
        return self.bound * s * slope / (cv - t * slope)

    def minimiser(self) -> Floats:
        none = np.zeros(self.moves.shape[1])
        linear = self.moves.T @ self.covariance @ self.start
        if not len(none) or self.price(none) >= np.abs(linear).max():
            return none
        for knot in _path(self.moves.T @ self.covariance @ self.moves, linear):
            if knot.low <= self.price(knot.at(knot.low)):
                gap = lambda penalty, knot=knot: penalty - self.price(knot.at(penalty))  # noqa: E731
                return knot.at(float(brentq(gap, knot.low, knot.high, xtol=1e-300, rtol=1e-14)))
        raise DesignError("did_honest_failed", bound=self.bound)


@dataclass(frozen=True, slots=True)
class _Knot:
    """A stretch of the lasso path: c = level + penalty slope for penalties from low to high."""

    low: float
    high: float
    level: Floats
    slope: Floats

    def at(self, penalty: float) -> Floats:
        return self.level + penalty * self.slope


def _path(quadratic: Floats, linear: Floats) -> Iterator[_Knot]:
    """Yield the stretches of argmin c'Hc / 2 + g'c + penalty |c|_1 from the penalty at which all is zero down to none.

    Source: Osborne, Presnell and Turlach (2000), IMA Journal of Numerical Analysis 20(3).
    """
    size = len(linear)
    penalty, signs = float(np.abs(linear).max()), np.zeros(size)
    moved = int(np.abs(linear).argmax())
    signs[moved] = -np.sign(linear[moved])
    for _ in range(KNOTS * size):
        active = np.flatnonzero(signs)
        level, slope = np.zeros(size), np.zeros(size)
        solved = np.linalg.solve(quadratic[np.ix_(active, active)], np.column_stack([linear, signs])[active])
        level[active], slope[active] = -solved.T
        events = _events(linear + quadratic @ level, quadratic @ slope, level, slope, signs)
        events[moved, :] = np.where(signs[moved] != 0, np.minimum(events[moved, :], -1.0), events[moved, :])
        events[events >= penalty * (1 - 1e-12)] = -1.0
        following = max(float(events.max()), 0.0)
        yield _Knot(following, penalty, level, slope)
        if not following:
            return
        place, kind = np.unravel_index(int(events.argmax()), events.shape)
        penalty, moved = following, int(place)
        signs[moved] = (0.0, -1.0, 1.0)[int(kind)]


def _events(gradient: Floats, turn: Floats, level: Floats, slope: Floats, signs: Floats) -> Floats:
    """Return the penalties at which a weight leaves, or enters as negative or positive, shape (size, 3); -1 where it does not."""
    with np.errstate(divide="ignore", invalid="ignore"):
        leaves = np.where(signs != 0, -level / slope, -1.0)
        down, up = (np.where(signs == 0, gradient / (one - turn), -1.0) for one in (1.0, -1.0))
    found: Floats = np.column_stack([leaves, down, up])
    return np.where(np.isfinite(found), found, -1.0)


def second_differences(before: int, after: int) -> tuple[Floats, Floats]:
    """Return the map from weights of coefficients to weights of second differences, (P + Q - 1, P + Q), and the linear trend."""
    left = np.array([[max(k - j, 0) for k in range(before, 0, -1)] for j in range(before)], dtype=np.float64)
    right = np.array([[max(k - j, 0) for k in range(1, after + 1)] for j in range(1, after)], dtype=np.float64).reshape(
        after - 1, after
    )
    bends = np.block([[left, np.zeros((before, after))], [np.zeros((after - 1, before)), right]])
    return bends, np.concatenate([-np.arange(before, 0, -1.0), np.arange(1.0, after + 1)])


def folded(bias: float, alpha: float) -> tuple[float, float]:
    """Return the 1 - alpha quantile q of |N(bias, 1)| and its derivative."""
    q = float(
        brentq(lambda x: ndtr(x - bias) - ndtr(-x - bias) - (1 - alpha), 0.0, bias + 40.0, xtol=1e-15, rtol=1e-14)
    )
    low, high = np.exp(-0.5 * (q - bias) ** 2), np.exp(-0.5 * (q + bias) ** 2)
    return q, float((low - high) / (low + high))
