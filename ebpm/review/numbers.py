"""results.json, claimed and found again: every leaf by its path."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from ebpm.review.findings import Finding, Status

RELATIVE = 1e-8
APART = ("versions.", "digests.code", "digests.environment")
"""What may differ between environments and is remarked on, not compared."""


def findings(
    pilot: str, claimed: Mapping[str, Any], found: Mapping[str, Any], *, tolerance: float
) -> Iterator[Finding]:
    """Yield how every leaf of a results.json compares with that of the rerun."""
    ours, theirs = dict(_compared_leaves(found)), dict(_compared_leaves(claimed))
    for path in sorted({*ours, *theirs}):
        if path not in ours:
            yield Finding(pilot, _kind(theirs[path]), path, "missing", _text(theirs[path]))
        elif path not in theirs:
            yield Finding(pilot, _kind(ours[path]), path, "extra", found=_text(ours[path]))
        else:
            status = compared(theirs[path], ours[path], tolerance)
            yield Finding(pilot, _kind(ours[path]), path, status, _text(theirs[path]), _text(ours[path]))


def _compared_leaves(content: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield from ((path, value) for path, value in leaves(content) if not path.startswith(APART))


def leaves(value: Any, path: str = "") -> Iterator[tuple[str, Any]]:
    """Yield the leaves of plain values by path; terms, items and comparisons by their names rather than their places."""
    if isinstance(value, Mapping):
        for key, one in value.items():
            yield from leaves(one, f"{path}.{key}" if path else str(key))
        if not value:
            yield path, "{}"
    elif isinstance(value, list):
        for place, one in enumerate(value):
            yield from leaves(one, f"{path}[{_name(one, place)}]")
        if not value:
            yield path, "[]"
    else:
        yield path, value


def _name(one: Any, place: int) -> str:
    if isinstance(one, Mapping):
        for key in ("term", "item", "path"):
            if key in one and not ("analysis" in one and key == "term"):
                return str(one[key])
    return str(place)


def compared(claimed: Any, found: Any, tolerance: float) -> Status:
    """Return whether two leaves are equal, equal but for rounding, or different."""
    if _is_number(claimed) and _is_number(found):
        if claimed == found:
            return "reproduced"
        near = abs(claimed - found) <= tolerance * max(abs(claimed), abs(found), tolerance)
        return "within_tolerance" if near else "differs"
    return "reproduced" if type(claimed) is type(found) and claimed == found else "differs"


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _kind(value: Any) -> Any:
    return "number" if _is_number(value) else "word"


def _text(value: Any) -> str:
    return repr(value) if _is_number(value) else str(value)
