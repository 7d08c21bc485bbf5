"""Unit and period effects, and slopes of covariates, fitted to untreated rows; what they leave of the others, with its influence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ebpm.did.cluster_arms import Arms
from ebpm.did.event_dummies import NO_SLOPES, event_dummies, event_times
from ebpm.did.joint import Leads
from ebpm.did.staggered.adopted import Adopted
from ebpm.did.staggered.beside import refuse_absorbed
from ebpm.did.staggered.cell_effects import CellEffects
from ebpm.did.staggered.pushed_slopes import slopes_of_clusters
from ebpm.did.staggered.result import Staggered
from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Ints
from ebpm.moments.two_way import TwoWay
from ebpm.stats.groups import group_sums
from ebpm.stats.regression.least_squares import solve


@dataclass(frozen=True, slots=True)
class Untreated:
    """A regression on the untreated rows.

    Parameters
    ----------
    adopted : the rows.
    arms : of the clusters.
    layout : of the untreated rows.
    covariates : less their effects, of all rows, shape (n, k).
    bread : inverse of their products over the untreated rows, shape (k, k).
    residuals : outcome less the effects and what covariates explain, of all rows, shape (n,).
    """

    adopted: Adopted
    arms: Arms
    layout: TwoWay
    covariates: Floats
    bread: Floats
    residuals: Floats

    @classmethod
    def of(cls, adopted: Adopted, errors: str) -> Untreated:
        rows, early = adopted.rows, ~adopted.late
        layout = TwoWay(rows.units.codes[early], rows.period[early], adopted.mass[early])
        left = np.column_stack([adopted.beside.covariates, rows.outcome])
        effects, rank = layout.level_effects(layout.within_units(left[early]))
        if rank < len(rows.periods) - 1:
            raise DesignError("did_unconnected", periods=len(rows.periods), rank=rank + 1)
        left -= effects[rows.period]
        left -= _unit_means(layout, left[early])[rows.units.codes]
        X, y = left[:, :-1], left[:, -1]
        if not len(adopted.beside.names):
            return cls(adopted, adopted.arms(errors), layout, X, np.empty((0, 0)), y)
        if len(rows.standing.scores):
            return cls(adopted, adopted.arms(errors), layout, X, np.eye(X.shape[1]), y)
        known = X[early]
        refuse_absorbed(known, adopted.beside.covariates[early], adopted.beside.names)
        weighted = known * layout.weights[:, None]
        solution = solve(weighted.T @ known, weighted.T @ y[early], names=adopted.beside.names)
        return cls(adopted, adopted.arms(errors), layout, X, solution.bread, y - X @ solution.coefficients)

    def staggered(self, method: str, used: NDArray[np.bool_], conf_level: float, *, pooled: bool = False) -> Staggered:
        """Return the mean residuals by cohort and period of some rows of units that are ever treated."""
        rows, T = self.adopted.rows, len(self.adopted.rows.periods)
        cohorts, of_unit = np.unique(rows.first_treated, return_inverse=True)
        found, cell = np.unique(of_unit[rows.units.codes[used]] * T + rows.period[used], return_inverse=True)
        each, left = self.adopted.mass[used], self.residuals[used]
        mass = np.asarray(np.bincount(cell, each), dtype=np.float64)
        values = np.bincount(cell, left * each) / mass
        typical = values if pooled else self._typical(used, cell, values)
        cohort, period = np.divmod(found, T)
        leads = Leads.none(self.adopted.clusters) if pooled else self.leads()
        own = [each * (left - typical[cell]) / mass[cell], *([each / mass[cell]] if pooled else [])]
        scores = self._scores()
        tail = np.hstack([scores, leads.influence])
        arms, whole = self.arms.stacked(list(self._condensed(np.flatnonzero(used), cell, own, tail)))
        sizes = (T, len(found), len(found) * pooled, scores.shape[1])
        errors, deviations, held, slopes, early = np.split(whole, np.cumsum(sizes), axis=1)
        seen = _summed(each, rows.units.codes[used], rows.period[used], (len(of_unit), T))
        influence = deviations - errors @ self._slopes(seen, of_unit, cohort, period)
        moved = self._moved(used, cell, mass)
        effects = CellEffects(
            cohort=cohorts[cohort].astype(np.int64), period=rows.periods[period], values=values, rows=rows.counts(cell, used), mass=mass,
            members=self.adopted.cohort_sizes(of_unit)[cohort], influence=influence - slopes @ self.bread @ moved.T, presence=held,
            reference=np.zeros(len(found), dtype=np.bool_),
        )  # fmt: skip
        reading = replace(self.adopted.reading(method, conf_level, self.arms), arms=arms)
        return Staggered(effects=effects, leads=replace(leads, influence=early), reading=reading)

    def _typical(self, used: NDArray[np.bool_], cell: Ints, values: Floats) -> Floats:
        """Return the effect of each cell around which the effects of its rows are taken to vary, shape (K,).

        Formula: sum over clusters of v_c (sum of v_it tau_it) / sum of v_c^2, v_c the sum of the v_it of a cluster in the cell: the mean where
        all clusters have as much.

        Source: Borusyak, Jaravel and Spiess (2024), equation 8.
        """
        adopted, K = self.adopted, len(values)
        if not adopted.lumpy:
            return values
        each, groups = adopted.mass[used], np.unique(adopted.groups[used] * K + cell, return_inverse=True)[1]
        alike = adopted.alike[adopted.groups[used]] if len(adopted.alike) else 1.0
        share = each * np.bincount(groups, each)[groups] / alike
        found: Floats = np.bincount(cell, share * self.residuals[used]) / np.bincount(cell, share)
        return found

    def _moved(self, used: NDArray[np.bool_], cell: Ints, mass: Floats) -> Floats:
        """Return the mean of the covariates of each cell less what the effects make of them, shape (K, k)."""
        sums = [np.bincount(cell, self.adopted.mass[used] * column[used]) for column in self.covariates.T]
        return np.column_stack([np.empty((len(mass), 0)), *(one / mass for one in sums)])

    def _scores(self) -> Floats:
        """Return the scores of the slopes of the covariates summed by cluster, shape (G, k)."""
        early = ~self.adopted.late
        if not self.adopted.beside.names:
            return np.empty((self.adopted.clusters, 0))
        if len(self.adopted.rows.standing.scores):
            return slopes_of_clusters(self.adopted.rows, self.adopted.groups)
        scores = self.covariates[early] * (self.adopted.mass * self.residuals)[early, None]
        return group_sums(scores, self.adopted.groups[early], groups=self.adopted.clusters)

    def _condensed(self, used: Ints, cell: Ints, own: list[Floats], tail: Floats) -> Iterator[Floats]:
        """Yield what the clusters of each arm add: residuals by period, deviations (and shares) by cell, the tail.

        The clusters of an arm touch few cells, those of their cohorts, so that the table is never made for all clusters and cells.
        """
        adopted, cells, T = self.adopted, int(cell.max()) + 1, len(self.adopted.rows.periods)
        left = adopted.mass * self.residuals
        early, place = np.flatnonzero(~adopted.late), np.empty(adopted.clusters, dtype=np.int64)
        for members in self.arms.members():
            inside = np.zeros(adopted.clusters, dtype=np.bool_)
            inside[members], place[members] = True, np.arange(len(members))
            first, late = early[inside[adopted.groups[early]]], np.flatnonzero(inside[adopted.groups[used]])
            touched, at = np.unique(cell[late], return_inverse=True)
            shape, rows = (len(members), len(touched)), place[adopted.groups[used[late]]]
            known = _summed(left[first], place[adopted.groups[first]], adopted.rows.period[first], (len(members), T))
            tables = [known, *(_summed(one[late], rows, at, shape) for one in own), tail[members]]
            root = np.linalg.qr(self.arms.apart(np.hstack(tables), members), mode="r")
            whole = np.zeros((len(root), T + cells * len(own) + tail.shape[1]))
            columns = [np.arange(T), *(T + cells * one + touched for one in range(len(own)))]
            columns.append(np.arange(T + cells * len(own), whole.shape[1]))
            whole[:, np.concatenate(columns)] = root
            yield whole

    def _slopes(self, seen: Floats, of_unit: Ints, cohort: Ints, period: Ints) -> Floats:
        """Return what a residual of each period adds to the imputed mean of each cell, shape (T, K).

        The unit part drops out, as the residuals of a unit sum to zero.

        Parameters
        ----------
        seen : mass of the rows of units that have an effect in a period, shape (U, T).
        of_unit : place of the cohort of each unit, shape (U,).
        cohort, period : places of each cell, shape (K,).
        """
        counts = self.layout.counts()
        shares, means = counts / counts.sum(axis=1)[:, None], np.empty((len(period), seen.shape[1]))
        for place in np.unique(cohort):
            own, cells = of_unit == place, cohort == place
            means[cells] = (seen[own].T @ shares[own] / _divisors(seen[own].sum(axis=0))[:, None])[period[cells]]
        left, right = self.layout.inverse()
        return left @ (right @ (np.eye(counts.shape[1])[period] - means).T)

    def leads(self) -> Leads:
        """Return the coefficients of the periods before treatment but the last, in a regression on the untreated rows."""
        rows, early = self.adopted.rows, ~self.adopted.late
        if np.isfinite(rows.first_treated).all():
            return Leads.none(self.adopted.clusters)
        times = event_times(rows)[early]
        positions = np.unique(times[times < -1 - self.adopted.anticipation])
        if not len(positions):
            return Leads.none(self.adopted.clusters)
        if len(rows.standing.scores) and not len(rows.standing.before[0]):
            return Leads.none(self.adopted.clusters)
        later, slopes = rows.outcome, NO_SLOPES
        if len(rows.standing.before[0]):
            later, slopes = (
                rows.standing.before[0][rows.order],
                slopes_of_clusters(rows, self.adopted.groups, before=True),
            )
        found = event_dummies(
            self.layout, later[early], times, positions, groups=self.adopted.groups[early], arms=self.arms,
            rows=rows.standing.number(rows.units.codes[early]), beside=self.adopted.beside.covariates[early], slopes=slopes,
        )  # fmt: skip
        return found or Leads.none(self.adopted.clusters)


def _summed(values: Floats, rows: Ints, columns: Ints, shape: tuple[int, int]) -> Floats:
    """Return the table of some shape that holds the sums of values by row and column."""
    sums = np.bincount(rows * shape[1] + columns, values, minlength=shape[0] * shape[1])
    return np.asarray(sums, dtype=np.float64).reshape(shape)


def _divisors(sums: Floats) -> Floats:
    return np.where(sums > 0, sums, 1.0)


def _unit_means(layout: TwoWay, columns: Floats) -> Floats:
    """Return the weighted means by unit of columns of the untreated rows, shape (U, m)."""
    totals = np.bincount(layout.unit, layout.weights)
    return np.stack([np.bincount(layout.unit, layout.weighted(column)) / totals for column in columns.T], axis=1)
