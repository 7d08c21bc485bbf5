"""A test by redrawing: its p values at any null value of the effect, and the interval of the values it does not reject."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ebpm.stats.inference import level

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

TIE = 1e-11
ROUNDING = 1e-14
DOUBLINGS = 30
HALVINGS = 60
STAGES = (3, 4)
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
    mirrored : whether each draw stands for another too, with the opposite statistic.
    """

    values: Floats
    variances: Floats
    estimate: float
    variance: float
    complete: bool
    mirrored: bool = False

    @property
    def draws(self) -> int:
        """Number of draws."""
        return len(self.values) * (1 + self.mirrored)

    def observed(self, null: float = 0.0) -> float:
        """Return the observed statistic."""
        return float(ratio(np.array([self.estimate - null]), np.array([self.variance]))[0])

    def statistics(self, null: float = 0.0) -> Floats:
        """Return the statistic of every draw, shape (draws,)."""
        value = self.values[:, 0] + null * self.values[:, 1]
        variance = self.variances @ np.array([1.0, 2.0 * null, null**2])
        found = ratio(value, variance)
        return np.concatenate([found, -found[::-1]]) if self.mirrored else found

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
        twice = 1 + self.mirrored
        if variance.min(initial=np.inf) <= TIE**2:
            return twice * int((np.abs(ratio(value, variance)) >= far - TIE * max(1.0, far)).sum())
        return twice * int(
            np.count_nonzero(np.square(value, out=value) >= np.multiply(variance, least**2, out=variance))
        )

    def p_greater(self, null: float = 0.0) -> float:
        """Return the share of draws at least as large as the observed one."""
        return self._share(self.statistics(null), self.observed(null))

    def p_less(self, null: float = 0.0) -> float:
        """Return the share of draws at most as large as the observed one."""
        return self._share(-self.statistics(null), -self.observed(null))

    def monte_carlo_error(self, null: float = 0.0) -> float:
        """Return the standard error of the p value that comes from drawing; zero where every draw was made."""
        if self.complete:
            return 0.0
        p = self.p_value(null)
        return math.sqrt(p * (1.0 - p) / self.draws)

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
        """Return an end of the interval: the narrower it is known, the fewer draws may pass the observed one there and are looked at."""
        inside, outside = acceptance_bracket(self.p_value, self.estimate, step, error, halvings=0)
        if math.isinf(outside):
            return outside
        part, beyond = self, 0
        for halvings in STAGES:
            inside, outside = halved(self._with(beyond, part), inside, outside, error, halvings)
            near = part.undecided(min(inside, outside), max(inside, outside))
            beyond += part.as_far(inside)
            part = replace(part, values=part.values[near], variances=part.variances[near])
            beyond -= part.as_far(inside)
        inside, outside = halved(self._with(beyond, part), inside, outside, error, HALVINGS - sum(STAGES))
        return (inside + outside) / 2

    def _with(self, beyond: int, part: NullDraws) -> Callable[[float], float]:
        """Return the p value where so many draws are as far as the observed one whatever the null, and others are looked at."""
        return lambda null: self._share_of(beyond + part.as_far(null))

    def undecided(self, low: float, high: float) -> Ints:
        """Return the draws that may pass the observed statistic between two null values on one side of the estimate.

        Formula: between them |a + r b| is at most the larger of its ends, and at least the smaller or zero; the convex variance is at
        most the larger of its ends, and at least the smaller less w (high - low)^2 / 4.
        """
        ends = [self.values[:, 0] + null * self.values[:, 1] for null in (low, high)]
        spreads = [self.variances @ np.array([1.0, 2.0 * null, null**2]) for null in (low, high)]
        crosses = ends[0] * ends[1] <= 0.0
        squares = [self.variance * end**2 for end in ends]
        least, most = np.where(crosses, 0.0, np.minimum(*squares)), np.maximum(*squares)
        narrow = np.minimum(*spreads) - self.variances[:, 2] * ((high - low) / 2) ** 2
        near, far = sorted((self.estimate - null) ** 2 for null in (low, high))
        always = least >= far * (1.0 + SLACK) * np.maximum(*spreads)
        never = most < near * (1.0 - SLACK) * narrow
        return np.flatnonzero(~(always | never) | (narrow <= TIE**2))

    def _share(self, statistics: Floats, observed: float) -> float:
        return self._share_of(int((statistics >= observed - TIE * max(1.0, abs(observed))).sum()))

    def _share_of(self, as_far: int) -> float:
        return as_far / self.draws if self.complete else (1 + as_far) / (1 + self.draws)


def null_draws(
    blocks: Iterable[tuple[Floats, Floats]], *, estimate: float, variance: float, complete: bool, studentised: bool,
    mirrored: bool = False,
) -> NullDraws:  # fmt: skip
    """Gather blocks of draws.

    Parameters
    ----------
    blocks : of draws: a and b, shape (b, 2); u, v and w, shape (b, 3).
    estimate, variance : observed.
    complete : whether the draws are all that are possible.
    studentised : whether the statistic is divided by its standard error.
    mirrored : whether each draw stands for another too, with the opposite statistic.
    """
    values, spreads = zip(*blocks, strict=True)
    value, variances = (np.asfortranarray(np.concatenate(parts)) for parts in (values, spreads))
    still = variances[:, 2] <= ROUNDING * max(
        1.0, float(variances[:, 2].max())
    )  # rounding, which a large null would blow up
    variances[still, 1:] = 0.0
    if not studentised:
        variances = np.tile([1.0, 0.0, 0.0], (len(value), 1))
    return NullDraws(
        values=value, variances=variances, estimate=estimate, variance=variance if studentised else 1.0,
        complete=complete, mirrored=mirrored,
    )  # fmt: skip


def polarised(blocks: Iterable[tuple[Floats, Floats]]) -> Iterator[tuple[Floats, Floats]]:
    """Return the blocks of `null_draws` from values and variances, shape (b, 3) each: of the part a, of the part b, and of their sum."""
    for value, spread in blocks:
        cross = (spread[:, 2] - spread[:, 0] - spread[:, 1]) / 2
        yield value[:, :2], np.column_stack([spread[:, 0], cross, spread[:, 1]])


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
    error : the p value at and below which the test rejects, but for rounding.
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
        if p_value(outside) <= error + TIE:
            return halved(p_value, inside, outside, error, halvings)
        inside, outside = outside, outside + 2.0 * (outside - start)
    return inside, math.copysign(math.inf, step)


def halved(
    p_value: Callable[[float], float], inside: float, outside: float, error: float, halvings: int
) -> tuple[float, float]:
    """Return the bracket halved so many times; the first value is not rejected, the second is."""
    for _ in range(halvings):
        middle = (inside + outside) / 2
        if p_value(middle) <= error + TIE:
            outside = middle
        else:
            inside = middle
    return inside, outside
