"""Whose mean a cluster trial estimates: that over participants, or that over clusters."""

from __future__ import annotations

from dataclasses import replace

from ebpm.errors import DesignError
from ebpm.estimate import Estimates
from ebpm.moments.frame import one_of
from ebpm.rct.assigned import Assigned

ESTIMANDS = ("participants", "clusters")


def of_estimand(trial: Assigned, estimand: str) -> Assigned:
    """Return the trial as it is analysed: as it is for participants, with one row a cluster for clusters.

    Parameters
    ----------
    trial : the trial.
    estimand : "participants" or "clusters".

    Raises
    ------
    DesignError : if clusters are meant and rows were assigned.
    """
    if one_of(estimand, ESTIMANDS, "estimand") == "participants":
        return trial
    if not trial.clustered:
        raise DesignError("rct_no_clusters", estimand=estimand)
    return trial.of_clusters()


def named_estimand(found: Estimates, trial: Assigned, estimand: str) -> Estimates:
    """Return estimates that say whose mean they are about.

    Parameters
    ----------
    found : the estimates of the arms.
    trial : the trial as it was read.
    estimand : "participants" or "clusters".
    """
    if estimand == "participants":
        return found
    items = tuple(
        replace(
            one, estimand="itt_clusters", clusters=one.clusters or one.n,
            n=one.n if one.clusters else int(trial.row_cells[:, [0, arm]].sum()),
        )
        for arm, one in enumerate(found.items, 1)
    )  # fmt: skip
    return replace(found, items=items)
