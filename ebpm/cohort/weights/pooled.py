"""G-computation of risks: the chance of the event in each step of time, by a pooled logistic regression in each arm."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ebpm.cohort.subjects import Subjects, read_subjects
from ebpm.cohort.survival.follow_up import read_follow_up
from ebpm.cohort.survival.time_checks import positive
from ebpm.cohort.weights.effects import ArmMeans, effects
from ebpm.cohort.weights.g_computation import ESTIMANDS
from ebpm.cohort.weights.standardised import Standardised
from ebpm.cohort.weights.steps import Ending, Known, fit_start
from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Frame, one_of
from ebpm.moments.terms import Terms
from ebpm.stats.survival.risk_sets import Spells
from ebpm.texts import LANGUAGES, Words, coined, label


def pooled_logistic(
    data: Any,
    time: str,
    *,
    event: str,
    treatment: str,
    covariates: str | Sequence[str],
    horizon: float,
    interval: float,
    events: Mapping[Any, str] | None = None,
    estimand: str = "ate",
    control: object = None,
    cluster: str | None = None,
    weights: str | None = None,
    conf_level: float = 0.95,
) -> Standardised:
    """Compare risks by predicting each person's under both treatments, from a pooled logistic regression of the event in each arm.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person.
    time : column of the time from time zero to the event or the end of follow-up.
    event, events : as in `kaplan_meier`; one kind of event.
    treatment : column of two values, known at time zero.
    covariates : columns known at time zero; "age^2", "C(ward)" and "age:sex" are understood.
    horizon : time at which risks are compared, in the unit of `time`.
    interval : length of the steps in which the event is modelled.
    estimand : "ate" (everybody), "att" (the treated), "atc" (the untreated).
    control : value of the untreated; where None, the one called 0, False, "control" or 対照.
    cluster : column of clusters of persons.
    weights : column of sampling weights.
    conf_level : level of the intervals.

    Returns
    -------
    Standardised : difference of risks at the horizon; the logarithms of the risk ratio and the odds ratio (both marginal); the two risks.

    Raises
    ------
    DataError : as `kaplan_meier`, or if a covariate is missing or not numeric.
    DesignError : if an arm has no event before the horizon, nobody of it is followed so far, or covariates tell exactly who has it.

    Formula: logit h_a(k, x) = clock_a(k) + b_a'x of the event in step k, of those who have it in it or are followed to its end; the risk of
    a person is 1 - product of (1 - h_a(k, x)). Up to six steps have a coefficient each, otherwise a line and a parabola. A person's
    influence is g_i (risk_i - m_a) / sum g plus what she adds to the coefficients times the derivative of m_a by them.

    Assumptions: no unmeasured confounding given the covariates; the regressions are right; leaving tells nothing about the event given arm
    and covariates; steps are short enough that leaving inside one does not matter; no interference.

    Source: Hernán and Robins (2020), Causal Inference: What If, section 17.5; D'Agostino et al. (1990), Statistics in Medicine 9(12).

    Examples
    --------
    >>> import pandas as pd
    >>> stays = pd.DataFrame({
    ...     "days": [3.0, 5, 9, 12, 4, 9, 12, 12] * 2, "back": [1, 1, 1, 0, 1, 1, 0, 0] * 2,
    ...     "old": [0, 1, 0, 1, 1, 0, 0, 1] * 2, "rehab": [0, 0, 0, 0, 1, 1, 1, 1] * 2,
    ... })
    >>> found = pooled_logistic(stays, "days", event="back", treatment="rehab", covariates=[], horizon=12, interval=6)
    >>> round(found.estimates["difference"].estimate, 6)
    -0.25
    """
    one_of(estimand, ESTIMANDS, "estimand")
    frame = Frame.of(data)
    subjects = read_subjects(
        frame, treatment=treatment, covariates=covariates, control=control, cluster=cluster, weights=weights
    )
    follow_up = read_follow_up(frame, time, event=event, events=events).of_cause(None)
    targets = {"ate": np.ones(subjects.n), "att": subjects.treated, "atc": 1.0 - subjects.treated}
    target = subjects.base * targets[estimand]
    share, until, step = target / target.sum(), positive(horizon), positive(interval, "interval")
    arms = [_risk(follow_up.spells, subjects, arm, share, until=until, interval=step) for arm in (0, 1)]
    means = ArmMeans(np.array([risk for risk, _ in arms]), np.column_stack([influence for _, influence in arms]))
    found = effects(
        means, subjects, estimand=estimand, method="cohort.pooled_logistic", binary=True, conf_level=conf_level
    )
    return Standardised.of(found.named(_names(subjects)).with_notices(follow_up.notices), subjects)


def _names(subjects: Subjects) -> dict[str, Words]:
    """What the means of the event are: risks, and their difference."""
    risks: dict[str, Words] = {
        f"mean_{arm}": {lang: label(f"cohort_risk_{arm}", lang, arm=name) for lang in LANGUAGES}
        for arm, name in zip(("untreated", "treated"), subjects.arms, strict=True)
    }
    return risks | {"difference": coined("risk_difference")}


def _risk(
    spells: Spells, subjects: Subjects, arm: int, share: Floats, *, until: float, interval: float
) -> tuple[float, Floats]:
    """The mean risk of the target population under an arm, and what each person adds to it, shape (n,)."""
    rows = np.flatnonzero(subjects.treated == arm)
    happened, ends = (spells.event[rows] > 0) & (spells.exit[rows] <= until), spells.exit[rows]
    if not happened.any() or (ends.max() < until and not happened[ends == ends.max()].all()):
        raise DesignError(
            "cohort_pooled_short",
            arm=subjects.arms[arm],
            events=int(happened.sum()),
            last=f"{ends.max():g}",
            horizon=f"{until:g}",
        )
    terms = subjects.terms
    found = fit_start(
        Ending(happened, ends),
        Known.at_zero(Terms(terms.matrix[rows], terms.names)),
        until=until,
        interval=interval,
        base=subjects.base[rows],
    )
    everybody = np.arange(subjects.n)
    alive = found.of_persons(terms).waited(everybody, np.full(subjects.n, found.steps))
    risk = 1.0 - 1.0 / alive.values
    mean = float(share @ risk)
    influence = share * (risk - mean)
    influence[rows] += found.influence @ (alive.parts[0].sensitivity.T @ (share * (1.0 - risk)))
    return mean, influence
