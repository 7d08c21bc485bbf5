"""Whose mean a cluster trial estimates: that over participants, or that over clusters."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ebpm.errors import DesignError
from ebpm.estimate import Estimates
from ebpm.moments.frame import one_of
from ebpm.rct.trial import Trial

ESTIMANDS = ("participants", "clusters")


def of_estimand(trial: Trial, estimand: str) -> Trial:
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
    units = trial.units
    return Trial(
        outcome=trial.means_of_units(trial.outcome[:, None])[:, 0], arm=trial.of_units(trial.arm), arms=trial.arms,
        unit=np.arange(units), stratum=trial.of_units(trial.stratum), strata=trial.strata, weights=np.ones(units),
        clustered=False, weighted=False,
    )  # fmt: skip


def named_estimand(found: Estimates, trial: Trial, estimand: str) -> Estimates:
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
            n=one.n if one.clusters else int(np.isin(trial.arm, [0, arm]).sum()),
        )
        for arm, one in enumerate(found.items, 1)
    )  # fmt: skip
    return replace(found, items=items)
