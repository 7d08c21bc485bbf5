"""Regressions with unit and period effects from exact sums of paths, where all units of a group share their regressors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ebpm.did.regression_checks import Clusters
from ebpm.errors import DesignError
from ebpm.moments.frame import Floats
from ebpm.moments.scans.paths.sums import PathSums
from ebpm.stats.regression.least_squares import solve

ABSORBED = 1e-18


@dataclass(frozen=True, slots=True)
class GroupRegression:
    """A regression of outcome paths on columns that are constant within groups of units, unit and period effects taken out.

    Parameters
    ----------
    coefficients : shape (k,).
    covariance : CR1, shape (k, k).
    left : regressors less unit and period effects, shape (G, T, k); zero in a period in which a group is not seen.
    clusters : independent units or clusters.
    rows : of the table.
    bread : inverse of the products of `left`, shape (k, k).
    meat : sum over clusters of the outer products of their scores, shape (k, k).
    within, periods : regressors and dummies of all periods but the first, less unit effects, shapes (G, T, k) and (G, T, T - 1).
    fitted : mean path of each group less unit effects, as fitted, shape (G, T).
    """

    coefficients: Floats
    covariance: Floats
    left: Floats
    clusters: int
    rows: int
    bread: Floats
    meat: Floats
    within: Floats
    periods: Floats
    fitted: Floats


def regress_groups(sums: PathSums, columns: Floats, names: Sequence[str]) -> GroupRegression:
    """Return least squares of the paths, errors clustered by unit, or by cluster where these are kept apart.

    Parameters
    ----------
    sums : of units by group; groups may miss periods.
    columns : regressors of each group and period, shape (G, T, k).
    names : of the k columns.

    Raises
    ------
    DesignError : a regressor that does not vary beyond unit and period effects, collinear regressors, a single cluster.

    Formula: with Z_g the regressors of a group less unit and period effects, b = (sum n_g Z_g'Z_g)^-1 sum Z_g'(sum of paths); a unit's
    score is Z_g'(y_i - fit), so that the scores' products need the scatter of the group's paths alone, and a cluster's the sum of them.
    CR1: times G/(G-1) (n-1)/(n-K), K the regressors, the rank of the period effects beside the units', and the constant.

    Source: Frisch and Waugh (1933), Econometrica 1(4); Cameron and Miller (2015), Journal of Human Resources 50(2).
    """
    seen = sums.seen
    counts = np.array(sums.counts, dtype=np.float64)
    within, periods = (_within(one, seen) for one in (columns, _period_dummies(seen)))
    path = _within(sums.means()[:, :, None], seen)
    bread = np.linalg.pinv(_products(periods, periods, counts))
    left = within - periods @ (bread @ _products(periods, within, counts))
    for place, name in enumerate(names):
        if _products(left, left, counts)[place, place] <= ABSORBED * float(
            (counts[:, None] * columns[:, :, place] ** 2).sum()
        ):
            raise DesignError("did_absorbed", column=name)
    outcome = path - periods @ (bread @ _products(periods, path, counts))
    solution = solve(_products(left, left, counts), _products(left, outcome, counts)[:, 0], names=tuple(names))
    residual = outcome[:, :, 0] - left @ solution.coefficients
    scores = np.einsum("gtk,gt->gk", left, residual)
    meat, clusters = _meat(sums, left, scores)
    rank = int(np.linalg.matrix_rank(_products(periods, periods, counts), hermitian=True))
    rows = int((counts[:, None] * seen).sum())
    scale = cr1_scale(clusters, rows, len(names) + rank + 1)
    return GroupRegression(
        solution.coefficients, scale * solution.bread @ meat @ solution.bread, left, clusters, rows, bread=solution.bread, meat=meat,
        within=within, periods=periods, fitted=path[:, :, 0] - residual,
    )  # fmt: skip


def _period_dummies(seen: NDArray[np.bool_]) -> Floats:
    groups, length = seen.shape
    return np.broadcast_to(np.eye(length)[:, 1:], (groups, length, length - 1))


def _within(values: Floats, seen: NDArray[np.bool_]) -> Floats:
    """Return values, shape (G, T, m), less the mean of their group over the periods in which it is seen; zero elsewhere."""
    kept = seen[:, :, None]
    means = (values * kept).sum(axis=1, keepdims=True) / kept.sum(axis=1, keepdims=True)
    return np.asarray((values - means) * kept)


def _products(left: Floats, right: Floats, counts: Floats) -> Floats:
    found: Floats = np.einsum("g,gtj,gtk->jk", counts, left, right, optimize=True)
    return found


def _meat(sums: PathSums, left: Floats, scores: Floats) -> tuple[Floats, int]:
    """Return the sum over clusters of the outer product of their scores, and their number; `scores` are of the mean unit of a group."""
    counts = np.array(sums.counts, dtype=np.float64)
    if sums.clustered:
        names, codes = np.unique([str(group.cluster) for group in sums.groups], return_inverse=True)
        total = np.zeros((len(names), scores.shape[1]))
        np.add.at(total, codes, counts[:, None] * scores)
        return total.T @ total, len(names)
    between = (scores * counts[:, None]).T @ scores
    return np.einsum("gtj,gts,gsk->jk", left, sums.deviations(), left, optimize=True) + between, sums.units


def cr1_scale(clusters: int, rows: int, columns: int) -> float:
    """Return G/(G-1) (n-1)/(n-K).

    Raises
    ------
    DesignError : a single cluster, no more rows than columns.
    """
    if clusters < 2:
        raise DesignError("stats_one_cluster", clusters=clusters)
    if rows <= columns:
        raise DesignError("stats_too_few_rows", rows=rows, columns=columns)
    return clusters / (clusters - 1) * (rows - 1) / (rows - columns)


def clusters_of(sums: PathSums, treated: NDArray[np.bool_]) -> Clusters:
    """Return how many clusters, or units where these are independent, are ever treated and never.

    Parameters
    ----------
    sums : of the groups.
    treated : whether a group is ever treated, shape (G,).
    """
    if sums.clustered:
        return Clusters.of(np.unique([str(group.cluster) for group in sums.groups], return_inverse=True)[1], treated)
    ever = sums.where(treated).units
    return Clusters(ever, sums.units - ever)
