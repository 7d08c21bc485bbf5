"""Where boxes and links stand: layers with few crossings, room for every link that passes a column.

Sugiyama, Tagawa and Toda (1981), IEEE Transactions on Systems, Man, and Cybernetics 11(2): layers, dummy items, barycentres.
Heights within a layer: least squares to the neighbours' heights under the order and the gaps (isotonic regression).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

Layers = list[list[str]]
Arc = tuple[str, str]
SWEEPS, SETTLES = 12, 30
LANE, GAPS = 0.12, (0.17, 0.62)
"""Height of a passing link; least and largest distance between two items, in inches."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Order and heights.

    Parameters
    ----------
    layers : items of each column from top to bottom; those that are no node are the places where a link passes.
    middles : height of each item's middle, downwards from 0.
    chains : the items that each link runs through, from its start to its end.
    """

    layers: Layers
    middles: Mapping[str, float]
    chains: Mapping[Arc, tuple[str, ...]] = field(default_factory=dict)


def arrange(
    columns: Sequence[Sequence[str]], arcs: Sequence[Arc], heights: Mapping[str, float], *, room: float
) -> Layout:
    """Return order and heights of the items, as far apart as the room allows, in the middle of it.

    Parameters
    ----------
    columns : ids of the nodes of each column, in their given order.
    arcs : links between them; those within a column or backwards are not used for the order.
    heights : height of each node.
    room : height that is at hand; more is used where the items need more.
    """
    place = {name: index for index, column in enumerate(columns) for name in column}
    chains = {arc: _chain(arc, place) for arc in dict.fromkeys(arcs) if place[arc[0]] < place[arc[1]]}
    layers = [list(column) for column in columns]
    for chain in chains.values():
        for offset, item in enumerate(chain[1:-1], start=1):
            layers[place[chain[0]] + offset].append(item)
    pairs = [pair for chain in chains.values() for pair in pairwise(chain)]
    ordered = _transposed(_ordered(layers, pairs), pairs, [arc for arc in arcs if place[arc[0]] == place[arc[1]]])
    sizes = {item: heights.get(item, LANE) for layer in layers for item in layer}
    gap = float(np.clip(min((room - _needed(layer, sizes, 0.0)) / len(layer) for layer in layers), *GAPS))
    middles = _settled(ordered, pairs, sizes, gap, room)
    return Layout(ordered, _centred(middles, sizes, room), chains)


def _centred(middles: Mapping[str, float], sizes: Mapping[str, float], room: float) -> dict[str, float]:
    top = min(middle - sizes[item] / 2 for item, middle in middles.items())
    bottom = max(middle + sizes[item] / 2 for item, middle in middles.items())
    shift = max(room - (bottom - top), 0.0) / 2 - top
    return {item: middle + shift for item, middle in middles.items()}


def _chain(arc: Arc, place: Mapping[str, int]) -> tuple[str, ...]:
    start, end = arc
    between = (f"{start}>{end}@{column}" for column in range(place[start] + 1, place[end]))
    return (start, *between, end)


def _neighbours(pairs: Sequence[Arc]) -> tuple[dict[str, list[str]], dict[str, list[str]]]:
    before: dict[str, list[str]] = {}
    after: dict[str, list[str]] = {}
    for left, right in pairs:
        after.setdefault(left, []).append(right)
        before.setdefault(right, []).append(left)
    return before, after


def _ordered(layers: Layers, pairs: Sequence[Arc]) -> Layers:
    before, after = _neighbours(pairs)
    best, current = layers, [list(layer) for layer in layers]
    for sweep in range(SWEEPS):
        forward = sweep % 2 == 0
        beside = before if forward else after
        for index in range(len(current)) if forward else reversed(range(len(current))):
            rank = {item: at / max(len(layer) - 1, 1) for layer in current for at, item in enumerate(layer)}
            centre = {item: _mean([rank[one] for one in beside.get(item, [item])]) for item in current[index]}
            current[index] = sorted(current[index], key=lambda item: (centre[item], rank[item]))
        if crossings(current, pairs) < crossings(best, pairs):
            best = [list(layer) for layer in current]
    return best


def _transposed(layers: Layers, pairs: Sequence[Arc], inside: Sequence[Arc]) -> Layers:
    """Swap neighbours as long as links cross less, or linked items of a column come closer."""
    current = [list(layer) for layer in layers]
    for _ in range(SWEEPS):
        swapped = [
            _swap(current, pairs, inside, column, row)
            for column, layer in enumerate(layers)
            for row in range(len(layer) - 1)
        ]
        if not any(swapped):
            break
    return current


def _swap(layers: Layers, pairs: Sequence[Arc], inside: Sequence[Arc], column: int, row: int) -> bool:
    layer = layers[column]
    near = [pair for pair in pairs if pair[0] in layer or pair[1] in layer]
    linked = [pair for pair in inside if pair[0] in layer]
    before = crossings(layers, near) + _apart(layer, linked)
    layer[row], layer[row + 1] = layer[row + 1], layer[row]
    if crossings(layers, near) + _apart(layer, linked) < before:
        return True
    layer[row], layer[row + 1] = layer[row + 1], layer[row]
    return False


def _apart(layer: Sequence[str], linked: Sequence[Arc]) -> float:
    """Items between those that are linked within a column: each counts as more than one crossing, for the link bows around it."""
    return sum(1.5 * (abs(layer.index(start) - layer.index(end)) - 1) for start, end in linked)


def crossings(layers: Layers, pairs: Sequence[Arc]) -> int:
    """Return how many pairs of links cross."""
    place = {item: (column, row) for column, layer in enumerate(layers) for row, item in enumerate(layer)}
    spans = [(*place[left], place[right][1]) for left, right in pairs]
    return sum(
        one[0] == two[0] and (one[1] - two[1]) * (one[2] - two[2]) < 0
        for index, one in enumerate(spans)
        for two in spans[:index]
    )


def _settled(
    layers: Layers, pairs: Sequence[Arc], sizes: Mapping[str, float], gap: float, room: float
) -> dict[str, float]:
    before, after = _neighbours(pairs)
    space = max(room, *(_needed(layer, sizes, gap) for layer in layers))
    middles: dict[str, float] = {}
    for layer in layers:
        spread = space / len(layer)
        middles |= _spaced(layer, [spread * (row + 0.5) for row in range(len(layer))], sizes, gap, space)
    for step in range(SETTLES):
        for layer in layers if step % 2 == 0 else reversed(layers):
            wanted = [
                _mean([middles[one] for one in (*before.get(item, ()), *after.get(item, ()))] or [middles[item]])
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


def _mean(values: Sequence[float]) -> float:
    return sum(values) / len(values)
