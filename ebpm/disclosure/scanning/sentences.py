"""Small counts of persons in sentences: "4人", "three of 120 patients", "2.5% of 120 people"."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache

from ebpm.disclosure.scanning.lexicon import WRITTEN, lists, numeral

MANY = "|".join(name for name, count in WRITTEN.items() if count > 1)
DIGITS_EN = r"(?:\d{1,3}(?:,\d{3})+|\d+)"
DIGITS_JA = rf"(?:{DIGITS_EN}|[〇一二三四五六七八九十百千]+)"
ALONE = r"(?<![\w.,\-–~〜/%])"
ALONE_JA = r"(?<![\d〇一二三四五六七八九十百千.,\-–~〜第])"
SIZE = r"(?P<size>\d[\d,]*)"
SHARE = r"(?P<share>\d{1,3}(?:\.\d+)?)\s*%"


@cache
def _counts() -> tuple[re.Pattern[str], ...]:
    """Return the forms in which counts of persons are written; each has a group `few`."""
    return tuple(re.compile(one, re.IGNORECASE) for one in (*_english(), *_japanese()))


def _english() -> Iterator[str]:
    """Yield the English forms; one person is a count only where it is said to be one."""
    said = lists()["persons"]
    people, known = "|".join(said["en"]), "|".join(said["one"])
    between = rf"(?:(?!(?:{'|'.join(said['never_between'])})\b)[a-z\-]+\s)?"
    before = "".join(rf"(?<!\b{one}\s)" for one in said["never_before"]) + r"(?<!\d\sin\s)(?<!one\sin\s)"
    after = rf"\b(?!\s(?:{'|'.join(said['never_after'])}))"
    of_all = rf"(?:of|out\sof)\s(?:the\s|all\s)?{SIZE}\s"
    yield rf"{ALONE}{before}(?P<few>{DIGITS_EN}|{MANY}|one)\s{of_all}{between}(?:{people}){after}"
    yield rf"{ALONE}{before}(?P<few>(?!1\s){DIGITS_EN}|{MANY})\s(?:of\s(?:the|our|these)\s)?{between}(?:{people}){after}"
    yield rf"{ALONE}{before}(?P<few>one|1|single)\s{between}(?:{known}){after}"
    yield rf"(?:\b(?:only|just|exactly|but)|:)\s(?:a\s)?(?P<few>one|1|single)\s{between}(?:{people}){after}"
    yield rf"\b(?:{people})\s?[:=]\s?(?P<few>{DIGITS_EN}|{MANY}|one)\b(?!\s?%|[\d,]*\.\d)"


def _japanese() -> Iterator[str]:
    """Yield the Japanese forms; "一人" is a count only where a sentence or a cell says so."""
    said = lists()["persons"]
    units, never, events = ("|".join(said[name]) for name in ("ja", "never_after_ja", "events_ja"))
    refused = "".join(rf"(?<!{one})(?<!{one}\s)" for one in said["never_before_ja"])
    one = rf"(?P<few>[1一])\s?(?:{units})"
    yield rf"{ALONE_JA}{refused}(?P<few>(?![1一]\s?(?:{units})){DIGITS_JA})\s?(?:{units})(?!{never})"
    yield rf"(?<=[:はち、,|\t中])\s?{one}(?!{never}|ず|の)"
    yield rf"^\s?{one}(?!{never}|ず|の|に)"
    yield rf"{ALONE_JA}{refused}{one}(?=$|[。、,)|\t])"
    yield rf"(?:人数|者数|世帯数|児童数|生徒数)\s?(?:は|が|:|=)\s?(?P<few>{DIGITS_JA})(?![\d.,%万千百]|\s?人(?:{never}))"
    yield rf"(?:{events})(?:者|数)?(?:は|が|:)?\s?(?P<few>{DIGITS_JA})\s?件(?!{never})"


@cache
def _shares() -> tuple[re.Pattern[str], ...]:
    """Return the forms in which a percentage stands beside the number of persons of which it is."""
    people, units = "|".join(lists()["persons"]["en"]), "|".join(lists()["persons"]["ja"])
    return tuple(
        re.compile(one, re.IGNORECASE)
        for one in (
            rf"{ALONE}{SHARE}\sof\s(?:the\s|all\s)?{SIZE}\s(?:[a-z\-]+\s)?(?:{people})\b",
            rf"{ALONE}{SHARE}\s?\(\s?n\s?=\s?{SIZE}\s?\)",
            rf"{ALONE}{SIZE}\s?(?:{units})(?:中|のうち|の)、?(?:約)?\s?{SHARE}",
            rf"{SHARE}\s?\({SIZE}\s?(?:{units})中\)",
            rf"{ALONE}(?P<few>\d+)\s?/\s?{SIZE}\s?\(\s?{SHARE}\s?\)",
        )
    )


def in_sentences(text: str, *, min_cell: int) -> Iterator[int]:
    """Yield the number of every line in which a small count of persons stands, or a percentage that is one.

    Parameters
    ----------
    text : folded to compatibility forms.
    min_cell : a count of fewer is small.
    """
    for number, line in enumerate(text.splitlines(), 1):
        if any(char.isnumeric() for char in line) or " " in line:
            few = any(0 < numeral(found["few"]) < min_cell for one in _counts() for found in one.finditer(line))
            if few or _share_of_few(line, min_cell):
                yield number


def _share_of_few(line: str, min_cell: int) -> bool:
    return "%" in line and any(
        few_of(found["share"], numeral(found["size"]), min_cell) for one in _shares() for found in one.finditer(line)
    )


def few_of(share: str, size: int, min_cell: int, *, per: float = 100.0) -> bool:
    """Return whether a share, as it is rounded, is that of a few among so many.

    Parameters
    ----------
    share : digits, with a point or without.
    size : of how many persons.
    min_cell : fewer are few.
    per : 100 for a percentage, else 1.

    Examples
    --------
    >>> from ebpm.disclosure.scanning.sentences import few_of
    >>> few_of("2.5", 120, 10), few_of("2.6", 120, 10), few_of("25.0", 120, 10), few_of("0.025", 120, 10, per=1)
    (True, False, False, True)
    """
    half = 0.5 * 10.0 ** -len(share.partition(".")[2]) * (1 + 1e-9)
    nearest = round(float(share) / per * size)
    return 0 < nearest < min_cell <= size and abs(per * nearest / size - float(share)) <= half
