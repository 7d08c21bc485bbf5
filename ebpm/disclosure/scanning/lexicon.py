"""The words and numerals by which counts of persons are known (words.toml), in Japanese and English."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable
from functools import cache
from importlib.resources import files
from typing import Any

WRITTEN = dict(
    zip(("one", "two", "three", "four", "five", "six", "seven", "eight", "nine"), range(1, 10), strict=True)
) | {"single": 1}
DIGITS = {char: place for place, char in enumerate("〇一二三四五六七八九")}
TENS = {"十": 10, "百": 100, "千": 1000}
KANJI = re.compile(r"[〇一二三四五六七八九十百千]+")
COUNT = re.compile(
    r"(?P<number>\d{1,3}(?:,\d{3})+|\d+|[〇一二三四五六七八九十百千]+|[a-z]+)(?:\.0+)?\s*"
    r"(?:人|名|件|例|世帯|persons?|people|patients?|cases?)?\s*(?:\(\s*[\d.]+\s*%?\s*\))?"
)


@cache
def lists() -> dict[str, dict[str, list[str]]]:
    """Return the word lists as they stand in the file."""
    found: dict[str, Any] = tomllib.loads(
        files("ebpm.disclosure.scanning").joinpath("words.toml").read_text(encoding="utf-8")
    )
    return found


def numeral(text: str) -> int:
    """Return the whole number that digits, kanji or an English word write; -1 where they write none.

    Examples
    --------
    >>> from ebpm.disclosure.scanning.lexicon import numeral
    >>> numeral("1,204"), numeral("二十三"), numeral("four"), numeral("many")
    (1204, 23, 4, -1)
    """
    if text.replace(",", "").isdecimal():
        return int(text.replace(",", ""))
    return _kanji(text) if KANJI.fullmatch(text) else WRITTEN.get(text.casefold(), -1)


def _kanji(text: str) -> int:
    if not set(text) & TENS.keys():
        return int("".join(str(DIGITS[char]) for char in text))
    total, ahead = 0, 0
    for char in text:
        if char in TENS:
            total, ahead = total + max(ahead, 1) * TENS[char], 0
        else:
            ahead = DIGITS[char]
    return total + ahead


def counted(cell: str) -> int:
    """Return the count that a cell of a table holds, with its unit or its percentage in brackets or without; -1 for none."""
    found = COUNT.fullmatch(cell.strip().casefold())
    return numeral(found["number"]) if found else -1


def is_heading(cell: str, further: Iterable[str] = ()) -> bool:
    """Return whether a heading says that counts stand below it.

    Parameters
    ----------
    cell : the heading.
    further : words of the pilot's own for such headings.
    """
    said, words = cell.strip().casefold(), lists()["heading"]
    plain = re.sub(r"\s*\((?:人|名|件|例|世帯|persons?|people|patients?)\)$|[.:]$", "", said).replace("_", " ")
    if plain in words["words"] or plain in {one.casefold() for one in further}:
        return True
    parts = said.replace(" ", "").endswith(tuple(words["endings"])) or said.endswith(tuple(words["inner"]))
    return (parts or said.startswith(tuple(words["beginnings"]))) and not any(one in said for one in words["never"])


def is_total(cell: str) -> bool:
    """Return whether a heading says that sums stand beside or below it."""
    return cell.strip().casefold() in lists()["total"]["words"]


def is_amount(cell: str) -> bool:
    """Return whether a heading says that something else than persons stands below it: money, points, time, bodies."""
    said = cell.strip().casefold()
    return said.endswith(tuple(lists()["total"]["amounts"]))


def is_share(cell: str) -> bool:
    """Return whether a heading says that shares stand below it, and not changes or intervals of shares."""
    said, words = cell.strip().casefold(), lists()["share"]
    named = said in words["words"] or said.endswith(tuple(words["endings"]))
    return named and not any(word in said for word in words["never"])
