"""A few changed lines into the YAML text of a declaration: what they do not name keeps its place, comments and quotes."""

from __future__ import annotations

from typing import Any

from ebpm.spec.problems import fail
from ebpm.spec.reading import validated
from ebpm.spec.revising import IDENTITIES
from ebpm.spec.types import Spec
from ebpm.spec.writing import written, yaml_writer
from ebpm.spec.yaml import parse


def merge(text: str, changes: str, *, name: str = "changes") -> str:
    r"""Return the YAML text of a declaration with changed lines in it.

    Parts of a list that have an id (links: their ends) are matched by it and are added where they are new; other values are replaced.

    Parameters
    ----------
    text : the YAML that is there.
    changes : YAML of the same form that holds nothing but what is new.
    name : what messages call the changes.

    Raises
    ------
    SpecError : if the changes are no YAML mapping, or name a key twice.

    Examples
    --------
    >>> from ebpm.spec.merging import merge
    >>> print(merge("nodes:\n  - {id: a, text: old}  # kept", "nodes: [{id: a, text: new}]"), end="")
    nodes:
      - {id: a, text: new}  # kept
    """
    _refuse_damage(changes, name)
    writer = yaml_writer()
    document = writer.load(text)
    _mapping(document, writer.load(changes))
    return written(writer, document)


def _refuse_damage(changes: str, name: str) -> None:
    parsed = parse(changes)
    if parsed.problems:
        raise fail(name, parsed.problems)
    if not isinstance(parsed.value, dict):
        validated(parsed, Spec, name=name)


def _mapping(place: Any, changes: Any) -> None:
    for key, new in changes.items():
        old = place.get(key)
        if isinstance(old, dict) and isinstance(new, dict):
            _mapping(old, new)
        elif isinstance(old, list) and isinstance(new, list) and all(_name(part) for part in (*old, *new)):
            _list(old, new)
        else:
            place[key] = new


def _list(place: Any, changes: Any) -> None:
    known = {_name(part): part for part in place}
    for part in changes:
        if _name(part) in known:
            _mapping(known[_name(part)], part)
        else:
            place.append(part)


def _name(part: Any) -> tuple[Any, ...]:
    """Return what tells a part of a list apart; nothing where nothing does."""
    if not isinstance(part, dict):
        return ()
    found = (keys for keys in IDENTITIES if all(key in part for key in keys[:2]))
    return next((tuple(part.get(key) for key in keys) for keys in found), ())
