"""Where boxes and links stand: layers with few crossings, room for every link that passes a column, pages where one does not do.

Heights within a layer: least squares to the neighbours' heights under the order and the gaps (isotonic regression).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from statistics import fmean

import numpy as np

from ebpm.logic.drawing.ordering import Arc, Layers, neighbours, ordered
from ebpm.logic.drawing.paging import paged

SETTLES = 30
LANE, GAPS = 0.12, (0.17, 0.62)
"""Height of a passing link; least and largest distance between two items, in inches."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Order and heights.

    Parameters
    ----------
    layers : items of each column from top to bottom; those that are no node are the places where a link passes.
    middles : height of each item's middle, downwards from 0; a second page begins at the height of the room.
    chains : the items that each link runs through, from its start to its end.
    pages : the page of each item, from 0.
    """

    layers: Layers
    middles: Mapping[str, float]
    chains: Mapping[Arc, tuple[str, ...]] = field(default_factory=dict)
    pages: Mapping[str, int] = field(default_factory=dict)


def arrange(
    columns: Sequence[Sequence[str]], arcs: Sequence[Arc], heights: Mapping[str, float], *, room: float, pages: bool = False
) -> Layout:  # fmt: skip
    """Return order and heights of the items, as far apart as the room allows, in the middle of it.

    Parameters
    ----------
    columns : ids of the nodes of each column, in their given order.
    arcs : links between them; those within a column or backwards are not used for the order.
    heights : height of each node.
    room : height that is at hand.
    pages : where the items need more, go on to a next page; otherwise more room is used.
    """
    layers, chains = _chained(columns, arcs)
    place = {name: index for index, column in enumerate(columns) for name in column}
    pairs = [pair for chain in chains.values() for pair in pairwise(chain)]
    order = ordered(layers, pairs, [arc for arc in arcs if place[arc[0]] == place[arc[1]] and arc[0] != arc[1]])
    sizes = {item: heights.get(item, LANE) for layer in layers for item in layer}
    gap = float(np.clip(min((room - _needed(layer, sizes, 0.0)) / len(layer) for layer in layers), *GAPS))
    middles = _settled(order, pairs, sizes, gap, room)
    sheets = dict.fromkeys(sizes, 0)
    if pages:
        sheets = paged(order, pairs, middles, {item: size + GAPS[0] for item, size in sizes.items()}, room + GAPS[0])
    return Layout(order, _on_pages(order, pairs, sizes, room=room, sheets=sheets, middles=middles), chains, sheets)


def needed(columns: Sequence[Sequence[str]], arcs: Sequence[Arc], heights: Mapping[str, float]) -> float:
    """Return the least height that the fullest column needs."""
    layers, _ = _chained(columns, arcs)
    sizes = {item: heights.get(item, LANE) for layer in layers for item in layer}
    return max(_needed(layer, sizes, GAPS[0]) for layer in layers)


def _chained(columns: Sequence[Sequence[str]], arcs: Sequence[Arc]) -> tuple[Layers, dict[Arc, tuple[str, ...]]]:
    place = {name: index for index, column in enumerate(columns) for name in column}
    chains = {arc: _chain(arc, place) for arc in dict.fromkeys(arcs) if place[arc[0]] < place[arc[1]]}
    layers = [list(column) for column in columns]
    for chain in chains.values():
        for offset, item in enumerate(chain[1:-1], start=1):
            layers[place[chain[0]] + offset].append(item)
    return layers, chains


def _on_pages(
    layers: Layers, pairs: Sequence[Arc], sizes: Mapping[str, float], *, room: float, sheets: Mapping[str, int], middles: Mapping[str, float]
) -> dict[str, float]:  # fmt: skip
    """Return the heights with each page settled on its own and set in the middle of it."""
    last = max(sheets.values())
    if last == 0:
        return _centred(middles, sizes, room)
    found: dict[str, float] = {}
    for page in range(last + 1):
        here = [part for layer in layers if (part := [item for item in layer if sheets[item] == page])]
        known = [pair for pair in pairs if sheets[pair[0]] == sheets[pair[1]] == page]
        gap = float(np.clip(min((room - _needed(layer, sizes, 0.0)) / len(layer) for layer in here), *GAPS))
        settled = _centred(_settled(here, known, sizes, gap, room), sizes, room)
        found |= {item: middle + page * room for item, middle in settled.items()}
    return found


def _centred(middles: Mapping[str, float], sizes: Mapping[str, float], room: float) -> dict[str, float]:
    top = min(middle - sizes[item] / 2 for item, middle in middles.items())
    bottom = max(middle + sizes[item] / 2 for item, middle in middles.items())
    shift = max(room - (bottom - top), 0.0) / 2 - top
    return {item: middle + shift for item, middle in middles.items()}


def _chain(arc: Arc, place: Mapping[str, int]) -> tuple[str, ...]:
    start, end = arc
    between = (f"{start}>{end}@{column}" for column in range(place[start] + 1, place[end]))
    return (start, *between, end)


def _settled(
    layers: Layers, pairs: Sequence[Arc], sizes: Mapping[str, float], gap: float, room: float
) -> dict[str, float]:
    before, after = neighbours(pairs)
    space = max(room, *(_needed(layer, sizes, gap) for layer in layers))
    middles: dict[str, float] = {}
    for layer in layers:
        spread = space / len(layer)
        middles |= _spaced(layer, [spread * (row + 0.5) for row in range(len(layer))], sizes, gap, space)
    for step in range(SETTLES):
        for layer in layers if step % 2 == 0 else reversed(layers):
            wanted = [
                fmean([middles[one] for one in (*before.get(item, ()), *after.get(item, ()))] or [middles[item]])
                for item in layer
            ]
            middles |= _spaced(layer, wanted, sizes, gap, space)
    return middles


def _needed(layer: Sequence[str], sizes: Mapping[str, float], gap: float) -> float:
    return sum(sizes[item] for item in layer) + gap * (len(layer) - 1)


def _spaced(
    layer: Sequence[str], wanted: Sequence[float], sizes: Mapping[str, float], gap: float, space: float
) -> dict[str, float]:
    """Return the heights nearest to those wanted that keep order, gaps and the space."""
    from scipy.optimize import isotonic_regression

    half = np.array([sizes[item] / 2 for item in layer])
    least = np.concatenate([[0.0], np.cumsum(half[:-1] + half[1:] + gap)])
    free = isotonic_regression(np.asarray(wanted) - least).x
    low, high = half[0], space - half[-1] - least[-1]
    return dict(zip(layer, (np.clip(free, low, max(low, high)) + least).tolist(), strict=True))
