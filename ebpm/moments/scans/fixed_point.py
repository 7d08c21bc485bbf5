"""Numbers as whole multiples of a small step, so that sums are exact and the same on every engine and in every order."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from math import ceil, floor, gcd, isfinite, log2
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError
from ebpm.stats.inference import rounding

WORD, FLOAT = 62, 52  # bits of a signed 64-bit integer that a sum may fill; of a float that stays a whole number
TINY = 2.0**-500  # whose square is still a float, as that of 1 / TINY


@dataclass(frozen=True, slots=True)
class Fixed:
    """How the values of a column are written as whole numbers: q = floor(value x scale + 1/2) - shift, never negative.

    Parameters
    ----------
    scale : steps in one unit of the column: a power of ten where the values have few decimals, else of two.
    shift : whole number, the least scaled value.
    exact : whether every value is a whole number of steps.
    limbs : words that q is cut into, lowest first.
    width : bits of a word, so that sums of products of words stay within 64 bits.

    Examples
    --------
    >>> from fractions import Fraction
    >>> cents = Fixed(Fraction(100), 1000, exact=True, limbs=1, width=22)
    >>> cents.total(count=2, steps=500)
    Fraction(25, 1)
    """

    scale: Fraction
    shift: int
    exact: bool
    limbs: int = 1
    width: int = 22

    @classmethod
    def of(cls, low: float, high: float, *, decimals: int | None, width: int, fine: bool) -> Fixed:
        """Return the steps for values within low .. high; refused where their squares are beyond floats.

        Parameters
        ----------
        low, high : range of the column.
        decimals : of its values; None where they have more than anyone wrote down.
        width : bits of a word.
        fine : whether values with many decimals are worth two words.
        """
        _refuse_extreme(low, high)
        if decimals is not None and not _within_one_step(low, high, 10**decimals):
            scale = Fraction(10**decimals)
            bits = ((Fraction(high) - Fraction(low)) * scale + 2).__ceil__().bit_length()
            if bits <= min(2 * width, FLOAT) and max(abs(low), abs(high)) * scale < 2**FLOAT:
                return cls._from(low, scale, exact=True, limbs=1 if bits <= width else 2, width=width)
        limbs = 2 if fine else 1
        spread = max(high - low, abs(low) * 2.0**-FLOAT, abs(high) * 2.0**-FLOAT) or 1.0
        power = min(limbs * width - 1, FLOAT - 4) - ceil(log2(spread))
        largest = max(abs(low), abs(high), spread)
        power = min(power, FLOAT - ceil(log2(largest)))
        return cls._from(low, Fraction(2) ** power, exact=False, limbs=limbs, width=width)

    @classmethod
    def _from(cls, low: float, scale: Fraction, *, exact: bool, limbs: int, width: int) -> Fixed:
        return cls(scale, floor(Fraction(low) * scale + Fraction(1, 2)) - 1, exact, limbs, width)

    @property
    def step(self) -> float:
        """One step, in the unit of the column."""
        return float(1 / self.scale)

    def rounding(self, values: NDArray[np.float64]) -> float:
        """Return the largest standard error that rounding alone may leave: a step where values were rounded to it, and that of floats.

        Parameters
        ----------
        values : of the column, or means of them, of any shape.
        """
        written = 0.0 if self.exact else self.step
        return written + rounding(np.append(values, float(self.shift / self.scale)))

    @property
    def bare(self) -> Fixed:
        """The same steps without the words, which matter to the sums alone."""
        return Fixed(self.scale, self.shift, self.exact)

    def steps_of(self, value: float) -> int:
        """Return the q of a value."""
        return floor(value * float(self.scale) + 0.5) - self.shift

    def encoded(self, column: str) -> nw.Expr:
        """Return the expression of q; multiplication, addition and floor round alike on every engine."""
        scaled = nw.col(column).cast(nw.Float64) * float(self.scale) + 0.5
        return scaled.floor().cast(nw.Int64) - self.shift

    def words(self, steps: str) -> list[nw.Expr]:
        """Return the words of a column of q, lowest first."""
        if self.limbs == 1:
            return [nw.col(steps)]
        low = nw.col(steps) % 2**self.width
        return [low, (nw.col(steps) - low) // 2**self.width]

    def total(self, *, count: int, steps: int) -> Fraction:
        """Return the sum of so many values from the sum of their q."""
        return Fraction(steps + count * self.shift) / self.scale

    def common(self, other: Fixed) -> Fixed:
        """Return steps of which both kinds are whole multiples."""
        left, right = self.scale, other.scale
        numerator = left.numerator * right.numerator // gcd(left.numerator, right.numerator)
        scale = Fraction(numerator, gcd(left.denominator, right.denominator))
        return Fixed(
            scale, min(floor(one.shift * scale / one.scale) for one in (self, other)), self.exact and other.exact
        )

    def change(self, other: Fixed) -> tuple[int, int]:
        """Return (a, b) such that a q + b are the steps of `other`, of which these are whole multiples."""
        ratio = other.scale / self.scale
        return int(ratio), int(self.shift * ratio) - other.shift

    def as_text(self) -> dict[str, Any]:
        """Return what a file holds of it."""
        return {"scale": str(self.scale), "shift": self.shift, "exact": self.exact}

    @classmethod
    def from_text(cls, text: dict[str, Any]) -> Fixed:
        """Return what a file held."""
        return cls(Fraction(text["scale"]), int(text["shift"]), bool(text["exact"]))


def bounded(values: NDArray[Any], argument: str) -> bool:
    """Return whether numbers, shape (n,), are finite.

    Parameters
    ----------
    argument : the parameter that named them.

    Raises
    ------
    DataError : an outcome whose squares are not floats.
    """
    low, high = (float(values.min()), float(values.max())) if len(values) else (0.0, 0.0)
    if not (isfinite(low) and isfinite(high)):
        return False
    if argument == "outcome":
        _refuse_extreme(low, high)
    return True


def _refuse_extreme(low: float, high: float) -> None:
    largest = max(abs(low), abs(high))
    if largest and not TINY < largest < 1 / TINY:
        raise DataError("scan_extreme", low=low, high=high)


def _within_one_step(low: float, high: float, scale: int) -> bool:
    """Return whether values are so small that none of them is a whole number of steps, as close as that may be."""
    return (high - low) * scale < 1 and not (low == high == round(low * scale) / scale)


def width_for(rows: int) -> int:
    """Return the bits of a word for which a sum of so many products of two words stays within a 64-bit integer."""
    return (WORD - max(rows, 1).bit_length()) // 2
