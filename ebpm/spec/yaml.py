"""YAML 1.2 (core schema) to plain values, with the line of every key; nothing is guessed and nothing is overwritten.

Stricter than YAML where it helps an office: no anchors, aliases or tags, one document, unique keys, finite numbers, dates as text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite
from typing import Any

from ebpm.spec.problems import Path, Problem

DEEPEST, KEY = 40, "? :"
_INTEGER = re.compile(r"[-+]?[0-9]{1,18}")
_FLOAT = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_WORDS: dict[str, bool | None] = {"": None, "~": None, "null": None, "Null": None, "NULL": None}
_WORDS |= dict.fromkeys(("true", "True", "TRUE"), True) | dict.fromkeys(("false", "False", "FALSE"), False)
_MAY_BE_MORE = frozenset(("", *"~nNtTfF+-.0123456789"))
"""First characters of all that is not text."""
_LEADING_ZERO = re.compile(r"[-+]?0[0-9]")
_RARE = re.compile(
    r"[^\n\r -~\u00a0-\u2027\u202a-\ud7ff\ue000-\ufefe\uff00-\uffef\U00010000-\U0010ffff]|\r(?!\n)|^%|^ +\r?$|[|>][-+0-9]*#",
    re.MULTILINE,
)
"""Control characters, tabs, line ends, directives and block scalars that libyaml (YAML 1.1) and ruamel.yaml (1.2) read differently."""


@dataclass(frozen=True, slots=True)
class Parsed:
    """A file's value, the line of each of its paths, and what was wrong with its form."""

    value: Any
    lines: dict[Path, int]
    problems: tuple[Problem, ...]

    def line(self, path: Path) -> int:
        """Return the line of a path, or of the nearest place above it."""
        while path and path not in self.lines:
            path = path[:-1]
        return self.lines.get(path, 1)


def parse(text: str) -> Parsed:
    """Return the values of a YAML text.

    Text in which nothing is wrong and nothing is rare is read by libyaml, where PyYAML is installed with it; all else,
    and every text with a fault, by ruamel.yaml, whose messages and lines are the ones that are told.
    """
    quick = None if _RARE.search(text) else _quick(text)
    return quick or _careful(text)


def _quick(text: str) -> Parsed | None:
    try:
        from yaml import YAMLError  # type: ignore[import-untyped, unused-ignore]
        from yaml.cyaml import CParser  # type: ignore[import-untyped, unused-ignore]
    except ImportError:
        return None
    builder, parser = _Builder(), CParser(text)
    try:
        builder.document(iter(parser.get_event, None))
    except (YAMLError, ValueError, AttributeError, RecursionError):
        return None
    return (
        Parsed(builder.value, builder.lines, ()) if isinstance(builder.value, dict) and not builder.problems else None
    )


def _careful(text: str) -> Parsed:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    builder = _Builder()
    try:
        builder.document(YAML(typ="safe", pure=True).parse(text))
    except YAMLError as error:
        builder.problems.append(_form(error, text))
    except (ValueError, IndexError, AssertionError, RecursionError) as error:
        builder.problems.append(Problem.at(1, (), "spec_syntax", detail=str(error) or type(error).__name__))
    return Parsed(builder.value, builder.lines, tuple(builder.problems))


def _form(error: Exception, text: str) -> Problem:
    mark = getattr(error, "problem_mark", None)
    position = getattr(error, "position", None)
    if mark is None and isinstance(position, int):
        return Problem.at(
            text.count("\n", 0, position) + 1, (), "spec_control_character", character=f"U+{ord(text[position]):04X}"
        )
    lines = text.splitlines() or [""]
    number = min(mark.line if mark is not None else 0, len(lines) - 1)
    if lines[number].lstrip(" ").startswith("\t"):
        return Problem.at(number + 1, (), "spec_tab", text=lines[number].strip()[:60])
    detail = getattr(error, "problem", None) or type(error).__name__
    return Problem.at(number + 1, (), "spec_syntax", detail=str(detail), text=lines[number].strip()[:60])


def scalar(text: str) -> Any:
    """Return the value of a plain scalar by the core schema; a leading zero, NaN and infinity stay text."""
    if text[:1] not in _MAY_BE_MORE:
        return text
    if text in _WORDS:
        return _WORDS[text]
    if _LEADING_ZERO.match(text):
        return text
    if _INTEGER.fullmatch(text):
        return int(text)
    if _FLOAT.fullmatch(text) and isfinite(float(text)):
        return float(text)
    return text


@dataclass(slots=True)
class _Builder:
    value: Any = None
    lines: dict[Path, int] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    events: Iterator[Any] = field(default_factory=lambda: iter(()))

    def document(self, events: Iterator[Any]) -> None:
        self.events = iter(events)
        starts = 0
        for event in self.events:
            if _kind(event) == "DocumentStart":
                starts += 1
                if starts > 1:
                    self._wrong(event, (), "spec_two_documents")
                    return
                self.value = self._value(next(self.events), ())
        if not starts or self.value is None:
            self.problems.append(Problem.at(1, (), "spec_empty"))

    def _wrong(self, event: Any, path: Path, code: str, **facts: object) -> None:
        self.problems.append(Problem.at(event.start_mark.line + 1, path, code, **facts))

    def _value(self, event: Any, path: Path) -> Any:
        self.lines.setdefault(path, event.start_mark.line + 1)
        kind = _kind(event)
        if kind == "Alias" or event.anchor is not None:
            self._wrong(event, path, "spec_alias", anchor=str(event.anchor))
        if kind != "Alias" and event.tag is not None:
            self._wrong(event, path, "spec_tag", tag=str(event.tag))
        if kind == "MappingStart":
            return self._mapping(event, path)
        if kind == "SequenceStart":
            return self._sequence(event, path)
        return self._scalar(event)

    def _scalar(self, event: Any) -> Any:
        text = getattr(event, "value", "")
        return scalar(text) if not getattr(event, "style", "'") else text

    def _children(self, event: Any, path: Path) -> Iterator[Any]:
        deep = len(path) == DEEPEST
        if deep:
            self._wrong(event, path[:3], "spec_deep", deepest=DEEPEST)
        open_ = 1
        for child in self.events:
            kind = _kind(child)
            if kind in {"MappingEnd", "SequenceEnd"}:
                open_ -= 1
                if not open_:
                    return
            elif not deep:
                yield child
            elif kind in {"MappingStart", "SequenceStart"}:
                open_ += 1

    def _sequence(self, event: Any, path: Path) -> tuple[Any, ...]:
        return tuple(self._value(child, (*path, str(place))) for place, child in enumerate(self._children(event, path)))

    def _mapping(self, event: Any, path: Path) -> dict[Any, Any]:
        found: dict[Any, Any] = {}
        for child in self._children(event, path):
            key = self._key(child, path)
            here = (*path, str(key))
            if here in self.lines:
                self._wrong(child, here, "spec_duplicate_key", key=key, first=self.lines[here])
            self.lines.setdefault(here, child.start_mark.line + 1)
            value = self._value(next(self.events), here)
            found.setdefault(key, value)
        return found

    def _key(self, event: Any, path: Path) -> int | str:
        if _kind(event) == "Scalar" and event.anchor is None and event.tag is None and event.value.isidentifier():
            return str(event.value) if event.value not in _WORDS or event.style else self._odd_key(event, path)
        return self._odd_key(event, path)

    def _odd_key(self, event: Any, path: Path) -> int | str:
        value = self._value(event, (*path, KEY))
        self.lines.pop((*path, KEY), None)
        if _kind(event) == "Scalar" and value is not None:
            return value if isinstance(value, int) and not isinstance(value, bool) else str(event.value)
        self._wrong(event, path, "spec_bad_key")
        return "?"


_KINDS: dict[type, str] = {}


def _kind(event: Any) -> str:
    """Return the name of an event, which the two readers share."""
    known = _KINDS.get(type(event))
    return known or _KINDS.setdefault(type(event), type(event).__name__.removesuffix("Event"))
