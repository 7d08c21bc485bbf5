"""Generalised estimating equations for trials by cluster, or with several measurements a person."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import Any

import numpy as np

from ebpm.errors import DesignError
from ebpm.estimate import Estimates
from ebpm.moments.frame import Frame, one_of
from ebpm.notices import Notice, Notices
from ebpm.rct.cautions import correction_notices
from ebpm.rct.regression.adjusted import arm_estimates
from ebpm.rct.regression.mixed import model_notices
from ebpm.rct.regression.pooled import read_pooled
from ebpm.stats.covariance import Covariance
from ebpm.stats.gee import CORRELATIONS, FAMILIES, SANDWICHES
from ebpm.stats.gee import gee as solve

REFERENCES = ("t", "normal")
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
    correlation : "exchangeable" or "independence".
    exposure : column of the exposure of a Poisson outcome.
    errors : "KC" (Kauermann and Carroll, for few clusters), "MD" (Mancl and DeRouen) or "LZ" (uncorrected).
    reference : "t" with clusters less coefficients as df, or "normal".
    conf_level : level of the intervals.

    Raises
    ------
    DataError : if a column is missing, not numeric, or has missing values.
    DesignError : as `ancova`; if coefficients outnumber clusters; if outcomes do not suit the family.

    Formula and source: `ebpm.stats.gee.gee`.

    Assumptions: clusters are independent and were assigned at random (within strata). Under independence the effect is that over
    participants whatever the sizes of clusters; with an exchangeable correlation it is so only where effects do not go with
    size (R115). Odds ratios are conditional on the covariates.

    Source: Liang and Zeger (1986), Biometrika 73(1); Li and Redden (2015), Statistics in Medicine 34(2), for errors and df.

    Examples
    --------
    >>> import pandas as pd
    >>> kwh, school = [1.0, 2, 2, 3, 5, 6, 6, 8, 2, 9], [0, 0, 1, 1, 2, 2, 3, 3, 4, 5]
    >>> trial = pd.DataFrame({"kwh": kwh, "school": school, "arm": [0, 0, 0, 0, 1, 1, 1, 1, 0, 1]})
    >>> round(gee(trial, "kwh", treatment="arm", cluster="school")["1"].estimate, 2)
    4.85
    """
    for value, choices, name in (
        (family, FAMILIES, "family"), (correlation, CORRELATIONS, "correlation"), (errors, SANDWICHES, "errors"),
        (reference, REFERENCES, "reference"),
    ):  # fmt: skip
        one_of(value, choices, name)
    frame = Frame.of(data)
    columns = {"treatment": treatment, "control": control, "cluster": cluster, "strata": strata}
    one = read_pooled(frame, outcome, covariates, columns, across=True)
    clusters, k = len(one.clusters), len(one.names)
    if reference == "t" and clusters <= k:
        raise DesignError("rct_gee_few_clusters", cluster=cluster, clusters=clusters, columns=k)
    fit = solve(
        one.design, one.trial.outcome, codes=one.clusters.codes, contrasts=one.contrasts, family=family,
        correlation=correlation, errors=errors, names=one.names,
        exposure=None if exposure is None else frame.numbers(exposure, "exposure"),
    )  # fmt: skip
    df = np.full(len(one.contrasts), float(clusters - k) if reference == "t" else np.inf)
    found = arm_estimates(
        one.trial, fit.coefficients, Covariance(fit.covariance, df, errors), method=f"rct.gee_{errors.lower()}",
        conf_level=conf_level, clusters=clusters,
    )  # fmt: skip
    notices = model_notices(one, outcome, conf_level) + correction_notices(one.trial, errors, strata)
    if correlation == "exchangeable" and fit.correlation == 0.0:
        notices += Notices((Notice("R118", cluster, MappingProxyType({"clusters": clusters})),))
    if correlation == "independence":
        notices = replace(notices, items=tuple(item for item in notices if item.code != "R115"))
    items = tuple(replace(item, estimand=ESTIMANDS[family]) for item in found.items)
    return replace(found, items=items, notices=notices)
