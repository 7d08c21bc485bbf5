"""What each cluster adds to the error of every effect and cohort share, a block of clusters at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ebpm.did.cluster_arms import Arms, ByArm
from ebpm.did.group_time.arms import Arm, Rows
from ebpm.moments.frame import Floats, Ints
from ebpm.stats.given import generator

CLUSTERS_AT_A_TIME = 4096


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of one cohort (and, in cross-sections, one period): they play the same part in every comparison.

    Parameters
    ----------
    cohort : place of the cohort among the H cohorts.
    period : place of the period in cross-sections; -1 in a panel.
    rows : places in the sample, in order of their clusters, shape (n,).
    clusters : code of the cluster of each row, ascending, shape (n,).
    stakes : what each row adds to the size of the cohort, shape (n,).
    """

    cohort: int
    period: int
    rows: Ints
    clusters: Ints
    stakes: Floats

    def between(self, low: int, high: int) -> slice:
        """Return which of the rows belong to clusters low .. high - 1."""
        start, stop = np.searchsorted(self.clusters, (low, high))
        return slice(int(start), int(stop))


class Source(Protocol):
    """Where the rows of a comparison are read."""

    def read(self, rows: Ints) -> tuple[NDArray[np.bool_], Rows]:
        """Return which of some rows of the sample the comparison has, shape (n,), and the values of those."""


@dataclass(frozen=True, slots=True)
class Use:
    """A comparison in which a part takes part: the places of its effects, and how the rows enter."""

    places: tuple[int, ...]
    arm: Arm
    source: Source


@dataclass(frozen=True, slots=True)
class Contributions:
    """The influence of G clusters on K effects and H cohort shares.

    Parameters
    ----------
    parts : the rows, by cohort (and period).
    uses : of each part, the comparisons in which it takes part.
    shares : share of each cohort, shape (H,).
    effects : K.
    clusters : G.
    """

    parts: tuple[Part, ...]
    uses: tuple[tuple[Use, ...], ...]
    shares: Floats
    effects: int
    clusters: int

    def blocks(self) -> Iterator[tuple[Ints, Floats]]:
        """Yield the columns that a block of clusters touches, shape (c,), and their influence on them, shape (g, c)."""
        for low in range(0, self.clusters, CLUSTERS_AT_A_TIME):
            high = min(low + CLUSTERS_AT_A_TIME, self.clusters)
            within = [(part, uses, part.between(low, high)) for part, uses in zip(self.parts, self.uses, strict=True)]
            present = [(part, uses, span) for part, uses, span in within if span.start < span.stop]
            touched = {place for _, uses, _ in present for use in uses for place in use.places}
            columns = np.array([*sorted(touched), *range(self.effects, self.effects + len(self.shares))])
            block = np.zeros((high - low, len(columns)))
            for part, uses, span in present:
                clusters = part.clusters[span] - low
                for use in uses:
                    kept, values = use.source.read(part.rows[span])
                    _sum_into(block, clusters[kept], np.searchsorted(columns, use.places), use.arm.influence(values))
                stakes = part.stakes[span, None] * (np.eye(len(self.shares))[part.cohort] - self.shares)
                _sum_into(block, clusters, np.arange(len(touched), len(columns)), stakes)
            yield columns, block

    def covariance(self) -> Floats:
        """Return the joint covariance of effects and shares, shape (K + H, K + H)."""
        size = self.effects + len(self.shares)
        covariance = np.zeros((size, size))
        for columns, block in self.blocks():
            covariance[np.ix_(columns, columns)] += block.T @ block
        return covariance

    def by_arm(self) -> ByArm:
        """Return the joint covariance of effects and shares, arm by arm."""
        cohort = np.concatenate([np.full(len(part.clusters), float(part.cohort)) for part in self.parts])
        arms = Arms.of(np.concatenate([part.clusters for part in self.parts]), cohort, "satterthwaite")
        size, low = self.effects + len(self.shares), 0
        products = np.zeros((len(arms.sizes), size, size))
        for columns, block in self.blocks():
            within = arms.rows[low : low + len(block)]
            for arm in np.unique(within):
                products[np.ix_([arm], columns, columns)] += block[within == arm].T @ block[within == arm]
            low += len(block)
        return ByArm(products, arms.sizes)

    def draws(self, count: int, seed: int) -> Floats:
        """Return multiplier-bootstrap draws of the errors of effects and shares, shape (count, K + H).

        Parameters
        ----------
        count : draws.
        seed : of the numpy Generator.

        Formula: sum over the clusters of v psi with v = 1 or -1, one for each cluster and draw (Rademacher).

        Source: Callaway and Sant'Anna (2021), Journal of Econometrics 225(2), algorithm 1 and remark 10.
        """
        rng = generator(seed)
        draws = np.zeros((count, self.effects + len(self.shares)))
        for columns, block in self.blocks():
            signs = 2.0 * rng.integers(0, 2, size=(count, len(block)), dtype=np.int8) - 1.0
            draws[:, columns] += signs @ block
        return draws


def _sum_into(block: Floats, clusters: Ints, places: Ints, values: Floats) -> None:
    """Add the rows of values to the rows of their clusters, which ascend."""
    if not len(clusters):
        return
    starts = np.flatnonzero(np.diff(clusters, prepend=-1))
    if len(starts) < len(clusters):
        values, clusters = np.add.reduceat(values, starts, axis=0), clusters[starts]
    if clusters[-1] - clusters[0] + 1 == len(clusters) and places[-1] - places[0] + 1 == len(places):
        block[clusters[0] : clusters[-1] + 1, places[0] : places[-1] + 1] += values
    else:
        block[clusters[:, None], places] += values
