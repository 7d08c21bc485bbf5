"""Pieces of files as the scanner looks at them: text, rows of cells, points of pictures, and what it could not read."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

from ebpm.disclosure.scanning.disguises import bytes_in, unpacked
from ebpm.disclosure.scanning.grids import Grid, Row

Points = NDArray[np.float64]
NOTHING = (
    0xAD,
    0x34F,
    0x61C,
    0x180E,
    0xFEFF,
    *range(0x200B, 0x2010),
    *range(0x202A, 0x202F),
    *range(0x2060, 0x2070),
    *range(0xFE00, 0xFE10),
)
INVISIBLE = dict.fromkeys((*NOTHING, *range(0x300, 0x370), *range(0x20D0, 0x20F1))) | {
    0xE0000 + code: code for code in range(32, 127)
}
"""Characters that are not seen, or that strike others through; tags stand for the letters that they hide."""
SEPARATORS = re.compile(r"[,;|\s]+|(?<=\w)[:=](?=\s)|[\[\]{}()<>\"'“”]+")
THOUSANDS = re.compile(r"(?<![\d.,])\d{1,3}(?:,\d{3})+(?![\d,])")
ASKED = re.compile(r"\w=[^&\s]*&\w+=")
FEWEST_FLOATS, SMALL, LARGE = 5, 1e-9, 1e12
DEEP = 4


@dataclass(frozen=True, slots=True)
class Fragment:
    """A piece of a file.

    Parameters
    ----------
    where : file, member and part.
    text : what can be read in it.
    rows : its lines or table rows as cells.
    points : the points of its pictures, one array of shape (k, 2) a group.
    prose : the text in which sentences and printed tables are looked for.
    grids : its tables.
    """

    where: str
    text: str = ""
    rows: tuple[Row, ...] = ()
    points: tuple[Points, ...] = ()
    prose: str = ""
    grids: tuple[Grid, ...] = ()


@dataclass(frozen=True, slots=True)
class Trouble:
    """Something about a file that no reading of its content can settle.

    Parameters
    ----------
    code : of the notice.
    where : file, member and part.
    about : a name, a kind, a reason.
    """

    code: str
    where: str
    about: str


Piece = Fragment | Trouble


def plain(text: str) -> str:
    """Return text in the form in which it is compared: compatibility characters folded, entities resolved, nothing invisible."""
    return unicodedata.normalize("NFKC", unescape(text)).translate(INVISIBLE)


def of_text(where: str, text: str, *, depth: int = 0, prose: bool = True) -> Iterator[Fragment]:
    """Yield a text, its lines as rows of cells, and the texts that are hidden in it by an encoding.

    Parameters
    ----------
    where, text : file and part, and what stands there.
    depth : in how many encodings.
    prose : whether its lines are sentences and rows as a reader sees them.
    """
    said = plain(text)
    lines = [line for line in said.splitlines() if line.strip()]
    yield Fragment(where, said, tuple(cells(line) for line in lines), prose=said if prose else "")
    further = (*_otherwise(lines), *_listed(lines))
    if further:
        yield Fragment(f"{where} (otherwise)", rows=further)
    if depth < DEEP:
        for hidden in _decoded(said):
            yield from of_text(f"{where} (encoded)", hidden, depth=depth + 1)


def cells(line: str) -> Row:
    """Return the cells of a line of text."""
    return tuple(part for part in SEPARATORS.split(line) if part)


def _otherwise(lines: Sequence[str]) -> Iterator[Row]:
    """Yield the lines that have other cells when commas stand between thousands, or when they are the query of an address."""
    for line in lines:
        if THOUSANDS.search(line):
            yield cells(THOUSANDS.sub(lambda found: found[0].replace(",", ""), line))
        if ASKED.search(line):
            yield tuple(part for part in re.split(r"[?&=\s]+", line) if part)


def _listed(lines: Sequence[str]) -> Iterator[Row]:
    """Yield the values of names and values that stand one below the other."""
    values: list[str] = []
    for line in (*lines, ""):
        pair = cells(line)
        if len(pair) == 2 and not pair[0][0].isdigit():
            values.append(pair[1])
            continue
        if len(values) > 2:
            yield tuple(values)
        values = []


def _decoded(text: str) -> Iterator[str]:
    if re.search(r"%[0-9A-Fa-f]{2}", text) and unquote(text) != text:
        yield unquote(text)
    for data in dict.fromkeys(map(unpacked, bytes_in(text))):
        if data and _reads(data):
            yield data.decode("utf-8")
        elif numbers := _floats(data):
            yield " ".join(numbers)


def _floats(data: bytes) -> list[str]:
    """Return the numbers that bytes hold in the form of arrays; none where they hold others."""
    for kind in ("<f8", "<f4"):
        size = np.dtype(kind).itemsize
        if len(data) % size == 0 and len(data) >= FEWEST_FLOATS * size:
            with np.errstate(invalid="ignore"):
                values = np.frombuffer(data, dtype=kind).astype(np.float64)
            amounts = np.abs(values[values != 0])
            if np.isfinite(values).all() and len(amounts) and amounts.min() > SMALL and amounts.max() < LARGE:
                return [f"{value:.10g}" for value in values.tolist()]
    return []


def _reads(data: bytes) -> bool:
    try:
        text = data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return all(char.isprintable() or char in "\r\n\t" for char in text)


def decoded(data: bytes) -> str | None:
    """Return bytes as text by their mark, as UTF-8 or as cp932; None where they are none of these."""
    if data[:2] in {b"\xff\xfe", b"\xfe\xff"}:
        return data.decode("utf-16", errors="replace")
    if b"\0" in data[:4096]:
        return None
    for encoding in ("utf-8-sig", "cp932"):
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    return None
