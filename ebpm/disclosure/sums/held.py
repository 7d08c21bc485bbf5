"""What the sums of a group tell of its members, and whether they may be shown."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations
from math import sqrt

from ebpm.disclosure.rules import Disclosure
from ebpm.disclosure.sums.scales import Scale, tells_of_few

ALIKE = Fraction(1, 10**12)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What is known of a number that members have.

    Parameters
    ----------
    total : its sum over the group.
    two : its smaller and its larger value where it has but two; else empty.
    amount : whether it is an amount, which is never negative.
    scale : its possible values where they lie in steps that readers know; None where they do not.
    weight : whether it is a weight.
    """

    total: Fraction
    two: tuple[Fraction, ...] = ()
    amount: bool = False
    scale: Scale | None = None
    weight: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A group whose sums are to be shown.

    Parameters
    ----------
    count : its members.
    numbers : length T, what is told of each number of a member.
    products : shape (T, T), the sums of products of two numbers; empty where sums alone are shown.
    """

    count: int
    numbers: Sequence[Told]
    products: Sequence[Sequence[Fraction]] = ()

    def having(self, place: int) -> Fraction:
        """Return how many have the larger of the two values of a number."""
        low, high = self.numbers[place].two
        return (self.numbers[place].total - self.count * low) / (high - low)

    def both(self, first: int, second: int) -> Fraction:
        """Return how many have the larger of two values in two numbers."""
        (low, high), (lower, higher) = self.numbers[first].two, self.numbers[second].two
        crossed = self.products[first][second] - lower * self.numbers[first].total - low * self.numbers[second].total
        return (crossed + self.count * low * lower) / ((high - low) * (higher - lower))

    def alike(self, place: int) -> bool:
        """Whether all members have the same value of a number, as far as floats tell; a weight, which the design gives, may be alike."""
        square, total = self.products[place][place], self.numbers[place].total
        return not self.numbers[place].weight and self.count * square - total**2 <= ALIKE * self.count * square


def refusal(group: Held, rules: Disclosure) -> str:
    """Return the label of the reason for which the sums of a group may not be shown; empty where they may.

    Parameters
    ----------
    group : its count, sums and products.
    rules : of the tier.

    Notes
    -----
    As numbers of an evaluation, sums may not rest on fewer than `min_cell` members, nor tell that some but fewer than `min_cell` have
    (or have not) one of two values, in one number or in two together, nor, where shares of 0 and 100 % may not be shown, that all or none
    have it; nor may sums of numbers in known steps, or of their differences, tell the same of one of their values (`tells_of_few`). Products of T numbers of no more than T members come close to the numbers of each. Amounts may not be dominated by a few,
    nor the largest be worked out by the second largest, in any amounts that have these sums (`largest`).

    Source: Hundepool et al. (2012), Statistical Disclosure Control, Wiley, sections 4.2 and 5.1.

    Examples
    --------
    >>> from fractions import Fraction
    >>> refusal(Held(count=4, numbers=[Told(total=Fraction(10))]), Disclosure(tier="open"))
    'disclosure_few_persons'
    """
    if group.count < rules.min_cell:
        return "disclosure_few_persons"
    if group.products and group.count <= len(group.numbers):
        return "disclosure_few_for_products"
    if code := _of_values(group, rules):
        return code
    amounts = [place for place, one in enumerate(group.numbers) if one.amount and not one.two and group.products]
    return next((code for place in amounts if (code := _of_amounts(group, place, rules))), "")


def _of_values(group: Held, rules: Disclosure) -> str:
    """Return the reason where sums tell that all, none or a few have one of the values of a number."""
    counts = [group.having(place) for place in _of_two(group)]
    alike = any(one in {0, group.count} for one in counts) or any(map(group.alike, range(len(group.products))))
    if not rules.saturated and alike:
        return "disclosure_saturated"
    if any(0 < cell < rules.min_cell for cell in _cells(group, counts)):
        return "disclosure_tells_count"
    for scale, total, square in _on_scales(group):
        first, second = scale.steps(group.count, total, square)
        if tells_of_few(group.count, first, second, ends=scale.ends, least=rules.min_cell):
            return "disclosure_tells_count"
    return ""


def _of_two(group: Held) -> list[int]:
    return [place for place, one in enumerate(group.numbers) if one.two]


def _cells(group: Held, counts: Sequence[Fraction]) -> Iterator[Fraction]:
    """Yield how many have and have not a value, and, of two numbers, how many have both, one of them alone, or neither."""
    for one in counts:
        yield from (one, group.count - one)
    if group.products:
        for (first, one), (second, other) in combinations(zip(_of_two(group), counts, strict=True), 2):
            both = group.both(first, second)
            yield from (both, one - both, other - both, group.count - one - other + both)


def _on_scales(group: Held) -> Iterator[tuple[Scale, Fraction, Fraction]]:
    """Yield scale, sum and sum of squares of each number in known steps, and of each two in the same steps the difference, unless alike."""
    products = group.products
    own = [(place, one.scale, one.total) for place, one in enumerate(group.numbers) if one.scale and products]
    for place, scale, total in own:
        yield scale, total, products[place][place]
    for (first, scale, total), (second, other, lower) in combinations(own, 2):
        if scale.step == other.step:
            square = products[first][first] - 2 * products[first][second] + products[second][second]
            if group.count * square > (total - lower) ** 2:
                yield scale.less(other), total - lower, square


def _of_amounts(group: Held, place: int, rules: Disclosure) -> str:
    total, square = float(group.numbers[place].total), float(group.products[place][place])
    top, first, two = (
        largest(many, count=group.count, total=total, square=square) for many in (rules.dominance.n, 1, 2)
    )
    if rules.dominance.reach(top, total) > 0.0:
        return "disclosure_dominated"
    return "disclosure_guessed" if rules.reach_of_largest(first, two, total) > 0.0 else ""


def largest(many: int, *, count: int, total: float, square: float) -> float:
    """Return the most that the largest amounts of a group can sum to, given its count, sum and sum of squares.

    Parameters
    ----------
    many : how many of the largest.
    count, total, square : of amounts, none of which is negative.

    Formula: with Q the sum of squared deviations from the mean m, k of n amounts sum to at most k m + sqrt(k (n - k) Q / n), reached
    where the k are alike and so are the others, and to no more than the whole.

    Source: the inequality of Cauchy and Schwarz.

    Examples
    --------
    >>> largest(1, count=4, total=8.0, square=16.0)
    2.0
    >>> largest(1, count=4, total=8.0, square=28.0)
    5.0
    """
    if many >= count:
        return total
    spread = max(square - total * total / count, 0.0)
    return min(many * total / count + sqrt(many * (count - many) / count * spread), total)
