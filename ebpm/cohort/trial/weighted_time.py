"""Person-time of clones and of treatment that varies in time, weighted by the chance of its history."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ebpm.cohort.survival.curves import Curve
from ebpm.cohort.survival.follow_up import FollowUp
from ebpm.cohort.survival.incidence_curves import incidence_curves, open_ends
from ebpm.cohort.survival.time_checks import few_at_risk, refuse_beyond
from ebpm.cohort.trial.person_time import PersonTime
from ebpm.cohort.trial.starting import clone_weights, history_weights
from ebpm.cohort.weights.checks import weight_notices
from ebpm.cohort.weights.steps import StartModel, fit_start
from ebpm.cohort.weights.survival_effects import arm_curves, log_hazard_ratio, survival_effects
from ebpm.cohort.weights.weighting import Weighting
from ebpm.errors import DesignError
from ebpm.estimate import Estimates
from ebpm.moments.frame import Floats, Ints
from ebpm.notices import Notice, Notices
from ebpm.stats.inference import t_estimate
from ebpm.stats.risk_sets import Spells
from ebpm.stats.stacked import Weights, influence_covariance
from ebpm.texts import coined

FEW_STARTERS = 10


def cloned(
    built: PersonTime, matrix: Floats, clusters: Ints | None, *, conf_level: float
) -> tuple[Estimates, tuple[Curve, ...], Weighting]:
    """Return the effects of beginning within the grace period, the curves of both strategies, and the weights of clones.

    Parameters
    ----------
    built : person-time of clones.
    matrix : covariates at time zero, shape (n, c).
    clusters : of the persons, shape (n,); None where they are independent.
    conf_level : level of the intervals.
    """
    trial = built.trial
    model = fit_start(built.timeline, matrix, until=float(trial.treatment.days), interval=trial.follow_up.interval)
    if not model.starters[-1]:
        raise DesignError("cohort_nobody_closes", days=trial.treatment.days, interval=model.interval)
    weights = clone_weights(model, built.spells)
    spells = _spells(built, weights)
    names = ("0", "1")
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
        _competing(built) + weighting.notices + few_at_risk(curves, float(trial.horizon)) + _few_starters(built, model)
    )
    return estimates.with_notices(notices), curves, weighting


def switching(built: PersonTime, matrix: Floats, clusters: Ints | None, *, conf_level: float) -> Estimates:
    """Return the log hazard ratio of being under treatment, by a marginal structural Cox model; parameters as in `cloned`."""
    trial, timeline = built.trial, built.timeline
    until, interval = timeline.horizon, trial.follow_up.interval
    weights = history_weights(fit_start(timeline, matrix, until=until, interval=interval), built.spells)
    marginal = fit_start(timeline, np.empty((timeline.n, 0)), until=until, interval=interval)
    weights = weights.times(history_weights(marginal, built.spells).inverted())
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
    return Estimates(items=(item,), headline_term=item.term, notices=_weighting(built, weights).notices)


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
