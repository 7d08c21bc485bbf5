"""A changed declaration into the YAML that it came from: what did not change keeps its place, its comments and its quotes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ebpm.spec.types import Spec
from ebpm.spec.writing import plain, styled, written, yaml_writer

IDENTITIES = (("id",), ("from", "to"), ("indicator", "fiscal_year", "part"))


def revise(text: str, before: Spec, after: Spec) -> str:
    """Return the YAML text of one state of a declaration as that of another.

    Parts of a list are matched by their id, links by their ends, observations by indicator, year and part, all else by place.

    Parameters
    ----------
    text : the YAML that `before` was read from.
    before : the declaration as it stands in the text.
    after : the declaration as it is to be.
    """
    writer = yaml_writer()
    document = writer.load(text)
    _mapping(document, plain(before), plain(after))
    return written(writer, document)


def _mapping(place: Any, before: dict[str, Any], after: dict[str, Any]) -> None:
    for key in before.keys() - after.keys():
        place.pop(key, None)
    for key, new in after.items():
        old = before.get(key)
        if new == old and key in before:
            continue
        if isinstance(place.get(key), dict) and isinstance(old, dict) and isinstance(new, dict):
            _mapping(place[key], old, new)
        elif isinstance(place.get(key), list) and isinstance(new, tuple | list):
            _list(place[key], old or (), new)
        else:
            place[key] = _flowing(new)


def _list(place: Any, before: Sequence[Any], after: Sequence[Any]) -> None:
    if not all(isinstance(item, dict) for item in (*before, *after)):
        place[:] = [styled(_number(item)) for item in after]
        return
    old, new = _named(before), _named(after)
    for name in reversed(old):
        if name not in new:
            del place[list(old).index(name)]
    kept = [name for name in old if name in new]
    for name in kept:
        if old[name] != new[name]:
            _mapping(place[kept.index(name)], old[name], new[name])
    if [name for name in new if name in old] != kept or list(new)[: len(kept)] != kept:
        parts = dict(zip(kept, list(place), strict=True))
        place[:] = [parts[name] if name in parts else styled(_numbers(new[name])) for name in new]
    else:
        place.extend(styled(_numbers(new[name])) for name in list(new)[len(kept) :])


def _named(parts: Sequence[dict[str, Any]]) -> dict[tuple[Any, ...], dict[str, Any]]:
    """Return parts by what tells them apart; by their place where nothing does or two share it."""
    for identity in IDENTITIES:
        if all(key in part for part in parts for key in identity[:2]):
            names = [tuple(part.get(key) for key in identity) for part in parts]
            if len(set(names)) == len(names):
                return dict(zip(names, parts, strict=True))
    return {(place,): part for place, part in enumerate(parts)}


def _flowing(value: Any) -> Any:
    """Return plain values for the writer: a list of ids or numbers on one line."""
    from ruamel.yaml.comments import CommentedSeq

    if isinstance(value, tuple | list) and not any(isinstance(item, dict) for item in value):
        found = CommentedSeq(styled(_number(item)) for item in value)
        found.fa.set_flow_style()
        return found
    return styled(_numbers(value))


def _numbers(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _numbers(item) for key, item in value.items()}
    return [_numbers(item) for item in value] if isinstance(value, tuple | list) else _number(value)


def _number(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e15 else value
