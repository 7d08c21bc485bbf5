"""Inverse probability of treatment weighting, the estimation of the weights counted in the standard error."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ebpm.cohort.subjects import Subjects
from ebpm.cohort.weights.effects import ArmMeans, effects
from ebpm.cohort.weights.lost import LOST, seen_outcomes
from ebpm.cohort.weights.outcomes import is_binary
from ebpm.cohort.weights.propensity import propensity_of, share
from ebpm.cohort.weights.propensity_model import TILTS
from ebpm.cohort.weights.streamed import Wanted, streamed_iptw
from ebpm.cohort.weights.streamed_result import StreamedWeighted
from ebpm.cohort.weights.streamed_subjects import Named
from ebpm.cohort.weights.weighted import Weighted
from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Frame, one_of
from ebpm.stats.regression.stacked import Weights

ERRORS = ("stacked", "HC0", "HC1", "HC2", "HC3")
FORMS = ("hajek", "horvitz_thompson")


def iptw(
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
    truncate: float = 0.0,
    form: str = "hajek",
    lost: str = "refused",
    errors: str = "stacked",
    conf_level: float = 0.95,
) -> Weighted | StreamedWeighted:
    """Compare the treated with the untreated, each weighted to stand for the same population.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person; a lazy table, Parquet path or `moments.scan` beyond its budget of memory
        is summed where it lies, if trim, truncate, weights and lost are left as they are.
    outcome : column of numbers.
    treatment : column of two values.
    covariates : columns that explain who was treated, known at time zero; "age^2", "C(education)" and "age:sex" are understood.
    estimand : "ate" (everybody), "att" (the treated), "atc" (the untreated), "ato" (the overlap population, weighted e (1 - e)).
    control : value of the untreated; where None, the one called 0, False, "control" or 対照.
    cluster : column of clusters of persons.
    weights : column of sampling weights.
    trim : persons whose chance of treatment lies outside [trim, 1 - trim] are left out, and the chances fitted again.
    truncate : share of the weights at either end that are set to the quantile there.
    form : "hajek" (weighted means) or "horvitz_thompson" (weighted sums over the size of the target population).
    lost : "weighted": persons without an outcome are made up for by those like them in treatment and covariates; or "refused".
    errors : "stacked" (the weights are estimated), or "HC0" to "HC3" (the weights are taken as known, weighted least squares).
    conf_level : level of the intervals.

    Returns
    -------
    Weighted : difference of means; of outcomes of yes or no also the logarithms of the risk ratio and the odds ratio; the two
        means. Its `propensity`, `balance` and `weighting` tell whether the weights did their work. `StreamedWeighted`, the same from
        sums, has no chances nor weights of single persons.

    Raises
    ------
    DataError : if a column is missing, not numeric, or has missing values.
    DesignError : if the treatment has not two values, covariates are collinear or tell exactly who was treated, or lost.

    Formula: m_a = sum of w_i y_i over arm a / sum of w_i; w = h(e) / e of the treated and h(e) / (1 - e) of the untreated, h = 1,
    e, 1 - e or e (1 - e). With s_i the score and M the inverse information of the logistic regression, a person's influence is
    w_i (y_i - m_a) / sum w + s_i'M sum_j (d w_j / d alpha) (y_j - m_a) / sum w; squares are summed over persons, or over clusters
    times G / (G - 1) with G - 1 degrees of freedom. With lost outcomes w is divided by the chance of being seen, by logistic regression
    on treatment and covariates, whose fit is counted alike.

    Assumptions: no unmeasured confounding given the covariates, nor reasons of being lost that go with the outcome beyond them; the model of the treatment is right; everybody could have been
    treated and not treated; no interference.

    Source: Lunceford and Davidian (2004), Statistics in Medicine 23(19), section 3; Li, Morgan and Zaslavsky (2018), Journal of the
    American Statistical Association 113(521); Hernán and Robins (2020), Causal Inference: What If, section 12.6, for lost outcomes.

    There is no matching here: its errors (Abadie and Imbens 2006, Econometrica 74(1); 2016, Econometrica 84(2)) are another theory, which
    no maintained package for Python gives. "ato" compares the persons whom matching keeps, by weights, and "att" those it is about.

    Examples
    --------
    >>> import pandas as pd
    >>> cohort = pd.DataFrame({
    ...     "old": [0, 0, 0, 0, 1, 1, 1, 1] * 2, "treated": [0, 0, 0, 1, 0, 1, 1, 1] * 2, "y": [1.0, 2, 3, 4, 5, 6, 7, 8] * 2,
    ... })
    >>> found = iptw(cohort, "y", treatment="treated", covariates=["old"])
    >>> round(found.estimates["difference"].estimate, 6)
    2.0
    """
    named = Named(outcome=outcome, treatment=treatment, covariates=covariates, control=control, cluster=cluster)
    wanted = Wanted(estimand=estimand, form=form, errors=errors, conf_level=conf_level)
    records = _Records(weights=weights, trim=trim, truncate=truncate, lost=lost)
    _check(wanted, records, clustered=cluster is not None)
    streamed = streamed_iptw(data, named, wanted, records=records.given)
    return streamed if streamed is not None else _of_records(Frame.of(data), named, wanted, records)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Records:
    """What is asked for that takes the record of each person: sampling weights, who is left out, whose outcome is made up for."""

    weights: str | None
    trim: float
    truncate: float
    lost: str

    @property
    def given(self) -> dict[str, object]:
        """By name; false where it was not given."""
        return {
            "trim": self.trim, "truncate": self.truncate, "weights": self.weights is not None,
            f"lost={self.lost}": self.lost != LOST[0],
        }  # fmt: skip


def _check(wanted: Wanted, records: _Records, *, clustered: bool) -> None:
    one_of(wanted.form, FORMS, "form")
    proven = ERRORS[:1] if not wanted.means else ERRORS[:2] if clustered else ERRORS
    one_of(wanted.errors, proven, "errors")
    one_of(records.lost, LOST, "lost")


def _of_records(frame: Frame, named: Named, wanted: Wanted, records: _Records) -> Weighted:
    model = propensity_of(
        frame, treatment=named.treatment, covariates=named.covariates, control=named.control, cluster=named.cluster,
        weights=records.weights, trim=records.trim,
    )  # fmt: skip
    outcomes = seen_outcomes(frame, named.outcome, model, weighted=records.lost == "weighted")
    fitted = model.weights(wanted.estimand, truncate=share(records.truncate, "truncate")).times(outcomes.weights)
    stacked = wanted.errors == ERRORS[0]
    if wanted.means:
        means = _hajek(outcomes.values, model.subjects, fitted if stacked else fitted.known(), wanted.errors)
    else:
        means = _sums(outcomes.values, model.subjects, fitted, wanted.estimand)
    found = effects(
        means, model.subjects, estimand=wanted.estimand, method="cohort.iptw" if stacked else "cohort.iptw_known",
        binary=is_binary(outcomes.values[outcomes.seen]), conf_level=wanted.conf_level,
    )  # fmt: skip
    return Weighted.of(found.with_notices(outcomes.notices), model, fitted, estimand=wanted.estimand)


def _hajek(values: Floats, subjects: Subjects, weights: Weights, errors: str) -> ArmMeans:
    each = _by_arm(subjects, weights)
    totals = each.sum(axis=0)
    means = values @ each / totals
    influence = weights.stacked(each * (values[:, None] - means) / totals)
    return ArmMeans(means, influence * _inflation(each / totals, errors))


def _inflation(leverages: Floats, errors: str) -> Floats:
    if errors == "HC1":
        return np.full_like(leverages, np.sqrt(len(leverages) / (len(leverages) - 2.0)))
    return (1.0 - leverages) ** {"HC2": -0.5, "HC3": -1.0}.get(errors, 0.0)


def _sums(values: Floats, subjects: Subjects, weights: Weights, estimand: str) -> ArmMeans:
    if estimand == "ato":
        raise DesignError("cohort_no_sum_form", estimand=estimand)
    each = _by_arm(subjects, weights) * values[:, None]
    target = subjects.base * TILTS[estimand].target(subjects.base, subjects.treated)
    means = each.sum(axis=0) / target.sum()
    return ArmMeans(means, (weights.stacked(each) - target[:, None] * means) / target.sum())


def _by_arm(subjects: Subjects, weights: Weights) -> Floats:
    arms = np.column_stack([1.0 - subjects.treated, subjects.treated])
    return (subjects.base * weights.values)[:, None] * arms
