"""Declarations to YAML, and additions to a text that keep its comments and its order."""

from __future__ import annotations

import io
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ebpm.spec.types import Spec


@dataclass(frozen=True, slots=True)
class Addition:
    """A value to append to the list at a path.

    Parameters
    ----------
    path : keys and places from the top ("edges", 3, "evidence"); the list is made where it is missing.
    value : plain values: text, numbers, dicts, lists.
    """

    path: tuple[str | int, ...]
    value: Any


def amend(text: str, additions: Iterable[Addition]) -> str:
    """Return a YAML text with values appended to its lists; comments, order and quotes stay."""
    writer = yaml_writer()
    document = writer.load(text)
    for addition in additions:
        place = document
        for key in addition.path[:-1]:
            place = place[key]
        if not place.get(addition.path[-1]):
            place[addition.path[-1]] = []
        place[addition.path[-1]].append(styled(addition.value))
    return written(writer, document)


def dumps(value: Spec) -> str:
    """Return a declaration as YAML; what equals its default is left out."""
    return written(yaml_writer(), styled(plain(value)))


def plain(value: Spec) -> dict[str, Any]:
    """Return a declaration as plain values, without what equals its default."""
    return value.model_dump(by_alias=True, exclude_defaults=True)


def styled(value: Any) -> Any:
    """Return plain values for the writer: a bilingual text on one line, all else in blocks."""
    from ruamel.yaml.comments import CommentedMap

    if isinstance(value, dict):
        found = CommentedMap((key, styled(item)) for key, item in value.items())
        if found.keys() <= {"ja", "en"}:
            found.fa.set_flow_style()
        return found
    return [styled(item) for item in value] if isinstance(value, tuple | list) else _quoted(value)


def _quoted(text: Any) -> Any:
    """Return a text in quotes where its first sign would be taken for a mark of a flow mapping."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    return DoubleQuotedScalarString(text) if isinstance(text, str) and text[:1] in "?:-" else text


def yaml_writer() -> Any:
    """Return the reader and writer that keeps comments, order and quotes."""
    from ruamel.yaml import YAML

    writer = YAML(typ="rt", pure=True)
    writer.indent(mapping=2, sequence=4, offset=2)
    writer.preserve_quotes = True
    writer.width = 4096
    return writer


def written(writer: Any, document: Any) -> str:
    """Return a document as YAML."""
    stream = io.StringIO()
    writer.dump(document, stream)
    return stream.getvalue()
