"""Which page an item of a layered drawing stands on: as few pages as hold them, cut where few links are cut."""

from __future__ import annotations

from collections.abc import Mapping, Sequence


def paged(
    layers: Sequence[Sequence[str]], pairs: Sequence[tuple[str, str]], middles: Mapping[str, float], tall: Mapping[str, float], room: float
) -> dict[str, int]:  # fmt: skip
    """Return the page of each item, from 0.

    Parameters
    ----------
    layers : items of each column from top to bottom.
    pairs : links between neighbouring columns.
    middles : height of each item on one endless sheet, downwards.
    tall : height that each item takes with the gap below it.
    room : height of a page.
    """
    waiting = sorted((item for layer in layers for item in layer), key=lambda item: middles[item])
    column = {item: place for place, layer in enumerate(layers) for item in layer}
    pages: dict[str, int] = {}
    last = _least(waiting, column, tall, room) - 1
    for page in range(last + 1):
        most = _fitting(waiting, column, tall, room)
        enough = [
            count for count in range(1, most + 1) if _least(waiting[count:], column, tall, room) <= last - page
        ]  # fmt: skip
        taken = min(enough, key=lambda count: (_cut(set(waiting[:count]), set(waiting[count:]), pairs), -count))
        pages |= dict.fromkeys(waiting[:taken], page)
        waiting = waiting[taken:]
    return pages


def _least(waiting: Sequence[str], column: Mapping[str, int], tall: Mapping[str, float], room: float) -> int:
    """Return the least number of pages that hold those waiting."""
    count = 0
    while waiting:
        waiting, count = waiting[_fitting(waiting, column, tall, room) :], count + 1
    return count


def _fitting(waiting: Sequence[str], column: Mapping[str, int], tall: Mapping[str, float], room: float) -> int:
    """Return how many of those waiting fit the page; at least one."""
    used: dict[int, float] = {}
    for count, item in enumerate(waiting):
        used[column[item]] = used.get(column[item], 0.0) + tall[item]
        if used[column[item]] > room and count:
            return count
    return len(waiting)


def _cut(kept: set[str], rest: set[str], pairs: Sequence[tuple[str, str]]) -> int:
    return sum((one in kept and two in rest) or (one in rest and two in kept) for one, two in pairs)
