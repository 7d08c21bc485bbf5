"""Group-time effects from exact sums of paths by cohort, wherever the rows lie."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ebpm.did.group_regression import clusters_of
from ebpm.did.group_time.cells import Cell, CellDesign
from ebpm.did.group_time.checks import Diagnosis, check_group_time
from ebpm.did.group_time.effects import CellWeights, Effects, effects_from_moments, settle
from ebpm.did.group_time.result import GroupTime
from ebpm.did.regression_checks import check_clusters
from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Ints
from ebpm.moments.paths import PathMoments
from ebpm.moments.scans.checks import check_steps
from ebpm.moments.scans.path_sums import PathSums


def summed_group_time(
    sums: PathSums, design: CellDesign, outcome: str, conf_level: float, *, drop_gaps: bool
) -> GroupTime:
    """Return the group-time effects of a panel from its sums.

    Parameters
    ----------
    sums : of units by cohort, and by cluster where these are kept apart.
    design : comparison group, base period, anticipation.
    outcome : its column, for messages.
    conf_level : level of the intervals.
    drop_gaps : leave out the units that miss a period instead of refusing them.

    Raises
    ------
    DesignError : units that miss periods, no unit seen before its treatment, no comparison group, an outcome that never varies.
    """
    whole, gaps = sums.complete(drop_gaps=drop_gaps)
    periods = np.array(whole.periods, dtype=np.int64)
    aside = design.set_aside(whole.cohorts, periods)
    if aside.all():
        raise DesignError("did_all_set_aside", units=whole.units, period=whole.periods[0])
    seen = whole.where(~aside)
    kept = seen.in_cohorts(design.beyond(seen.cohorts, periods))
    if kept.constant:
        raise DesignError("did_constant_outcome", column=outcome, units=kept.units, value=float(kept.means()[0, 0]))
    by_cohort = kept.without_clusters()
    cells = design.cells(by_cohort.cohorts, periods)
    effects = clustered_effects(cells, kept) if kept.clustered else effects_from_moments(cells, by_cohort.moments())
    diagnosis = Diagnosis(
        effects, design.anticipation, always_treated=whole.where(aside).units, gaps=gaps, horizon=design.horizon(by_cohort.cohorts),
        largest_share=kept.largest_share,
    )  # fmt: skip
    notices = check_group_time(diagnosis) + check_steps(outcome, kept.fixed)
    if kept.clustered:
        notices += check_clusters(clusters_of(kept, np.isfinite(kept.cohorts)))
    return GroupTime(
        effects=effects, design=design, method="did.att_gt", rows=kept.units * len(periods), conf_level=conf_level, notices=notices
    )  # fmt: skip


def clustered_effects(cells: Sequence[Cell], sums: PathSums) -> Effects:
    """Return the effects with errors by cluster, from the sums of each cluster and cohort alone.

    Formula: cluster c adds sum_h s_h (d'Y_ch - n_ch m_h) to the error of a cell, with s_h = 1 / n_g in its cohort and -1 / n_C in the
    comparison group, m_h the mean change of that group, Y_ch the sum of the paths of its n_ch units of cohort h; and
    (n_ch - n_c share_h) / n to that of the share of cohort h.

    Source: Callaway and Sant'Anna (2021), Journal of Econometrics 225(2), theorem 2 and remark 10.
    """
    whole = sums.without_clusters()
    order = np.argsort(whole.cohorts, kind="stable")
    moments = PathMoments(
        np.array(sums.periods, dtype=np.int64), whole.cohorts[order], np.array(whole.counts, dtype=np.int64)[order],
        whole.means()[order], np.empty((len(order), 0, 0)),
    )  # fmt: skip
    weights = CellWeights.of(cells, moments)
    att = ((weights.signs * moments.counts) * weights.means).sum(axis=1)
    influence, units = _influence(weights, moments, sums)
    joint = influence.T @ influence
    K = len(cells)
    covariance, cross = joint[:K, :K].copy(), joint[:K, K:].copy()
    settle(covariance, cross)
    own, others = weights.treated @ moments.counts, weights.compared @ moments.counts
    present = (units > 0).astype(np.int64)
    groups = [
        ((present @ side.T) > 0).sum(axis=0)
        for side in (weights.treated, weights.compared, weights.treated | weights.compared)
    ]
    ever = present[:, weights.treated.any(axis=0)].any(axis=1).sum()
    return Effects(
        cells=tuple(cells), att=att, covariance=covariance, cohorts=moments.cohorts, counts=moments.counts,
        shares=moments.counts / moments.counts.sum(), cross=cross, shares_covariance=joint[K:, K:], rows=2 * (own + others),
        groups=np.column_stack(groups), clusters=(int(ever), len(present)),
    )  # fmt: skip


def _influence(weights: CellWeights, moments: PathMoments, sums: PathSums) -> tuple[Floats, Ints]:
    """Return what each cluster adds to effects and shares, shape (C, K + H), and its units of each cohort, shape (C, H)."""
    names, clusters = np.unique([str(group.cluster) for group in sums.groups], return_inverse=True)
    at = np.searchsorted(moments.cohorts, sums.cohorts)
    counts = np.array(sums.counts, dtype=np.float64)
    changes = (
        (sums.means() - moments.means[at]) @ weights.contrasts.T + weights.means[:, at].T - weights.centre[:, at].T
    )
    found = np.zeros((len(names), len(weights.contrasts)))
    np.add.at(found, clusters, counts[:, None] * changes * weights.signs[:, at].T)
    units = np.zeros((len(names), len(moments.cohorts)))
    np.add.at(units, (clusters, at), counts)
    shares = moments.counts / moments.counts.sum()
    stakes = (units - units.sum(axis=1, keepdims=True) * shares) / counts.sum()
    return np.hstack([found, stakes]), units.astype(np.int64)
