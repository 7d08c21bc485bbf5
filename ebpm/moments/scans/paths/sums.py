"""Exact sums of outcome paths by cohort: what a scan finds, what a file holds, what estimators without covariates need."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from fractions import Fraction
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError, DesignError
from ebpm.moments.frame import Floats
from ebpm.moments.paths import PathMoments
from ebpm.moments.scans.fixed_point import Fixed
from ebpm.moments.scans.paths.weighed import Weighed

Wholes = NDArray[np.object_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Units that are alike but for their outcomes.

    Parameters
    ----------
    cohort : first treated period, 0 where never; or the periods in which they are treated, as bits.
    cluster : label of their cluster; empty where units are independent.
    seen : the periods in which they are seen, as bits, the first period lowest.
    """

    cohort: int
    cluster: Any = ""
    seen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PathSums:
    """Counts, sums and sums of products of the outcome paths q of groups of units, as exact whole numbers.

    Parameters
    ----------
    periods : length T, ascending.
    groups : length G, in order.
    counts : units of each group.
    sums : shape (G, T), Python integers; a period in which a group is not seen counts nothing.
    products : shape (G, T, T); (G, 0, 0) where clusters are kept apart, which need sums alone.
    fixed : how outcomes are written as whole numbers.
    treated : shape (G, T), sums of the treated outcomes in absolute values; zeros where treatment is not by cohort.
    largest : shape (G, T), the same added up to each period, of the unit that has most by then.
    weighed : the sums with the weights of the units; of no group where these count alike.
    by : "first_treated", or "treatment" where the cohort of a group is the periods in which it is treated, as bits.
    """

    periods: tuple[int, ...]
    groups: tuple[Group, ...]
    counts: tuple[int, ...]
    sums: Wholes
    products: Wholes
    fixed: Fixed
    treated: Wholes
    largest: Wholes
    weighed: Weighed = field(default_factory=Weighed.none)
    by: str = "first_treated"

    @classmethod
    def none(cls, periods: tuple[int, ...], fixed: Fixed) -> PathSums:
        """Return the sums of no unit."""
        empty = np.empty((0, len(periods)), dtype=object)
        return cls(
            periods=periods, groups=(), counts=(), sums=empty, products=np.empty((0, 0, 0), dtype=object), fixed=fixed, treated=empty, largest=empty,
        )  # fmt: skip

    def __add__(self, other: PathSums) -> PathSums:
        """Return the sums of both tables together, exactly, in whatever steps each was written.

        Raises
        ------
        DataError : if the periods differ, clusters are kept apart in one alone, one is by first treated period and one by treatment, or the
            other is no sums of paths.
        """
        if not isinstance(other, PathSums):
            raise DataError("scan_families_differ", left=type(self).__name__, right=type(other).__name__)
        if self.by != other.by:
            raise DataError("scan_treatments_differ", left=self.by, right=other.by)
        if self.periods != other.periods:
            raise DataError("moments_periods_differ", left=_span(self.periods), right=_span(other.periods))
        if self.products.shape[1] != other.products.shape[1]:
            raise DataError("scan_clusters_differ")
        fixed = self.fixed.common(other.fixed)
        left, right = self.in_steps(fixed), other.in_steps(fixed)
        groups = tuple(sorted({*left.groups, *right.groups}, key=order_of))
        first, second = left._spread(groups), right._spread(groups)
        return replace(
            first, counts=tuple(a + b for a, b in zip(first.counts, second.counts, strict=True)), sums=first.sums + second.sums,
            products=first.products + second.products, treated=first.treated + second.treated,
            largest=np.maximum(first.largest, second.largest), weighed=first.weighed + second.weighed,
        )  # fmt: skip

    def in_steps(self, fixed: Fixed) -> PathSums:
        """Return the same sums in other steps, of which these are whole multiples: q' = a q + b where a group is seen."""
        a, b = self.fixed.change(fixed)
        seen = self.seen.astype(object)
        counts = np.array(self.counts, dtype=object)[:, None]
        sums = (a * self.sums + b * counts) * seen
        products = self.products
        if products.shape[1]:
            cross = self.sums[:, :, None] + self.sums[:, None, :]
            both = seen[:, :, None] * seen[:, None, :]
            products = (a * a * products + a * b * cross + b * b * counts[:, :, None]) * both
        return replace(
            self, sums=sums, products=products, fixed=fixed, treated=a * self.treated, largest=a * self.largest,
            weighed=self.weighed.moved(a, b, self.seen),
        )  # fmt: skip

    def _spread(self, groups: tuple[Group, ...]) -> PathSums:
        return self._at(groups, self.groups)

    @property
    def full(self) -> int:
        """The bits of a unit that is seen in every period."""
        return (1 << len(self.periods)) - 1

    @property
    def seen(self) -> NDArray[np.bool_]:
        """Which group is seen in which period, shape (G, T)."""
        return np.array([[bool(group.seen >> t & 1) for t in range(len(self.periods))] for group in self.groups])

    @property
    def units(self) -> int:
        """Number of units."""
        return sum(self.counts)

    def where(self, keep: NDArray[np.bool_]) -> PathSums:
        """Return some groups."""
        at = np.flatnonzero(keep)
        return replace(
            self, groups=tuple(self.groups[j] for j in at), counts=tuple(self.counts[j] for j in at), sums=self.sums[at],
            products=self.products[at], treated=self.treated[at], largest=self.largest[at], weighed=self.weighed.where(at),
        )  # fmt: skip

    @property
    def cohorts(self) -> Floats:
        """First treated period of each group, shape (G,); infinity where never."""
        return np.array([float(group.cohort) if group.cohort else np.inf for group in self.groups])

    @property
    def clustered(self) -> bool:
        """Whether clusters are kept apart."""
        return not self.products.shape[1]

    @property
    def constant(self) -> bool:
        """Whether the outcome has one value alone, as far as sums can tell."""
        return len(np.unique(self.means()[self.seen])) == 1 and (self.clustered or not self.deviations().any())

    @property
    def largest_share(self) -> float:
        """Share of one unit in the sum of the treated outcomes."""
        total = self.treated.sum()
        return float(self.largest[:, -1].max() / Fraction(total)) if total > 0 else 0.0

    def complete(self, *, drop_gaps: bool) -> tuple[PathSums, tuple[int, int, int]]:
        """Return the units seen in every period, and (units left out, of them ever treated, rows left out).

        Raises
        ------
        DesignError : units that miss a period, unless they may be dropped.
        """
        whole = np.array([group.seen == self.full for group in self.groups])
        if whole.all():
            return self, (0, 0, 0)
        rest = self.where(~whole)
        if not drop_gaps:
            raise DesignError("scan_gaps", count=rest.units, total=self.units, periods=len(self.periods))
        rows = sum(count * group.seen.bit_count() for count, group in zip(rest.counts, rest.groups, strict=True))
        return self.where(whole), (rest.units, rest.where(np.isfinite(rest.cohorts)).units, rows)

    def in_cohorts(self, cohorts: Floats) -> PathSums:
        """Return the groups in other cohorts, shape (G,), infinity never; those that become alike are summed."""
        codes = [int(cohort) if np.isfinite(cohort) else 0 for cohort in cohorts]
        return self._merged([replace(group, cohort=code) for group, code in zip(self.groups, codes, strict=True)])

    def without_clusters(self) -> PathSums:
        """Return the groups of all clusters together."""
        return self._merged([replace(group, cluster="") for group in self.groups])

    def _merged(self, renamed: list[Group]) -> PathSums:
        return self._at(tuple(sorted(set(renamed), key=order_of)), renamed)

    def _at(self, groups: tuple[Group, ...], renamed: Sequence[Group]) -> PathSums:
        """Return the sums at the places of some groups, among which each of these goes by the name that it is given."""
        place = {group: at for at, group in enumerate(groups)}
        at = [place[group] for group in renamed]
        held = (np.array(self.counts, dtype=object), self.sums, self.products, self.treated, self.largest)
        counts, sums, products, treated, largest = (
            np.zeros((len(groups), *one.shape[1:]), dtype=object) for one in held
        )
        for whole, own in zip((counts, sums, products, treated), held, strict=False):
            np.add.at(whole, at, own)
        np.maximum.at(largest, at, self.largest)
        return replace(
            self, groups=groups, counts=tuple(counts.tolist()), sums=sums, products=products, treated=treated, largest=largest,
            weighed=self.weighed.placed(at, len(groups)),
        )  # fmt: skip

    def masses(self, power: int) -> PathSums:
        """Return the sums in which each unit counts so many times as its weight to a power, 1 or 2, says; themselves without weights."""
        if not self.weighed:
            return self
        held = self.weighed.sums if power == 1 else self.weighed.products[:, 0]
        products = self.products if power == 1 else self.weighed.products[:, 1:, 1:]
        return replace(self, counts=tuple(held[:, 0].tolist()), sums=held[:, 1:], products=products)

    def squares(self) -> Floats:
        """Return the sum of the squared weights of each group, in steps, shape (G,); its units without weights."""
        held = self.weighed.products[:, 0, 0] if self.weighed else np.array(self.counts)
        return np.asarray(held, dtype=np.float64)

    @property
    def rounding(self) -> float:
        """The largest standard error that rounding alone may leave, in the unit of the outcome."""
        return self.fixed.rounding(self.means()[self.seen])

    def means(self) -> Floats:
        """Return the mean path of each group, shape (G, T)."""
        count = np.array(self.counts, dtype=object)[:, None]
        return _ratio(
            self.sums + count * self.fixed.shift, count * self.fixed.scale.numerator, self.fixed.scale.denominator
        )

    def deviations(self) -> Floats:
        """Return the scatter of each group about its mean, shape (G, T, T), each path less its own mean, exactly before it is rounded.

        Formula: with S = sum q q' and s = sum q over the m periods in which a group is seen, C = m I - 11' there and zero elsewhere:
        (n (C S C) - (C s)(C s)') / (n m^2).
        """
        seen, counts = self.seen.astype(object), np.array(self.counts, dtype=object)
        both, lengths = seen[:, :, None] * seen[:, None, :], seen.sum(axis=1)
        own, m = self.products * both, lengths[:, None]
        rows, sums = own.sum(axis=2), self.sums * seen
        crossed = m[..., None] * (m[..., None] * own - rows[:, :, None] - rows[:, None, :])
        crossed += rows.sum(axis=1)[:, None, None]
        total = m * sums - sums.sum(axis=1)[:, None]
        whole = (counts[:, None, None] * crossed - total[:, :, None] * total[:, None, :]) * both
        below = counts * (lengths * self.fixed.scale.numerator) ** 2
        return _ratio(whole, below[:, None, None], self.fixed.scale.denominator**2)

    def moments(self) -> PathMoments:
        """Return the moments that estimators read, of units seen in every period, one group a cohort."""
        order = np.argsort(self.cohorts, kind="stable")
        means, scatters = self.means(), self.deviations()
        means = means - means.mean(axis=1, keepdims=True)
        return PathMoments(
            np.array(self.periods, dtype=np.int64), self.cohorts[order], np.array(self.counts, dtype=np.int64)[order], means[order],
            scatters[order],
        )  # fmt: skip


def sum_of(pieces: Sequence[PathSums]) -> PathSums:
    """Return the sums of all passes over a table, at least one of which has units."""
    filled = [piece for piece in pieces if piece.groups]
    whole = filled[0]
    for piece in filled[1:]:
        whole = whole + piece
    return whole


def _ratio(whole: Wholes, below: Wholes, above: int) -> Floats:
    """Return whole x above / below, rounded once."""
    numerator, denominator = np.broadcast_arrays(whole * above, below)
    flat = [int(a) / int(b) for a, b in zip(numerator.ravel(), denominator.ravel(), strict=True)]
    return np.array(flat, dtype=np.float64).reshape(numerator.shape)


def order_of(group: Group) -> tuple[int, str, int]:
    """Return what groups are ordered by."""
    return group.cohort, str(group.cluster), group.seen


def _span(periods: tuple[int, ...]) -> str:
    return f"{periods[0]}-{periods[-1]} ({len(periods)})"
