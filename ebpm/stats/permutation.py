"""Redrawn assignments, and the difference between two arms with its variance for each of them; draws come in blocks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ebpm.stats.subsets import random_subsets

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Codes8 = NDArray[np.int8]

BLOCK = 2_000_000
SMALL, COLUMNS = 200_000, 4
ENUMERABLE = 200_000
MANY = 1000
MOST_BITS = 22


@dataclass(frozen=True)
class Redraws:
    """All assignments that give each stratum the numbers of units an arm that one of them gave it, each equally likely.

    Parameters
    ----------
    arm : arm of each unit in 0 .. arms - 1, shape (units,).
    stratum : of each unit, shape (units,).
    """

    arm: Ints
    stratum: Ints

    @cached_property
    def members(self) -> tuple[Ints, ...]:
        """Units of each stratum."""
        order = np.argsort(self.stratum, kind="stable")
        parts = np.split(order, np.cumsum(np.bincount(self.stratum))[:-1])
        return tuple(part.astype(np.int64) for part in parts)

    @cached_property
    def patterns(self) -> tuple[Codes8, ...]:
        """Arms of each stratum in order."""
        return tuple(np.sort(self.arm[units]).astype(np.int8) for units in self.members)

    @cached_property
    def possible(self) -> int:
        """How many assignments there are."""
        return math.prod(_arrangements(pattern) for pattern in self.patterns)

    @property
    def enumerable(self) -> bool:
        """Whether all of them are gone through."""
        return self.possible <= ENUMERABLE

    def blocks(self, draws: int, seed: int) -> Iterator[Codes8]:
        """Yield arms of the units in blocks of shape (b, units): every assignment once where that is feasible, else draws.

        Parameters
        ----------
        draws : their number where not all are gone through.
        seed : of the numpy Generator.
        """
        return self._every() if self.enumerable else self.drawn(draws, seed)

    def drawn(self, draws: int, seed: int) -> Iterator[Codes8]:
        """Yield arms of the units in blocks of shape (b, units), drawn whether or not all could be gone through.

        Parameters
        ----------
        draws : their number.
        seed : of the numpy Generator.
        """
        rng = np.random.default_rng(seed)
        for count in block_sizes(draws, len(self.arm)):
            if len(self.members) == 1:
                yield _shuffled(self.patterns[0], count, (1, len(self.arm)), rng)
                continue
            block = np.empty((count, len(self.arm)), dtype=np.int8)
            for units, pattern in _alike(self.members, self.patterns):
                block[:, units.ravel()] = _shuffled(pattern, count, units.shape, rng)
            yield block

    def _every(self) -> Iterator[Codes8]:
        tables = [_every_order(pattern) for pattern in self.patterns]
        sizes = tuple(map(len, tables))
        starts = 0
        for count in block_sizes(self.possible, len(self.arm)):
            places = np.unravel_index(np.arange(starts, starts + count), sizes)
            block = np.empty((count, len(self.arm)), dtype=np.int8)
            for units, table, place in zip(self.members, tables, places, strict=True):
                block[:, units] = table[place]
            starts += count
            yield block


def block_sizes(draws: int, width: int) -> Iterator[int]:
    """Yield the sizes of blocks of draws that keep memory flat.

    Parameters
    ----------
    draws : of them in all.
    width : numbers that a draw takes.
    """
    most = max(1, BLOCK // max(1, width))
    full, rest = divmod(draws, most)
    yield from [most] * full
    if rest:
        yield rest


def _arrangements(pattern: Codes8) -> int:
    counts = np.bincount(pattern)
    return math.factorial(len(pattern)) // reduce(lambda product, count: product * math.factorial(count), counts, 1)


def _alike(members: Sequence[Ints], patterns: Sequence[Codes8]) -> Iterator[tuple[Ints, Codes8]]:
    """Yield strata of one pattern together: units of shape (strata, size), and the pattern."""
    kinds: dict[bytes, list[int]] = {}
    for place, pattern in enumerate(patterns):
        kinds.setdefault(pattern.tobytes(), []).append(place)
    for places in kinds.values():
        yield np.stack([members[place] for place in places]), patterns[places[0]]


def _shuffled(pattern: Codes8, count: int, shape: tuple[int, ...], rng: np.random.Generator) -> Codes8:
    strata, size = shape
    if strata == 1 and size >= MANY and pattern[-1] == 1:
        return random_subsets(size, int(pattern.sum()), count, rng)
    order: Codes8 = rng.permuted(np.tile(pattern, (count * strata, 1)), axis=1).reshape(count, strata * size)
    return order


def _every_order(pattern: Codes8) -> Codes8:
    """All distinct orders of a pattern, shape (orders, size)."""
    size, counts = len(pattern), np.bincount(pattern)
    if len(counts) == 2 and size <= MOST_BITS:
        numbers = np.arange(2**size, dtype="<u4")
        numbers = numbers[np.bitwise_count(numbers) == counts[1]]
        return np.unpackbits(numbers.view(np.uint8).reshape(-1, 4), axis=1, count=size, bitorder="little").view(np.int8)
    table = np.full((1, size), -1, dtype=np.int8)
    for arm, count in reversed(list(enumerate(counts))):
        free = int(counts[: arm + 1].sum())
        chosen = np.array(list(combinations(range(free), count)), dtype=np.int64).reshape(-1, count)
        gaps = np.argsort(table >= 0, axis=1, kind="stable")[:, :free]
        gaps.sort(axis=1)
        table = np.repeat(table, len(chosen), axis=0)
        where = np.repeat(gaps, len(chosen), axis=0)
        picks = np.tile(chosen, (len(gaps), 1))
        np.put_along_axis(table, np.take_along_axis(where, picks, axis=1), np.int8(arm), axis=1)
    return table


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """What the difference of two arms needs of each unit; K columns of outcomes.

    Parameters
    ----------
    totals : sums of the rows of each unit, shape (units, K); subtract large means beforehand.
    sizes : rows of each unit, shape (units,).
    members : units of each stratum.
    shares : weight of each stratum, summing to one.
    paired : whether every stratum is one unit of each arm.
    """

    totals: Floats
    sizes: Floats
    members: tuple[Ints, ...]
    shares: Floats
    paired: bool

    def effects(self, arms: Codes8) -> tuple[Floats, Floats]:
        """Return the difference in means of arm 1 and arm 0, and its variance, shapes (b, K).

        Parameters
        ----------
        arms : a block of assignments, shape (b, units).

        Formula: of single rows s^2 / n an arm, of clusters CR2, summed over strata by the square of their share of rows; of
        pairs S / (S - 1) sum (p d - mean)^2. The estimators of `ebpm.rct.difference_in_means`.
        """
        if self.paired:
            return self._pairs(arms)
        value, variance = (np.zeros((len(arms), self.totals.shape[1])) for _ in range(2))
        cells = _row_cells if (self.sizes == 1.0).all() else _cluster_cells
        for units, share in zip(self.members, self.shares.tolist(), strict=True):
            treated = arms if len(self.members) == 1 else arms[:, units]
            for sign, (mean, spread) in zip(
                (1.0, -1.0), cells(treated, self.totals[units], self.sizes[units]), strict=True
            ):
                value += sign * share * mean
                variance += share**2 * spread
        return value, variance

    def chosen(self, chosen: Floats) -> tuple[Floats, Floats]:
        """Return the mean of the units chosen, averaged over strata, and its variance, shapes (b, K).

        Parameters
        ----------
        chosen : 1 for the units of one of any number of arms and 0 for others, shape (b, units).

        Formula: as `effects`, of one arm.
        """
        value, variance = (np.zeros((len(chosen), self.totals.shape[1])) for _ in range(2))
        rows = (self.sizes == 1.0).all()
        for units, share in zip(self.members, self.shares.tolist(), strict=True):
            totals, sizes, own = self.totals[units], self.sizes[units], chosen[:, units]
            cell = _row_cell(own @ _squares(totals, sizes)) if rows else _cluster_cell(own, totals, sizes)
            value += share * cell[0]
            variance += share**2 * cell[1]
        return value, variance

    def _pairs(self, arms: Codes8) -> tuple[Floats, Floats]:
        first, second = np.stack(self.members).T
        means = self.totals / self.sizes[:, None]
        parts = self.shares[:, None] * (means[first] - means[second])
        signs = 2.0 * arms[:, first] - 1.0
        value, pairs = signs @ parts, len(first)
        variance: Floats = pairs / (pairs - 1) * np.maximum((parts**2).sum(axis=0) - value**2 / pairs, 0.0)
        return value, variance


Cell = tuple[Floats, Floats]


def _row_cells(treated: Codes8, totals: Floats, sizes: Floats) -> tuple[Cell, Cell]:
    """Mean and its variance in arm 1 and in arm 0, where units are single rows."""
    columns = _squares(totals, sizes)
    sums = _summed(treated, columns)
    return _row_cell(sums), _row_cell(columns.sum(axis=0) - sums)


def _squares(totals: Floats, sizes: Floats) -> Floats:
    return np.column_stack([sizes, totals, totals**2])


def _row_cell(sums: Floats) -> Cell:
    count, middle = sums[:, :1], (sums.shape[1] + 1) // 2
    mean = sums[:, 1:middle] / count
    spread = (sums[:, middle:] - count * mean**2) / (count * (count - 1.0))
    return mean, np.maximum(spread, 0.0)


def _summed(treated: Codes8, columns: Floats) -> Floats:
    """Sums of columns over the treated, shape (b, k), in products that are small enough for the kernels of small matrices."""
    sums = np.empty((len(treated), columns.shape[1]))
    parts = [(at, np.ascontiguousarray(columns[:, at : at + COLUMNS])) for at in range(0, columns.shape[1], COLUMNS)]
    most = max(1, SMALL // treated.shape[1])
    for low in range(0, len(treated), most):
        block = treated[low : low + most].astype(np.float64)
        for at, part in parts:
            sums[low : low + most, at : at + COLUMNS] = block @ part
    return sums


def _cluster_cells(treated: Codes8, totals: Floats, sizes: Floats) -> tuple[Cell, Cell]:
    chosen = treated.astype(np.float64)
    return _cluster_cell(chosen, totals, sizes), _cluster_cell(1.0 - chosen, totals, sizes)


def _cluster_cell(chosen: Floats, totals: Floats, sizes: Floats) -> Cell:
    rows = (chosen @ sizes)[:, None]
    mean = chosen @ totals / rows
    weight = np.divide(chosen, (rows - sizes) * rows, out=np.zeros_like(chosen), where=chosen > 0)
    spread = (
        weight @ totals**2 - 2.0 * mean * (weight @ (totals * sizes[:, None])) + mean**2 * (weight @ sizes**2)[:, None]
    )
    return mean, np.maximum(spread, 0.0)
