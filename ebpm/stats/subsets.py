"""Random subsets of a given size, many at once."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Codes8 = NDArray[np.int8]


def random_subsets(size: int, ones: int, count: int, rng: np.random.Generator) -> Codes8:
    """Return subsets of a given size, each equally likely, as rows of 0 and 1, shape (count, size).

    Parameters
    ----------
    size : of the set.
    ones : size of the subsets.
    count : of the draws.
    rng : from which they are drawn.

    Formula: every unit is drawn independently, and as many of them are turned at random as are too many. Given their number, those
    drawn independently are equally likely to be any so many of the units, and stay so when some of them, equally likely to be any,
    are turned.

    Examples
    --------
    >>> random_subsets(6, 2, 3, np.random.default_rng(1)).sum(axis=1).tolist()
    [2, 2, 2]
    """
    if 2 * ones == size:
        bits = np.frombuffer(rng.bytes(count * -(-size // 8)), dtype=np.uint8).reshape(count, -1)
        block = np.unpackbits(bits, axis=1, count=size).view(np.int8)
    else:
        drawn = np.frombuffer(rng.bytes(count * size), dtype=np.uint8).reshape(count, size)
        block = (drawn < round(256 * ones / size)).view(np.int8)
    rows = np.arange(count)
    while len(rows):
        found = np.array([np.count_nonzero(row) for row in block[rows].view(np.bool_)])
        rows, found = rows[found != ones], found[found != ones]
        _turn(block, rows, found, ones, rng)
    return block


def _turn(block: Codes8, rows: Ints, found: Ints, ones: int, rng: np.random.Generator) -> None:
    """Look at units one after another, in place, and turn those of the arm that has too many until it has not."""
    if not len(rows):
        return
    size, surplus, over = block.shape[1], np.abs(found - ones), found > ones
    looks = math.ceil(1.3 * size * (surplus / np.where(over, found, size - found)).max()) + 32
    units = rng.integers(0, size, size=(len(rows), looks), dtype=np.int32)
    turned = block[rows[:, None], units] == over[:, None]
    at, look = np.nonzero(turned & (np.cumsum(turned, axis=1) <= surplus[:, None]))
    block[rows[at], units[at, look]] = ~over[at]
