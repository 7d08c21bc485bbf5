"""Curves read at times, with what the guard rails find there."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ebpm.cohort.survival.curves import Curve, step_estimate
from ebpm.cohort.survival.follow_up import FollowUp
from ebpm.cohort.survival.incidence_curves import common_time
from ebpm.cohort.survival.time_checks import few_at_risk, few_clusters, refuse_beyond, times_of
from ebpm.estimate import Estimates


def read_curves(
    curves: Sequence[Curve], at: float | Sequence[float], *, follow_up: FollowUp, open_end: Callable[[Curve], bool], estimand: str,
    method: str, cluster: str | None, conf_level: float,
) -> Estimates:  # fmt: skip
    """Return the values of curves at times; the headline is the first curve at the first time.

    Parameters
    ----------
    curves : one a group, or one an event and group.
    at : times, or one; where empty, the last time at which ten rows of every group are at risk.
    follow_up : the rows behind the curves.
    open_end : whether a curve may still move after its last time.
    estimand, method : entries of the texts.
    cluster : name of the column of clusters.
    conf_level : level of the intervals.

    Raises
    ------
    DesignError : if a time is no number of zero or more, or lies beyond the follow-up of a group whose curve may still move.
    """
    groups = curves[: len(follow_up.groups)]
    places = times_of(at) or (common_time(groups),)
    refuse_beyond(groups, places, open_end=open_end)
    items = tuple(
        step_estimate(
            curve, place, conf_level=conf_level, n=follow_up.n, clusters=follow_up.clusters, estimand=estimand, method=method
        )
        for curve in curves for place in places
    )  # fmt: skip
    notices = follow_up.notices + few_at_risk(groups, max(places)) + few_clusters(follow_up, cluster)
    return Estimates(items=items, headline_term=items[0].term, notices=notices)
