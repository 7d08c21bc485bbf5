"""The wild cluster bootstrap of the effects of a trial that was randomised by cluster."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ebpm.errors import DesignError
from ebpm.estimate import Estimate, Estimates, Unavailable
from ebpm.moments.frame import Frame, one_of
from ebpm.moments.regression import regress
from ebpm.rct.checks import design_notices
from ebpm.rct.regression.adjusted import column_names, lin_moments, read_adjusted
from ebpm.rct.trial import Trial
from ebpm.stats.given import whole
from ebpm.stats.inference import level
from ebpm.stats.redrawn.wild import WEIGHTS, Wild, wild_bootstrap

NULLS = ("restricted", "unrestricted")


def wild_cluster(
    data: Any,
    outcome: str,
    *,
    treatment: str,
    cluster: str,
    covariates: Sequence[str] = (),
    control: object = None,
    strata: str | None = None,
    residuals: str = "restricted",
    multipliers: str = "rademacher",
    draws: int = 9999,
    seed: int = 20190401,
    conf_level: float = 0.95,
) -> Estimates:
    """Compare arms as `lin` (without covariates and strata as `difference_in_means`), with wild cluster bootstrap inference.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person (or a person and period).
    outcome : column of numbers.
    treatment : column of the assigned arm.
    cluster : column of the unit that was assigned.
    covariates : columns measured before assignment.
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    strata : column of the strata within which clusters were assigned.
    residuals : "restricted" (those under the null, WCR) or "unrestricted" (WCU).
    multipliers : "rademacher", all 2^G gone through where there are 200,000 or fewer, or "webb" (six points).
    draws : number of draws where not all are gone through.
    seed : of the draws.
    conf_level : level of the interval.

    Returns
    -------
    Estimates : one a non-control arm; standard errors are CR1S, p values symmetric, intervals by inversion of the test.

    Raises
    ------
    DesignError : as `lin`, and if there are too few draws.

    Formula, assumptions and source: `ebpm.stats.redrawn.wild.wild_bootstrap`. Ties count as at least as far, so that the draws that
    reproduce the data belong to the p value; of B draws it is (1 + number) / (1 + B), with Monte Carlo error
    sqrt(p (1 - p) / B). WCR and WCU can differ greatly with few clusters; WCR holds its level better, and rejects too seldom
    where very few clusters are treated.

    Source: Cameron, Gelbach and Miller (2008), REStat 90(3); MacKinnon and Webb (2017), Journal of Applied Econometrics 32(2).

    Examples
    --------
    >>> import pandas as pd
    >>> kwh, school = [1.0, 2, 2, 3, 5, 6, 6, 8, 2, 9], [0, 0, 1, 1, 2, 2, 3, 3, 4, 5]
    >>> trial = pd.DataFrame({"kwh": kwh, "school": school, "arm": [0, 0, 0, 0, 1, 1, 1, 1, 0, 1]})
    >>> wild_cluster(trial, "kwh", treatment="arm", cluster="school")["1"].p_value
    0.03125
    """
    one_of(residuals, NULLS, "residuals")
    one_of(multipliers, WEIGHTS, "multipliers")
    if whole(draws, "draws") < 1.0 / (1.0 - level(conf_level)):
        raise DesignError("rct_too_few_draws", draws=draws, least=int(np.ceil(1.0 / (1.0 - conf_level))))
    frame = Frame.of(data)
    columns = {"treatment": treatment, "control": control, "cluster": cluster, "strata": strata}
    trial, baseline = read_adjusted(frame, outcome, covariates, columns)
    moments = lin_moments(trial, baseline)
    names = column_names(trial, covariates)
    stata = regress(moments, kind="CR1S", names=names).covariance.std_errors
    products, cross = moments.normal
    items = []
    for arm in range(1, len(trial.arms)):
        found = wild_bootstrap(
            products, cross, contrast=np.eye(len(names))[arm], restricted=residuals == "restricted", weights=multipliers,
            draws=draws, seed=seed,
        )  # fmt: skip
        items.append(_estimate(trial, arm, found, float(stata[arm]), method=f"rct.wild_{residuals}", level=conf_level))
    notices = design_notices(trial, outcome, covariates=baseline.shape[1] + len(trial.strata) - 1)
    return Estimates(items=tuple(items), headline_term=items[0].term, notices=notices)


def _estimate(trial: Trial, arm: int, found: Wild, error: float, *, method: str, level: float) -> Estimate:
    low, high = found.interval(level)
    return Estimate(
        term=trial.arms[arm], estimate=found.estimate, std_error=error, df=Unavailable("rct_by_wild"),
        p_value=found.p_value(), conf_low=low, conf_high=high, conf_level=level, n=trial.n, clusters=trial.units,
        estimand="itt", method=method,
    )  # fmt: skip
