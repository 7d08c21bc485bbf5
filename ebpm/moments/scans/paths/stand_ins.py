"""Sums of outcome paths as a few weighted units that have the same counts, means and scatters."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np

from ebpm.moments.frame import Codes, Floats, Ints
from ebpm.moments.panel import PanelRows
from ebpm.moments.scans.paths.sums import PathSums
from ebpm.moments.scans.paths.weighted_units import NO_SCATTER, Units, weighted_units
from ebpm.moments.standing import Standing, TreatedSums
from ebpm.notices import Notices


def stand_ins(sums: PathSums, notices: Notices, *, weighted: bool = False) -> PanelRows:
    """Return rows of units that stand for those of the sums, each path less its own mean.

    Parameters
    ----------
    sums : of units by cohort and by the periods in which they are seen, and by cluster where these are kept apart.
    notices : on the sums.
    weighted : whether units count by the weights that were summed.

    Formula: a group of n paths with mean m and scatter S = sum_j l_j v_j v_j', of rank r, is stood for by m + (r l_j / n)^(1/2) v_j and
    m - (r l_j / n)^(1/2) v_j for n / 2r units each: the sums of anything linear in a path, and of the products of two such, are those of the group.
    Where clusters are kept apart, which need sums alone, it is stood for by its mean, twice if it is of several units. With weights:
    `weighted_units`.

    Source: Julier and Uhlmann (2004), Proceedings of the IEEE 92(3), equations 11-12 (sigma points).
    """
    stands = _weighted(sums) if weighted else _alike(sums)
    group = np.repeat(np.arange(len(stands)), [len(one.mass) for one in stands])
    values = np.concatenate([one.paths for one in stands])
    units, period = np.nonzero(sums.seen[group])
    labels = np.unique([str(one.cluster) for one in sums.groups], return_inverse=True)[1].astype(np.int64)
    standing = Standing(
        np.concatenate([one.mass for one in stands]), labels[group] if sums.clustered else np.empty(0, dtype=np.int64), group,
        TreatedSums(np.array(sums.periods), sums.treated, sums.largest), notices, sums.rounding,
        np.concatenate([one.weights for one in stands]) if weighted else np.empty(0),
    )  # fmt: skip
    return PanelRows(
        Codes(units.astype(np.int64), range(len(group))), np.array(sums.periods, dtype=np.int64), period.astype(np.int64),
        values[units, period], sums.cohorts[group], np.arange(len(units)), standing,
    )  # fmt: skip


def _alike(sums: PathSums) -> list[Units]:
    """Return the units that stand for those of each group."""
    means, scatters = centred(sums), None if sums.clustered else sums.deviations()
    return [
        Units.of(means[place], scatters[place] if scatters is not None else NO_SCATTER, count)
        for place, count in enumerate(sums.counts)
    ]


def _weighted(sums: PathSums) -> list[Units]:
    """Return the weighted units that stand for those of each group."""
    once, scale = sums.masses(1), sums.weighed.fixed.scale
    means, totals = centred(once), [Fraction(one) / scale for one in once.counts]
    if sums.clustered:
        return [
            replace(Units.of(mean, NO_SCATTER, count), weights=np.full(min(count, 2), float(total / count)))
            for mean, count, total in zip(means, sums.counts, totals, strict=True)
        ]
    twice = sums.masses(2)
    typical, scatters = centred(twice), twice.deviations() / float(scale**2)
    squares = [Fraction(one) / scale**2 for one in twice.counts]
    return [
        weighted_units(
            count, total=totals[at], square=squares[at], mean=means[at], typical=typical[at], scatter=scatters[at]
        )
        for at, count in enumerate(sums.counts)
    ]


def centred(sums: PathSums) -> Floats:
    """Return the mean path of each group less its own mean, shape (G, T), exactly before it is rounded; zero where it is not seen."""
    found = np.zeros(sums.sums.shape)
    for place, (own, seen, count) in enumerate(zip(sums.sums, sums.seen, sums.counts, strict=True)):
        at: Ints = np.flatnonzero(seen)
        total, below = sum(own[at].tolist()), count * len(at) * sums.fixed.scale.numerator
        above = sums.fixed.scale.denominator
        found[place, at] = [int(len(at) * one - total) * above / below for one in own[at].tolist()]
    return found
