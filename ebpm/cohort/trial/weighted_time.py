"""Person-time of clones and of treatment that varies in time, weighted by the chance of its history."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ebpm.cohort.survival.curves import Curve
from ebpm.cohort.survival.follow_up import FollowUp
from ebpm.cohort.survival.incidence_curves import incidence_curves, open_ends
from ebpm.cohort.survival.time_checks import few_at_risk, refuse_beyond
from ebpm.cohort.trial.person_time import PersonTime
from ebpm.cohort.trial.starting import clone_weights, history_weights, staying_weights
from ebpm.cohort.weights.checks import weight_notices
from ebpm.cohort.weights.lost import fit_loss
from ebpm.cohort.weights.steps import Ending, Known, StartModel, fit_start
from ebpm.cohort.weights.survival_effects import arm_curves, log_hazard_ratio, survival_effects
from ebpm.cohort.weights.weighting import Weighting
from ebpm.errors import DesignError
from ebpm.estimate import Estimates
from ebpm.moments.frame import Ints
from ebpm.moments.terms import Terms
from ebpm.notices import Notice, Notices
from ebpm.stats.inference import t_estimate
from ebpm.stats.regression.stacked import Weights, influence_covariance
from ebpm.stats.survival.risk_sets import Spells
from ebpm.texts import coined

FEW_STARTERS = 10


def cloned(
    built: PersonTime, terms: Terms, clusters: Ints | None, *, conf_level: float
) -> tuple[Estimates, tuple[Curve, ...], Weighting]:
    """Return the effects of beginning within the grace period, the curves of both strategies, and the weights of clones.

    Parameters
    ----------
    built : person-time of clones.
    terms : covariates at time zero.
    clusters : of the persons, shape (n,); None where they are independent.
    conf_level : level of the intervals.
    """
    trial, known = built.trial, _known(built, terms)
    model = fit_start(built.timeline, known, until=float(trial.treatment.days), interval=trial.follow_up.interval)
    if not model.starters[-1]:
        raise DesignError("cohort_nobody_closes", days=trial.treatment.days, interval=model.interval)
    weights, left = _staying(built, clone_weights(model, built.spells), terms)
    spells = _spells(built, weights)
    names = trial.arms[0].words(), trial.arms[1].words()
    found = arm_curves(spells, weights, kind=1, horizon=float(trial.horizon))
    follow_up = FollowUp(
        spells=spells, kinds=("outcome",), groups=names, time="stop", clustered=True, weighted=True, notices=Notices()
    )
    event = trial.outcome.text.words()
    curves = incidence_curves(follow_up, found.curves, event=event, kind="log", conf_level=conf_level)
    refuse_beyond(curves, (float(trial.horizon),), open_end=open_ends(follow_up, found.curves))
    estimates = survival_effects(
        found, clusters=clusters, n=built.timeline.n, arms=names, estimand="ate", method="cohort.clone_censor_weight",
        conf_level=conf_level,
    )  # fmt: skip
    weighting = _weighting(built, weights)
    notices = (
        left
        + _competing(built)
        + weighting.notices
        + few_at_risk(curves, float(trial.horizon))
        + _few_starters(built, model)
    )
    return estimates.with_notices(notices), curves, weighting


def switching(built: PersonTime, terms: Terms, clusters: Ints | None, *, conf_level: float) -> Estimates:
    """Return the log hazard ratio of being under treatment, by a marginal structural Cox model; parameters as in `cloned`."""
    trial, timeline = built.trial, built.timeline
    until, interval = timeline.horizon, trial.follow_up.interval
    nothing = Terms(np.empty((timeline.n, 0)), ())
    own = fit_start(timeline, _known(built, terms), until=until, interval=interval)
    marginal = fit_start(timeline, Known.at_zero(nothing), until=until, interval=interval)
    weights = history_weights(own, built.spells).times(history_weights(marginal, built.spells).inverted())
    weights, left = _staying(built, weights, terms, nothing)
    spells = _spells(built, weights)
    spells = spells.with_event((spells.event == 1).astype(np.int64))
    if not all(((spells.event > 0) & (spells.group == arm)).any() for arm in (0, 1)):
        raise DesignError("cohort_no_events_in_arm", events=int((spells.event > 0).sum()))
    value, influence = log_hazard_ratio(spells)
    stacked = weights.stacked((influence * spells.weights)[:, None])
    matrix_, df = influence_covariance(stacked, clusters)
    item = t_estimate(
        value, float(np.sqrt(matrix_[0, 0])), df=df, conf_level=conf_level, term="log_hazard_ratio", name=coined("log_hazard_ratio"), n=timeline.n,
        clusters=0 if clusters is None else int(clusters.max()) + 1, estimand="ate", method="cohort.marginal_structural_cox",
    )  # fmt: skip
    return Estimates(items=(item,), headline_term=item.term, notices=left + _weighting(built, weights).notices)


def _known(built: PersonTime, terms: Terms) -> Known:
    return Known(terms, built.timeline.changed, built.trial.follow_up.changes)


def _staying(built: PersonTime, weights: Weights, terms: Terms, *numerator: Terms) -> tuple[Weights, Notices]:
    """The weights times the inverse chance of not having left, where that is asked for.

    Parameters
    ----------
    weights : of the rows of person-time.
    terms : covariates at time zero.
    numerator : to stabilise, those of the numerator, which knows of treatment alone besides.
    """
    timeline, interval, horizon = built.timeline, built.trial.follow_up.interval, built.timeline.horizon
    leaving = Ending((timeline.event == 0) & (timeline.exit < horizon), timeline.exit)
    if built.trial.follow_up.lost != "weighted" or not leaving.begun.any():
        return weights, Notices()
    treated, name = timeline.started[:, None], built.trial.treatment.started
    known = Known(terms, np.column_stack([treated, timeline.changed]), (name, *built.trial.follow_up.changes))
    model, notices = fit_loss(leaving, known, horizon=horizon, interval=interval)
    weights = weights.times(staying_weights(model, built.spells))
    for fewer in numerator:
        marginal, _ = fit_loss(leaving, Known(fewer, treated, (name,)), horizon=horizon, interval=interval)
        weights = weights.times(staying_weights(marginal, built.spells).inverted())
    return weights, notices


def _spells(built: PersonTime, weights: Weights) -> Spells:
    rows = built.spells
    return Spells.of(
        rows.stop, rows.event, entry=np.where(rows.start > 0, rows.start, -np.inf),
        weights=weights.values, group=rows.treated, person=rows.person,
    )  # fmt: skip


def _weighting(built: PersonTime, weights: Weights) -> Weighting:
    """The weights of the last row of each person (clone) and arm."""
    rows, n = built.spells, built.timeline.n
    order = np.lexsort((rows.stop, rows.treated * n + rows.person))
    key = (rows.treated * n + rows.person)[order]
    last = order[np.r_[key[1:] != key[:-1], True]]
    # A clone that departs at once keeps the weight 1 that says nothing of the weighting.
    kept = last[~rows.departed[last]]
    found = Weighting(weights.values[kept], rows.treated[kept].astype(np.float64), built.trial.arms)
    return replace(found, notices=weight_notices(found))


def _competing(built: PersonTime) -> Notices:
    count = int((built.timeline.event == 2).sum())
    facts = {"others": built.trial.outcome.competing, "count": count}
    return Notices((Notice("C415", built.trial.outcome.date, facts),)) if count else Notices()


def _few_starters(built: PersonTime, model: StartModel) -> Notices:
    starters = int(model.starters[-1])
    waiting = int((built.spells.departed & (built.spells.treated == 1)).sum())
    if starters >= FEW_STARTERS:
        return Notices()
    return Notices((Notice("C413", "", {"starters": starters, "waiting": waiting, "interval": model.interval}),))
