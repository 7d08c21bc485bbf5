"""Sums of outcome paths as a few weighted units that have the same counts, means and scatters."""

from __future__ import annotations

import numpy as np

from ebpm.moments.frame import Codes, Floats, Ints
from ebpm.moments.panel import PanelRows
from ebpm.moments.scans.paths.sums import PathSums
from ebpm.moments.standing import Standing, TreatedSums
from ebpm.notices import Notices

ROUNDING = 1e-14


def stand_ins(sums: PathSums, notices: Notices) -> PanelRows:
    """Return rows of units that stand for those of the sums, each path less its own mean.

    Parameters
    ----------
    sums : of units by cohort and by the periods in which they are seen, and by cluster where these are kept apart.
    notices : on the sums.

    Formula: a group of n paths with mean m and scatter S = sum_j l_j v_j v_j', of rank r, is stood for by m + (r l_j / n)^(1/2) v_j and
    m - (r l_j / n)^(1/2) v_j for n / 2r units each: the sums of anything linear in a path, and of the products of two such, are those of the group.
    Where clusters are kept apart, which need sums alone, it is stood for by its mean, twice if it is of several units.

    Source: Julier and Uhlmann (2004), Proceedings of the IEEE 92(3), equations 11-12 (sigma points).
    """
    seen, means, scatters = sums.seen, centred(sums), np.empty((0, 0, 0)) if sums.clustered else sums.deviations()
    paths, owner, mass = [], [], []
    for place, count in enumerate(sums.counts):
        stand = units_for(means[place], scatters[place] if len(scatters) else np.empty((0, 0)), count)
        paths.append(stand)
        owner += [place] * len(stand)
        mass += [count / len(stand)] * len(stand)
    group, values = np.array(owner), np.concatenate(paths)
    units, period = np.nonzero(seen[group])
    labels = np.unique([str(one.cluster) for one in sums.groups], return_inverse=True)[1].astype(np.int64)
    standing = Standing(
        np.array(mass), labels[group] if sums.clustered else np.empty(0, dtype=np.int64), group,
        TreatedSums(np.array(sums.periods), sums.treated, sums.largest), notices, sums.rounding,
    )  # fmt: skip
    return PanelRows(
        Codes(units.astype(np.int64), range(len(group))), np.array(sums.periods, dtype=np.int64), period.astype(np.int64),
        values[units, period], sums.cohorts[group], np.arange(len(units)), standing,
    )  # fmt: skip


def units_for(mean: Floats, scatter: Floats, count: int) -> Floats:
    """Return the paths of the units that stand for a group, shape (P, T); its mean alone where there is no scatter."""
    if count == 1 or not len(scatter):
        return np.tile(mean, (min(count, 2), 1))
    values, vectors = np.linalg.eigh(scatter)
    kept = values > ROUNDING * max(values[-1], 0.0)
    rank = max(int(kept.sum()), 1)
    away = (vectors[:, kept] * np.sqrt(values[kept] * rank / count)).T if kept.any() else np.zeros((1, len(mean)))
    return np.vstack([mean + away, mean - away])


def centred(sums: PathSums) -> Floats:
    """Return the mean path of each group less its own mean, shape (G, T), exactly before it is rounded; zero where it is not seen."""
    found = np.zeros(sums.sums.shape)
    for place, (own, seen, count) in enumerate(zip(sums.sums, sums.seen, sums.counts, strict=True)):
        at: Ints = np.flatnonzero(seen)
        total, below = sum(own[at].tolist()), count * len(at) * sums.fixed.scale.numerator
        above = sums.fixed.scale.denominator
        found[place, at] = [int(len(at) * one - total) * above / below for one in own[at].tolist()]
    return found
