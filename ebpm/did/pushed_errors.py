"""Errors of two-way fixed effects with regressors that change from row to row, over a table that stays where it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ebpm.did.absorbed import ROBUST, UNCLUSTERED, positive
from ebpm.did.group_regression import cr1_scale
from ebpm.did.regression_checks import CORRECTED
from ebpm.errors import DesignError
from ebpm.moments.frame import Floats
from ebpm.moments.scans.units.clusters import ClusterRows, cluster_rows
from ebpm.moments.scans.units.residuals import Residuals, Scores
from ebpm.moments.scans.units.rows import RowScan, Within
from ebpm.moments.two_way import pseudo_inverse
from ebpm.stats.regression.clusters import Blocks, cluster_covariance
from ebpm.stats.regression.least_squares import Solution


@dataclass(frozen=True, slots=True, kw_only=True)
class RowFit:
    """A regression whose first pass is done.

    Parameters
    ----------
    table : the rows.
    within : sums of the first pass.
    effects : of the periods, shape (T, k).
    sizes : what no column less its effects exceeds, shape (k,).
    solution : of the normal equations.
    """

    table: RowScan
    within: Within
    effects: Floats
    sizes: Floats
    solution: Solution

    @property
    def regressors(self) -> int:
        """Number of regressors."""
        return len(self.solution.coefficients)

    @property
    def residuals(self) -> Residuals:
        """The rows of the second pass."""
        return Residuals(
            table=self.table, effects=self.effects, coefficients=self.solution.coefficients, sizes=self.sizes
        )  # fmt: skip

    @property
    def rank(self) -> int:
        """Rank of the period effects beside those of the units."""
        return len(pseudo_inverse(self.within.crossed)[1])

    @property
    def every(self) -> int:
        """Columns, those of units included."""
        return self.regressors + self.rank + int(self.within.patterns[1].sum())


@dataclass(frozen=True, slots=True)
class Found:
    """Errors of a regression.

    Parameters
    ----------
    covariance : of the coefficients, shape (k, k).
    df : degrees of freedom of each, shape (k,).
    clusters : that they rest on, the fewer of two clusterings; none where rows are independent.
    told : sums of the second pass, of the first clustering.
    """

    covariance: Floats
    df: Floats
    clusters: int
    told: Scores


def row_errors(fit: RowFit, kind: str, clusters: Sequence[str]) -> Found:
    """Return the errors of a kind.

    Parameters
    ----------
    fit : the regression.
    kind : as in `did.twfe`.
    clusters : one or two columns.

    Raises
    ------
    DesignError : a single cluster, no more rows than columns.
    """
    if kind in UNCLUSTERED:
        return _independent(fit, kind)
    if kind in CORRECTED:
        found = fit.residuals.by(clusters)
        return Found(*_corrected(cluster_rows(fit.table), fit.within.crossed, kind), found.clusters, found)
    return _clustered(fit, kind, clusters)


def _independent(fit: RowFit, kind: str) -> Found:
    """Return errors of rows that are independent.

    Source: MacKinnon and White (1985), Journal of Econometrics 29(3).
    """
    rows, bread = fit.within.rows, fit.solution.bread
    if rows <= fit.every:
        raise DesignError("stats_too_few_rows", rows=rows, columns=fit.every)
    left, right = pseudo_inverse(fit.within.crossed)
    found, df = fit.residuals.by_row(kind, bread, left @ right), rows - fit.every
    scale = rows / df if kind == "HC1" else 1.0
    covariance = scale * bread @ found.products @ bread if kind in ROBUST else found.residual / df * bread
    return Found(covariance, np.full(fit.regressors, float(df)), 0, found)


def _clustered(fit: RowFit, kind: str, clusters: Sequence[str]) -> Found:
    """Return errors of one clustering, or V_1 + V_2 - V_12 of two.

    Source: Cameron, Gelbach and Miller (2011), Journal of Business & Economic Statistics 29(2).
    """
    rows, bread = fit.residuals, fit.solution.bread
    found = [rows.by([column]) for column in clusters]
    meat = sum(one.products for one in found)
    groups = min(one.clusters for one in found)
    if len(clusters) == 2:
        meat = meat - rows.by(clusters).products
    nested = any(rows.nested_periods(column) for column in clusters)
    columns = fit.every if kind == "CR1S" else fit.regressors + (0 if nested else fit.rank) + 1
    scale = cr1_scale(groups, fit.within.rows, columns)
    covariance = (1.0 if kind == "CR0" else scale) * bread @ np.asarray(meat) @ bread
    df = np.full(fit.regressors, groups - 1.0)
    return Found(positive(covariance) if len(clusters) == 2 else covariance, df, groups, found[0])


def _corrected(found: ClusterRows, crossed: Floats, kind: str) -> tuple[Floats, Floats]:
    """Return the covariance CR2 or CR3 of the regressors, with degrees of freedom.

    Formula: unit effects lie within clusters, so that regressors and dummies of periods less the means of their unit, V, stand for the
    design; clusters need V'V and V'e alone.

    Source: Pustejovsky and Tipton (2018), Journal of Business & Economic Statistics 36(4), equations 5-7 and theorem 2.
    """
    k, basis = found.products.shape[1] - 1, pseudo_inverse(crossed)[1].T
    sides = np.swapaxes(found.by_period, 1, 2) @ basis
    products = np.concatenate(
        [
            np.concatenate([found.products[:, :-1, :-1], sides[:, :-1]], axis=2),
            np.concatenate([np.swapaxes(sides[:, :-1], 1, 2), basis.T @ found.crossed @ basis], axis=2),
        ],
        axis=1,
    )
    cross = np.concatenate([found.products[:, :-1, -1], sides[:, -1]], axis=1)
    bread = np.linalg.inv(products.sum(axis=0))
    blocks = Blocks(
        rows=found.rows, products=products, scores=cross - products @ (bread @ cross.sum(axis=0)), maps=np.eye(products.shape[2])[None],
        weighted=False,
    )  # fmt: skip
    return cluster_covariance(blocks, bread, kind=kind, contrasts=np.eye(k, products.shape[2]))
