"""Group-time effects without covariates from the sums of groups of units that are alike, some of which miss periods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.did.cluster_arms import Arms, ByArm
from ebpm.did.group_time.cells import Cell
from ebpm.did.group_time.effects import Effects, contrast, settle
from ebpm.did.group_time.fits import LeftOut, Overlap
from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Ints
from ebpm.moments.scans.paths.stand_ins import centred
from ebpm.moments.scans.paths.sums import PathSums

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class PathCells:
    """How groups of units alike (cohort, periods in which they are seen, cluster) enter K cells.

    Parameters
    ----------
    cells : those that have units on both sides.
    left_out : the others.
    sums : of the G groups.
    cohorts : the H cohorts, ascending, infinity last.
    codes : cohort of each group, shape (G,).
    own, other : groups of each cell's cohort and of its comparison group, seen in both of its periods, shape (K, G).
    """

    cells: tuple[Cell, ...]
    left_out: tuple[LeftOut, ...]
    sums: PathSums
    cohorts: Floats
    codes: Ints
    own: Flags
    other: Flags

    @classmethod
    def of(cls, cells: Sequence[Cell], sums: PathSums, *, corrected: bool) -> PathCells:
        """Find the groups of each cell.

        Parameters
        ----------
        cells : all of them.
        sums : of the units that take part.
        corrected : whether errors are those for few clusters.

        Raises
        ------
        DesignError : if no cell from treatment on has units on both sides.
        """
        cohorts, codes = np.unique(sums.cohorts, return_inverse=True)
        places = np.searchsorted(sums.periods, [(cell.period, cell.base) for cell in cells])
        both = sums.seen[:, places].all(axis=2).T
        own = both & (sums.cohorts == np.array([cell.cohort for cell in cells])[:, None])
        compared = np.array([[cohort in cell.comparison for cohort in cohorts.tolist()] for cell in cells])
        other = both & compared[:, codes]
        counts = _counts(sums)
        sizes = np.column_stack([own @ counts, other @ counts]).astype(np.int64)
        least = 1 if _plain(sums, corrected=corrected) else 2
        failed = [
            None if cell.is_reference else _failure(cell, size.tolist(), least)
            for cell, size in zip(cells, sizes, strict=True)
        ]
        kept = [error is None for error in failed]
        left_out = tuple(LeftOut(cell, error) for cell, error in zip(cells, failed, strict=True) if error is not None)
        used = tuple(cell for cell, error in zip(cells, failed, strict=True) if error is None)
        if left_out and not any(cell.event_time >= 0 and not cell.is_reference for cell in used):
            raise left_out[0].error
        return cls(
            cells=used, left_out=left_out, sums=sums, cohorts=cohorts, codes=codes, own=own[kept], other=other[kept]
        )

    def effects(self, *, corrected: bool) -> Effects:
        """Return the effects.

        Parameters
        ----------
        corrected : whether errors are those for few clusters.

        Formula: with d = e_t - e_base and m_g the mean path of a group, ATT = sum_g c_g n_g d'm_g, c_g = 1/n in the cohort and -1/n in
        the comparison group, n their units seen in both periods; a unit adds c_g (d'y - the mean change of its side), and
        (1(its cohort) - share) / N to the cohort shares. Sums over units of products of these need the scatter of the group's paths;
        sums by cluster, where these are kept apart, its mean alone.

        Source: Callaway and Sant'Anna (2021), Journal of Econometrics 225(2), theorem 2 and remark 10.
        """
        first = self.sums.masses(1)
        masses, K, H = _counts(first), len(self.cells), len(self.cohorts)
        signs = np.array([
            own / (own @ masses or 1.0) - other / (other @ masses or 1.0)
            for own, other in zip(self.own, self.other, strict=True)
        ])  # fmt: skip
        contrasts = np.array([contrast(cell, np.array(self.sums.periods)) for cell in self.cells])
        changes = contrasts @ centred(first).T
        weights = signs * masses
        sides, sizes = self._sides(weights * changes), np.bincount(self.codes, masses)
        stakes = (np.eye(H)[self.codes] - sizes / sizes.sum()) / sizes.sum()
        by_arm = self._by_arm(signs, contrasts, sides, stakes)
        joint = by_arm.products.sum(axis=0)
        covariance, cross = joint[:K, :K].copy(), joint[:K, K:].copy()
        settle(covariance, cross)
        rows, groups = self._rows(plain=_plain(self.sums, corrected=corrected))
        treated = np.isin(self.sums.cohorts, [cell.cohort for cell in self.cells])
        clusters = self._distinct(np.stack([treated, np.ones_like(treated)]))
        found = Effects(
            cells=self.cells, att=(weights * changes).sum(axis=1), covariance=covariance, cohorts=self.cohorts,
            counts=np.rint(np.bincount(self.codes, _counts(self.sums))).astype(np.int64), shares=sizes / sizes.sum(), cross=cross, shares_covariance=joint[K:, K:], rows=rows, groups=groups,
            clusters=(int(clusters[0]), int(clusters[1])),
        )  # fmt: skip
        return found.corrected(by_arm) if corrected else found

    def _sides(self, weighted: Floats) -> Floats:
        """Return the mean change of the side of each cell that a group is on, shape (K, G)."""
        means = [(weighted * side).sum(axis=1, keepdims=True) for side in (self.own, self.other)]
        return np.asarray(self.own * means[0] - self.other * means[1])

    def _by_arm(self, signs: Floats, contrasts: Floats, sides: Floats, stakes: Floats) -> ByArm:
        """Return the joint covariance of effects and shares, arm by arm.

        Parameters
        ----------
        signs, sides : of a group in a cell, and the mean change of its side of it, shape (K, G).
        contrasts : d of each cell, shape (K, T).
        stakes : what a unit adds to the shares, shape (G, H).
        """
        clustered, K = self.sums.clustered, len(self.cells)
        held = self.sums.masses(1 if clustered else 2)
        masses, changes = _counts(held), contrasts @ centred(held).T
        each = np.hstack([(signs * (changes - sides)).T, stakes])
        if clustered:
            names = np.unique([str(group.cluster) for group in self.sums.groups], return_inverse=True)[1]
            arms = Arms.of(names, self.sums.cohorts, "satterthwaite")
            influence = np.zeros((len(arms.rows), each.shape[1]))
            np.add.at(influence, names, masses[:, None] * each)
            return ByArm(np.array([influence[rows].T @ influence[rows] for rows in arms.members()]), arms.sizes)
        products, scatters = np.zeros((len(self.cohorts), each.shape[1], each.shape[1])), held.deviations()
        for group, cohort in enumerate(self.codes):
            products[cohort] += masses[group] * each[group][:, None] * each[group]
            linear = signs[:, group, None] * contrasts
            products[cohort, :K, :K] += linear @ scatters[group] @ linear.T
        return ByArm(products, np.rint(np.bincount(self.codes, _counts(self.sums))).astype(np.int64))

    def overlaps(self) -> tuple[Overlap, ...]:
        """Return how much each unit counts in the comparison group of each cell; of none without weights, where all count alike."""
        if not self.sums.weighed:
            return ()
        counts, masses = _counts(self.sums), _counts(self.sums.masses(1))
        squares, heaviest = self.sums.squares(), self.sums.weighed.heaviest.astype(np.float64)
        return tuple(
            Overlap(
                cell.cohort, 0.0, (other @ masses) ** 2 / (other @ squares), round(other @ counts),
                float(heaviest[other].max() / (other @ masses)), round(own @ counts),
            )
            for cell, own, other in zip(self.cells, self.own, self.other, strict=True) if not cell.is_reference
        )  # fmt: skip

    def _rows(self, *, plain: bool) -> tuple[Ints, Ints]:
        """Return the rows of each cell, shape (K,), and the clusters of its sides and of both, shape (K, 3).

        A reference has those of the first cell of its cohort that is estimated, unless cells are read from moments alone.
        """
        counts = _counts(self.sums)
        sides = (self.own, self.other, self.own | self.other)
        groups = np.column_stack([self._distinct(side) for side in sides])
        rows = np.rint(2 * (sides[2] @ counts)).astype(np.int64)
        if not plain:
            first = {cell.cohort: at for at, cell in reversed(list(enumerate(self.cells))) if not cell.is_reference}
            source = [first.get(cell.cohort, at) if cell.is_reference else at for at, cell in enumerate(self.cells)]
            rows, groups = rows[source], groups[source]
        return rows, groups

    def _distinct(self, sets: Flags) -> Ints:
        """Return how many clusters, or units where these are independent, sets of groups have, shape (n,) of sets of shape (n, G)."""
        if not self.sums.clustered:
            return np.rint(sets @ _counts(self.sums)).astype(np.int64)
        place: dict[Any, int] = {}
        codes = np.array([place.setdefault(group.cluster, len(place)) for group in self.sums.groups])
        return np.array([len(np.unique(codes[some])) for some in sets])


def _plain(sums: PathSums, *, corrected: bool) -> bool:
    """Return whether cohort moments alone give the effects of a table in memory, which a comparison group of one unit suffices for."""
    return not (corrected or sums.clustered or sums.weighed) and bool(sums.seen.all())


def _failure(cell: Cell, sizes: Sequence[int], least: int) -> DesignError | None:
    """Return why a cell cannot be estimated from so many units of its cohort and of its comparison group."""
    if not all(sizes):
        return DesignError("did_cell_without_rows", cohort=cell.cohort, sizes=", ".join(map(str, sizes)))
    return DesignError("did_regression_rank", units=sizes[1], columns=1) if sizes[1] < least else None


def _counts(sums: PathSums) -> Floats:
    return np.array(sums.counts, dtype=np.float64)
