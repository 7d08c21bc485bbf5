"""Means of strata and arms, their variances, and the differences of arms: what comparisons of means share."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ebpm.estimate import Estimates
from ebpm.moments.frame import Floats, Ints
from ebpm.moments.regression import ClusterMoments, regress
from ebpm.rct.trial import Trial
from ebpm.stats.covariance import Covariance
from ebpm.stats.inference import combined_df, t_estimate


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


def compare(trial: Trial, conf_level: float = 0.95, *, combined: bool = False) -> Estimates:
    """Return the differences in means of a trial; formula, assumptions and source as `rct.difference_in_means`.

    Parameters
    ----------
    trial : the trial.
    conf_level : level of the intervals.
    combined : whether the df of the strata of rows are combined as Satterthwaite's, and not n less two a stratum.
    """
    return _pairs(trial, conf_level) if trial.paired else _cells(trial, conf_level, combined=combined)


def cells(trial: Trial) -> Cells:
    """Return the means of all cells; the variance is s^2 / n of rows, CR2 of clusters."""
    return _cluster_cells(trial) if trial.clustered else _row_cells(trial)


def _cells(trial: Trial, conf_level: float, *, combined: bool) -> Estimates:
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


def mean_contrasts(trial: Trial, found: Cells, weights: Floats) -> tuple[Floats, Covariance]:
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


def _df(trial: Trial, found: Cells, arm: int, *, combined: bool) -> float:
    arms = [0, arm]
    if not (trial.clustered or combined) and len(trial.strata) > 1:
        return float(np.isin(trial.arm, arms).sum() - 2 * len(trial.strata))
    parts = (found.shares if trial.clustered else found.variances) * trial.stratum_shares[:, None] ** 2
    return combined_df(parts[:, arms], found.dfs[:, arms])


def _row_cells(trial: Trial) -> Cells:
    cell, size = trial.stratum * len(trial.arms) + trial.arm, len(trial.strata) * len(trial.arms)
    total = np.bincount(cell, trial.weights, minlength=size)
    counts = np.bincount(cell, minlength=size)
    middle = trial.outcome.mean()
    shifted = np.bincount(cell, trial.weights * (trial.outcome - middle), minlength=size) / total
    residuals = trial.outcome - middle - shifted[cell]
    weight = trial.weights / total[cell]
    variances = np.bincount(cell, weight**2 * residuals**2 / (1.0 - weight), minlength=size)
    shares = np.bincount(cell, weight**2, minlength=size)
    flat = np.array([shifted + middle, variances, counts - 1.0, shares], dtype=np.float64)
    return Cells(*flat.reshape(4, len(trial.strata), len(trial.arms)))


def _cluster_cells(trial: Trial) -> Cells:
    middle = trial.outcome.mean()
    weights = trial.weights if trial.weighted else None
    moments = ClusterMoments.of(
        np.ones((trial.n, 1)), trial.outcome - middle, codes=trial.unit, clusters=trial.units, weights=weights
    )
    stratum, arm = trial.of_units(trial.stratum), trial.of_units(trial.arm)
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


def _pairs(trial: Trial, conf_level: float) -> Estimates:
    differences = stratum_effects(trial)[:, 0]
    parts = trial.stratum_shares * differences
    pairs, value = len(parts), parts.sum()
    variance = pairs / (pairs - 1) * ((parts - value / pairs) ** 2).sum()
    item = t_estimate(value, np.sqrt(variance), df=pairs - 1.0, conf_level=conf_level, **arm_labels(trial, 1))
    return Estimates(items=(item,), headline_term=item.term, covariance=np.array([[variance]]))


def stratum_effects(trial: Trial) -> Floats:
    """Return the difference of each non-control arm and control in each stratum, shape (strata, arms - 1).

    Parameters
    ----------
    trial : the trial.
    """
    shape = (len(trial.strata), len(trial.arms))
    cell, middle = trial.stratum * shape[1] + trial.arm, trial.outcome.mean()
    sums = np.bincount(cell, trial.weights * (trial.outcome - middle), minlength=shape[0] * shape[1])
    means = (sums / np.bincount(cell, trial.weights, minlength=len(sums))).reshape(shape)
    effects: Floats = means[:, 1:] - means[:, :1]
    return effects


def arm_labels(trial: Trial, arm: int) -> dict[str, Any]:
    """Return what an estimate says of an arm and control: term, rows, clusters, estimand, method.

    Parameters
    ----------
    trial : the trial.
    arm : place of the arm in `arms`.
    """
    rows: Ints = np.flatnonzero(np.isin(trial.arm, [0, arm]))
    clusters = len(np.unique(trial.unit[rows])) if trial.clustered else 0
    return {"term": trial.arms[arm], "n": len(rows), "clusters": clusters, "estimand": "itt", "method": _method(trial)}


def _method(trial: Trial) -> str:
    unit = "cluster" if trial.clustered else "unit"
    return f"rct.{unit}_{'pairs' if trial.paired else 'strata' if len(trial.strata) > 1 else 'difference'}"
