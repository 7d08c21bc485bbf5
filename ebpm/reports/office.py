"""Files of office software with the same bytes on every run."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from math import ceil
from xml.sax.saxutils import quoteattr
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from ebpm.table import Table

PADDING, LONGEST, LEAST = 2, 60, 11
NUMBER = re.compile(r"[-−<]?[\d,.]+(?:e[-+]\d+)?%?")
DRAWING = re.compile(r"xl/drawings/drawing(\d+)\.xml")
FIRST = (1980, 1, 1, 0, 0, 0)
TIMES = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")
STILL = rb"\g<1>1980-01-01T00:00:00Z\g<2>"


def settled(file: bytes) -> bytes:
    """Return a zipped office file with its parts in order, without the times of its making.

    Parameters
    ----------
    file : of Word or Excel.
    """
    out = io.BytesIO()
    with ZipFile(io.BytesIO(file)) as given, ZipFile(out, "w", ZIP_DEFLATED) as taken:
        for name in sorted(given.namelist(), key=lambda one: (one != "[Content_Types].xml", one)):
            info = ZipInfo(name, FIRST)
            info.compress_type, info.external_attr = ZIP_DEFLATED, 0o644 << 16
            taken.writestr(
                info, TIMES.sub(STILL, given.read(name)) if name == "docProps/core.xml" else given.read(name)
            )
    return out.getvalue()


def described_pictures(file: bytes, texts: Sequence[str]) -> bytes:
    """Return a workbook whose pictures, one a sheet, carry words for those who cannot see them.

    Parameters
    ----------
    file : of Excel.
    texts : one a picture, in the order of the sheets.
    """
    out = io.BytesIO()
    with ZipFile(io.BytesIO(file)) as given, ZipFile(out, "w", ZIP_DEFLATED) as taken:
        for name in given.namelist():
            content = given.read(name)
            if place := DRAWING.fullmatch(name):
                told = f"descr={quoteattr(texts[int(place[1]) - 1])}".encode()
                content = content.replace(b'descr="Picture"', told)
            taken.writestr(name, content)
    return out.getvalue()


def columns(table: Table, lang: str) -> list[list[str]]:
    """Return heading and cells of each column."""
    return [list(one) for one in zip(table.headings(lang), *table.cells(lang), strict=True)]


def widths(table: Table, lang: str, whole: float) -> list[float]:
    """Return how a width is shared among the columns of a table: each holds its numbers and short words unbroken, then by how much stands in it.

    Parameters
    ----------
    table : what is to be shown.
    lang : "ja" or "en".
    whole : width of the table, in half-width characters; where the columns need more, they get what they need.
    """
    cells = columns(table, lang)
    least = [max(map(_unbroken, one)) + PADDING for one in cells]
    wanted = [min(max(map(length, one)) + PADDING, LONGEST) for one in cells]
    beyond = [sum(max(length(cell) - low, 0) for cell in one) for one, low in zip(cells, least, strict=True)]
    portion = max(whole - sum(least), 0.0) / (sum(beyond) or 1.0)
    shared = [max(low, min(most, low + portion * one)) for low, most, one in zip(least, wanted, beyond, strict=True)]
    return [one * max(whole / sum(shared), 1.0) for one in shared]


def _unbroken(text: str) -> float:
    """Return the width that must not be broken: of a number whole, of the longest word up to some characters."""
    if NUMBER.fullmatch(text):
        return length(text)
    return max((min(length(word), LEAST) for word in text.split()), default=1)


def length(text: str) -> int:
    """Return the width of a text in half-width characters."""
    return sum(2 if ord(char) > 0x2E7F else 1 for char in text)


def lines(texts: Sequence[str], characters: Sequence[float]) -> int:
    """Return the lines that the longest of some cells takes in columns of so many characters."""
    return max(ceil(length(text) / max(width - 1, 1)) for text, width in zip(texts, characters, strict=True)) or 1
