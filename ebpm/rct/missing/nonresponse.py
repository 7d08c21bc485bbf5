"""Arms compared with those who answered standing for those who did not: weights of inverse probability of answering."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np

from ebpm.errors import DesignError
from ebpm.estimate import Estimate, Estimates
from ebpm.moments.frame import Floats, Frame, Ints
from ebpm.notices import Notice, Notices
from ebpm.rct.checks import design_notices
from ebpm.rct.missing.attrition import attrition
from ebpm.rct.trial import Trial, kish, trial_of
from ebpm.stats.groups import group_sums
from ebpm.stats.inference import combined_df, dfs_of_means, t_estimate
from ebpm.stats.regression.glm import logit

LEAST_EFFECTIVE = 0.5
LARGEST = 0.1
MOST = 0.99


@dataclass(frozen=True, slots=True)
class _Arm:
    """The mean of one arm over its strata, its influence (n,), its variance and df, and the weights of those observed."""

    mean: float
    influence: Floats
    variance: float
    df: float
    weights: Floats


def nonresponse_weighted(
    data: Any,
    outcome: str,
    *,
    treatment: str,
    covariates: Sequence[str],
    control: object = None,
    cluster: str | None = None,
    strata: str | None = None,
    conf_level: float = 0.95,
) -> Estimates:
    """Compare arms, each person who answered standing for 1 / p like her, p her arm's chance of answering.

    Parameters
    ----------
    data : any frame that Narwhals knows, with a row for everybody who was assigned.
    outcome : column of numbers, missing where not observed.
    treatment : column of the assigned arm.
    covariates : columns measured before assignment, known for everybody, on which answering may depend.
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    cluster : column of the unit that was assigned, where that was not the row.
    strata : column of the strata within which units were assigned.
    conf_level : level of the intervals.

    Returns
    -------
    Estimates : one a non-control arm. With nobody missing they are those of `difference_in_means`.

    Raises
    ------
    DataError : if a covariate has missing values.
    DesignError : if fewer than two outcomes were observed in an arm (of a stratum), if the covariates are collinear or tell
        exactly who answered, and as `difference_in_means`; also for pairs.

    Formula: p by a logistic regression of answering on the covariates within each arm; m = sum_s p_s m_s, m_s the mean of
    a stratum weighted by r / p. The standard error stacks the scores of the regression on the equations of the means
    (M-estimation): influences are summed by unit, centred by stratum, their squares divided by 1 - the unit's share of the weights of
    its stratum and arm (CR2 of a mean); Welch's df over the arms, or their sum where there are strata, an arm having Satterthwaite's
    of each stratum.

    Assumptions: assignment was random; within an arm, of people alike in the covariates those who answered are a random part.

    Source: Wooldridge (2007), Journal of Econometrics 141(2); Stefanski and Boos (2002), The American Statistician 56(1).

    Examples
    --------
    >>> import pandas as pd
    >>> trial = pd.DataFrame({
    ...     "y": [1.0, 2, None, 4, 5, None, 3, None, 5, None, 7, 8], "old": [0, 0, 0, 1, 1, 1] * 2, "arm": [0] * 6 + [1] * 6,
    ... })
    >>> round(nonresponse_weighted(trial, "y", treatment="arm", covariates=["old"])["1"].estimate, 6)
    2.75
    """
    frame = Frame.of(data)
    present = frame.present(outcome, "outcome")
    columns = {"treatment": treatment, "control": control, "cluster": cluster, "strata": strata}
    index = np.arange(len(frame), dtype=np.float64)
    trial = trial_of(frame, index, outcome=outcome, **columns)  # type: ignore[arg-type]
    if trial.paired:
        raise DesignError("rct_lin_of_pairs", column=strata, pairs=len(trial.strata))
    _refuse_unobserved(trial, present.astype(np.float64), outcome, strata)
    values = np.zeros(len(frame))
    values[present] = frame.rows(present).numbers(outcome, "outcome")
    baseline = frame.matrix(covariates, "covariates")
    arms = [_arm(trial, values, present.astype(np.float64), baseline, arm) for arm in range(len(trial.arms))]
    items = tuple(_estimate(trial, arms, arm, conf_level) for arm in range(1, len(arms)))
    covariance = np.diag([one.variance for one in arms[1:]]) + arms[0].variance
    notices = design_notices(trial, outcome) + _exploding(trial, arms)
    if not present.all():
        notices = notices + attrition(frame, outcome, covariates=covariates, **columns)  # type: ignore[arg-type]
    return Estimates(items=items, headline_term=items[0].term, covariance=covariance, notices=notices)


def _refuse_unobserved(trial: Trial, observed: Floats, outcome: str, strata: str | None) -> None:
    cell = trial.stratum * len(trial.arms) + trial.arm
    counts = np.bincount(cell, observed, minlength=len(trial.strata) * len(trial.arms))
    if (counts < 2).any():
        place = int(np.argmax(counts < 2))
        stratum, arm = divmod(place, len(trial.arms))
        name = f"{strata} = {trial.strata[stratum]}, {trial.arms[arm]}" if strata else trial.arms[arm]
        raise DesignError("rct_unobserved_arm", column=outcome, arm=name, count=int(counts[place]))


def _arm(trial: Trial, values: Floats, observed: Floats, baseline: Floats, arm: int) -> _Arm:
    rows = np.flatnonzero(trial.arm == arm)
    y, r, stratum = values[rows], observed[rows], trial.stratum[rows]
    chances, correction, names = np.ones(len(rows)), np.zeros((len(rows), 0)), np.zeros((0, 0))
    design = np.column_stack([np.ones(len(rows)), baseline[rows]])
    if not r.all():
        fit = logit(r, design)
        chances, correction, names = fit.fitted, fit.scores, fit.bread
    weights = r / chances
    totals = np.bincount(stratum, weights, minlength=len(trial.strata))
    means = np.bincount(stratum, weights * y, minlength=len(trial.strata)) / totals
    scale = (trial.stratum_shares / totals)[stratum]
    equation = scale * weights * (y - means[stratum])
    influence = equation.copy()
    if len(names):
        slope = -(equation * (1.0 - chances)) @ design
        influence += correction @ (names @ slope)
    variance, df = _variance(trial, rows, influence, weights)
    full = np.zeros(trial.n)
    full[rows] = influence
    return _Arm(float(trial.stratum_shares @ means), full, variance, df, weights[r > 0])


def _variance(trial: Trial, rows: Ints, influence: Floats, weights: Floats) -> tuple[float, float]:
    """Of the sum of influences over the units of one arm, drawn within strata, and its degrees of freedom."""
    units, place = np.unique(trial.unit[rows], return_inverse=True)
    stratum = trial.of_units(trial.stratum)[units]
    columns = np.ones((len(units), 3))
    columns[:, 0], columns[:, 1] = (np.bincount(place, column) for column in (influence, weights))
    sums, totals, counts = group_sums(columns, stratum, groups=len(trial.strata)).T
    centred, shares = columns[:, 0] - (sums / counts)[stratum], columns[:, 1] / totals[stratum]
    df = dfs_of_means(shares, stratum, len(counts)).sum()
    return float((centred**2 / (1.0 - np.minimum(shares, MOST))).sum()), float(df)


def _estimate(trial: Trial, arms: list[_Arm], arm: int, conf_level: float) -> Estimate:
    own, control = arms[arm], arms[0]
    variance = own.variance + control.variance
    dfs = np.array([own.df, control.df])
    welch = combined_df(np.array([own.variance, control.variance]), dfs)
    df = float(dfs.sum()) if len(trial.strata) > 1 else welch
    inside = np.isin(trial.arm, [0, arm])
    return t_estimate(
        own.mean - control.mean, float(np.sqrt(variance)), df=df, conf_level=conf_level, term=trial.arms[arm],
        n=int(inside.sum()), clusters=len(np.unique(trial.unit[inside])) if trial.clustered else 0, estimand="itt",
        method="rct.nonresponse_weighted",
    )  # fmt: skip


def _exploding(trial: Trial, arms: list[_Arm]) -> Notices:
    found = []
    for name, one in zip(trial.arms, arms, strict=True):
        effective, largest = kish(one.weights), float(one.weights.max() / one.weights.sum())
        few = len(one.weights) < 2.0 / LARGEST
        if effective < LEAST_EFFECTIVE * len(one.weights) or (largest > LARGEST and not few):
            facts = {"rows": len(one.weights), "effective": f"{effective:.1f}", "largest": f"{100 * largest:.0f}"}
            found.append(Notice("R128", name, MappingProxyType(facts)))
    return Notices(tuple(found))
