"""Survival that a proportional hazards model predicts for somebody, as curves."""

from __future__ import annotations

import numpy as np

from ebpm.cohort.survival.curves import Curve
from ebpm.cohort.survival.follow_up import FollowUp
from ebpm.moments.frame import Floats, Ints
from ebpm.stats.inference import level
from ebpm.stats.survival.cox import CoxFit
from ebpm.stats.survival.cox_prediction import predicted_hazard
from ebpm.stats.survival.product_limit import probability_limits, product_limit


def predicted_survival(
    fit: CoxFit, follow_up: FollowUp, values: Floats, *, robust: bool, conf_level: float
) -> tuple[Curve, ...]:
    """Return exp(-H(t)) with limits on the log scale, one curve a stratum; numbers at risk are those of the stratum.

    Parameters
    ----------
    fit : of the model.
    follow_up : its rows.
    values : covariates, shape (p,).
    robust : whether variances are the infinitesimal jackknife.
    conf_level : level.
    """
    predicted = predicted_hazard(fit, values, robust=robust)
    counts, sets, event = product_limit(follow_up.spells), fit.likelihood.sets, fit.likelihood.event
    where = np.full(len(counts.sets), -1)
    where[counts.sets.last[event] - 1] = sets.last[event] - 1
    where = _carried(where, counts.sets.group)
    hazard, error = (
        np.where(where < 0, 0.0, column[where]) for column in (predicted.hazard, np.sqrt(predicted.variance))
    )
    value = np.exp(-hazard)
    low, high = probability_limits(value, error, kind="log", conf_level=level(conf_level))
    happened = counts.sets.at_exit(np.ones(follow_up.n), event).astype(np.int64)
    spans = [counts.sets.places(group) for group in range(len(follow_up.groups))]
    return tuple(
        Curve(
            label=name, times=counts.sets.times[span], at_risk=counts.count[span], events=happened[span],
            censored=counts.censored[span], value=value[span], std_error=(value * error)[span], low=low[span], high=high[span],
            first=1.0,
        )
        for name, span in zip(follow_up.groups, spans, strict=True)
    )  # fmt: skip


def _carried(places: Ints, group: Ints) -> Ints:
    """Each place, or the last one before it in the same group; -1 before the first."""
    starts = np.flatnonzero(np.r_[True, np.diff(group) != 0])
    found = places.copy()
    for start, stop in zip(starts, [*starts[1:], len(places)], strict=True):
        found[start:stop] = np.maximum.accumulate(places[start:stop])
    return found
