"""One rule engine for logic models, data and designs: rules with codes give notices with reasons."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from html import escape
from itertools import groupby
from string import Formatter
from types import MappingProxyType
from typing import Any, Generic, Literal, TypeVar

from ebpm.errors import SpecError, did_you_mean
from ebpm.texts import entries, entry, label, said, spoken, words

Severity = Literal["error", "warning", "info"]
Subject = TypeVar("Subject")
Facts = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Notice:
    """What a rule found: a stable code, the place it is about, and the facts of the case.

    Parameters
    ----------
    code : the entry `notice.<code>` of the texts, which holds severity, title, message, why, remedy and source.
    about : the place: a column, an indicator, a cohort, an analysis.
    facts : the numbers and names that the message needs.
    within : the analysis that raised it, where there are several.
    level : a severity other than that of the texts, where a profile raises or lowers it.
    """

    code: str
    about: str = ""
    facts: Facts = field(default_factory=lambda: MappingProxyType({}), hash=False)
    within: str = ""
    level: Severity | None = None

    def __reduce__(self) -> tuple[object, ...]:
        """Return what `pickle` needs: a read-only view of the facts cannot be saved."""
        return _restored, (self.code, self.about, dict(self.facts), self.within, self.level)

    @property
    def severity(self) -> Severity:
        severity: Severity = self.level or entry("notice", self.code)["severity"]
        return severity

    @property
    def source(self) -> str:
        return str(entry("notice", self.code)["source"])

    def title(self, lang: str | None = None) -> str:
        return words(entry("notice", self.code)["title"], lang)

    def message(self, lang: str | None = None) -> str:
        return words(entry("notice", self.code)["message"], lang).format(
            **spoken({"about": self.about, **self.facts}, lang)
        )

    def why(self, lang: str | None = None) -> str:
        return words(entry("notice", self.code)["why"], lang)

    def remedy(self, lang: str | None = None) -> str:
        return words(entry("notice", self.code)["remedy"], lang)

    @property
    def place(self) -> str:
        """Where it was raised and what it is about."""
        return ": ".join(part for part in (self.within, self.about) if part)

    def to_text(self, lang: str | None = None) -> str:
        """Return one line: code, severity, message, what to do."""
        severity = label(f"severity_{self.severity}", lang)
        about = str(said(self.about, lang))
        where = f" [{': '.join(part for part in (self.within, about) if part)}]" if self.place else ""
        return f"{self.code} {severity}{where}: {self.message(lang)} → {self.remedy(lang)}"


def _restored(code: str, about: str, facts: Facts, within: str, level: Severity | None) -> Notice:
    return Notice(code, about, MappingProxyType(facts), within, level)


@dataclass(frozen=True, slots=True)
class Notices:
    """An ordered, immutable collection of notices."""

    items: tuple[Notice, ...] = ()

    def __iter__(self) -> Iterator[Notice]:
        return iter(self.items)

    def __len__(self) -> int:
        return len(self.items)

    def __add__(self, other: Iterable[Notice]) -> Notices:
        return Notices(tuple(dict.fromkeys((*self.items, *other))))

    def __contains__(self, code: object) -> bool:
        return code in self.codes or code in self.items

    @property
    def codes(self) -> tuple[str, ...]:
        """The codes that were raised, each once, in order."""
        return tuple(dict.fromkeys(notice.code for notice in self.items))

    def of(self, *severities: Severity) -> Notices:
        """Return the notices of some severities."""
        return Notices(tuple(notice for notice in self.items if notice.severity in severities))

    def to_text(self, lang: str | None = None) -> str:
        return "\n".join(notice.to_text(lang) for notice in self.items)

    def _repr_html_(self) -> str:
        rows = "".join(f"<li>{escape(notice.to_text())}</li>" for notice in self.items)
        return f"<ul>{rows}</ul>"


@dataclass(frozen=True, slots=True)
class Rule(Generic[Subject]):
    """A code and a predicate that yields the notices of a subject.

    Parameters
    ----------
    code : the notice that this rule gives.
    check : subject -> the finds, each (about, facts); nothing found is nothing yielded.
    requires : codes that must not have fired for this rule to be meaningful.
    """

    code: str
    check: Callable[[Subject], Iterable[tuple[str, Facts]]]
    requires: tuple[str, ...] = ()


def run(rules: Iterable[Rule[Subject]], subject: Subject) -> Notices:
    """Apply rules to a subject, in an order in which each comes after those it requires.

    Raises
    ------
    ValueError : if rules require each other in a circle.
    """
    found: dict[str, tuple[Notice, ...]] = {}
    for rule in _ordered(tuple(rules)):
        blocked = any(found.get(code) for code in rule.requires)
        finds = () if blocked else rule.check(subject)
        found[rule.code] = tuple(Notice(rule.code, about, MappingProxyType(dict(facts))) for about, facts in finds)
    return Notices(tuple(notice for code in sorted(found) for notice in found[code]))


def _ordered(rules: tuple[Rule[Subject], ...]) -> Iterator[Rule[Subject]]:
    codes, done, waiting = {rule.code for rule in rules}, set[str](), list(rules)
    while waiting:
        ready = [rule for rule in waiting if not (set(rule.requires) & codes) - done]
        if not ready:
            raise ValueError(f"rules require each other: {[rule.code for rule in waiting]}")
        yield from ready
        done |= {rule.code for rule in ready}
        waiting = [rule for rule in waiting if rule.code not in done]


def explain(code: str, lang: str | None = None) -> str:
    """Return what a code means: title, message, why it matters, what to do, and the source.

    Parameters
    ----------
    code : of a notice ("R101", "r101") or of an error ("missing_column").
    lang : "ja" or "en"; the current language where None.

    Raises
    ------
    SpecError : if there is no such code; the message names the nearest.

    Examples
    --------
    >>> import ebpm
    >>> print(ebpm.explain("missing_column", "en"))
    missing_column: A column is missing.
      ‹argument›=‹column› was given; the table has ‹columns›.
      What to do: Did you mean: ‹near›?
    """
    if code.upper() in entries("notice"):
        code = code.upper()
        text = entry("notice", code)
        severity = label(f"severity_{text['severity']}", lang)
        return _explained(f"{code} {severity}", text, ("title", "message", "why", "remedy", "source"), lang)
    if code in entries("error"):
        return _explained(code, entry("error", code), ("what", "given", "remedy"), lang)
    known, wanted = (entries("error"), code) if "_" in code else (entries("notice"), code.upper())
    near = did_you_mean(wanted, known) if "_" in code or get_close_matches(wanted, known) else _ranges(known)
    raise SpecError("unknown_code", code=code, near=near)


def _ranges(codes: Iterable[str]) -> str:
    """Say codes by the letters that they begin with, first to last."""
    families = groupby(sorted(codes), key=lambda code: code.rstrip("0123456789"))
    ends = [(found[0], found[-1]) for found in (list(family) for _, family in families)]
    return ", ".join(f"{first}–{last}" for first, last in ends)


def _explained(head: str, text: Mapping[str, Any], parts: Iterable[str], lang: str | None) -> str:
    lines = (label(f"explain_{part}", lang, text=_blanks(words(text[part], lang))) for part in parts)
    return f"{head}: " + "\n  ".join(lines)


def _blanks(template: str) -> str:
    pieces = Formatter().parse(template)
    return "".join(said + ("" if fact is None else f"‹{fact}›") for said, fact, _, _ in pieces)
