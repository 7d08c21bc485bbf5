"""Guard rails of hazard ratios: hazards that are not proportional, few events, ties, few clusters, what a hazard ratio is not."""

from __future__ import annotations

import numpy as np

from ebpm.cohort.survival.follow_up import FollowUp
from ebpm.cohort.survival.time_checks import few_clusters, few_events, heavy_ties
from ebpm.notices import Notice, Notices
from ebpm.stats.survival.cox import CoxFit
from ebpm.stats.survival.schoenfeld import schoenfeld_test

SIZE = 0.05


def hazard_notices(
    fit: CoxFit, follow_up: FollowUp, names: tuple[str, ...], *, arms: int, cluster: str | None
) -> Notices:
    """Return what the guard rails find.

    Parameters
    ----------
    fit : the model.
    follow_up : its rows.
    names : of its columns, arms first.
    arms : how many of them are arms.
    cluster : name of the column of clusters.
    """
    spells, sets = follow_up.spells, fit.likelihood.sets
    at_risk, ones = sets.sums(np.ones(follow_up.n)), np.ones(follow_up.n)
    events = sets.at_exit(ones, spells.event > 0)
    found = few_events(int(events.sum()), len(names)) + heavy_ties(events / at_risk, events, follow_up.time)
    found += few_clusters(follow_up, cluster) + _changing(fit, names)
    return found + Notices(tuple(Notice("C456", name) for name in names[:arms]))


def _changing(fit: CoxFit, names: tuple[str, ...]) -> Notices:
    """C450: the test of all columns together, and the columns that stand out."""
    test = schoenfeld_test(fit)
    if not test.overall_p < SIZE:
        return Notices()
    worst = names[int(np.argmin(test.p_values))]
    return Notices((Notice("C450", worst, {"p": f"{test.overall_p:.2g}", "own": f"{test.p_values.min():.2g}"}),))
