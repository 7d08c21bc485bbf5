"""Persons whose outcome was not seen, or not seen to the end: those who were seen are weighted to stand for them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ebpm.cohort.subjects import Subjects
from ebpm.cohort.weights.outcomes import numbers_of
from ebpm.cohort.weights.propensity_model import PropensityModel
from ebpm.cohort.weights.steps import Ending, Known, StartModel, fit_start
from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Frame
from ebpm.moments.terms import Terms
from ebpm.notices import Notice, Notices
from ebpm.stats.regression.glm import logit
from ebpm.stats.regression.stacked import Nuisance, Weights
from ebpm.stats.survival.risk_sets import Spells

LOST = ("refused", "weighted")


@dataclass(frozen=True, slots=True, eq=False)
class Seen:
    """Outcomes, and weights that make up for those not seen.

    Parameters
    ----------
    values : outcomes, 0 where not seen, shape (n,).
    seen : shape (n,).
    weights : inverse chance of being seen, 0 where not seen.
    notices : C416, where there are lost persons.
    """

    values: Floats
    seen: NDArray[np.bool_]
    weights: Weights
    notices: Notices


def seen_outcomes(frame: Frame, outcome: str, model: PropensityModel, *, weighted: bool) -> Seen:
    """Return the outcomes of the persons of a model of treatment.

    Parameters
    ----------
    frame : the table, one row a person.
    outcome : column of numbers; missing where the outcome was not seen, if `weighted`.
    model : of the treatment, who is in it.
    weighted : whether persons without an outcome are made up for; otherwise they are refused.

    Raises
    ------
    DataError : if an outcome is missing and they are not made up for, or is not a number.
    DesignError : if treatment and covariates tell exactly whose outcome was seen.

    Formula: logistic regression of being seen on treatment and covariates gives c; those seen weigh 1 / c.

    Source: Hernán and Robins (2020), Causal Inference: What If, section 12.6.
    """
    subjects = model.subjects
    nobody = Seen(np.zeros(0), np.ones(subjects.n, dtype=np.bool_), Weights(np.ones(subjects.n)), Notices())
    seen = frame.present(outcome, "outcome")
    if not weighted or seen.all():
        return replace(nobody, values=numbers_of(frame, outcome, subjects.terms)[model.kept])
    if not seen.any():
        raise DesignError("cohort_lost_separated", lost=len(frame), n=len(frame))
    every = np.zeros(len(frame))
    every[seen] = numbers_of(frame.rows(seen), outcome, subjects.terms)
    own = seen[model.kept]
    if own.all():
        return replace(nobody, values=every[model.kept])
    design = np.column_stack([np.ones(subjects.n), subjects.treated, subjects.terms.matrix])
    try:
        fit = logit(own.astype(np.float64), design, weights=subjects.base)
    except DesignError as error:
        if error.code == "glm_separation":
            raise DesignError("cohort_lost_separated", lost=int((~own).sum()), n=subjects.n) from error
        raise
    slope = np.where(own, fit.fitted - 1.0, 0.0)[:, None] * design
    found = Weights(np.where(own, 1.0 / fit.fitted, 0.0), (Nuisance(slope, fit.scores @ fit.bread),))
    return Seen(every[model.kept], own, found, _lost(own, subjects))


def _lost(seen: NDArray[np.bool_], subjects: Subjects) -> Notices:
    shares = [f"{100 * (~seen[subjects.treated == arm]).mean():.1f}" for arm in (1, 0)]
    facts = {"lost": int((~seen).sum()), "n": subjects.n, "treated": shares[0], "untreated": shares[1]}
    return Notices((Notice("C416", "", facts),))


def fit_loss(
    leaving: Ending, known: Known, *, horizon: float, interval: float, base: Floats | None = None
) -> tuple[StartModel, Notices]:
    """Fit the chances of leaving without an event in steps of time, and say how many do (C417).

    Parameters
    ----------
    leaving : whether and when the n persons leave before the horizon, some of them at least.
    known : what they leave for.
    horizon : up to which losses are modelled.
    interval : length of a step, in the unit of time.
    base : sampling weights, shape (n,).

    Raises
    ------
    DesignError : if what is known tells exactly who is lost.
    """
    left = int(leaving.begun.sum())
    try:
        model = fit_start(leaving, known, until=horizon, interval=interval, base=base)
    except DesignError as error:
        if error.code == "cohort_start_separated":
            raise DesignError("cohort_lost_separated", lost=left, n=leaving.n) from error
        raise
    facts = {"lost": left, "n": leaving.n, "interval": f"{interval:g}", "horizon": f"{horizon:g}"}
    return model, Notices((Notice("C417", "", facts),))


def split_by_loss(
    spells: Spells, model: PropensityModel, fitted: Weights, *, horizon: float, interval: float
) -> tuple[Spells, Weights, Notices]:
    """Return the follow-up in steps, weighted by the inverse chance of not having been lost before each.

    Parameters
    ----------
    spells : one row a person, followed from time zero, in groups 0 and 1.
    model : of the treatment.
    fitted : weights of treatment.
    horizon : up to which losses are modelled.
    interval : length of a step, in the unit of time.

    Raises
    ------
    DesignError : if treatment and covariates tell exactly who is lost.

    Formula: a pooled logistic regression over steps gives the chance h of leaving in a step, of those who did not have the event in it;
    a row weighs 1 / product of (1 - h) over the steps before it.

    Source: Robins and Finkelstein (2000), Biometrics 56(3).
    """
    subjects, ends = model.subjects, spells.exit
    left = (spells.event == 0) & (ends < horizon)
    if not left.any():
        return spells, fitted, Notices()
    columns = np.column_stack([subjects.treated, subjects.terms.matrix])
    known = Known.at_zero(Terms(columns, (subjects.arms[1], *subjects.terms.names)))
    loss, notices = fit_loss(Ending(left, ends), known, horizon=horizon, interval=interval, base=subjects.base)
    last = np.minimum(np.maximum(np.ceil(ends / interval), 1.0) - 1.0, loss.steps - 1).astype(np.int64)
    person = np.repeat(np.arange(subjects.n), last + 1)
    step = np.arange(len(person)) - np.repeat(np.cumsum(last + 1) - last - 1, last + 1)
    final = step == last[person]
    parts = tuple(Nuisance(part.sensitivity[person], part.influence) for part in fitted.parts)
    weights = Weights(fitted.values[person], parts, person).times(loss.waited(person, step))
    split = Spells.of(
        np.where(final, ends[person], (step + 1.0) * interval), np.where(final, spells.event[person], 0),
        entry=np.where(step > 0, step * interval, -np.inf), weights=subjects.base[person] * weights.values,
        group=spells.group[person], person=person,
    )  # fmt: skip
    return split, weights, notices
