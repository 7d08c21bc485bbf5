"""Curves that rise from zero: cumulative incidence and mean numbers of events."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from ebpm.cohort.survival.curves import Curve
from ebpm.cohort.survival.follow_up import FollowUp
from ebpm.moments.frame import Floats
from ebpm.stats.inference import level, quantile
from ebpm.stats.survival.incidence import Incidence
from ebpm.stats.survival.product_limit import probability_limits

ENOUGH = 10


def incidence_curves(
    follow_up: FollowUp, found: Incidence, *, event: str, kind: str, conf_level: float
) -> tuple[Curve, ...]:
    """Return one curve a group.

    Parameters
    ----------
    follow_up : the rows with their words.
    found : their mean numbers of events.
    event : label of the event.
    kind : scale of the limits, one of `INTERVALS`; or "mean" for a mean, which may exceed 1, with limits on the log scale.
    conf_level : level.
    """
    value, error = found.value, np.sqrt(found.variance())
    relative = np.divide(error, value, out=np.zeros_like(value), where=value > 0)
    low, high = _limits(value, relative, kind, level(conf_level))
    happened = found.sets.at_exit(np.ones(follow_up.n), found.event).astype(np.int64)
    nothing = found.sets.at_exit(np.ones(follow_up.n), follow_up.spells.event == 0).astype(np.int64)
    spans = [found.sets.places(group) for group in range(len(follow_up.groups))]
    return tuple(
        Curve(
            label=name, event=event, times=found.sets.times[span], at_risk=found.removal.count[span], events=happened[span],
            censored=nothing[span], value=value[span], std_error=error[span], low=low[span], high=high[span], first=0.0,
        )
        for name, span in zip(follow_up.groups, spans, strict=True)
    )  # fmt: skip


def open_ends(follow_up: FollowUp, found: Incidence) -> Callable[[Curve], bool]:
    """Return whether the curve of a group may still rise after its last time: somebody was left there.

    Parameters
    ----------
    follow_up : the rows with their words.
    found : mean numbers of events of the same groups.
    """
    left = (found.removal.survival[found.sets.places(group)][-1] > 0 for group in range(len(follow_up.groups)))
    known = dict(zip(follow_up.groups, map(bool, left), strict=True))
    return lambda curve: known[curve.label]


def common_time(curves: Sequence[Curve]) -> float:
    """Return the last time at which ten rows of every group are at risk, or as many as it ever has."""
    return min(float(curve.times[curve.at_risk >= min(ENOUGH, curve.at_risk.max())][-1]) for curve in curves)


def _limits(value: Floats, relative: Floats, kind: str, conf_level: float) -> tuple[Floats, Floats]:
    if kind != "mean":
        return probability_limits(value, relative, kind=kind, conf_level=conf_level)
    factor = np.exp(quantile(0.5 + conf_level / 2) * relative)
    return value / factor, value * factor
