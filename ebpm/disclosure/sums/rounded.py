"""Sums to multiples of a base, and how far that can move each answer."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import combinations_with_replacement
from math import ceil, sqrt

import numpy as np

from ebpm.errors import DataError
from ebpm.moments.scans.files.leaving import Within
from ebpm.moments.scans.paths.sums import PathSums, Wholes

Answer = Callable[[PathSums], tuple[float, float]]


@dataclass(frozen=True, slots=True)
class Effect:
    """How far rounding can move an answer.

    Parameters
    ----------
    estimate : the most that the estimate can differ from that of the true sums.
    std_error : the same of its standard error, to first order.
    """

    estimate: float
    std_error: float


def rounded_paths(sums: PathSums, base: float) -> tuple[PathSums, Within]:
    """Return sums as multiples of a base, products as multiples of a base that hides a member as well, and how far both can be off.

    Parameters
    ----------
    sums : in steps that start at zero.
    base : in the unit of the outcome.

    Raises
    ------
    DataError : a base below one step of the sums.

    Formula: a member with the value y who is off by the base B moves a product by about 2 B y; products are multiples of 2 B y, y the
    largest mean of a group in a period.
    """
    step = round(Fraction(base) * sums.fixed.scale)
    if step < 1:
        raise DataError("disclosure_small_step", base=base, step=sums.fixed.step)
    means = np.abs(sums.means()[sums.seen])
    crossed = step * max(1, ceil(2 * float(means.max(initial=0.0)) * float(sums.fixed.scale)))
    kept = replace(sums, sums=_multiples(sums.sums, step), products=_multiples(sums.products, crossed))
    scale = sums.fixed.scale
    return kept, Within(Fraction(step, 2) / scale, Fraction(crossed, 2) / scale**2)


def _multiples(values: Wholes, base: int) -> Wholes:
    """Return the nearest multiples of a base; a half goes up."""
    nearest: Wholes = (2 * values + base) // (2 * base) * base
    return nearest


def effect_of_rounding(sums: PathSums, within: Within, answer: Answer) -> Effect:
    """Return how far an answer can lie from that of the true sums.

    Parameters
    ----------
    sums : rounded.
    within : how far they can be off.
    answer : what gives estimate and standard error of sums.

    Notes
    -----
    Each number is moved by itself as far as it can be off, and the moves of the answer are added up. Estimates are linear in the sums
    of the outcome, so that this is a bound; variances are so in the products alone.
    """
    estimate, error = answer(sums)
    moved = list(_moved(sums, within))
    found = [answer(one) for one in moved]
    shift = sum(abs(one - estimate) for one, _ in found) / 2
    spread = sum(abs(one * one - error * error) for _, one in found) / 2
    return Effect(shift, sqrt(error * error + spread) - error)


def _moved(sums: PathSums, within: Within) -> Iterator[PathSums]:
    """Yield the sums with each number in turn up and down as far as it can be off."""
    scale, length = sums.fixed.scale, len(sums.periods)
    far, crossed = ceil(within.sums * scale), ceil(within.products * scale**2)
    for g, sign in ((g, sign) for g in range(len(sums.groups)) for sign in (1, -1)):
        places = [t for t in range(length) if sums.seen[g, t]]
        for t in places:
            changed = sums.sums.copy()
            changed[g, t] += sign * far
            yield replace(sums, sums=changed)
        for s, t in combinations_with_replacement(places if sums.products.shape[1] else [], 2):
            changed = sums.products.copy()
            changed[g, s, t] += sign * crossed
            changed[g, t, s] = changed[g, s, t]
            yield replace(sums, products=changed)
