"""The order of items in layers with few crossings: sweeps by median and by barycentre, each followed by transposition.

Sugiyama, Tagawa and Toda (1981), IEEE Transactions on Systems, Man, and Cybernetics 11(2): barycentres.
Gansner, Koutsofios, North and Vo (1993), IEEE Transactions on Software Engineering 19(3): medians and transposition.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Callable, Sequence
from itertools import groupby, product
from statistics import fmean, median_low

Layers = list[list[str]]
Arc = tuple[str, str]
Beside = dict[str, list[str]]
Centre = Callable[[Sequence[float]], float]
CENTRES: tuple[Centre, ...] = (fmean, median_low)
SWEEPS, ROUNDS = 8, 12
APART = 1.5
"""What an item between two linked items of one column counts for: more than a crossing, for the link bows around it."""


def crossings(layers: Layers, pairs: Sequence[Arc]) -> int:
    """Return how many pairs of links cross; each link joins neighbouring layers.

    Examples
    --------
    >>> from ebpm.logic.drawing.ordering import crossings
    >>> crossings([["a", "b"], ["c", "d"]], [("a", "d"), ("b", "c")])
    1
    """
    place = {item: (column, row) for column, layer in enumerate(layers) for row, item in enumerate(layer)}
    spans = sorted((*place[left], place[right][1]) for left, right in pairs)
    return sum(_inversions([end for *_, end in links]) for _, links in groupby(spans, key=lambda span: span[0]))


def _inversions(ends: Sequence[int]) -> int:
    """Return how many pairs of a sequence stand the wrong way round."""
    seen: list[int] = []
    found = 0
    for end in ends:
        found += len(seen) - bisect_right(seen, end)
        insort(seen, end)
    return found


def neighbours(pairs: Sequence[Arc]) -> tuple[Beside, Beside]:
    """Return the items before and after each item."""
    before: Beside = {}
    after: Beside = {}
    for left, right in pairs:
        after.setdefault(left, []).append(right)
        before.setdefault(right, []).append(left)
    return before, after


def ordered(layers: Layers, pairs: Sequence[Arc], inside: Sequence[Arc] = ()) -> Layers:
    """Return the layers in the best order found.

    Parameters
    ----------
    layers : items of each column.
    pairs : links between neighbouring columns.
    inside : links within a column: they draw their ends together.
    """
    beside = neighbours(pairs)
    best, least = layers, _cost(layers, pairs, inside)
    for centre, first in product(CENTRES, (0, 1)):
        current = [list(layer) for layer in layers]
        for sweep in range(first, SWEEPS + first):
            current = _swept(current, beside, centre, forward=sweep % 2 == 0, turn=sweep % 4 > 1)
            candidate = _transposed(current, beside, inside)
            cost = _cost(candidate, pairs, inside)
            if cost < least:
                best, least = candidate, cost
    return best


def _cost(layers: Layers, pairs: Sequence[Arc], inside: Sequence[Arc]) -> float:
    rank = _ranks(layers)
    return crossings(layers, pairs) + APART * sum(abs(rank[start] - rank[end]) - 1 for start, end in inside)


def _ranks(layers: Layers) -> dict[str, int]:
    return {item: row for layer in layers for row, item in enumerate(layer)}


def _swept(layers: Layers, beside: tuple[Beside, Beside], centre: Centre, *, forward: bool, turn: bool) -> Layers:
    """Order each layer by the centres of its items' neighbours in the layer just ordered; `turn` those with the same centre."""
    swept = [list(layer) for layer in layers]
    towards = beside[0] if forward else beside[1]
    rank = {item: row / max(len(layer) - 1, 1) for layer in swept for row, item in enumerate(layer)}
    for layer in swept if forward else reversed(swept):
        goal = {item: centre([rank[one] for one in towards.get(item, [item])]) for item in layer}
        layer.sort(key=lambda item: (goal[item], -rank[item] if turn else rank[item]))
        rank |= {item: row / max(len(layer) - 1, 1) for row, item in enumerate(layer)}
    return swept


def _transposed(layers: Layers, beside: tuple[Beside, Beside], inside: Sequence[Arc]) -> Layers:
    """Swap neighbours as long as links cross less, or linked items of a column come closer."""
    current = [list(layer) for layer in layers]
    rank = _ranks(current)
    for _ in range(ROUNDS):
        swapped = [
            _swap(layer, row, rank, beside, inside) for layer in current for row in range(len(layer) - 1)
        ]  # fmt: skip
        if not any(swapped):
            break
    return current


def _swap(
    layer: list[str], row: int, rank: dict[str, int], beside: tuple[Beside, Beside], inside: Sequence[Arc]
) -> bool:
    upper, lower = layer[row], layer[row + 1]
    gain = sum(_gain(side.get(upper, []), side.get(lower, []), rank) for side in beside)
    near = [link for link in inside if upper in link or lower in link]
    apart = sum(abs(rank[start] - rank[end]) for start, end in near)
    rank[upper], rank[lower] = row + 1, row
    if gain + APART * (apart - sum(abs(rank[start] - rank[end]) for start, end in near)) > 0:
        layer[row], layer[row + 1] = lower, upper
        return True
    rank[upper], rank[lower] = row, row + 1
    return False


def _gain(upper: Sequence[str], lower: Sequence[str], rank: dict[str, int]) -> int:
    """Return how many crossings fewer there are when two items change places."""
    return sum((rank[one] > rank[two]) - (rank[one] < rank[two]) for one, two in product(upper, lower))
