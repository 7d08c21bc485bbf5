"""Effects from imputed untreated outcomes: Borusyak, Jaravel and Spiess (2024) and Gardner's two stages (2022)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ebpm.did.staggered.adopted import read_adoption
from ebpm.did.staggered.result import Staggered
from ebpm.did.staggered.untreated import Untreated
from ebpm.moments.naming import named_columns


def imputation(
    data: Any,
    outcome: str,
    *,
    unit: str,
    time: str,
    first_treated: str,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    weights: str | None = None,
    anticipation: int = 0,
    errors: str = "asymptotic",
    conf_level: float = 0.95,
) -> Staggered:
    """Estimate effects as outcomes less what unit and period effects, fitted to untreated rows alone, would have them be.

    Parameters
    ----------
    data : a table that Narwhals knows, one row a unit and period; units may miss periods. A lazy table, a path to Parquet files,
        `moments.scan` or sums is summed where it lies; the numbers are the same. Covariates beside weights, and weights that change within
        a unit, need the records.
    outcome : column of numbers, in any unit.
    unit, time : columns; `time` holds whole numbers.
    first_treated : column with the first treated period of the unit; 0, infinite, null or later than the last period where it is
        never treated.
    covariates : columns of numbers, with one slope each in the untreated outcomes. What does not change within a unit tells nothing unless
        it is multiplied by dummies of periods.
    cluster : column that units are nested in; the unit itself where None.
    weights : column of positive numbers: rows weigh so much both in the regression on untreated rows and in every average.
    anticipation : periods before treatment in which units may already respond; these rows are imputed as well.
    errors : "asymptotic": as published, with the normal reference, for many treated and many comparison clusters. "satterthwaite": each
        cohort's part of the variance times n/(n - 1), n its clusters, with Satterthwaite's degrees of freedom; with few treated clusters these
        cover where the others are too narrow. Clusters that mix cohorts form a part of their own.
    conf_level : level of the intervals.

    Returns
    -------
    Staggered. `aggregate("event")` also holds the coefficients of all periods before treatment but the last, from a regression
    on the untreated rows alone (with CR1 errors), so that a test of them does not disturb the effects; there are none where no
    unit is never treated. They are relative to the period before treatment, while the effects are relative to all untreated periods.

    Raises
    ------
    DataError : a unit and period twice, periods that are not whole numbers, a cohort that changes within a unit.
    DesignError : no treated or no untreated rows, one cluster, gaps that leave unit and period effects undetermined, covariates that do not
        vary beyond them or are collinear.

    Formula: tau_it = y_it - a_i - b_t - x_it'c with a, b, c from least squares on the untreated rows, of which none is dropped (a unit seen
    once before treatment still tells its a_i); an average with weights w is sum v_it y_it, and its variance
    sum_i (sum_t v_it e_it)^2 where e is the residual, of treated rows around the mean effect of their cohort and period (by equation 8, with weights of
    clusters v_c, where clusters or weights are unequal).

    Assumptions: parallel trends in all periods, no anticipation beyond that declared, treatment does not end, clusters independent.
    The variance is conservative: it counts differences of effects within a cohort and period as error.

    Source: Borusyak, Jaravel and Spiess (2024), Review of Economic Studies 91(6), theorem 2 and equations 7-8.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import did
    >>> rows = {"y": [1.0, 2, 6, 0, 1, 1, 3, 5, 6], "id": [1, 1, 1, 2, 2, 2, 3, 3, 3], "t": [1, 2, 3] * 3, "g": [3] * 3 + [0] * 6}
    >>> effects = did.imputation(pd.DataFrame(rows), "y", unit="id", time="t", first_treated="g")
    >>> round(effects.estimates.headline.estimate, 12)
    3.25
    """
    adopted = read_adoption(
        data, outcome, unit=unit, time=time, first_treated=first_treated, covariates=named_columns(covariates, "covariates"), cluster=cluster, weights=weights,
        anticipation=anticipation,
    )  # fmt: skip
    return Untreated.of(adopted, errors).staggered("did.imputation", adopted.late, conf_level)


def two_stage(
    data: Any,
    outcome: str,
    *,
    unit: str,
    time: str,
    first_treated: str,
    covariates: Sequence[str] = (),
    cluster: str | None = None,
    weights: str | None = None,
    anticipation: int = 0,
    errors: str = "asymptotic",
    conf_level: float = 0.95,
) -> Staggered:
    """Estimate effects by regressing outcomes, less unit and period effects of the untreated rows, on treatment.

    Parameters
    ----------
    data, outcome, unit, time, first_treated, covariates, cluster, weights, anticipation, errors, conf_level : as in `did.imputation`.

    Returns
    -------
    Staggered. The effects from treatment on are those of `did.imputation`; the errors differ, as the second stage takes the effect to be
    one number within each average. Before treatment the coefficients are mean residuals of the first stage, which that stage has
    drawn towards zero: no test of parallel trends.

    Raises
    ------
    DataError, DesignError : as `did.imputation`.

    Formula: the second stage regresses y_it - a_i - b_t - x_it'c on dummies of the average asked for; its covariance is that of the two
    stages as one GMM, by cluster, with no correction for small samples and the normal reference.

    Assumptions: as `did.imputation`.

    Source: Gardner (2022), Two-stage differences in differences, arXiv 2207.05943; Newey and McFadden (1994), Handbook of Econometrics 4, 6.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import did
    >>> rows = {"y": [1.0, 2, 6, 0, 1, 1, 3, 5, 6], "id": [1, 1, 1, 2, 2, 2, 3, 3, 3], "t": [1, 2, 3] * 3, "g": [3] * 3 + [0] * 6}
    >>> effects = did.two_stage(pd.DataFrame(rows), "y", unit="id", time="t", first_treated="g")
    >>> round(effects.estimates.headline.estimate, 12)
    3.25
    """
    adopted = read_adoption(
        data, outcome, unit=unit, time=time, first_treated=first_treated, covariates=named_columns(covariates, "covariates"), cluster=cluster, weights=weights,
        anticipation=anticipation,
    )  # fmt: skip
    used = np.isfinite(adopted.rows.cohort)
    return Untreated.of(adopted, errors).staggered("did.two_stage", used, conf_level, pooled=True)
