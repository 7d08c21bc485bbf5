"""Pages and outputs, claimed and made again: tables cell by cell, pictures by their bytes, and the text between."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from html.parser import HTMLParser
from itertools import zip_longest

from ebpm.review.findings import Finding, Status

NUMBER = re.compile(r"[-−+]?\d+(?:,\d{3})*(?:\.\d+)?(?:e[-+]?\d+)?")
HIDDEN = {"style", "script", "title"}


@dataclass(frozen=True, slots=True)
class Page:
    """What a page shows.

    Parameters
    ----------
    tables : caption and cells of each table, row by row.
    pictures : SHA-256 of the source of each picture.
    text : the rest, with one space between words.
    """

    tables: tuple[tuple[str, tuple[str, ...]], ...]
    pictures: tuple[str, ...]
    text: str


@dataclass
class _Reader(HTMLParser):
    tables: list[tuple[list[str], list[str]]] = field(default_factory=list)
    pictures: list[str] = field(default_factory=list)
    words: list[str] = field(default_factory=list)
    within: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "img":
            given = dict(attrs)
            self.pictures.append(sha256((given.get("src") or "").encode()).hexdigest())
            self.words.append(given.get("alt") or "")
        if tag == "table":
            self.tables.append(([], []))
        if tag in {"td", "th"} and self.tables:
            self.tables[-1][1].append("")
        if tag in {"table", "caption", "td", "th", *HIDDEN}:
            self.within.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag in self.within:
            while self.within.pop() != tag:
                pass

    def handle_data(self, data: str) -> None:
        last = self.within[-1] if self.within else ""
        if last in HIDDEN:
            return
        if last in {"td", "th"} and self.tables:
            self.tables[-1][1][-1] += data
        elif last == "caption" and self.tables:
            self.tables[-1][0].append(data)
        else:
            self.words.append(data)


def page(text: str) -> Page:
    """Return what an HTML text shows."""
    reader = _Reader()
    reader.feed(text)
    reader.close()
    tables = tuple((" ".join(caption).strip(), tuple(map(_plain, cells))) for caption, cells in reader.tables)
    return Page(tables, tuple(reader.pictures), _plain(" ".join(reader.words)))


def findings(pilot: str, place: str, claimed: str, found: str, *, same: bool) -> Iterator[Finding]:
    """Yield how the tables, pictures and text of a page compare with those of the page made again.

    Parameters
    ----------
    pilot, place : what it is about.
    claimed, found : the two pages, as HTML.
    same : whether the packages are those of the claim; where not, pictures of other bytes are not compared.
    """
    theirs, ours = page(claimed), page(found)
    for number, (before, after) in enumerate(zip_longest(theirs.tables, ours.tables), 1):
        yield _table(pilot, f"{place}: {number}", before, after)
    for number, pair in enumerate(zip_longest(theirs.pictures, ours.pictures), 1):
        yield Finding(pilot, "figure", f"{place}: {number}", _picture(*pair, same=same))
    status, before, after = difference(theirs.text.split(), ours.text.split())
    yield Finding(pilot, "text", place, status, before, after)


def _table(
    pilot: str, place: str, claimed: tuple[str, tuple[str, ...]] | None, found: tuple[str, tuple[str, ...]] | None
) -> Finding:
    caption = (claimed or found or ("", ()))[0]
    place = f"{place} {caption}".strip()
    if claimed is None or found is None:
        return Finding(pilot, "table", place, "missing" if found is None else "extra")
    status, before, after = difference((claimed[0], *claimed[1]), (found[0], *found[1]))
    return Finding(pilot, "table", place, status, before, after)


def _picture(claimed: str | None, found: str | None, *, same: bool) -> Status:
    if claimed is None or found is None:
        return "missing" if found is None else "extra"
    if claimed == found:
        return "reproduced"
    return "differs" if same else "not_run"


def difference(claimed: Sequence[str], found: Sequence[str]) -> tuple[Status, str, str]:
    """Return how two sequences of words compare, with the first pair that differs; a unit in the last printed place is rounding."""
    rounded: tuple[str, str] | None = None
    for before, after in zip_longest(claimed, found, fillvalue=""):
        if before == after:
            continue
        if not _rounded(before, after):
            return "differs", before, after
        rounded = rounded or (before, after)
    return ("within_tolerance", *rounded) if rounded else ("reproduced", "", "")


def _rounded(before: str, after: str) -> bool:
    if NUMBER.sub("0", before) != NUMBER.sub("0", after):
        return False
    pairs = zip(NUMBER.findall(before), NUMBER.findall(after), strict=True)
    return all(_near(*pair) for pair in pairs)


def _near(before: str, after: str) -> bool:
    """Whether two printed numbers are within one unit of the last place of the one with fewer decimals; integers are exact."""
    if "." not in before or "." not in after:
        return before == after
    first, second = (float(one.replace(",", "").replace("−", "-")) for one in (before, after))
    return abs(first - second) <= 1.01 * max(_place(before), _place(after))


def _place(number: str) -> float:
    digits, _, exponent = number.partition("e")
    return float(10.0 ** (int(exponent or 0) - len(digits.partition(".")[2])))


def _plain(text: str) -> str:
    return " ".join(text.split())
