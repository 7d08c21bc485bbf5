"""Numbers of batches as whole numbers of steps: guessed from the first batch, or known."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Protocol

import numpy as np

from ebpm.moments.frame import Floats
from ebpm.moments.scans.fixed_point import FLOAT, Fixed
from ebpm.moments.scans.gathered.units import OddError
from ebpm.moments.scans.profile import DECIMALS, TIGHT, Range


class RangeError(Exception):
    """Numbers whose range has to be known before they are summed."""


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
        whole -= self.shift
        return whole


@dataclass(slots=True)
class Guessed:
    """Steps of the decimal place in which the numbers of the first batch end.

    Parameters
    ----------
    scale, shift : of the steps.
    decimals : negative before the first batch.
    low, high : least and greatest number so far.
    """

    scale: Fraction = Fraction(1)
    shift: int = 0
    decimals: int = -1
    low: float = np.inf
    high: float = -np.inf

    def of(self, values: Floats) -> Floats:
        """Return the whole numbers.

        Raises
        ------
        RangeError : numbers that do not end there.
        """
        low, high = _ends(values)
        self.low, self.high = min(self.low, low), max(self.high, high)
        if self.decimals < 0:
            self.decimals = next((one for one in range(DECIMALS + 1) if _tight(values, one)), DECIMALS)
            self.scale = Fraction(10**self.decimals)
            self.shift = round(low * 10**self.decimals) if abs(low) < 2**FLOAT else 0
        scaled = values * 10.0**self.decimals
        whole = _rounded(scaled)
        if max(-self.low, self.high) * 10.0**self.decimals >= 2**FLOAT or not _near(scaled, whole):
            raise RangeError
        whole -= self.shift
        return whole

    def range(self) -> Range:
        """Return what a profile says of the numbers."""
        return Range(self.low, self.high, self.decimals, 0, 0)


@dataclass(slots=True)
class Profiled:
    """What a profile says of the numbers, batch by batch.

    Parameters
    ----------
    decimals : with which all numbers so far are written in full.
    low, high : least and greatest number so far.
    """

    decimals: list[int] = field(default_factory=lambda: list(range(DECIMALS + 1)))
    low: float = np.inf
    high: float = -np.inf

    def see(self, values: Floats) -> None:
        """Look at a batch."""
        low, high = _ends(values)
        self.low, self.high = min(self.low, low), max(self.high, high)
        self.decimals = [one for one in self.decimals if _tight(values, one)]

    def range(self) -> Range:
        """Return what was seen."""
        return Range(self.low, self.high, min(self.decimals, default=None), 0, 0)


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


def _near(scaled: Floats, whole: Floats) -> bool:
    rest = scaled - whole
    return bool(max(-rest.min(), rest.max()) < TIGHT)


def _tight(values: Floats, decimals: int) -> bool:
    scaled = values * 10.0**decimals
    return _near(scaled, _rounded(scaled))
