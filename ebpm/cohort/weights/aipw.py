"""Doubly robust estimation: weights by the chance of treatment, augmented by a regression of the outcome in each arm."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ebpm.cohort.weights.effects import ArmMeans, effects
from ebpm.cohort.weights.outcomes import family_of, is_binary, numbers_of, outcome_model
from ebpm.cohort.weights.propensity import propensity_of
from ebpm.cohort.weights.propensity_model import ESTIMANDS, TILTS, PropensityModel
from ebpm.cohort.weights.weighted import Weighted
from ebpm.moments.frame import Floats, Frame, one_of

ERRORS = ("stacked", "influence")


def aipw(
    data: Any,
    outcome: str,
    *,
    treatment: str,
    covariates: str | Sequence[str],
    estimand: str = "ate",
    control: object = None,
    cluster: str | None = None,
    weights: str | None = None,
    trim: float = 0.0,
    family: str = "recommended",
    errors: str = "stacked",
    conf_level: float = 0.95,
) -> Weighted:
    """Compare the treated with the untreated by weighting and regression at once: right if either model is.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person.
    outcome : column of numbers.
    treatment : column of two values.
    covariates : columns known at time zero, of both models; "age^2", "C(education)" and "age:sex" are understood.
    estimand : "ate" (everybody), "att" (the treated), "atc" (the untreated), "ato" (the overlap population).
    control : value of the untreated; where None, the one called 0, False, "control" or 対照.
    cluster : column of clusters of persons.
    weights : column of sampling weights.
    trim : persons whose chance of treatment lies outside [trim, 1 - trim] are left out, and the chances fitted again.
    family : of the outcome's regression: "gaussian", "binomial", or "recommended" (binomial for outcomes of 0 and 1).
    errors : "stacked" (valid if either model is right), or "influence" (the efficient influence function, n - 1 in the
        denominator; valid if both are).
    conf_level : level of the intervals.

    Returns
    -------
    Weighted : as `iptw`.

    Raises
    ------
    DataError : if a column is missing, not numeric, or has missing values.
    DesignError : as `iptw`; also if the outcome cannot be regressed on the covariates within an arm.

    Formula: m_a = sum [g_i f_a(x_i) + 1(A_i = a) w_i (y_i - f_a(x_i))] / sum g_i, f_a the regression in arm a, g = 1, A, 1 - A or
    e (1 - e), w the weights of `iptw`. The stacked standard error adds what both fits contribute.

    Assumptions: those of `iptw`, but of the two models only one needs to be right ("ato": that of the treatment defines who
    counts).

    Source: Robins, Rotnitzky and Zhao (1994), Journal of the American Statistical Association 89(427); Glynn and Quinn (2010),
    Political Analysis 18(1); Li, Thomas and Li (2019), American Journal of Epidemiology 188(1), for the overlap population.

    Examples
    --------
    >>> import pandas as pd
    >>> cohort = pd.DataFrame({
    ...     "age": [1.0, 2, 3, 4, 5, 6] * 2, "treated": [0, 0, 1, 0, 1, 1, 0, 1, 0, 1, 0, 1],
    ...     "y": [1.0, 2, 5, 4, 7, 8, 1, 4, 3, 6, 5, 8],
    ... })
    >>> found = aipw(cohort, "y", treatment="treated", covariates=["age"])
    >>> round(found.estimates["difference"].estimate, 6)
    2.0
    """
    one_of(errors, ERRORS, "errors")
    one_of(estimand, ESTIMANDS, "estimand")
    frame = Frame.of(data)
    model = propensity_of(
        frame, treatment=treatment, covariates=covariates, control=control, cluster=cluster, weights=weights, trim=trim
    )
    values = numbers_of(frame, outcome, model.subjects.terms)[model.kept]
    kind, stacked = family_of(values, family), errors == "stacked"
    parts = [_arm(values, model, arm, estimand=estimand, family=kind, stacked=stacked) for arm in (0, 1)]
    n = model.subjects.n
    found = effects(
        ArmMeans(np.array([mean for mean, _ in parts]), np.column_stack([part for _, part in parts])), model.subjects,
        estimand=estimand, method="cohort.aipw" if stacked else "cohort.aipw_influence", binary=is_binary(values),
        conf_level=conf_level, small_sample=1.0 if stacked or cluster else n / (n - 1.0),
    )  # fmt: skip
    return Weighted.of(found, model, model.weights(estimand), estimand=estimand)


def _arm(
    values: Floats, model: PropensityModel, arm: int, *, estimand: str, family: str, stacked: bool
) -> tuple[float, Floats]:
    subjects, tilt, chances = model.subjects, TILTS[estimand], model.chances
    fit = outcome_model(values, subjects, arm, family=family)
    inside = subjects.base * (subjects.treated == arm)
    weigh, slope = (tilt.treated, tilt.d_treated) if arm else (tilt.untreated, tilt.d_untreated)
    own, target = inside * weigh(chances), subjects.base * tilt.target(chances, subjects.treated)
    errors, total = values - fit.predicted, target.sum()
    mean = float((target @ fit.predicted + own @ errors) / total)
    influence = (target * (fit.predicted - mean) + own * errors) / total
    if not stacked:
        return mean, influence
    moved = own * slope(chances) * errors + subjects.base * tilt.d_target(chances) * (fit.predicted - mean)
    return mean, influence + _passed_on(model, moved / total) + fit.passed_on((target - own) / total)


def _passed_on(model: PropensityModel, moved: Floats) -> Floats:
    """What the fit of the chances adds, where `moved` is each row's derivative by its own linear predictor."""
    return np.asarray(model.influence @ (model.subjects.terms.design.T @ moved))
