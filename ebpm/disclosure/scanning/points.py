"""Pictures with one point a record: points that are the values of a column, but for the scale of the axis."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ebpm.disclosure.scanning.fragments import Fragment, Points
from ebpm.disclosure.scanning.known import Known
from ebpm.disclosure.scanning.matching import Find

if TYPE_CHECKING:
    from matplotlib.figure import Figure

MOST_VALUES = 1500
CLOSE = 1e-5
FEWEST = 10
Floats = NDArray[np.float64]


def pictured(piece: Fragment, table: Known) -> Iterator[Find]:
    """Yield the columns whose values are points of a drawing."""
    for points in piece.points:
        for axis in (points[:, 0], points[:, -1]):
            column = _column(np.unique(axis), table)
            if column:
                yield Find("X623", piece.where, f"{table.dataset.id}.{column}", len(points))
                break


def drawn(where: str, figure: Figure, table: Known) -> Iterator[Find]:
    """Yield the columns whose values are points of a figure before it becomes a picture."""
    for points in _artists(figure):
        for axis in (points[:, 0], points[:, 1]):
            values = np.unique(axis[np.isfinite(axis)])
            column = _exact(values, table) if len(values) >= FEWEST else ""
            if column:
                yield Find("X623", where, f"{table.dataset.id}.{column}", len(points))
                break


def _artists(figure: Figure) -> Iterator[Points]:
    for axes in figure.axes:
        found: list[Any] = [line.get_xydata() for line in axes.lines]
        found += [np.ma.asarray(one.get_offsets()) for one in axes.collections]
        for points in found:
            if len(points) >= FEWEST:
                yield np.asarray(np.ma.filled(points, np.nan), dtype=np.float64)


def _exact(values: Floats, table: Known) -> str:
    for name, held in table.numbers.items():
        distinct = np.unique(held)
        rare = len(distinct) > max(FEWEST, 2 * len(values) // 3) and not _regular(values)
        if rare and np.isin(values, distinct).all():
            return name
    return ""


def _regular(values: Floats) -> bool:
    """Return whether values are a grid, as the ticks of an axis and the months of a series are."""
    steps = np.diff(values)
    return bool(len(steps) and np.allclose(steps, np.median(steps), rtol=0.02))


def _column(places: Floats, table: Known) -> str:
    if len(places) < FEWEST or _regular(places):
        return ""
    for name, held in table.numbers.items():
        distinct = np.unique(held)
        if len(distinct) >= FEWEST and not _regular(distinct) and _image(places, distinct):
            return name
    return ""


def _image(places: Floats, values: Floats) -> bool:
    """Return whether places are values, moved and stretched: two of the places are tried as any two of the values."""
    if len(values) > MOST_VALUES:
        return len(places) == len(values) and (_same(places, values) or _same(-places[::-1], values))
    return _subset(places, values) or _subset(-places[::-1], values)


def _same(places: Floats, values: Floats) -> bool:
    left, right = ((one - one[0]) / (one[-1] - one[0]) for one in (places, values))
    return bool(np.abs(left - right).max() < CLOSE)


def _subset(places: Floats, values: Floats) -> bool:
    """Return whether places are some of the values under one rising line."""
    first, second = np.triu_indices(len(values), 1)
    shares = (places - places[0]) / (places[-1] - places[0])
    start, reach = values[first], values[second] - values[first]
    alive = np.arange(len(start))
    for share in shares[1:-1]:
        wanted = start[alive] + share * reach[alive]
        at = np.clip(np.searchsorted(values, wanted), 1, len(values) - 1)
        gap = np.minimum(np.abs(values[at] - wanted), np.abs(values[at - 1] - wanted))
        alive = alive[gap <= CLOSE * reach[alive]]
        if not len(alive):
            return False
    spread = _expected(shares, values, first[alive], second[alive])
    return bool((spread < 1e-3).any())


def _expected(shares: Floats, values: Floats, first: NDArray[np.int64], second: NDArray[np.int64]) -> Floats:
    """Return how often chance would put all inner places on values between two of them."""
    between = np.maximum(second - first - 1, 0)
    chance = np.minimum(1.0, between * 2.0 * CLOSE)
    found: Floats = len(values) ** 2 * chance ** (len(shares) - 2)
    return found
