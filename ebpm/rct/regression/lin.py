"""Lin's regression: baseline covariates and strata, centred and interacted with the arms."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ebpm.estimate import Estimates
from ebpm.moments.frame import Frame
from ebpm.moments.naming import named_columns
from ebpm.rct.cautions import correction_notices
from ebpm.rct.checks import design_notices
from ebpm.rct.estimands import named_estimand, of_estimand
from ebpm.rct.regression.adjusted import (
    adjusted,
    arm_contrasts,
    arm_estimates,
    column_names,
    read_adjusted,
    refuse_pairs,
)
from ebpm.rct.regression.summed import adjustable_sums, summed_lin


def lin(
    data: Any,
    outcome: str,
    *,
    treatment: str,
    covariates: Sequence[str] = (),
    control: object = None,
    cluster: str | None = None,
    strata: str | None = None,
    weights: str | None = None,
    errors: str = "design",
    estimand: str = "participants",
    conf_level: float = 0.95,
) -> Estimates:
    """Compare arms after regression on centred baseline covariates, with other slopes in each arm.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person (or a person and period). A lazy table, a path to Parquet files or
        `moments.scan` is summed where it lies; rows that were assigned one by one are gone through three times where there are
        covariates or weights, and read beyond 200 strata times arms. The numbers are the same.
    outcome : column of numbers.
    treatment : column of the assigned arm.
    covariates : columns measured before assignment.
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    cluster : column of the unit that was assigned, where that was not the row.
    strata : column of the strata within which units were assigned; they enter as centred dummies.
    weights : column of analytical weights.
    errors : "design" (HC2 with Bell and McCaffrey's df, "HC2_BM"; clustered: CR2 with Satterthwaite's df), or, with n - k df,
        "classical", "HC0", "HC1", "HC2", "HC3"; clustered: "CR0", "CR1", "CR1S", "CR3".
    estimand : in a cluster trial, "participants" (the mean over rows) or "clusters" (the mean over clusters: their means are
        analysed as single rows, covariates too).
    conf_level : level of the intervals.

    Returns
    -------
    Estimates : one a non-control arm, named by its label, with their joint covariance.

    Raises
    ------
    DataError : if a column is missing, not numeric, or has missing values.
    DesignError : as `difference_in_means`; also for pairs, and if covariates are collinear (within an arm), naming them.

    Formula: y on 1, D, x - mean(x), D (x - mean(x)); the effect is the coefficient of D. The standard error takes the means of
    the covariates as known.

    Assumptions: units were assigned at random (within strata); covariates precede assignment; no interference between units.

    Source: Lin (2013), Annals of Applied Statistics 7(1), section 4; Bell and McCaffrey (2002) and Pustejovsky and Tipton (2018)
    for clusters.

    Examples
    --------
    >>> import pandas as pd
    >>> before, arm = [8.0, 9.0, 10.0, 11.0, 12.0, 13.0], [0, 1, 0, 1, 0, 1]
    >>> after = [b - 0.5 * a for a, b in zip(arm, before)]
    >>> trial = pd.DataFrame({"before": before, "arm": arm, "after": [*after[:-1], after[-1] + 0.3]})
    >>> round(lin(trial, "after", treatment="arm", covariates=["before"])["1"].estimate, 3)
    -0.438
    """
    columns = {"treatment": treatment, "control": control, "cluster": cluster, "strata": strata, "weights": weights}
    covariates = named_columns(covariates, "covariates")
    if (summed := adjustable_sums(data, outcome, covariates, columns)) is not None:
        refuse_pairs(summed, strata)
        return summed_lin(summed, errors=errors, estimand=estimand, strata=strata, conf_level=conf_level)
    frame = Frame.of(data)
    trial, baseline = read_adjusted(frame, outcome, covariates, columns)
    names, one = column_names(trial, covariates), trial
    if of_estimand(trial, estimand) is not trial:
        one, baseline = trial.of_clusters(), trial.means_of_units(baseline)
    found = adjusted(one, baseline, names, errors=errors, contrasts=arm_contrasts(one, len(names)))
    notices = design_notices(trial, outcome, covariates=baseline.shape[1] + len(trial.strata) - 1) + found.notices
    notices += correction_notices(trial, found.covariance.kind, strata)
    method = f"rct.lin_{found.covariance.kind.lower()}"
    result = arm_estimates(trial, found.effects, found.covariance, method=method, conf_level=conf_level)
    return named_estimand(result, trial, estimand).with_notices(notices)
