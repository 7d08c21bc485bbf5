"""Numbers of batches as whole numbers of steps: guessed from the first batch, or known."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

import numpy as np

from ebpm.moments.frame import Floats
from ebpm.moments.scans.fixed_point import FLOAT, Fixed
from ebpm.moments.scans.gathered.units import OddError
from ebpm.moments.scans.profile import DECIMALS, TIGHT, Range, tight

MARGIN, GROWING = 0.3, 0.99
StepsOf = Callable[[Range, int], Fixed]


class RangeError(Exception):
    """Numbers whose range has to be known before they are summed."""


class UncountedError(Exception):
    """Numbers whose steps depend on how many rows there are, before these were counted."""


class Steps(Protocol):
    """How a column of numbers is written as whole numbers."""

    scale: Fraction
    shift: int

    def of(self, values: Floats) -> Floats:
        """Return whole numbers, in floats, which hold them exactly."""


@dataclass(slots=True)
class Known:
    """Steps that are known."""

    scale: Fraction
    shift: int

    def of(self, values: Floats) -> Floats:
        """Return the whole numbers."""
        _ends(values)
        whole = _rounded(values * float(self.scale))
        if self.shift:
            whole -= self.shift
        return whole


@dataclass(slots=True)
class Guessed:
    """Steps of the decimal place in which the numbers of the first batch end, or those that its range asks for.

    Parameters
    ----------
    steps_of : steps for a range and bits of a word.
    width : bits of a word; zero before the rows were counted.
    level : whether steps are counted from the least number of the first batch, not from zero.
    scale, shift : of the steps.
    decimals : negative before the first batch; None where numbers end in no decimal place.
    low, high : least and greatest number so far.
    """

    steps_of: StepsOf
    width: int
    level: bool = True
    scale: Fraction = Fraction(1)
    shift: int = 0
    decimals: int | None = -1
    low: float = np.inf
    high: float = -np.inf

    def of(self, values: Floats) -> Floats:
        """Return the whole numbers.

        Raises
        ------
        RangeError : numbers that do not end there, or lie farther apart.
        UncountedError : numbers that end in no decimal place, before the rows were counted.
        """
        low, high = _ends(values)
        grown = low < self.low or high > self.high
        self.low, self.high = min(self.low, low), max(self.high, high)
        if self.decimals == -1:
            self._begin(values)
        scaled = values * float(self.scale)
        whole = _rounded(scaled)
        if max(-self.low, self.high) * float(self.scale) >= 2**FLOAT:
            raise RangeError
        if self.decimals is None:
            if grown and self.steps_of(self.range(), self.width).scale < self.scale:
                raise RangeError
        elif not tight(_rest(scaled, whole), self.low, self.high, self.decimals):
            raise RangeError
        if self.shift:
            whole -= self.shift
        return whole

    def _begin(self, values: Floats) -> None:
        self.decimals = next((one for one in range(DECIMALS + 1) if _rest_at(values, one) <= TIGHT), None)
        if self.decimals is None and not self.width:
            raise UncountedError
        self.scale = (
            self.steps_of(self._expected(values), self.width).scale
            if self.decimals is None
            else Fraction(10**self.decimals)
        )
        if self.level and abs(self.low) * float(self.scale) < 2**FLOAT:
            self.shift = round(self.low * float(self.scale))

    def _expected(self, values: Floats) -> Range:
        """Return the range that all batches may have: that of the first, and more where it grew within it."""
        some = values[: len(values) // 4 + 1]
        spread = self.high - self.low
        more = MARGIN * spread if float(np.ptp(some)) < GROWING * spread else 0.0
        return Range(self.low - more * (self.low < 0 or self.level), self.high + more, None, 0, 0)

    def range(self) -> Range:
        """Return what a profile says of the numbers."""
        return Range(self.low, self.high, self.decimals, 0, 0)


@dataclass(slots=True)
class Profiled:
    """What a profile says of the numbers, batch by batch.

    Parameters
    ----------
    rests : the most that a number so far is off a whole one, by decimals.
    low, high : least and greatest number so far.
    """

    rests: list[float] = field(default_factory=lambda: [0.0] * (DECIMALS + 1))
    low: float = np.inf
    high: float = -np.inf

    def see(self, values: Floats) -> None:
        """Look at a batch."""
        low, high = _ends(values)
        self.low, self.high = min(self.low, low), max(self.high, high)
        self.rests = [max(rest, _rest_at(values, one)) for one, rest in enumerate(self.rests)]

    def range(self) -> Range:
        """Return what was seen."""
        kept = (one for one, rest in enumerate(self.rests) if tight(rest, self.low, self.high, one))
        return Range(self.low, self.high, next(kept, None), 0, 0)


def known(fixed: Iterable[Fixed]) -> list[Steps]:
    """Return steps that are known."""
    return [Known(one.scale, one.shift) for one in fixed]


def _ends(values: Floats) -> tuple[float, float]:
    low, high = float(values.min()), float(values.max())
    if not (np.isfinite(low) and np.isfinite(high)):
        raise OddError
    return low, high


def _rounded(scaled: Floats) -> Floats:
    whole = scaled + 0.5
    np.floor(whole, out=whole)
    return whole


def _rest(scaled: Floats, whole: Floats) -> float:
    rest = scaled - whole
    return float(max(-rest.min(), rest.max()))


def _rest_at(values: Floats, decimals: int) -> float:
    scaled = values * 10.0**decimals
    return _rest(scaled, _rounded(scaled))
