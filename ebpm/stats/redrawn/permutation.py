"""Redrawn assignments; draws come in blocks."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, reduce
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from ebpm.stats.given import generator
from ebpm.stats.redrawn.subsets import random_subsets

Ints = NDArray[np.int64]
Codes8 = NDArray[np.int8]

BLOCK = 2_000_000
SPARE = 8
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

    @cached_property
    def mirrored(self) -> bool:
        """Whether all are gone through, and swapping the two arms of one of them gives another: strata hold as many of each arm."""
        return self.enumerable and all(
            len(pattern) == 2 * np.count_nonzero(pattern) and pattern[-1] == 1 for pattern in self.patterns
        )

    def halves(self) -> Iterator[Codes8]:
        """Yield blocks as `blocks` does, with the first half of the assignments; the second half swaps the arms, in reverse order.

        Raises
        ------
        ValueError : if they are not `mirrored`.
        """
        if not self.mirrored:
            raise ValueError
        return self._every(half=True)

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
        rng = generator(seed)
        for count in block_sizes(draws, len(self.arm)):
            if len(self.members) == 1:
                yield _shuffled(self.patterns[0], count, (1, len(self.arm)), rng)
                continue
            block = np.empty((count, len(self.arm)), dtype=np.int8)
            for units, pattern in _alike(self.members, self.patterns):
                block[:, units.ravel()] = _shuffled(pattern, count, units.shape, rng)
            yield block

    def _every(self, *, half: bool = False) -> Iterator[Codes8]:
        first, *others = self.patterns
        tables = [_every_order(first, half=half), *map(_every_order, others)]
        sizes = tuple(map(len, tables))
        starts = 0
        for count in block_sizes(math.prod(sizes), SPARE * len(self.arm)):
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


def _every_order(pattern: Codes8, *, half: bool = False) -> Codes8:
    """All distinct orders of a pattern, shape (orders, size); of two arms as many, or half of these: those with the last unit in arm 0."""
    size, counts = len(pattern), np.bincount(pattern)
    if len(counts) == 2 and size <= MOST_BITS:
        numbers = np.arange(2 ** (size - half), dtype="<u4")
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
