"""Difference in means, with the variance that the assignment justifies."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ebpm.estimate import Estimates
from ebpm.moments.frame import Floats, Ints
from ebpm.moments.regression import ClusterMoments, regress
from ebpm.rct.checks import design_notices
from ebpm.rct.trial import Trial, read_trial
from ebpm.stats.inference import t_estimate


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


def difference_in_means(
    data: Any,
    outcome: str,
    *,
    treatment: str,
    control: object = None,
    cluster: str | None = None,
    strata: str | None = None,
    weights: str | None = None,
    conf_level: float = 0.95,
) -> Estimates:
    """Compare the mean outcome of each arm with that of the control arm, as assigned.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person (or a person and period).
    outcome : column of numbers.
    treatment : column of the assigned arm.
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    cluster : column of the unit that was assigned, where that was not the row.
    strata : column of the strata or pairs within which units were assigned.
    weights : column of analytical weights.
    conf_level : level of the intervals.

    Returns
    -------
    Estimates : one a non-control arm, named by its label, with their joint covariance.

    Raises
    ------
    DataError : if a column is missing, not numeric, or has missing values.
    DesignError : if the data cannot support the comparison (one arm, one unit in an arm or in a stratum's arm, a cluster in two
        arms, ...), saying which.

    Formula: sum_s p_s (m_s1 - m_s0) with p_s the stratum's share of rows; its variance is sum_s p_s^2 (v_s1 + v_s0). Of a cell of
    rows v = s^2 / n, with Welch's df, or n - 2S with S strata; of a cell of clusters v is CR2, with Satterthwaite's df over all
    cells. Pairs (one unit an arm): S / (S - 1) sum_s (p_s d_s - d / S)^2, df S - 1.

    Assumptions: units were assigned at random within strata; no interference between units; the target is the mean over the
    rows, so that larger clusters count for more.

    Source: Neyman (1923); Gerber and Green (2012), Field Experiments, 3.4 and 3.10; Bell and McCaffrey (2002), Survey
    Methodology 28(2); Imai, King and Nall (2009), Statistical Science 24(1), for pairs.

    Examples
    --------
    >>> import pandas as pd
    >>> trial = pd.DataFrame({"kwh": [9.0, 8.0, 10.0, 11.0, 10.0, 12.0], "arm": [1, 1, 1, 0, 0, 0]})
    >>> difference_in_means(trial, "kwh", treatment="arm")["1"].estimate
    -2.0
    """
    trial = read_trial(
        data, outcome, treatment=treatment, control=control, cluster=cluster, strata=strata, weights=weights
    )
    return compare(trial, conf_level).with_notices(design_notices(trial, outcome))


def compare(trial: Trial, conf_level: float = 0.95) -> Estimates:
    """Return the differences in means of a trial; formula, assumptions and source as `difference_in_means`."""
    return _pairs(trial, conf_level) if trial.paired else _cells(trial, conf_level)


def cells(trial: Trial) -> Cells:
    """Return the means of all cells; the variance is s^2 / n of rows, CR2 of clusters."""
    return _cluster_cells(trial) if trial.clustered else _row_cells(trial)


def _cells(trial: Trial, conf_level: float) -> Estimates:
    found, shares = cells(trial), trial.stratum_shares
    means, variances = shares @ found.means, (shares**2) @ found.variances
    covariance = np.diag(variances[1:]) + variances[0]
    items = tuple(
        t_estimate(
            means[j] - means[0],
            np.sqrt(variances[j] + variances[0]),
            df=_df(trial, found, j),
            conf_level=conf_level,
            **_labels(trial, j),
        )
        for j in range(1, len(trial.arms))
    )
    return Estimates(items=items, headline_term=items[0].term, covariance=covariance)


def _df(trial: Trial, found: Cells, arm: int) -> float:
    arms = [0, arm]
    if not trial.clustered and len(trial.strata) > 1:
        return float(np.isin(trial.arm, arms).sum() - 2 * len(trial.strata))
    parts = (found.shares if trial.clustered else found.variances) * trial.stratum_shares[:, None] ** 2
    return _combined(parts[:, arms], found.dfs[:, arms])


def _combined(parts: Floats, dfs: Floats) -> float:
    """Satterthwaite's df of a sum of independent variances, (sum v)^2 / sum (v^2 / df)."""
    spread = (parts**2 / dfs).sum()
    return float(parts.sum() ** 2 / spread) if spread > 0 else float(dfs.sum())


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
    differences = _pair_differences(trial)
    parts = trial.stratum_shares * differences
    pairs, value = len(parts), parts.sum()
    variance = pairs / (pairs - 1) * ((parts - value / pairs) ** 2).sum()
    item = t_estimate(value, np.sqrt(variance), df=pairs - 1.0, conf_level=conf_level, **_labels(trial, 1))
    return Estimates(items=(item,), headline_term=item.term, covariance=np.array([[variance]]))


def _pair_differences(trial: Trial) -> Floats:
    cell = trial.stratum * 2 + trial.arm
    middle = trial.outcome.mean()
    means = np.bincount(cell, trial.weights * (trial.outcome - middle)) / np.bincount(cell, trial.weights)
    differences: Floats = np.diff(means.reshape(-1, 2), axis=1)[:, 0]
    return differences


def _labels(trial: Trial, arm: int) -> dict[str, Any]:
    rows: Ints = np.flatnonzero(np.isin(trial.arm, [0, arm]))
    clusters = len(np.unique(trial.unit[rows])) if trial.clustered else 0
    return {"term": trial.arms[arm], "n": len(rows), "clusters": clusters, "estimand": "itt", "method": _method(trial)}


def _method(trial: Trial) -> str:
    unit = "cluster" if trial.clustered else "unit"
    return f"rct.{unit}_{'pairs' if trial.paired else 'strata' if len(trial.strata) > 1 else 'difference'}"
