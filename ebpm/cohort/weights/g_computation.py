"""G-computation: the outcome of everybody under either treatment, by a regression in each arm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ebpm.cohort.subjects import Subjects, read_subjects
from ebpm.cohort.weights.effects import ArmMeans, effects
from ebpm.cohort.weights.outcomes import family_of, is_binary, numbers_of, outcome_model
from ebpm.cohort.weights.standardised import Standardised
from ebpm.moments.frame import Floats, Frame, one_of

ESTIMANDS = ("ate", "att", "atc")


def g_computation(
    data: Any,
    outcome: str,
    *,
    treatment: str,
    covariates: str | Sequence[str],
    estimand: str = "ate",
    control: object = None,
    cluster: str | None = None,
    weights: str | None = None,
    family: str = "recommended",
    conf_level: float = 0.95,
) -> Standardised:
    """Compare the treated with the untreated by predicting each person's outcome under both, from a regression in each arm.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person.
    outcome : column of numbers.
    treatment : column of two values.
    covariates : columns known at time zero; "age^2", "C(education)" and "age:sex" are understood.
    estimand : "ate" (everybody), "att" (the treated), "atc" (the untreated).
    control : value of the untreated; where None, the one called 0, False, "control" or 対照.
    cluster : column of clusters of persons.
    weights : column of sampling weights.
    family : of the regression: "gaussian", "binomial", or "recommended" (binomial for outcomes of 0 and 1).
    conf_level : level of the intervals.

    Returns
    -------
    Standardised : difference of means; of outcomes of yes or no also the logarithms of the risk ratio and the odds ratio (both
        marginal); the two means.

    Raises
    ------
    DataError : if a column is missing, not numeric, or has missing values.
    DesignError : if the treatment has not two values, or the outcome cannot be regressed on the covariates within an arm.

    Formula: m_a = sum g_i f_a(x_i) / sum g_i, f_a the regression in arm a, g = 1, A or 1 - A. A person's influence is
    g_i (f_a(x_i) - m_a) / sum g plus what she adds to the coefficients times the derivative of m_a by them.

    Assumptions: no unmeasured confounding given the covariates; the regressions are right, also where an arm has few persons like
    those it predicts; no interference.

    Source: Robins (1986), Mathematical Modelling 7(9-12); Hernán and Robins (2020), Causal Inference: What If, chapter 13;
    Stefanski and Boos (2002), The American Statistician 56(1), for the standard error.

    Examples
    --------
    >>> import pandas as pd
    >>> cohort = pd.DataFrame({
    ...     "age": [1.0, 2, 3, 4, 5, 6], "treated": [0, 0, 1, 0, 1, 1], "y": [1.0, 2, 6, 4, 10, 12],
    ... })
    >>> found = g_computation(cohort, "y", treatment="treated", covariates=["age"])
    >>> round(found.estimates["difference"].estimate, 6)
    3.5
    """
    one_of(estimand, ESTIMANDS, "estimand")
    frame = Frame.of(data)
    subjects = read_subjects(
        frame, treatment=treatment, covariates=covariates, control=control, cluster=cluster, weights=weights
    )
    values = numbers_of(frame, outcome, subjects.terms)
    kind = family_of(values, family)
    means = _means(values, subjects, estimand, kind)
    found = effects(
        means,
        subjects,
        estimand=estimand,
        method="cohort.g_computation",
        binary=is_binary(values),
        conf_level=conf_level,
    )
    return Standardised.of(found, subjects)


def _means(values: Floats, subjects: Subjects, estimand: str, family: str) -> ArmMeans:
    target = (
        subjects.base * {"ate": np.ones(subjects.n), "att": subjects.treated, "atc": 1.0 - subjects.treated}[estimand]
    )
    share = target / target.sum()
    fits = [outcome_model(values, subjects, arm, family=family) for arm in (0, 1)]
    means = np.array([share @ fit.predicted for fit in fits])
    influence = [
        share * (fit.predicted - mean) + fit.passed_on(share) for fit, mean in zip(fits, means.tolist(), strict=True)
    ]
    return ArmMeans(means, np.column_stack(influence))
