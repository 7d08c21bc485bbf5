"""Exact sums of gathered paths in which units count by a weight: words of weights and of their products with the outcomes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

import numpy as np

from ebpm.moments.frame import Floats, Ints
from ebpm.moments.scans.fixed_point import Fixed
from ebpm.moments.scans.gathered.reading import Gathered
from ebpm.moments.scans.paths.weighed import Weighed
from ebpm.moments.scans.words import Wholes

WORD = 20  # bits of a word: a block adds the products of two below 2^53
OfKind = tuple[Wholes, Wholes, int, Ints]


class Kind(Protocol):
    """Units of one cohort that are seen in the same periods."""

    @property
    def rows(self) -> Ints:
        """Places of the units."""

    @property
    def columns(self) -> Ints:
        """Periods in which they are seen."""

    def blocks(self, found: Gathered, fixed: Fixed) -> Iterator[tuple[Ints, Floats]]:
        """Yield places and steps of some units at a time."""


def weighed_kind(kind: Kind, found: Gathered, fixed: Fixed) -> Iterator[OfKind]:
    """Yield the sums of (w, w q), those of their products, the largest w, and the periods, of the units of a kind, or of each cluster of it.

    Parameters
    ----------
    kind : the units.
    found : units by periods.
    fixed : how outcomes are written as whole numbers.
    """
    weights, clustered = found.task.weights, bool(found.task.request.cluster)
    words = _Words(
        weights.steps_of(float(found.weight.held.max())).bit_length(), fixed.steps_of(found.cells.high).bit_length()
    )
    codes = found.cluster.held if clustered else np.zeros(len(found.weight.held), dtype=np.int32)
    present, m = np.unique(codes.take(kind.rows)), len(kind.columns) + 1
    crossed = 1 if clustered else m
    sums, heaviest = np.zeros((len(present), words.count * m), dtype=np.int64), np.zeros(len(present))
    low, high = (np.zeros((len(present), (words.count * crossed) ** 2), dtype=np.int64) for _ in range(2))
    for rows, steps in kind.blocks(found, fixed):
        own = np.floor(found.weight.held.take(rows) * float(weights.scale) + 0.5)
        each, at = words.products(own, steps), np.searchsorted(present, codes.take(rows))
        order = np.argsort(at, kind="stable")
        starts = np.flatnonzero(np.diff(at[order], prepend=-1))
        places, each = at[order[starts]], each[order]
        sums[places] += np.add.reduceat(each.astype(np.int64), starts, axis=0)
        np.maximum.at(heaviest, at, own)
        if clustered:
            own_words = each[:, ::m]
            pairs = np.add.reduceat(
                (own_words[:, :, None] * own_words[:, None, :]).reshape(len(each), -1), starts, axis=0
            )
        else:
            pairs = (each.T @ each).reshape(1, -1)
        low[places] += pairs.astype(np.int64) & ((1 << 32) - 1)
        high[places] += pairs.astype(np.int64) >> 32
    for place, largest in enumerate(heaviest.tolist()):
        whole = (low[place].astype(object) + high[place].astype(object) * 2**32).reshape(words.count * crossed, -1)
        products = words.joined(words.joined(whole, crossed).T, crossed)
        yield words.joined(sums[place : place + 1].astype(object), m)[0], products, int(largest), kind.columns


def ordered(entered: Sequence[OfKind], order: Sequence[int], weights: Fixed, length: int) -> Weighed:
    """Return the sums of groups that were entered one after another, in some order; of none where there are none.

    Parameters
    ----------
    weights : how weights are written as whole numbers.
    length : periods.
    """
    if not entered:
        return Weighed.none()
    alone = len(entered[0][1]) == 1
    size, inner = length + 1, 1 if alone else length + 1
    whole, products = np.zeros((len(order), size), dtype=object), np.zeros((len(order), inner, inner), dtype=object)
    for place, at in enumerate(order):
        own, pairs, _, columns = entered[at]
        slots = np.append(0, columns + 1)
        whole[place, slots] = own
        held = slots[:1] if alone else slots
        products[place][np.ix_(held, held)] = pairs
    heaviest = np.array([entered[at][2] for at in order], dtype=object)
    return Weighed(fixed=weights.bare, sums=whole, products=products, heaviest=heaviest)


class _Words:
    """How weights and their products with outcomes are cut into words, as many for all of them."""

    __slots__ = ("bits", "count")

    def __init__(self, weight: int, outcome: int) -> None:
        self.bits, self.count = (weight, outcome), -(-(weight + outcome) // WORD)

    def products(self, weights: Floats, steps: Floats) -> Floats:
        """Return the words of (w, w q), shape (n, count x (1 + m)), lowest words of all first."""
        first, second = (
            list(_cut(one, -(-bits // WORD))) for one, bits in zip((weights[:, None], steps), self.bits, strict=True)
        )
        carry, words = np.zeros_like(steps), []
        for place in range(self.count):
            pairs = ((i, place - i) for i in range(len(first)) if 0 <= place - i < len(second))
            whole = sum((first[i] * second[j] for i, j in pairs), start=carry)
            carry = np.floor(whole * 2.0**-WORD)
            own = first[place] if place < len(first) else np.zeros_like(weights[:, None])
            words += [own, whole - carry * 2.0**WORD]
        return np.concatenate(words, axis=1)

    def joined(self, sums: Wholes, m: int) -> Wholes:
        """Return numbers, shape (n, m), from their words, shape (n, count x m)."""
        scale = np.array([1 << WORD * word for word in range(self.count)], dtype=object)
        whole: Wholes = (sums.reshape(len(sums), self.count, m) * scale[:, None]).sum(axis=1)
        return whole


def _cut(values: Floats, count: int) -> Iterator[Floats]:
    """Yield so many words of whole numbers, lowest first."""
    for _ in range(count - 1):
        rest = np.floor(values * 2.0**-WORD)
        yield values - rest * 2.0**WORD
        values = rest
    yield values
