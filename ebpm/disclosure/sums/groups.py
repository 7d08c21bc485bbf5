"""Sums by keys as they may leave: whole or not at all, in steps that do not tell the smallest value."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from types import MappingProxyType

from ebpm.disclosure.rules import Disclosure
from ebpm.disclosure.sums.held import Held, Told, refusal
from ebpm.disclosure.sums.paths import Known, two_of
from ebpm.disclosure.sums.scales import EVERYWHERE, Ends, Scale, scale_from
from ebpm.moments.scans.files.leaving import Withheld
from ebpm.moments.scans.fixed_point import Fixed
from ebpm.moments.scans.groups.sums import GroupSums

Two = tuple[Fraction, ...]
NOWHERE: Mapping[str, Ends] = MappingProxyType({})


def refused_groups(sums: GroupSums, rules: Disclosure, ends: Mapping[str, Ends] = NOWHERE) -> tuple[Withheld, ...]:
    """Return the groups of a table whose sums may not be shown; none where the sums may leave.

    Parameters
    ----------
    sums : as they were scanned; a weight is a number of the members too.
    rules : of the tier.
    ends : the lowest and the highest value that a number can have, where readers know them.
    """
    two = [_two_values(sums, place) for place in range(len(sums.numbers))]
    amounts = [fixed.shift >= -1 for fixed in sums.fixed[: len(sums.numbers)]]
    scales = [_scale(sums, place, ends.get(name, EVERYWHERE)) for place, name in enumerate(sums.numbers)]
    told = [Known(*one) for one in zip(two, amounts, scales, strict=True)]
    shown = groups_in_values(sums)
    reasons = [refusal(_held(shown, place, told), rules) for place in range(len(sums.groups))]
    return tuple(
        Withheld(" ".join(map(str, group)), reason)
        for group, reason in zip(sums.groups, reasons, strict=True)
        if reason
    )


def groups_in_values(sums: GroupSums) -> GroupSums:
    """Return sums whose steps start at zero: those of a scan start just below the smallest value, which is somebody's."""
    return sums.in_steps(tuple(Fixed(one.scale, 0, one.exact) for one in sums.fixed))


def _lifted(sums: GroupSums, number: int) -> list[tuple[int, int]]:
    """Return sum and sum of squares of each group in steps above the smallest value; nothing where products were not summed."""
    if sums.moments.shape[2] == 1:
        return []
    total, square = sums.moments[:, 0, 0, number + 1], sums.moments[:, 0, number + 1, number + 1]
    counts = sums.moments[:, 0, 0, 0]
    return [(int(q - n), int(s - 2 * q + n)) for n, q, s in zip(counts, total, square, strict=True)]


def _two_values(sums: GroupSums, number: int) -> Two:
    """Return the two values of a number that has but two; nothing where it has more, or products were not summed."""
    fixed = sums.fixed[number]
    return two_of(_lifted(sums, number), Fraction(fixed.shift + 1), fixed.scale)


def _scale(sums: GroupSums, number: int, ends: Ends) -> Scale | None:
    return scale_from(_lifted(sums, number), sums.fixed[number], ends)


def _held(shown: GroupSums, place: int, known: list[Known]) -> Held:
    """Return a group; its weight, where there is one, as its last number."""
    own, scales = shown.moments[place], [one.scale for one in shown.fixed]
    crossed = [[Fraction(int(one)) for one in row[1:]] for row in own[0][1:]]
    totals = [Fraction(int(one)) for one in own[0][0][1:]]
    told = [one.told(total / scale) for one, total, scale in zip(known, totals, scales, strict=False)]
    if shown.weights:
        weighted = [Fraction(int(one)) for one in own[1][0][1:]]
        crossed = [[*row, weighted[at]] for at, row in enumerate(crossed)] + (
            [[*weighted, Fraction(int(own[2][0][0]))]] if crossed else []
        )
        told.append(Told(total=Fraction(int(own[1][0][0])) / scales[-1], weight=True))
    return Held(
        count=int(own[0][0][0]), numbers=told,
        products=[[one / (scales[i] * scales[j]) for j, one in enumerate(row)] for i, row in enumerate(crossed)],
    )  # fmt: skip
