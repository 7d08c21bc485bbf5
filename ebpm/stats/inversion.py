"""A test by redrawing: its p values at any null value of the effect, and the interval of the values it does not reject."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.stats.inference import level

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TIE = 1e-11
ROUNDING = 1e-14
DOUBLINGS = 30
HALVINGS, FIRST_HALVINGS = 60, 8
SLACK = 1e-9


@dataclass(frozen=True, slots=True, kw_only=True)
class NullDraws:
    """The statistic of every draw as a function of the effect that the null states.

    Under the null that the effect is r the statistic of draw d is (a_d + r b_d) / sqrt(u_d + 2 r v_d + r^2 w_d); the observed one
    is (estimate - r) / sqrt(variance). All in units of the outcome's spread, so that rounding is of the order of 1e-16.

    Parameters
    ----------
    values : a and b, shape (draws, 2).
    variances : u, v and w, shape (draws, 3).
    estimate : the observed effect.
    variance : its variance; 1 where the statistic is not studentised.
    complete : whether the draws are all that are possible, the observed one among them.
    """

    values: Floats
    variances: Floats
    estimate: float
    variance: float
    complete: bool

    @property
    def draws(self) -> int:
        """Number of draws."""
        return len(self.values)

    def observed(self, null: float = 0.0) -> float:
        """Return the observed statistic."""
        return float(ratio(np.array([self.estimate - null]), np.array([self.variance]))[0])

    def statistics(self, null: float = 0.0) -> Floats:
        """Return the statistic of every draw, shape (draws,)."""
        value = self.values[:, 0] + null * self.values[:, 1]
        variance = self.variances @ np.array([1.0, 2.0 * null, null**2])
        return ratio(value, variance)

    def p_value(self, null: float = 0.0) -> float:
        """Return the share of draws at least as far from zero as the observed one; ties count."""
        return self._share_of(self.as_far(null))

    def as_far(self, null: float) -> int:
        """Return the number of draws at least as far from zero as the observed one, from squares."""
        far = abs(self.observed(null))
        least = max(far - TIE * max(1.0, far), 0.0)
        value = self.values[:, 1] * null
        value += self.values[:, 0]
        variance = self.variances @ np.array([1.0, 2.0 * null, null**2])
        if variance.min(initial=np.inf) <= TIE**2:
            return int((np.abs(ratio(value, variance)) >= far - TIE * max(1.0, far)).sum())
        return int(np.count_nonzero(np.square(value, out=value) >= np.multiply(variance, least**2, out=variance)))

    def p_greater(self, null: float = 0.0) -> float:
        """Return the share of draws at least as large as the observed one."""
        return self._share(self.statistics(null), self.observed(null))

    def p_less(self, null: float = 0.0) -> float:
        """Return the share of draws at most as large as the observed one."""
        return self._share(-self.statistics(null), -self.observed(null))

    def monte_carlo_error(self, null: float = 0.0) -> float:
        """Return the standard error of the p value that comes from drawing; zero where every draw was made."""
        p = self.p_value(null)
        return 0.0 if self.complete else math.sqrt(p * (1.0 - p) / self.draws)

    def interval(self, conf_level: float = 0.95) -> tuple[float, float]:
        """Return the ends of the null values that are not rejected, sought outwards from the estimate; infinite where none is.

        Parameters
        ----------
        conf_level : level of the interval.
        """
        error = 1.0 - level(conf_level)
        step = max(math.sqrt(self.variance), 1e-3)
        low, high = (self._end(sign * step, error) for sign in (-1.0, 1.0))
        return low, high

    def _end(self, step: float, error: float) -> float:
        """Return an end of the interval: once it is known roughly, only draws that may pass the observed one there are looked at."""
        inside, outside = acceptance_bracket(self.p_value, self.estimate, step, error, halvings=FIRST_HALVINGS)
        if math.isinf(outside):
            return outside
        near = self._undecided(min(inside, outside), max(inside, outside))
        part = replace(self, values=self.values[near], variances=self.variances[near])
        beyond = self.as_far(inside) - part.as_far(inside)
        inside, outside = halved(
            lambda null: self._share_of(beyond + part.as_far(null)), inside, outside, error, HALVINGS - FIRST_HALVINGS
        )
        return (inside + outside) / 2

    def _undecided(self, low: float, high: float) -> Ints:
        """Return the draws that may pass the observed statistic between two null values.

        Formula: a draw is as far where (a + r b)^2 V - (e - r)^2 (u + 2 r v + r^2 w) is not negative, a polynomial of degree four, which
        keeps its sign where its value in the middle exceeds what its derivatives can add.
        """
        middle, half = (low + high) / 2, (high - low) / 2
        left = [self.values[:, 0] + middle * self.values[:, 1], self.values[:, 1]]
        u, v, w = self.variances.T
        spread = [u + 2 * middle * v + middle**2 * w, 2 * (v + middle * w), w]
        gap = [self.estimate - middle, -1.0]
        first = _product(_product(left, left), [np.full(len(u), self.variance)])
        second = _product(_product(gap, gap), spread)
        first += [np.zeros(len(u))] * (len(second) - len(first))
        change = sum(
            np.abs(one - other) * half**power
            for power, (one, other) in enumerate(zip(first, second, strict=True))
            if power
        )
        slack = SLACK * sum(
            (np.abs(one) + np.abs(other)) * half**power
            for power, (one, other) in enumerate(zip(first, second, strict=True))
        )
        return np.flatnonzero(np.abs(first[0] - second[0]) <= change + slack)

    def _share(self, statistics: Floats, observed: float) -> float:
        return self._share_of(int((statistics >= observed - TIE * max(1.0, abs(observed))).sum()))

    def _share_of(self, as_far: int) -> float:
        return as_far / self.draws if self.complete else (1 + as_far) / (1 + self.draws)


def _product(one: Sequence[Any], other: Sequence[Any]) -> list[Any]:
    """Return the coefficients of the product of two polynomials, lowest power first."""
    product: list[Any] = [0.0] * (len(one) + len(other) - 1)
    for i, left in enumerate(one):
        for j, right in enumerate(other):
            product[i + j] = product[i + j] + left * right
    return product


def null_draws(
    blocks: Iterable[tuple[Floats, Floats]], *, estimate: float, variance: float, complete: bool, studentised: bool
) -> NullDraws:
    """Gather blocks of draws.

    Parameters
    ----------
    blocks : values and variances of three columns, shape (b, 3) each: of the part a, of the part b, and of their sum.
    estimate, variance : observed.
    complete : whether the draws are all that are possible.
    studentised : whether the statistic is divided by its standard error.
    """
    values, spreads = zip(*blocks, strict=True)
    value, spread = np.concatenate(values), np.concatenate(spreads)
    still = spread[:, 1] <= ROUNDING * max(1.0, float(spread[:, 1].max()))  # rounding, which a large null would blow up
    cross = np.where(still, 0.0, (spread[:, 2] - spread[:, 0] - spread[:, 1]) / 2)
    variances = np.column_stack([spread[:, 0], cross, np.where(still, 0.0, spread[:, 1])])
    if not studentised:
        variances = np.tile([1.0, 0.0, 0.0], (len(value), 1))
    return NullDraws(
        values=value[:, :2], variances=variances, estimate=estimate, variance=variance if studentised else 1.0,
        complete=complete,
    )  # fmt: skip


def ratio(value: Floats, variance: Floats) -> Floats:
    """Value / sqrt(variance); where nothing varies, zero for zero and infinity of the value's sign otherwise."""
    still = variance <= TIE**2
    ratio = value / np.sqrt(np.where(still, 1.0, variance))
    return np.where(still, np.where(np.abs(value) <= TIE, 0.0, np.copysign(np.inf, value)), ratio)


def acceptance_end(
    p_value: Callable[[float], float], start: float, step: float, error: float, *, halvings: int = HALVINGS
) -> float:
    """Return where a test begins to reject, sought from a null value that it does not reject; infinite where it never does.

    Parameters
    ----------
    p_value : of a null value.
    start : the null value that is not rejected.
    step : the first step; its sign is the direction.
    error : the p value at and below which the test rejects.
    halvings : of the bracket.
    """
    inside, outside = acceptance_bracket(p_value, start, step, error, halvings=halvings)
    return outside if math.isinf(outside) else (inside + outside) / 2


def acceptance_bracket(
    p_value: Callable[[float], float], start: float, step: float, error: float, *, halvings: int
) -> tuple[float, float]:
    """Return a null value that is not rejected and one that is, between which a test begins to reject; parameters of `acceptance_end`."""
    inside, outside = start, start + step
    for _ in range(DOUBLINGS):
        if p_value(outside) <= error:
            return halved(p_value, inside, outside, error, halvings)
        inside, outside = outside, outside + 2.0 * (outside - start)
    return inside, math.copysign(math.inf, step)


def halved(
    p_value: Callable[[float], float], inside: float, outside: float, error: float, halvings: int
) -> tuple[float, float]:
    """Return the bracket halved so many times; the first value is not rejected, the second is."""
    for _ in range(halvings):
        middle = (inside + outside) / 2
        if p_value(middle) <= error:
            outside = middle
        else:
            inside = middle
    return inside, outside
