"""From comparisons of groups of rows to group-time effects with their covariance, whatever the sample is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from ebpm.did.group_time.adjust import Adjusted
from ebpm.did.group_time.arms import Rows
from ebpm.did.group_time.cells import Cell
from ebpm.did.group_time.contributions import Contributions, Part, Source, Use
from ebpm.did.group_time.effects import Effects, settle
from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Ints

Group = tuple[tuple[float, ...], int]


@dataclass(frozen=True, slots=True)
class Overlap:
    """How well the comparison group of one cohort covers it.

    Parameters
    ----------
    cohort : first treated period.
    highest : largest propensity score of a treated unit; zero without a propensity score.
    effective : effective number of comparison units, 1 over the sum of squared weights.
    units : comparison units.
    largest : largest weight of a comparison unit.
    treated : treated units.
    """

    cohort: int
    highest: float
    effective: float
    units: int
    largest: float
    treated: int


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A cell that cannot be estimated, and why."""

    cell: Cell
    error: DesignError


@dataclass(frozen=True, slots=True)
class Fitted:
    """Group-time effects with what each cluster adds to them.

    Parameters
    ----------
    effects : with their joint covariance.
    contributions : of every cluster, for the bootstrap.
    overlaps : of each fit.
    left_out : cells that could not be estimated.
    """

    effects: Effects
    contributions: Contributions
    overlaps: tuple[Overlap, ...]
    left_out: tuple[LeftOut, ...] = ()


def unfitted() -> Fitted:
    """Say that what each cluster adds to the effects is not kept."""
    raise DesignError("did_no_contributions")


@dataclass(frozen=True, slots=True)
class Comparison:
    """One fit.

    Parameters
    ----------
    places : of the cells that it gives.
    cohort : first treated period.
    groups : (cohorts, period) of each group of rows, in the order of the arms of the fit; period -1 where rows are units.
    source : where its rows are read.
    fit : from the rows of each group to the effects.
    periods : rows that a member of a group stands for.
    """

    places: tuple[int, ...]
    cohort: int
    groups: tuple[Group, ...]
    source: Source
    fit: Callable[[list[Rows]], Adjusted]
    periods: int


@dataclass(frozen=True, slots=True)
class _Estimated:
    """A fit that succeeded: rows of each group, and clusters of the cohort, of its comparison group and of both."""

    comparison: Comparison
    found: Adjusted
    sizes: tuple[int, ...]
    clusters: tuple[int, int, int]


@dataclass(frozen=True, slots=True)
class Sampled:
    """A sample by cohort (and period).

    Parameters
    ----------
    parts : every row once.
    cohorts : shape (H,), ascending.
    counts : units of each cohort, shape (H,).
    clusters : number of clusters.
    """

    parts: tuple[Part, ...]
    cohorts: Floats
    counts: Ints
    clusters: int

    def fitted(self, cells: Sequence[Cell], comparisons: Sequence[Comparison]) -> Fitted:
        """Return the effects of all comparisons; cells that cannot be estimated are left out.

        Raises
        ------
        DesignError : if no cell from treatment on can be estimated.
        """
        estimated: list[_Estimated] = []
        failed: dict[int, DesignError] = {}
        for comparison in comparisons:
            try:
                estimated.append(self._estimate(comparison))
            except DesignError as error:
                failed |= dict.fromkeys(comparison.places, error)
        kept = [place for place in range(len(cells)) if place not in failed]
        if failed and not any(cells[place].event_time >= 0 and not cells[place].is_reference for place in kept):
            raise next(iter(failed.values()))
        new = {place: at for at, place in enumerate(kept)}
        contributions = self._contributions(estimated, new)
        effects = self._effects([cells[place] for place in kept], estimated, new, contributions)
        left_out = tuple(LeftOut(cells[place], error) for place, error in failed.items())
        return Fitted(effects, contributions, tuple(map(_overlap, estimated)), left_out)

    def members(self, group: Group) -> list[int]:
        """Return the places of the parts of a group."""
        cohorts, period = group
        return [
            at for at, part in enumerate(self.parts) if part.period == period and self.cohorts[part.cohort] in cohorts
        ]

    def _estimate(self, comparison: Comparison) -> _Estimated:
        read: list[Rows] = []
        clusters: list[Ints] = []
        for group in comparison.groups:
            parts = [self.parts[at] for at in self.members(group)]
            rows = np.concatenate([part.rows for part in parts] or [np.empty(0, dtype=np.int64)])
            kept, values = comparison.source.read(rows)
            read.append(values)
            clusters.append(np.concatenate([part.clusters for part in parts])[kept] if parts else rows)
        sizes, half = tuple(map(len, clusters)), len(clusters) // 2
        if not all(sizes):
            raise DesignError("did_cell_without_rows", cohort=comparison.cohort, sizes=", ".join(map(str, sizes)))
        groups = self._distinct(clusters[:half]), self._distinct(clusters[half:]), self._distinct(clusters)
        return _Estimated(comparison, comparison.fit(read), sizes, groups)

    def _distinct(self, clusters: Sequence[Ints]) -> int:
        """Return how many clusters there are among some rows."""
        if self.clusters == sum(len(part.rows) for part in self.parts):
            return sum(map(len, clusters))
        found = np.zeros(self.clusters, dtype=np.bool_)
        for codes in clusters:
            found[codes] = True
        return int(found.sum())

    def _contributions(self, estimated: Sequence[_Estimated], new: dict[int, int]) -> Contributions:
        uses: list[list[Use]] = [[] for _ in self.parts]
        for one in estimated:
            places = tuple(new[place] for place in one.comparison.places)
            for group, arm in zip(one.comparison.groups, one.found.arms, strict=True):
                for at in self.members(group):
                    uses[at].append(Use(places, arm, one.comparison.source))
        shares = np.zeros(len(self.cohorts))
        for part in self.parts:
            shares[part.cohort] += part.stakes.sum()
        return Contributions(self.parts, tuple(map(tuple, uses)), shares, len(new), self.clusters)

    def _effects(
        self, cells: list[Cell], estimated: Sequence[_Estimated], new: dict[int, int], contributions: Contributions
    ) -> Effects:
        K, joint = len(cells), contributions.covariance()
        att, rows, groups = np.zeros(K), np.zeros(K, dtype=np.int64), np.zeros((K, 3), dtype=np.int64)
        for one in reversed(estimated):
            like = [at for at, cell in enumerate(cells) if cell.is_reference and cell.cohort == one.comparison.cohort]
            own = [new[place] for place in one.comparison.places]
            att[own] = one.found.att
            rows[own + like], groups[own + like] = one.comparison.periods * sum(one.sizes), one.clusters
        covariance, cross = joint[:K, :K].copy(), joint[:K, K:].copy()
        settle(covariance, cross)
        treated = {cell.cohort for cell in cells}
        ever = [part.clusters for part in self.parts if self.cohorts[part.cohort] in treated]
        return Effects(
            cells=tuple(cells), att=att, covariance=covariance, cohorts=self.cohorts, counts=self.counts,
            shares=contributions.shares, cross=cross, shares_covariance=joint[K:, K:], rows=rows, groups=groups,
            clusters=(self._distinct(ever), self.clusters),
        )  # fmt: skip


def _overlap(one: _Estimated) -> Overlap:
    shares, treated = one.found.shares, one.sizes[: len(one.sizes) // 2]
    effective, largest = float(1.0 / (shares @ shares)), float(shares.max())
    return Overlap(one.comparison.cohort, one.found.highest, effective, len(shares), largest, min(treated))
