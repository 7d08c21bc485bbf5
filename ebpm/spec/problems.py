"""What is wrong in a declaration: problems with their place, and the SpecError that holds them all."""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from ebpm.errors import EbpmError, SpecError
from ebpm.texts import entries, entry, label, spoken, words

Path = tuple[str, ...]


class Wrong(ValueError):  # noqa: N818
    """A fault that a validator found; it becomes one problem of the file's SpecError.

    Parameters
    ----------
    code : the entry `error.<code>` of the texts.
    facts : what the templates need.
    """

    def __init__(self, code: str, /, **facts: object) -> None:
        super().__init__(code)
        self.code = code
        self.facts = facts


@dataclass(frozen=True, slots=True)
class Problem:
    """One problem of a declaration.

    Parameters
    ----------
    code : the entry `error.<code>` of the texts.
    line : line of the file, counted from 1.
    path : keys from the top of the file to the place ("nodes", "3", "stage").
    facts : what the templates need.
    """

    code: str
    line: int
    path: Path
    facts: tuple[tuple[str, object], ...] = ()

    @classmethod
    def at(cls, line: int, path: Path, code: str, **facts: object) -> Problem:
        return cls(code, line, path, tuple(facts.items()))

    @property
    def place(self) -> str:
        """The path as it is written in words: nodes[3].stage."""
        return place(self.path)

    def part(self, name: str, lang: str | None = None) -> str:
        """Return `what`, `given` or `remedy`."""
        return words(entry("error", self.code)[name], lang).format(**spoken(dict(self.facts), lang))

    def line_of(self, part: str, lang: str | None = None) -> str:
        """Return `given` or `remedy` behind the place it is about."""
        where = f" {self.place}" if self.path else ""
        return label("spec_line", lang, line=self.line, where=where, text=self.part(part, lang))


@dataclass(frozen=True, slots=True)
class Listing:
    """One part of several problems, a line each."""

    problems: tuple[Problem, ...]
    part: str

    def words(self, lang: str | None = None) -> str:
        indent = "\n  " if self.part == "given" else "\n    "
        return indent.join(dict.fromkeys(problem.line_of(self.part, lang) for problem in self.problems))


@dataclass(frozen=True, slots=True)
class Alternatives:
    """What a value must be, one label or several."""

    codes: tuple[str, ...]
    facts: tuple[tuple[str, object], ...] = ()

    def words(self, lang: str | None = None) -> str:
        known = entries("label")
        found = (code if code in known else "spec_rule_other" for code in self.codes)
        return label("spec_or", lang).join(dict.fromkeys(label(code, lang, **dict(self.facts)) for code in found))


def place(path: Path) -> str:
    """Return a path in words."""
    text = "".join(f"[{part}]" if part.isdecimal() else f".{part}" for part in path)
    return text.removeprefix(".")


def fail(name: str, problems: Iterable[Problem]) -> SpecError:
    """Return the error that lists the problems of a file in the order of its lines."""
    found = tuple(sorted(problems, key=lambda problem: (problem.line, problem.path)))
    return SpecError(
        "spec_problems",
        file=name,
        count=len(found),
        problems=found,
        given=Listing(found, "given"),
        remedies=Listing(found, "remedy"),
    )


def problems_of(error: EbpmError) -> tuple[Problem, ...]:
    """Return the problems that a SpecError of this room lists."""
    found: Any = error.facts.get("problems", ())
    return tuple(found)


def shown(value: object) -> str:
    """Return a value as it is quoted in a message."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return text if len(text) <= 60 else text[:59] + "…"
