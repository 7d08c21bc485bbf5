"""Random subsets of a given size, many at once."""

from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Codes8 = NDArray[np.int8]
Flags = NDArray[np.bool_]

SMALL = 200_000


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
    block = _independent(size, ones, count, rng)
    rows = np.arange(count)
    found = _numbers(block, rows)
    while len(rows):
        rows, found = rows[found != ones], found[found != ones]
        _turn(block, rows, found, ones, rng)
        found = _numbers(block, rows)
    return block.view(np.int8)


def _independent(size: int, ones: int, count: int, rng: np.random.Generator) -> Flags:
    """Draw every unit by itself, a half of them by bits and other shares by bytes."""
    half = 2 * ones == size
    width = -(-size // 8) if half else size
    drawn = np.frombuffer(rng.bytes(count * width), dtype=np.uint8).reshape(count, width)
    block = np.empty((count, size), dtype=np.bool_)
    for rows in _pieces(count, size):
        block[rows] = np.unpackbits(drawn[rows], axis=1, count=size) if half else drawn[rows] < round(256 * ones / size)
    return block


def _pieces(count: int, width: int) -> Iterator[slice]:
    """Rows so few at a time that they stay in the processor's cache, and memory in the process."""
    most = max(1, SMALL // width)
    return (slice(low, low + most) for low in range(0, count, most))


def _numbers(block: Flags, rows: Ints) -> Ints:
    """Return the size of some of the subsets."""
    return np.array([np.count_nonzero(block[row]) for row in rows.tolist()], dtype=np.int64)


def _turn(block: Flags, rows: Ints, found: Ints, ones: int, rng: np.random.Generator) -> None:
    """Look at units one after another, in place, and turn those of the arm that has too many until it has not."""
    if not len(rows):
        return
    size, surplus, over, every = block.shape[1], np.abs(found - ones), found > ones, block.reshape(-1)
    looks = math.ceil(1.3 * size * (surplus / np.where(over, found, size - found)).max()) + 32
    units = rng.integers(0, size, size=(len(rows), looks), dtype=np.int32)
    for part in _pieces(len(rows), 8 * looks):
        places = units[part] + (rows[part] * size)[:, None]
        turned = every.take(places) == over[part, None]
        turned &= np.cumsum(turned, axis=1) <= surplus[part, None]
        every[places[turned]] = np.repeat(~over[part], np.count_nonzero(turned, axis=1))
