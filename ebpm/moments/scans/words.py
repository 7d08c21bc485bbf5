"""Sums of words of 64 bits put together to whole numbers without bounds."""

from __future__ import annotations

from collections.abc import Mapping

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from ebpm.moments.frame import Ints
from ebpm.moments.scans.profile import Table

Wholes = NDArray[np.object_]
Words = tuple[str, ...]
HALF = 32


def summed(values: Ints, codes: Ints, *, groups: int) -> Wholes:
    """Return the sum of the rows of each group, shape (groups, m), of words, shape (n, m), exactly.

    Examples
    --------
    >>> import numpy as np
    >>> summed(np.array([[2**62], [2**62], [1]]), np.array([0, 0, 1]), groups=2).tolist()
    [[9223372036854775808], [1]]
    """
    order = np.argsort(codes, kind="stable")
    starts = np.searchsorted(codes[order], np.arange(groups))
    ordered = values[order]
    low = np.add.reduceat(ordered & (2**HALF - 1), starts, axis=0)
    high = np.add.reduceat(ordered >> HALF, starts, axis=0)
    whole: Wholes = high.astype(object) * 2**HALF + low.astype(object)
    return whole


def joined(sums: Wholes, *, limbs: int, width: int) -> Wholes:
    """Return the sums of numbers, shape (G, m), from those of their words side by side, shape (G, m x limbs)."""
    parts = sums.reshape(len(sums), -1, limbs)
    scale = np.array([1 << (width * limb) for limb in range(limbs)], dtype=object)
    whole: Wholes = (parts * scale).sum(axis=2)
    return whole


def products(sums: Wholes, *, limbs: list[int], width: int) -> Wholes:
    """Return the sums of products of m numbers, shape (G, m, m), from those of all pairs of their words.

    Parameters
    ----------
    sums : shape (G, M (M + 1) / 2) for M words, pairs in order.
    limbs : words of each number.
    width : bits of a word.
    """
    owner = np.repeat(np.arange(len(limbs)), limbs)
    power = np.concatenate([np.arange(one) for one in limbs])
    left, right = np.triu_indices(len(owner))
    found = np.zeros((len(sums), len(limbs), len(limbs)), dtype=object)
    for pair, (i, j) in enumerate(zip(left.tolist(), right.tolist(), strict=True)):
        a, b = owner[i], owner[j]
        value = sums[:, pair] * (1 << width * int(power[i] + power[j]))
        found[:, a, b] += value
        if a != b:
            found[:, b, a] += value
        elif i != j:
            found[:, a, b] += value
    return found


def multiplied(rows: Table, first: Words, others: Mapping[str, Words], width: int, *, most: int = 8) -> Table:
    """Return rows with the words of the products of a number and others: long multiplication, lowest words first.

    Parameters
    ----------
    first : columns of the words of the number, each below 2^width.
    others : the same of the others, by the name from which those of their products are made.
    width : bits of a word.
    most : words of a product that can be other than zero.
    """
    names, carries = list(others), dict.fromkeys(others, nw.lit(0))
    longest = len(first) + max(map(len, others.values())) if others else 0
    for place in range(min(most, longest)):
        sums = {}
        for name, second in others.items():
            pairs = [(i, place - i) for i in range(len(first)) if 0 <= place - i < len(second)]
            partial = [nw.col(first[i]) * nw.col(second[j]) for i, j in pairs]
            sums[name] = nw.sum_horizontal(*partial, carries[name]).alias(f"{name}_sum")
        rows = rows.with_columns(*sums.values())
        rows = rows.with_columns(*((nw.col(f"{name}_sum") % 2**width).alias(f"{name}_{place}") for name in names))
        rest = {name: (nw.col(f"{name}_sum") - nw.col(f"{name}_{place}")) // 2**width for name in names}
        rows = rows.with_columns(*(one.alias(f"{name}_carry") for name, one in rest.items()))
        carries = {name: nw.col(f"{name}_carry") for name in names}
    return rows
