"""Every code, term and label once, in Japanese and English.

The words live in the TOML files of this folder, one file a room. Each file may hold the tables
`notice` (guard-rail codes), `error` (three-part errors), `term` (the glossary), `column` (table columns),
`method` (names of estimators) and `label` (words in figures and reports).
"""

from __future__ import annotations

import os
import tomllib
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal, Protocol, get_args

Lang = Literal["ja", "en"]
LANGUAGES: tuple[Lang, ...] = get_args(Lang)
KINDS = ("notice", "error", "term", "column", "method", "label")

NAMED = frozenset({"about", "arm", "column", "control", "term"})
JOINTS = (": ", " - ", " × ", " = ")

_language: ContextVar[Lang | None] = ContextVar("ebpm_language", default=None)
_names: ContextVar[Mapping[str, Words] | None] = ContextVar("ebpm_names", default=None)


def _known(lang: str) -> Lang:
    for known in LANGUAGES:
        if lang == known:
            return known
    raise ValueError(f"lang must be one of {', '.join(LANGUAGES)}. Got {lang!r} instead.")


def current_language() -> Lang:
    """Return the language of messages: `use_language`, else the variable EBPM_LANG, else English.

    Where the variable names a language that there is not, messages are in English, and a warning says so once.
    """
    return _language.get() or _of_environment(os.environ.get("EBPM_LANG", ""))


def language_of_environment() -> Lang:
    """Return the language that EBPM_LANG names, English where it is not set; a ValueError where there is no such language."""
    return _known(os.environ.get("EBPM_LANG") or "en")


@cache
def _of_environment(named: str) -> Lang:
    if not named or named in LANGUAGES:
        return _known(named or "en")
    told = (label("language_unknown", lang, named=named) for lang in LANGUAGES)
    warnings.warn(" / ".join(told), UserWarning, stacklevel=2)
    return "en"


def language(lang: str | None) -> Lang:
    """Return `lang`, checked, or the current language where it is None."""
    return current_language() if lang is None else _known(lang)


def use_language(lang: str) -> None:
    """Set the language of messages, summaries and figures from here on.

    Parameters
    ----------
    lang : "ja" or "en".

    Raises
    ------
    ValueError : if `lang` is neither.

    Examples
    --------
    >>> import ebpm
    >>> ebpm.use_language("en")
    """
    _language.set(_known(lang))


@contextmanager
def speaking(lang: str | None) -> Iterator[Lang]:
    """Use one language inside a block."""
    token = _language.set(language(lang))
    try:
        yield current_language()
    finally:
        _language.reset(token)


@contextmanager
def calling(names: Mapping[str, Words] | None) -> Iterator[None]:
    """Call arms and columns by the names of readers inside a block."""
    token = _names.set(_names.get() if names is None else names)
    try:
        yield
    finally:
        _names.reset(token)


def called(code: str, lang: str | None = None) -> str:
    """Return the name of an arm or column where names are in use, part by part where codes are joined; else the code in its own words."""
    if hasattr(code, "words"):
        return str(code.words(lang))
    names = _names.get()
    if not names or code in names:
        return words(names[code], lang) if names else code
    for joint in JOINTS:
        if joint in code:
            return joint.join(called(part, lang) for part in code.split(joint))
    return code


@cache
def _library() -> Mapping[str, Mapping[str, Mapping[str, Any]]]:
    library: dict[str, dict[str, Mapping[str, Any]]] = {kind: {} for kind in KINDS}
    for file in sorted(files(__package__).iterdir(), key=lambda entry: entry.name):
        if file.name.endswith(".toml"):
            for kind, entries in tomllib.loads(file.read_text(encoding="utf-8")).items():
                twice = library[kind].keys() & entries.keys()
                if twice:
                    raise ValueError(f"{file.name}: {kind} {sorted(twice)} is defined twice.")
                library[kind].update(entries)
    return MappingProxyType(library)


def entries(kind: str) -> Mapping[str, Mapping[str, Any]]:
    """Return all entries of one kind, by code."""
    return _library()[kind]


def entry(kind: str, code: str) -> Mapping[str, Any]:
    """Return one entry; a KeyError names the kind and the code."""
    try:
        return _library()[kind][code]
    except KeyError:
        raise KeyError(f"no {kind} {code!r} in ebpm/texts") from None


class Bilingual(Protocol):
    """A value that has words in both languages."""

    def words(self, lang: str | None = None) -> str:
        """Return them in one language."""
        ...


Words = str | Mapping[str, str] | Bilingual


def words(value: Words, lang: str | None = None) -> str:
    """Return the words of a bilingual value in one language, or the other where that one is empty."""
    if isinstance(value, str):
        return value
    if not isinstance(value, Mapping):
        return value.words(lang)
    wanted = language(lang)
    return value.get(wanted) or next((text for text in value.values() if text), "")


def spoken(facts: Mapping[str, object], lang: str | None = None) -> dict[str, object]:
    """Return facts for a template: those that have words of their own in the language asked for, arms and columns as they are called."""
    return {
        name: called(value, lang) if name in NAMED and isinstance(value, str) else said(value, lang)
        for name, value in facts.items()
    }


def said(value: object, lang: str | None = None) -> object:
    """Return the words of a value that has some in the language asked for, or the value itself."""
    if isinstance(value, Mapping):
        return InPlace(words(value, lang))
    for speaker in ("words", "explain"):
        if hasattr(value, speaker):
            return InPlace(getattr(value, speaker)(lang))
    return value


class InPlace(str):
    """Words that may stand in the place of a number: a template's format of numbers leaves them as they are."""

    __slots__ = ()

    def __format__(self, spec: str) -> str:
        try:
            return super().__format__(spec)
        except ValueError:
            return str(self)


def label(code: str, lang: str | None = None, **facts: object) -> str:
    """Return a word or phrase of the figures and reports."""
    return words(entry("label", code), lang).format(**spoken(facts, lang))


def term(code: str, lang: str | None = None) -> str:
    """Return a glossary term."""
    return words(entry("term", code), lang)


def coined(code: str) -> Words:
    """Return the words of a term that the library coined, in all languages; none where the glossary does not know it."""
    return entries("term").get(code, "")


def method(code: str, lang: str | None = None) -> str:
    """Return the name of an estimator or an inference method."""
    return words(entry("method", code)["name"], lang)
