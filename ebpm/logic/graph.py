"""Paths in a directed graph of names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

Arcs = Iterable[tuple[str, str]]


def successors(arcs: Arcs) -> dict[str, tuple[str, ...]]:
    """Return the names that each name points at, in order."""
    found: dict[str, tuple[str, ...]] = {}
    for start, end in arcs:
        found[start] = (*found.get(start, ()), end)
    return found


def reachable(arcs: Arcs, start: str) -> frozenset[str]:
    """Return every name that a path from `start` reaches; `start` itself only where it lies on a cycle.

    Examples
    --------
    >>> from ebpm.logic.graph import reachable
    >>> sorted(reachable([("a", "b"), ("b", "c")], "a"))
    ['b', 'c']
    """
    nexts, found, waiting = successors(arcs), set[str](), [start]
    while waiting:
        new = [name for name in nexts.get(waiting.pop(), ()) if name not in found]
        found.update(new)
        waiting.extend(new)
    return frozenset(found)


def cycles(arcs: Arcs) -> Iterator[tuple[str, ...]]:
    """Yield one cycle of each knot: the names along it, the first one repeated at the end."""
    known = tuple(arcs)
    nexts = successors(known)
    reach = {name: reachable(known, name) for name in nexts}
    seen: set[str] = set()
    for name in nexts:
        if name in reach[name] and name not in seen:
            cycle = _shortest(nexts, name)
            seen |= {other for other in reach[name] if name in reach.get(other, frozenset())}
            yield cycle


def _shortest(nexts: Mapping[str, tuple[str, ...]], start: str) -> tuple[str, ...]:
    paths: list[tuple[str, ...]] = [(start,)]
    seen = {start}
    for path in paths:
        for name in nexts.get(path[-1], ()):
            if name == start:
                return (*path, start)
            if name not in seen:
                seen.add(name)
                paths.append((*path, name))
    return (start,)
