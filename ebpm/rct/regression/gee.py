"""Generalised estimating equations for trials by cluster, or with several measurements a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ebpm.estimate import Estimates
from ebpm.moments.frame import Frame
from ebpm.rct.regression.adjusted import arm_estimates
from ebpm.rct.regression.equations import How, equations
from ebpm.stats.regression.covariance import Covariance

ESTIMANDS = {"gaussian": "itt", "binomial": "itt_log_odds", "poisson": "itt_log_rate"}


def gee(
    data: Any,
    outcome: str,
    *,
    treatment: str,
    cluster: str,
    covariates: Sequence[str] = (),
    control: object = None,
    strata: str | None = None,
    family: str = "gaussian",
    correlation: str = "exchangeable",
    time: str | None = None,
    exposure: str | None = None,
    errors: str = "KC",
    reference: str = "t",
    conf_level: float = 0.95,
) -> Estimates:
    """Compare arms by estimating equations for the mean, with a working correlation within clusters and robust errors.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person, or a person and period.
    outcome : column of numbers; 0 and 1 for "binomial", counts for "poisson".
    treatment : column of the assigned arm.
    cluster : column of what is independent: the cluster that was assigned, or the person of several measurements.
    covariates : columns measured before assignment.
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    strata : column of the strata within which units were assigned; dummies enter.
    family : "gaussian" (difference), "binomial" (log odds ratio) or "poisson" (log rate ratio).
    correlation : "exchangeable", "independence", "ar1" (falls with the time between two rows) or "unstructured" (each two
        times their own).
    time : column that orders the rows of a cluster for the last two: whole numbers, whose gaps count, or labels in order.
    exposure : column of the exposure of a Poisson outcome.
    errors : "KC" (Kauermann and Carroll, for few clusters), "MD" (Mancl and DeRouen) or "LZ" (uncorrected).
    reference : "t" with clusters less coefficients as df, or "normal".
    conf_level : level of the intervals.

    Raises
    ------
    DataError : if a column is missing, not numeric, or has missing values.
    DesignError : as `ancova`; if coefficients outnumber clusters; if outcomes do not suit the family; if a correlation in time
        has no time, or a cluster two rows of one time.

    Formula and source: `ebpm.stats.regression.gee.gee`.

    Assumptions: clusters are independent and were assigned at random (within strata). Under independence the effect is that over
    participants whatever the sizes of clusters; with an exchangeable correlation it is so only where effects do not go with
    size (R115). Odds ratios are conditional on the covariates; `risks` gives differences in percentage points.

    Source: Liang and Zeger (1986), Biometrika 73(1); Li and Redden (2015), Statistics in Medicine 34(2), for errors and df.

    Examples
    --------
    >>> import pandas as pd
    >>> kwh, school = [1.0, 2, 2, 3, 5, 6, 6, 8, 2, 9], [0, 0, 1, 1, 2, 2, 3, 3, 4, 5]
    >>> trial = pd.DataFrame({"kwh": kwh, "school": school, "arm": [0, 0, 0, 0, 1, 1, 1, 1, 0, 1]})
    >>> round(gee(trial, "kwh", treatment="arm", cluster="school")["1"].estimate, 2)
    4.85
    """
    how = How(
        family=family, correlation=correlation, time=time, errors=errors, reference=reference, exposure=exposure
    )  # fmt: skip
    columns = {"treatment": treatment, "control": control, "cluster": cluster, "strata": strata}
    found = equations(Frame.of(data), outcome, covariates, columns, how, conf_level=conf_level)
    one, arms = found.one, slice(1, len(found.one.trial.arms))
    covariance = Covariance(found.fit.covariance[arms, arms], np.full(len(one.contrasts), found.df), errors)
    effects = arm_estimates(
        one.trial, found.fit.coefficients[arms], covariance, method=f"rct.gee_{errors.lower()}", conf_level=conf_level,
        clusters=len(one.clusters),
    )  # fmt: skip
    items = tuple(replace(item, estimand=ESTIMANDS[family]) for item in effects.items)
    return replace(effects, items=items, notices=found.notices)
