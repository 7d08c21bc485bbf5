"""What count, sum and sum of squares tell of numbers on a scale: how many of a group can have each of its values."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from itertools import combinations
from math import ceil, floor, gcd, inf, isfinite, isinf

import numpy as np
from numpy.typing import NDArray

from ebpm.moments.frame import Ints
from ebpm.moments.scans.fixed_point import Fixed

Flags = NDArray[np.bool_]
LONGEST = 40
WORK = 3 * 10**8
NOISE = 1e-9
PRIMES = (2, 3, 5, 7, 11, 13)
Ends = tuple[float, float]
EVERYWHERE: Ends = (-inf, inf)


@dataclass(frozen=True, slots=True)
class Scale:
    """Values of a number in steps that readers know: origin + step k.

    Parameters
    ----------
    origin, step : in the unit of the number.
    ends : the lowest and the highest k that are possible, infinite where readers know none.
    """

    origin: Fraction
    step: Fraction
    ends: Ends = EVERYWHERE

    @classmethod
    def of(cls, pairs: Sequence[tuple[int, int]], origin: Fraction, unit: Fraction, known: Ends) -> Scale:
        """Return the scale of which the sums by group tell: the widest step that divides all of them.

        Parameters
        ----------
        pairs : the sum and the sum of squares of each group, in units above the origin.
        origin : a value that occurs.
        unit : in which the sums are whole numbers.
        known : the lowest and the highest value, infinite where readers know none.
        """
        totals, squares = (gcd(*(one[place] for one in pairs)) for place in (0, 1))
        step = 1
        for prime in PRIMES:
            while totals and totals % prime == 0 and squares % prime**2 == 0:
                totals, squares, step = totals // prime, squares // prime**2, step * prime
        wide = unit * step
        low, high = ((float((Fraction(one) - origin) / wide) if isfinite(one) else one) for one in known)
        return cls(
            origin, wide, (low if isinf(low) else ceil(low - NOISE), high if isinf(high) else floor(high + NOISE))
        )

    def steps(self, count: int, total: Fraction, square: Fraction) -> tuple[int, int]:
        """Return the sum, and the sum of squares, of the k of so many members."""
        first = (total - count * self.origin) / self.step
        second = (square - 2 * self.origin * total + count * self.origin**2) / self.step**2
        return int(first), int(second)

    def less(self, other: Scale) -> Scale:
        """Return the scale of a number less another that has the same steps."""
        (low, high), (lower, higher) = self.ends, other.ends
        return Scale(self.origin - other.origin, self.step, (low - higher, high - lower))


def scale_from(pairs: Sequence[tuple[int, int]], fixed: Fixed, known: Ends) -> Scale | None:
    """Return the scale of a column whose values are written in whole steps; None where they are not, or products were not summed.

    Parameters
    ----------
    pairs : the sum and the sum of squares of each group, in steps above the smallest value.
    fixed : the steps of the column.
    known : its lowest and highest value; amounts are known not to be negative.
    """
    if not fixed.exact or not pairs:
        return None
    low, high = known
    return Scale.of(
        pairs,
        Fraction(fixed.shift + 1) / fixed.scale,
        1 / fixed.scale,
        (max(low, 0.0) if fixed.shift >= -1 and isinf(low) else low, high),
    )


def tells_of_few(count: int, first: int, second: int, *, ends: Ends = EVERYWHERE, least: int) -> bool:
    """Return whether sums tell that some but fewer than `least` of a group have, or have not, one of the values of a scale.

    Parameters
    ----------
    count : members.
    first, second : sum and sum of squares of their values, which are whole numbers.
    ends : the lowest and the highest value that readers know to be possible.
    least : fewer than this are few.

    Notes
    -----
    Each member outside two neighbouring values m and m + 1 adds at least 2 to Σ (k - m)(k - m - 1), which follows from the sums and is
    smallest for m the whole part of the mean: so readers know the most that are outside. Each member strictly between the ends a and b
    adds at least b - a - 1 to Σ (k - a)(b - k). Where no more than 41 values are possible readers know, by trying all tables or by
    linear programming, the least and the most that have each.

    Examples
    --------
    Eleven of twelve have 3, one has 4:

    >>> tells_of_few(12, 37, 115, least=10)
    True

    Twenty-five answers of never, sometimes, always (0, 1, 2), of which four are always:

    >>> tells_of_few(25, 20, 28, ends=(0, 2), least=10)
    True
    """
    middle = first // count
    outside = (second - (2 * middle + 1) * first + count * middle * (middle + 1)) // 2
    if 0 < outside < least or 0 < _between(count, first, second, ends) < least:
        return True
    above = first - middle * count
    if outside == 0:
        return any(0 < one < least for one in (above, count - above))
    values = possible(count, first, second, ends)
    if not 3 <= len(values) <= LONGEST + 1:
        return False
    found = ranges(count, first, second, values)
    return any((low > 0 and most < least) or 0 < count - low < least for low, most in found)


def _between(count: int, first: int, second: int, ends: Ends) -> int:
    """Return the most that can lie strictly between the ends; none where these are not known, or neighbours."""
    low, high = ends
    if isinf(high - low) or high - low < 2:
        return 0
    return int(((low + high) * first - second - count * low * high) // (high - low - 1))


def possible(count: int, first: int, second: int, ends: Ends) -> range:
    """Return the values that a member can have: none is further from the mean than a single one could be.

    Source: Samuelson (1968), Journal of the American Statistical Association 63(324).
    """
    mean, spread = first / count, max(second - first * first / count, 0.0)
    far = (spread * (count - 1) / count) ** 0.5 + NOISE
    return range(ceil(max(ends[0], mean - far)), floor(min(ends[1], mean + far)) + 1)


def ranges(count: int, first: int, second: int, values: range) -> Iterator[tuple[int, int]]:
    """Yield for each value the least and the most members that can have it: by all tables where these are few, else by linear programming.

    Parameters
    ----------
    count, first, second : members, sum, sum of squares.
    values : three or more.
    """
    start, size = values[0], len(values)
    total, square = first - count * start, second - 2 * start * first + count * start**2
    work = (total + 1) * (square + 1) * count * size**2
    yield from (_every_table if work <= WORK else _linear)(count, total, square, size)


def _every_table(count: int, total: int, square: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield the ranges of 0 .. size - 1 over all tables of whole numbers, by what members without a value can sum to."""
    for value in range(size):
        others = [one for one in range(size) if one != value]
        reached = np.zeros((total + 1, square + 1), dtype=np.bool_)
        reached[0, 0] = True
        found = [count] if (total, square) == (count * value, count * value**2) else []
        for left in range(count - 1, -1, -1):
            reached = _with_one_more(reached, others)
            at = total - left * value, square - left * value**2
            if min(at) >= 0 and reached[at]:
                found.append(left)
        yield min(found), max(found)


def _with_one_more(reached: Flags, values: Sequence[int]) -> Flags:
    """Return which sums and sums of squares so many members and one more can have."""
    found = np.zeros_like(reached)
    for one in values:
        if one < reached.shape[0] and one**2 < reached.shape[1]:
            found[one:, one**2 :] |= reached[: reached.shape[0] - one, : reached.shape[1] - one**2]
    return found


def _linear(count: int, total: int, square: int, size: int) -> Iterator[tuple[int, int]]:
    """Yield ranges that hold those of whole numbers: three equations leave vertices of three values, whose counts follow from the sums."""
    corners = _corners(size)
    held = np.empty(corners.shape)
    for own, one, other in ((0, 1, 2), (1, 0, 2), (2, 0, 1)):
        a, b, c = corners[:, own], corners[:, one], corners[:, other]
        held[:, own] = (square - (b + c) * total + b * c * count) / ((a - b) * (a - c))
    fits = (held >= -NOISE).all(axis=1)
    corners, held = corners[fits], held[fits]
    for value in range(size):
        at = np.where(corners == value, held, 0.0).sum(axis=1)
        yield ceil(at.min(initial=count) - NOISE * count), floor(at.max(initial=0.0) + NOISE * count)


@cache
def _corners(size: int) -> Ints:
    return np.array(list(combinations(range(size), 3)), dtype=np.int64)
