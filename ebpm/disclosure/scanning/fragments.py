"""Pieces of files as the scanner looks at them: text, rows of cells, points of pictures, and what it could not read."""

from __future__ import annotations

import base64
import binascii
import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from html import unescape
from urllib.parse import unquote

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]
Row = tuple[str, ...]
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad"))
SEPARATORS = re.compile(r"[,;|\s]+|(?<=\w)[:=](?=\s)|[\[\]{}()<>\"'“”]+")
CODED = re.compile(r"[A-Za-z0-9+/]{40,}={0,2}")
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
    """

    where: str
    text: str = ""
    rows: tuple[Row, ...] = ()
    points: tuple[Points, ...] = ()


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


def of_text(where: str, text: str, *, depth: int = 0) -> Iterator[Fragment]:
    """Yield a text, its lines as rows of cells, and the texts that are hidden in it by an encoding."""
    said = plain(text)
    yield Fragment(where, said, tuple(cells(line) for line in said.splitlines() if line.strip()))
    if depth < DEEP:
        for hidden in _decoded(said):
            yield from of_text(f"{where} (encoded)", hidden, depth=depth + 1)


def cells(line: str) -> Row:
    """Return the cells of a line of text."""
    return tuple(part for part in SEPARATORS.split(line) if part)


def _decoded(text: str) -> Iterator[str]:
    if re.search(r"%[0-9A-Fa-f]{2}", text) and unquote(text) != text:
        yield unquote(text)
    for found in CODED.finditer(text):
        data = from_base64(found[0])
        if data and _reads(data):
            yield data.decode("utf-8")


def from_base64(text: str) -> bytes:
    """Return the bytes of a text in base 64; none where it is no such text."""
    compact = re.sub(r"\s+", "", text)
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


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
