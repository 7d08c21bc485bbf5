"""Means of strata and arms, their variances, and the differences of arms: what comparisons of means share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ebpm.estimate import Estimates
from ebpm.moments.frame import Floats
from ebpm.moments.regression import ClusterMoments, regress
from ebpm.rct.assigned import Assigned
from ebpm.stats.inference import combined_df, rounding, t_estimate
from ebpm.stats.regression.covariance import Covariance


@dataclass(frozen=True, slots=True)
class Cells:
    """The mean of each cell (stratum by arm) with its sampling variance; arrays of shape (strata, arms).

    Parameters
    ----------
    means : in the unit of the outcome.
    variances : of the means.
    dfs : degrees of freedom of the variances.
    shares : variance of the mean for independent rows of variance one, sum w^2 / (sum w)^2.
    """

    means: Floats
    variances: Floats
    dfs: Floats
    shares: Floats


def compare(trial: Assigned, conf_level: float = 0.95, *, combined: bool = False) -> Estimates:
    """Return the differences in means of a trial; formula, assumptions and source as `rct.difference_in_means`.

    Parameters
    ----------
    trial : the trial.
    conf_level : level of the intervals.
    combined : whether the df of the strata of rows are combined as Satterthwaite's, and not n less two a stratum.
    """
    return _pairs(trial, conf_level) if trial.paired else _cells(trial, conf_level, combined=combined)


def cells(trial: Assigned) -> Cells:
    """Return the means of all cells; the variance is s^2 / n of rows, CR2 of clusters."""
    return _cluster_cells(trial) if trial.clustered else _row_cells(trial)


def _cells(trial: Assigned, conf_level: float, *, combined: bool) -> Estimates:
    found, shares = cells(trial), trial.stratum_shares
    means, variances = shares @ found.means, (shares**2) @ found.variances
    covariance = np.diag(variances[1:]) + variances[0]
    items = tuple(
        t_estimate(
            means[j] - means[0],
            np.sqrt(variances[j] + variances[0]),
            df=_df(trial, found, j, combined=combined),
            conf_level=conf_level,
            **arm_labels(trial, j),
        )
        for j in range(1, len(trial.arms))
    )
    return Estimates(items=items, headline_term=items[0].term, covariance=covariance)


def mean_contrasts(trial: Assigned, found: Cells, weights: Floats) -> tuple[Floats, Covariance]:
    """Return contrasts of the arms' means, strata weighed by their share, with their covariance.

    Parameters
    ----------
    trial : the trial.
    found : its cells.
    weights : of the arms, shape (m, arms).
    """
    shares = trial.stratum_shares
    matrix = (weights * ((shares**2) @ found.variances)) @ weights.T
    parts = (found.shares if trial.clustered else found.variances) * shares[:, None] ** 2
    df = np.array([combined_df(parts[:, one != 0] * one[one != 0] ** 2, found.dfs[:, one != 0]) for one in weights])
    kind = "CR2" if trial.clustered else "HC2"
    return weights @ (shares @ found.means), Covariance(matrix, df, kind)


def _df(trial: Assigned, found: Cells, arm: int, *, combined: bool) -> float:
    arms = [0, arm]
    if not (trial.clustered or combined) and len(trial.strata) > 1:
        return float(trial.row_cells[:, arms].sum() - 2 * len(trial.strata))
    parts = (found.shares if trial.clustered else found.variances) * trial.stratum_shares[:, None] ** 2
    return combined_df(parts[:, arms], found.dfs[:, arms])


def _row_cells(trial: Assigned) -> Cells:
    variances, shares = trial.row_spread
    return Cells(trial.cell_means, variances, np.asarray(trial.row_cells - 1.0, dtype=np.float64), shares)


def _cluster_cells(trial: Assigned) -> Cells:
    moments, middle = trial.mean_moments
    stratum, arm = trial.unit_places
    order = np.lexsort((arm, stratum))
    stops = np.cumsum(trial.unit_cells.ravel())[:-1]
    parts = np.array([_cluster_cell(moments.of_clusters(units)) for units in np.split(order, stops)])
    means, variances, dfs, shares = parts.T.reshape(4, len(trial.strata), len(trial.arms))
    return Cells(means + middle, variances, dfs, shares)


def _cluster_cell(moments: ClusterMoments) -> tuple[float, float, float, float]:
    result = regress(moments)
    total = moments.sides[:, 0, 0].sum()
    squares = moments.products[:, -1, -1].sum()
    return (
        float(result.coefficients[0]),
        float(result.covariance.matrix[0, 0]),
        float(result.covariance.df[0]),
        squares / total**2,
    )


def _pairs(trial: Assigned, conf_level: float) -> Estimates:
    differences = stratum_effects(trial)[:, 0]
    parts = trial.stratum_shares * differences
    pairs, value = len(parts), parts.sum()
    variance = pairs / (pairs - 1) * ((parts - value / pairs) ** 2).sum()
    item = t_estimate(value, np.sqrt(variance), df=pairs - 1.0, conf_level=conf_level, **arm_labels(trial, 1))
    return Estimates(items=(item,), headline_term=item.term, covariance=np.array([[variance]]))


def stratum_effects(trial: Assigned) -> Floats:
    """Return the difference of each non-control arm and control in each stratum, shape (strata, arms - 1).

    Parameters
    ----------
    trial : the trial.
    """
    means = trial.cell_means
    effects: Floats = means[:, 1:] - means[:, :1]
    return effects


def arm_labels(trial: Assigned, arm: int) -> dict[str, Any]:
    """Return what an estimate says of an arm and control: term, rows, clusters, estimand, method, and what is rounding alone.

    Parameters
    ----------
    trial : the trial.
    arm : place of the arm in `arms`.
    """
    own = [0, arm]
    rows, clusters = (int(cells[:, own].sum()) for cells in (trial.row_cells, trial.unit_cells))
    return {
        "term": trial.arms[arm], "n": rows, "clusters": clusters if trial.clustered else 0, "estimand": "itt", "method": _method(trial),
        "floor": rounding(trial.cell_means),
    }  # fmt: skip


def _method(trial: Assigned) -> str:
    unit = "cluster" if trial.clustered else "unit"
    return f"rct.{unit}_{'pairs' if trial.paired else 'strata' if len(trial.strata) > 1 else 'difference'}"
