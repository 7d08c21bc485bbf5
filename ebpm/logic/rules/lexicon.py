"""Word lists (lexicon.toml): each list has words and exceptions in Japanese and English; what they find is only ever a warning."""

from __future__ import annotations

import re
import tomllib
from functools import cache
from importlib.resources import files
from typing import Any

from ebpm.spec import Text

_JAPANESE = re.compile(r"[\u3041-\u30ff\u4e00-\u9fff]")


@cache
def lists() -> dict[str, Any]:
    """Return the word lists as they stand in the file."""
    return tomllib.loads(files("ebpm.logic.rules").joinpath("lexicon.toml").read_text(encoding="utf-8"))


def found(name: str, *texts: Text | None) -> str:
    """Return the first word of a list in texts, without those that stand inside an exception; empty where there is none.

    Japanese words are looked for in Japanese texts; English ones where there is no Japanese text.

    Examples
    --------
    >>> from ebpm.logic.rules.lexicon import found
    >>> from ebpm.spec import Text
    >>> found("output_words", Text(ja="講座の開催回数")), found("output_words", Text(ja="救急搬送件数"))
    ('開催', '')
    """
    spoken = [("ja", one.ja) if japanese(one.ja) else ("en", one.en or one.ja) for one in texts if one is not None]
    hits = (_first(*_patterns(name, lang), text) for lang, text in spoken)
    return next((hit for hit in hits if hit), "")


def quoted(name: str, text: Text) -> Text | None:
    """Return the first word of a list in a text, as each language has it; none where there is none."""
    word = found(name, text)
    return Text(ja=word, en=_first(*_patterns(name, "en"), text.en) or word) if word else None


def japanese(text: str) -> bool:
    """Return whether a text holds kana or kanji."""
    return _JAPANESE.search(text) is not None


def _first(words: re.Pattern[str], exceptions: re.Pattern[str], text: str) -> str:
    match = words.search(exceptions.sub("\n", text))
    return match[0].strip() if match else ""


@cache
def _patterns(name: str, lang: str) -> tuple[re.Pattern[str], re.Pattern[str]]:
    return _any(lists()[name][lang]), _any(lists()[name][f"except_{lang}"])


def _any(words: list[str]) -> re.Pattern[str]:
    """Return what matches any of the words, the longest first; English ones as whole words."""
    ordered = sorted(words, key=len, reverse=True)
    shapes = (
        rf"\b{re.escape(word)}\b"
        if word.replace(" ", "").isalpha() and word.isascii() and word == word.strip()
        else re.escape(word)
        for word in ordered
    )
    return re.compile("|".join(shapes) or r"(?!)", re.IGNORECASE)
