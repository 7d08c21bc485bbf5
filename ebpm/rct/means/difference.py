"""Difference in means, with the variance that the assignment justifies."""

from __future__ import annotations

from typing import Any

from ebpm.estimate import Estimates
from ebpm.moments.frame import Frame, one_of
from ebpm.rct.assigned import Assigned
from ebpm.rct.assignment.chances import weighed_by_chance
from ebpm.rct.checks import design_notices
from ebpm.rct.estimands import named_estimand, of_estimand
from ebpm.rct.means.blocks import VARIANCES, compare_blocks
from ebpm.rct.means.comparison import compare
from ebpm.rct.summed_trial import read_assigned
from ebpm.rct.trial import Trial


def difference_in_means(
    data: Any,
    outcome: str,
    *,
    treatment: str,
    control: object = None,
    cluster: str | None = None,
    strata: str | None = None,
    weights: str | None = None,
    probability: str | None = None,
    variance: str = "neyman",
    estimand: str = "participants",
    conf_level: float = 0.95,
) -> Estimates:
    """Compare the mean outcome of each arm with that of the control arm, as assigned.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person (or a person and period). A lazy table, a path to Parquet files or
        `moments.scan` is summed where it lies; the numbers are the same.
    outcome : column of numbers.
    treatment : column of the assigned arm.
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    cluster : column of the unit that was assigned, where that was not the row.
    strata : column of the strata or pairs within which units were assigned.
    weights : column of analytical weights.
    probability : column of each unit's own probability of the one non-control arm; rows are weighted by its inverse (Hajek).
    variance : of a stratified trial: "neyman"; or, where an arm of a stratum has one unit only, "hybrid" (such strata by the
        differences between them, the others by Neyman's), "hybrid_by_size" or "rct_yes" (formulae: `ebpm.rct.blocks`).
    estimand : in a cluster trial, "participants" (the mean over rows) or "clusters" (the mean over clusters, as single rows).
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

    Assumptions: units were assigned at random within strata; no interference between units. Over participants larger clusters
    count for more; where their effects differ by size the two estimands differ (`cluster_estimands`).

    Source: Neyman (1923); Gerber and Green (2012), Field Experiments, 3.4 and 3.10; Bell and McCaffrey (2002), Survey
    Methodology 28(2); Imai, King and Nall (2009), Statistical Science 24(1), for pairs.

    Examples
    --------
    >>> import pandas as pd
    >>> trial = pd.DataFrame({"kwh": [9.0, 8.0, 10.0, 11.0, 10.0, 12.0], "arm": [1, 1, 1, 0, 0, 0]})
    >>> difference_in_means(trial, "kwh", treatment="arm")["1"].estimate
    -2.0
    """
    one_of(variance, VARIANCES, "variance")
    columns = {"treatment": treatment, "control": control, "cluster": cluster, "strata": strata, "weights": weights}
    trial: Assigned = read_assigned(
        data, outcome, columns=columns, records={"probability": probability}, lone=variance != "neyman"
    )
    if probability is not None and isinstance(trial, Trial):
        trial = weighed_by_chance(Frame.of(data), trial, probability, treatment)
    one = of_estimand(trial, estimand)
    if variance == "neyman" or strata is None:
        found = compare(one, conf_level)
    else:
        found = compare_blocks(one, variance, column=strata, conf_level=conf_level)
    return named_estimand(found, trial, estimand).with_notices(design_notices(trial, outcome))
