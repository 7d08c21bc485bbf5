"""A test by redrawing: its p values at any null value of the effect, and the interval of the values it does not reject."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ebpm.stats.inference import level

Floats = NDArray[np.float64]

TIE = 1e-11
ROUNDING = 1e-14
DOUBLINGS = 30
HALVINGS = 60


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
        return self._share(np.abs(self.statistics(null)), abs(self.observed(null)))

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
        low, high = (acceptance_end(self.p_value, self.estimate, sign * step, error) for sign in (-1.0, 1.0))
        return low, high

    def _share(self, statistics: Floats, observed: float) -> float:
        as_far = int((statistics >= observed - TIE * max(1.0, abs(observed))).sum())
        return as_far / self.draws if self.complete else (1 + as_far) / (1 + self.draws)


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
    inside, outside = start, start + step
    for _ in range(DOUBLINGS):
        if p_value(outside) <= error:
            break
        inside, outside = outside, outside + 2.0 * (outside - start)
    else:
        return math.copysign(math.inf, step)
    for _ in range(halvings):
        middle = (inside + outside) / 2
        if p_value(middle) <= error:
            outside = middle
        else:
            inside = middle
    return (inside + outside) / 2
