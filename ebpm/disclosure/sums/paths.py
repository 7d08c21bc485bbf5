"""Sums of outcome paths as they may leave: whole or not at all, in steps that do not tell the smallest value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

import numpy as np

from ebpm.disclosure.rules import Disclosure
from ebpm.disclosure.sums.held import Held, Told, refusal
from ebpm.disclosure.sums.scales import EVERYWHERE, Ends, Scale, scale_from
from ebpm.moments.scans.files.leaving import Withheld
from ebpm.moments.scans.fixed_point import Fixed
from ebpm.moments.scans.paths.sums import Group, PathSums


def refused_paths(
    sums: PathSums, rules: Disclosure, values: Sequence[float] = (), *, ends: Ends = EVERYWHERE
) -> tuple[Withheld, ...]:
    """Return the groups of a table whose sums may not be shown; none where the sums may leave.

    Parameters
    ----------
    sums : as they were scanned.
    rules : of the tier.
    values : the two values of an outcome that has but two; found from the products where there are any.
    ends : the lowest and the highest value that the outcome can have, where readers know them.
    """
    two = tuple(map(Fraction, values)) if len(values) == 2 else two_values(sums)
    known = Known(two, sums.fixed.shift >= -1, scale_from(_lifted(sums), sums.fixed, ends))
    shown = in_values(sums)
    reasons = [refusal(_held(shown, place, known), rules) for place in range(len(sums.groups))]
    return tuple(
        Withheld(group_name(group), reason) for group, reason in zip(sums.groups, reasons, strict=True) if reason
    )


def group_name(group: Group) -> str:
    """Return what readers call a group: its cohort, and its cluster where there is one."""
    return " ".join([str(group.cohort or "–"), *([str(group.cluster)] if group.cluster else [])])


def in_values(sums: PathSums) -> PathSums:
    """Return sums whose steps start at zero: those of a scan start just below the smallest value, which is somebody's."""
    return sums.in_steps(Fixed(sums.fixed.scale, 0, sums.fixed.exact))


def two_values(sums: PathSums) -> tuple[Fraction, ...]:
    """Return the two values of an outcome that has but two, from sums as scanned; nothing where it has more, or sums cannot tell.

    With r the steps above the smallest value, all r are 0 or d if and only if the sum of r² is d times that of r, d the largest r.
    """
    return two_of(_lifted(sums), Fraction(sums.fixed.shift + 1), sums.fixed.scale)


def _lifted(sums: PathSums) -> list[tuple[int, int]]:
    """Return sum and sum of squares of each group and period in steps above the smallest value; nothing where sums cannot tell."""
    if sums.clustered or not sums.groups:
        return []
    lifted = sums.in_steps(replace(sums.fixed, shift=sums.fixed.shift + 1))
    places = [(g, t) for g, t in np.ndindex(lifted.sums.shape) if lifted.seen[g, t]]
    return [(int(lifted.sums[g, t]), int(lifted.products[g, t, t])) for g, t in places]


def two_of(pairs: Sequence[tuple[int, int]], low: Fraction, scale: Fraction) -> tuple[Fraction, ...]:
    """Return the two values of a number from its sums and sums of squares by group, in steps above its smallest value."""
    ratios = {Fraction(square, total) for total, square in pairs if total}
    if len(ratios) != 1:
        return ()
    (step,) = ratios
    counts = [total / step for total, _ in pairs]
    whole = all(one.denominator == 1 for one in (step, *counts))
    return (low / scale, (low + step) / scale) if whole else ()


@dataclass(frozen=True, slots=True)
class Known:
    """What readers know of a number of all groups: `two`, `amount` and `scale` of `Told`."""

    two: tuple[Fraction, ...]
    amount: bool
    scale: Scale | None

    def told(self, total: Fraction) -> Told:
        """Return what is told of it in a group."""
        return Told(total=total, two=self.two, amount=self.amount, scale=None if self.two else self.scale)


def _held(shown: PathSums, place: int, known: Known) -> Held:
    scale, seen = shown.fixed.scale, shown.groups[place].seen
    at = [t for t in range(len(shown.periods)) if seen >> t & 1]
    crossed = [] if shown.clustered else shown.products[place][np.ix_(at, at)]
    return Held(
        count=shown.counts[place],
        numbers=[known.told(Fraction(int(shown.sums[place, t])) / scale) for t in at],
        products=[[Fraction(int(one)) / scale**2 for one in row] for row in crossed],
    )
