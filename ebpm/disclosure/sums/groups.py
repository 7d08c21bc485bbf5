"""Sums by keys as they may leave: whole or not at all, in steps that do not tell the smallest value."""

from __future__ import annotations

from fractions import Fraction

from ebpm.disclosure.rules import Disclosure
from ebpm.disclosure.sums.held import Held, Told, refusal
from ebpm.disclosure.sums.paths import two_of
from ebpm.moments.scans.files.leaving import Withheld
from ebpm.moments.scans.fixed_point import Fixed
from ebpm.moments.scans.groups.sums import GroupSums

Two = tuple[Fraction, ...]


def refused_groups(sums: GroupSums, rules: Disclosure) -> tuple[Withheld, ...]:
    """Return the groups of a table whose sums may not be shown; none where the sums may leave.

    Parameters
    ----------
    sums : as they were scanned; a weight is a number of the members too.
    rules : of the tier.
    """
    two = [_two_values(sums, place) for place in range(len(sums.numbers))]
    amounts = [fixed.shift >= -1 for fixed in sums.fixed]
    shown = groups_in_values(sums)
    reasons = [refusal(_held(shown, place, two, amounts), rules) for place in range(len(sums.groups))]
    return tuple(
        Withheld(" ".join(map(str, group)), reason)
        for group, reason in zip(sums.groups, reasons, strict=True)
        if reason
    )


def groups_in_values(sums: GroupSums) -> GroupSums:
    """Return sums whose steps start at zero: those of a scan start just below the smallest value, which is somebody's."""
    return sums.in_steps(tuple(Fixed(one.scale, 0, one.exact) for one in sums.fixed))


def _two_values(sums: GroupSums, number: int) -> Two:
    """Return the two values of a number that has but two; nothing where it has more, or products were not summed."""
    if sums.moments.shape[2] == 1:
        return ()
    total, square = sums.moments[:, 0, 0, number + 1], sums.moments[:, 0, number + 1, number + 1]
    counts, fixed = sums.moments[:, 0, 0, 0], sums.fixed[number]
    lifted = [(int(q - n), int(s - 2 * q + n)) for n, q, s in zip(counts, total, square, strict=True)]
    return two_of(lifted, Fraction(fixed.shift + 1), fixed.scale)


def _held(shown: GroupSums, place: int, two: list[Two], amounts: list[bool]) -> Held:
    """Return a group; its weight, where there is one, as its last number."""
    own, scales = shown.moments[place], [one.scale for one in shown.fixed]
    size = len(shown.numbers)
    crossed = [[Fraction(int(one)) for one in row[1:]] for row in own[0][1:]]
    totals = [Fraction(int(one)) for one in own[0][0][1:]]
    if shown.weights:
        weighted = [Fraction(int(one)) for one in own[1][0][1:]]
        crossed = [[*row, weighted[at]] for at, row in enumerate(crossed)] + (
            [[*weighted, Fraction(int(own[2][0][0]))]] if crossed else []
        )
        totals, two = [*totals, Fraction(int(own[1][0][0]))], [*two, ()]
    return Held(
        count=int(own[0][0][0]),
        numbers=[
            Told(total=totals[at] / scales[at], two=two[at], amount=amounts[at] and at < size)
            for at in range(len(totals))
        ],
        products=[[one / (scales[i] * scales[j]) for j, one in enumerate(row)] for i, row in enumerate(crossed)],
    )
