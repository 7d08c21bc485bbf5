"""The path of each cohort less that of the comparison group: a regression with an effect for every cohort in every period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ebpm.did.staggered.beside import Beside, refuse_absorbed
from ebpm.did.staggered.cell_effects import CellEffects
from ebpm.did.staggered.pushed_slopes import Slopes, slopes_beside, slopes_of_clusters
from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Ints
from ebpm.moments.panel import PanelRows
from ebpm.moments.two_way import TwoWay
from ebpm.stats.groups import group_sums
from ebpm.stats.regression.least_squares import solve


def saturated(rows: PanelRows, groups: Ints, reference: int, beside: Beside) -> tuple[CellEffects, int]:
    """Return the effects by cohort and period, and the regressors that count: cells, covariates and period effects with the constant.

    Parameters
    ----------
    groups : cluster of each row, shape (n,).
    reference : event time that is zero by definition.
    beside : covariates and weights of the rows.
    """
    outcome, slopes = _adjusted(rows, groups, beside)
    columns = np.column_stack([outcome, beside.covariates])
    mass = beside.mass(rows)
    compared = _Path.of(rows, groups, np.inf, columns, mass)
    cohorts = [int(one) for one in np.unique(rows.first_treated) if np.isfinite(one)]
    paths = [_Path.of(rows, groups, cohort, columns, mass) for cohort in cohorts]
    changes = [
        (own[0] - other[0], own[1] - other[1])
        for cohort, path in zip(cohorts, paths, strict=True)
        for own, other in [[one.since(cohort + reference, path.periods) for one in (path, compared)]]
    ]
    lengths = [len(path.periods) for path in paths]
    cohort, period = np.repeat(cohorts, lengths), np.concatenate([path.periods for path in paths])
    values = np.concatenate([value for value, _ in changes])
    anchor = period - cohort == reference
    effects = CellEffects(
        cohort=cohort, period=period, values=values[:, 0], rows=np.concatenate([path.rows for path in paths]),
        mass=np.concatenate([path.mass for path in paths]), members=np.repeat([path.members for path in paths], lengths),
        influence=np.hstack([influence for _, influence in changes]) - slopes @ values[:, 1:].T,
        presence=np.empty((int(groups.max()) + 1, 0)), reference=anchor,
    )  # fmt: skip
    return effects, int((~anchor).sum()) + len(rows.periods) + len(beside.names)


def _adjusted(rows: PanelRows, groups: Ints, beside: Beside) -> tuple[Floats, Floats]:
    """Return the outcome less what the covariates explain, shape (n,), and the influence of clusters on their slopes, shape (G, k)."""
    if not beside.names:
        return rows.outcome, np.empty((int(groups.max()) + 1, 0))
    if len(rows.standing.scores):
        return rows.outcome, slopes_of_clusters(rows, groups)
    layout = _by_cell(rows, beside.mass(rows))
    left, _ = layout.residuals(np.column_stack([beside.covariates, rows.outcome]))
    X, y = left[:, :-1], left[:, -1]
    refuse_absorbed(X, beside.covariates, beside.names)
    weighted = X * layout.weights[:, None]
    solution = solve(weighted.T @ X, weighted.T @ y, names=beside.names)
    scores = weighted * (y - X @ solution.coefficients)[:, None]
    slopes = group_sums(scores, groups, groups=int(groups.max()) + 1) @ solution.bread
    return rows.outcome - beside.covariates @ solution.coefficients, slopes


def _by_cell(rows: PanelRows, mass: Floats) -> TwoWay:
    """Return the layout of rows by unit, and by cohort and period."""
    cohorts = np.unique(rows.cohort, return_inverse=True)[1]
    cells = np.unique(cohorts * len(rows.periods) + rows.period, return_inverse=True)[1].astype(np.int64)
    return TwoWay(rows.units.codes, cells, mass)


def cell_slopes(rows: PanelRows, names: Sequence[str], levels: Floats) -> Slopes:
    """Return the slopes of the covariates that stand beside some rows, with effects of units, and of cohorts in periods."""
    layout = _by_cell(rows, rows.standing.of_rows(rows.units.codes))
    return slopes_beside(rows, layout, np.zeros((len(rows), len(names) + 1)), names=names, levels=levels)


@dataclass(frozen=True, slots=True)
class _Path:
    """The path of one cohort, unit effects taken out.

    Parameters
    ----------
    periods : in which it is seen, shape (t,).
    values : period effects of the outcome and of the covariates, up to a constant, shape (t, 1 + k).
    influence : contribution of each cluster to those of the outcome, shape (G, t).
    rows : of each period, shape (t,).
    mass : what these count, shape (t,).
    members : units, or the sum of their mean weights.
    """

    periods: Ints
    values: Floats
    influence: Floats
    rows: Ints
    mass: Floats
    members: float

    @classmethod
    def of(cls, rows: PanelRows, groups: Ints, cohort: float, columns: Floats, mass: Floats) -> _Path:
        member = rows.cohort == cohort
        clusters, own = int(groups.max()) + 1, rows.where(member)
        layout = TwoWay(own.units.codes, own.period, mass[member])
        demeaned = layout.within_units(columns[member])
        effects, rank = layout.level_effects(demeaned)
        if rank < len(own.periods) - 1:
            raise DesignError("did_unconnected", periods=len(own.periods), rank=rank + 1)
        residuals = demeaned[:, 0] - layout.within_units(effects[own.period, :1])[:, 0]
        errors = np.zeros((clusters, len(own.periods)))
        np.add.at(errors, (groups[member], own.period), layout.weighted(residuals))
        left, right = layout.inverse()
        units = own.units.codes
        sizes = np.bincount(units, layout.weights) / np.bincount(units)
        counted = np.asarray(np.bincount(own.period, layout.weights), dtype=np.float64)
        return cls(own.periods, effects, errors @ right.T @ left.T, own.counts(own.period), counted, float(sizes.sum()))

    def since(self, base: int, periods: Ints) -> tuple[Floats, Floats]:
        """Return the changes from a base period, and their influence."""
        start, places = int(np.searchsorted(self.periods, base)), np.searchsorted(self.periods, periods)
        return self.values[places] - self.values[start], self.influence[:, places] - self.influence[:, [start]]
