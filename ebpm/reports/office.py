"""Files of office software with the same bytes on every run."""

from __future__ import annotations

import io
import re
from collections.abc import Sequence
from math import ceil
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from ebpm.table import Table

NARROWEST, LONGEST = 6, 40
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


def columns(table: Table, lang: str) -> list[list[str]]:
    """Return heading and cells of each column."""
    return [list(one) for one in zip(table.headings(lang), *table.cells(lang), strict=True)]


def widths(table: Table, lang: str, whole: float) -> list[float]:
    """Return how a width is shared among the columns of a table: by what stands in them, within bounds."""
    needed = [min(max(NARROWEST, *map(length, one)), LONGEST) for one in columns(table, lang)]
    return [whole * one / sum(needed) for one in needed]


def length(text: str) -> int:
    """Return the width of a text in half-width characters."""
    return sum(2 if ord(char) > 0x2E7F else 1 for char in text)


def lines(texts: Sequence[str], characters: Sequence[float]) -> int:
    """Return the lines that the longest of some cells takes in columns of so many characters."""
    return max(ceil(length(text) / max(width - 1, 1)) for text, width in zip(texts, characters, strict=True)) or 1
