"""Exact sums and products of gathered paths: blocks of units whose words are so short that no float that adds them rounds."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.moments.frame import Floats, Ints
from ebpm.moments.scans.fixed_point import Fixed
from ebpm.moments.scans.gathered.cells import spanned
from ebpm.moments.scans.gathered.reading import Gathered, Pass
from ebpm.moments.scans.gathered.weighed_paths import OfKind, ordered, weighed_kind
from ebpm.moments.scans.keys import plain
from ebpm.moments.scans.paths.request import never_of
from ebpm.moments.scans.paths.sums import Group, PathSums, order_of
from ebpm.moments.scans.words import Wholes

BLOCK, WORD, HALF = 11, 20, 26  # bits: units of a block; a word whose products a block adds below 2^53; half a number
LOW, FIRST = (1 << HALF) - 1, np.zeros(1, dtype=np.int64)
FEW = 1 << 16
SHORT = 1 << 35  # sizes below add up within 64 bits over all units of a pass, and over a block in floats


@dataclass(frozen=True, slots=True)
class Kind:
    """Units of one cohort that are seen in the same periods.

    Parameters
    ----------
    cohort, seen : as of `Group`.
    rows : places of the units.
    columns : periods in which they are seen.
    treated : which of those are treated; none where treatment is not by cohort.
    """

    cohort: int
    seen: int
    rows: Ints
    columns: Ints
    treated: NDArray[np.bool_]

    def blocks(self, found: Gathered, fixed: Fixed) -> Iterator[tuple[Ints, Floats]]:
        """Yield places and steps of some units at a time."""
        for start in range(0, len(self.rows), 1 << BLOCK):
            rows = self.rows[start : start + (1 << BLOCK)]
            yield rows, found.cells.steps(rows, self.columns, fixed)


@dataclass(slots=True)
class Sizes:
    """Treated outcomes of the groups of a kind in absolute values, in steps.

    Parameters
    ----------
    columns : periods of the kind in which units are treated, k of them.
    low, high : sums over units, in two words, shape (groups, k).
    largest : added up to each period, of the unit that has most by then, shape (groups, k).
    """

    columns: Ints
    low: Ints
    high: Ints
    largest: Ints

    @classmethod
    def of(cls, kind: Kind, groups: int = 1) -> Sizes:
        """Return sizes of groups none of whose units was added."""
        columns = np.flatnonzero(kind.treated)
        return cls(columns, *(np.zeros((groups, len(columns)), dtype=np.int64) for _ in range(3)))

    def add(self, steps: Floats, fixed: Fixed, at: Ints = FIRST, starts: Ints = FIRST) -> None:
        """Add the outcomes of units, shape (n, m), those of the group `at` from the row `starts` on."""
        if not len(self.columns):
            return
        sizes: NDArray[Any] = np.array(steps[:, spanned(self.columns)].T, order="C")
        sizes += fixed.shift
        np.abs(sizes, out=sizes)
        if sizes.max() >= SHORT:
            sizes = sizes.astype(np.int64)
            self.high[at] += np.add.reduceat(sizes >> HALF, starts, axis=1).T
            self.low[at] += np.add.reduceat(sizes & LOW, starts, axis=1).T
        else:
            self.low[at] += np.add.reduceat(sizes, starts, axis=1).T.astype(np.int64)
        for place in range(1, len(sizes)):
            sizes[place] += sizes[place - 1]
        self.largest[at] = np.maximum(self.largest[at], np.maximum.reduceat(sizes, starts, axis=1).T.astype(np.int64))

    def told(self, group: int) -> tuple[Wholes, Wholes]:
        """Return sums and largest of a group."""
        low, high, largest = (one[group].astype(object) for one in (self.low, self.high, self.largest))
        return low + high * 2**HALF, largest


@dataclass(slots=True)
class Adding:
    """Groups and their sums, one after another."""

    length: int
    groups: list[Group] = field(default_factory=list)
    counts: list[int] = field(default_factory=list)
    sums: list[Wholes] = field(default_factory=list)
    products: list[Wholes] = field(default_factory=list)
    treated: list[Wholes] = field(default_factory=list)
    largest: list[Wholes] = field(default_factory=list)
    weighed: list[OfKind] = field(default_factory=list)

    def enter(
        self,
        kind: Kind,
        cluster: Any,
        count: int,
        *,
        sums: Wholes,
        treated: tuple[Wholes, Wholes],
        products: Wholes | None = None,
    ) -> None:
        """Enter a group."""
        whole, largest = (_spread(one, kind.columns[kind.treated], self.length) for one in treated)
        self.treated.append(whole)
        self.largest.append(np.maximum.accumulate(largest))
        self.groups.append(Group(cohort=kind.cohort, cluster=cluster, seen=kind.seen))
        self.counts.append(count)
        self.sums.append(_spread(sums, kind.columns, self.length))
        if products is not None:
            crossed = np.zeros((self.length, self.length), dtype=object)
            crossed[np.ix_(kind.columns, kind.columns)] = products
            self.products.append(crossed)

    def result(self, task: Pass, fixed: Fixed) -> PathSums:
        """Return the sums in the order of their groups; weights were entered group by group too."""
        order = sorted(range(len(self.groups)), key=lambda at: order_of(self.groups[at]))
        sums, treated, largest = (
            np.array([one[at] for at in order], dtype=object).reshape(len(order), self.length)
            for one in (self.sums, self.treated, self.largest)
        )
        crossed = np.empty((len(order), 0, 0), dtype=object)
        if not task.request.cluster:
            crossed = np.array([self.products[at] for at in order], dtype=object).reshape(
                len(order), self.length, self.length
            )
        return PathSums(
            periods=task.periods, groups=tuple(self.groups[at] for at in order), counts=tuple(self.counts[at] for at in order),
            sums=sums, products=crossed, fixed=fixed.bare, treated=treated, largest=largest,
            weighed=ordered(self.weighed, order, task.weights, self.length), by=task.request.by[1],
        )  # fmt: skip


def path_sums(found: Gathered, fixed: Fixed) -> PathSums:
    """Return the sums of what a pass gathered, in some steps.

    Parameters
    ----------
    found : units by periods.
    fixed : how outcomes are written as whole numbers.
    """
    task, adding = found.task, Adding(len(found.task.periods))
    for kind in _kinds(found):
        if task.request.weights:
            adding.weighed += weighed_kind(kind, found, fixed)
        if task.request.cluster:
            _by_cluster(kind, found, fixed, adding)
        else:
            _products(kind, found, fixed, adding)
    return adding.result(task, fixed)


def _kinds(found: Gathered) -> Iterator[Kind]:
    task, length = found.task, len(found.task.periods)
    seen = _bits(found.cells.filled, len(found.cells.held) // length, length)
    if task.request.treatment:
        cohorts = _bits(lambda part: found.on.reshape(-1, length)[part], len(seen), length)
    else:
        cohorts = found.cohort.held.astype(np.int64)
    places = np.arange(length)
    for cohort, pattern, rows in _alike(cohorts, seen):
        columns = np.flatnonzero(pattern >> places & 1)
        if task.request.treatment:
            treated, code = np.zeros(len(columns), dtype=np.bool_), cohort
        else:
            never = cohort == never_of(task.periods)
            treated = (np.array(task.periods)[columns] >= cohort) & ~np.bool_(never)
            code = 0 if never else cohort
        yield Kind(code, pattern, rows, columns, treated)


def _bits(part_of: Any, rows: int, length: int) -> Ints:
    """Return zeros and ones, shape (rows, length), as one whole number a row, the first lowest."""
    width = -(-length // 8)
    packed, padded = np.zeros((rows, 8), dtype=np.uint8), np.zeros((1 << BLOCK, 8 * width), dtype=np.bool_)
    for start in range(0, rows, 1 << BLOCK):
        part = packed[start : start + (1 << BLOCK)]
        flags = padded[: len(part)]
        flags[:, :length] = part_of(slice(start, start + len(part)))
        part[:, :width] = np.packbits(flags, bitorder="little").reshape(-1, width)  # in one go, not row by row
    return packed.view("<i8")[:, 0]


def _alike(cohorts: Ints, seen: Ints) -> Iterator[tuple[int, int, Ints]]:
    """Yield cohort, pattern and places of the units that share them; a place without a unit has no pattern and is left out."""
    import pandas as pd

    first, cohort_of = pd.factorize(cohorts)
    second, pattern_of = pd.factorize(seen)
    kinds: NDArray[Any] = first * len(pattern_of) + second
    pair_of = np.arange(len(cohort_of) * len(pattern_of))
    if len(pair_of) < FEW:
        kinds = kinds.astype(np.uint16)  # which sorts quickly
    else:
        kinds, pair_of = pd.factorize(kinds)
    order = np.argsort(kinds, kind="stable")
    ends = np.cumsum(np.bincount(kinds, minlength=len(pair_of))).tolist()
    for pair, start, end in zip(pair_of.tolist(), [0, *ends], ends, strict=False):
        cohort, pattern = divmod(pair, len(pattern_of))
        if start < end and pattern_of[pattern]:
            yield int(cohort_of[cohort]), int(pattern_of[pattern]), order[start:end]


def _products(kind: Kind, found: Gathered, fixed: Fixed, adding: Adding) -> None:
    """Enter the sums and products of a kind; a number is cut into so many words that a block adds their products exactly."""
    bits = fixed.steps_of(found.cells.high).bit_length()
    count = max(1, -(-bits // WORD))
    width, length = -(-bits // count), len(kind.columns)
    low, high = (np.zeros((count * length + 1, count * length), dtype=np.int64) for _ in range(2))
    sizes = Sizes.of(kind)
    for _, steps in kind.blocks(found, fixed):
        sizes.add(steps, fixed)
        words = _words(steps, count, width)
        crossed = np.vstack([words.T @ words, np.ones(len(words)) @ words]).astype(np.int64)
        low += crossed & ((1 << 32) - 1)
        high += crossed >> 32
    whole = low.astype(object) + high.astype(object) * 2**32
    scale = [1 << (width * word) for word in range(count)]
    sums = sum(whole[-1, word * length :][:length] * scale[word] for word in range(count))
    crossed = sum(
        whole[a * length :, b * length :][:length, :length] * (scale[a] * scale[b]) for a in range(count) for b in range(count)
    )  # fmt: skip
    adding.enter(kind, "", len(kind.rows), sums=sums, treated=sizes.told(0), products=crossed)


def _words(steps: Floats, count: int, width: int) -> Floats:
    """Return whole numbers, shape (n, m), in words side by side, shape (n, count x m), lowest first."""
    if count == 1:
        return steps
    words = []
    for _ in range(count - 1):
        rest = np.floor(steps * 2.0**-width)
        words.append(steps - rest * 2.0**width)
        steps = rest
    return np.concatenate([*words, steps], axis=1)


def _by_cluster(kind: Kind, found: Gathered, fixed: Fixed, adding: Adding) -> None:
    """Enter the sums of each cluster of a kind."""
    codes = found.cluster.held.take(kind.rows)
    order = np.argsort(codes, kind="stable")
    present, counts = np.unique(codes, return_counts=True)
    ordered = Kind(kind.cohort, kind.seen, kind.rows.take(order), kind.columns, kind.treated)
    low, high = (np.zeros((len(present), len(kind.columns)), dtype=np.int64) for _ in range(2))
    sizes = Sizes.of(kind, len(present))
    for rows, steps in ordered.blocks(found, fixed):
        own = found.cluster.held.take(rows)
        starts = np.flatnonzero(np.concatenate([[True], own[1:] != own[:-1]]))
        at, whole = np.searchsorted(present, own[starts]), steps.astype(np.int64)
        sizes.add(steps, fixed, at, starts)
        low[at] += np.add.reduceat(whole & ((1 << HALF) - 1), starts, axis=0)
        high[at] += np.add.reduceat(whole >> HALF, starts, axis=0)
    sums = low.astype(object) + high.astype(object) * 2**HALF
    labels = [plain(label) for label in found.clusters]
    for place, code in enumerate(present.tolist()):
        adding.enter(kind, labels[code], int(counts[place]), sums=sums[place], treated=sizes.told(place))


def _spread(values: Wholes, columns: Ints, length: int) -> Wholes:
    spread = np.zeros(length, dtype=object)
    spread[columns] = values
    return spread
