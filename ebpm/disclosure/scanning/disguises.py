"""Ways in which text is hidden: other letters that look alike, letters apart, codes of letters, names reversed or shifted."""

from __future__ import annotations

import base64
import binascii
import codecs
import gzip
import quopri
import re
import zlib
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property

CODED = re.compile(r"[A-Za-z0-9+/_-]{10,}={0,2}")
CODED_LINES = re.compile(
    r"(?:^[ \t>|#*]*[A-Za-z0-9+/_-]{4,}[ \t\\]*\n){1,200}[ \t>|#*]*[A-Za-z0-9+/_-]{2,}={0,2}[ \t]*$", re.MULTILINE
)
HEXADECIMAL = re.compile(r"(?<![0-9A-Fa-f])(?:[0-9A-Fa-f]{2}){5,}(?![0-9A-Fa-f])")
HEXADECIMAL_APART = re.compile(r"(?:(?:\\x|0x|\\u00|U\+00|&#x)?[0-9A-Fa-f]{2}[\s,;:\-]{0,2}){5,}")
BASE32 = re.compile(r"(?<![A-Z2-7])[A-Z2-7]{16,}={0,6}")
QUOTED = re.compile(r"(?:=[0-9A-F]{2}){4,}")
BINARY = re.compile(r"(?:[01]{8}[\s,]?){5,}")
DECIMALS = re.compile(r"(?:\b\d{2,5}[,;\s]{1,2}){4,}\d{2,5}\b")
SINGLE = re.compile(r"(?:(?<!\w)\w[^\w]{1,3}){4,}\w(?!\w)")
SAFE = str.maketrans("-_", "+/")
ALIKE = str.maketrans("АВЕКМНОРСТУХаеорсухіјѕΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEKMHOPCTYXaeopcyxijsABEZHIKMNOPTYXo")
"""Cyrillic and Greek letters that look like Latin ones."""
LARGEST = 2**20
MOST_PARTS, FEWEST_MIXED, FEWEST_ALIKE = 6, 5, 8
WORD = re.compile(r"\d+(?:[.,]\d+)+|\w+")


def bytes_in(text: str) -> Iterator[bytes]:
    """Yield what runs of letters and digits stand for in base 64, 32, 16 and 2, as quoted bytes, and over several lines.

    Parameters
    ----------
    text : of a file.
    """
    yield from (from_base64(found[0].translate(SAFE)) for found in CODED.finditer(text))
    yield from (from_base64(re.sub(r"[^\w+/=-]", "", found[0]).translate(SAFE)) for found in CODED_LINES.finditer(text))
    yield from (bytes.fromhex(found[0]) for found in HEXADECIMAL.finditer(text))
    yield from (_from_hexadecimal(found[0]) for found in HEXADECIMAL_APART.finditer(text))
    yield from (quopri.decodestring(found[0]) for found in QUOTED.finditer(text))
    yield from (_from_binary(found[0]) for found in BINARY.finditer(text))
    yield from ("".join(_letters(found[0])).encode() for found in DECIMALS.finditer(text))
    for found in BASE32.finditer(text):
        with suppress(binascii.Error):
            bare = found[0].rstrip("=")
            yield base64.b32decode(bare + "=" * (-len(bare) % 8))


def unpacked(data: bytes) -> bytes:
    """Return what compressed bytes hold, or the bytes themselves."""
    with suppress(OSError, EOFError, zlib.error):
        if data[:2] == b"\x1f\x8b":
            return gzip.decompress(data)[:LARGEST]
        if data[:1] == b"\x78":
            return zlib.decompressobj().decompress(data, LARGEST)
    return data


def from_base64(text: str) -> bytes:
    """Return the bytes of a text in base 64; none where it is no such text."""
    compact = re.sub(r"\s+", "", text)
    try:
        return base64.b64decode(compact + "=" * (-len(compact) % 4), validate=True)
    except (binascii.Error, ValueError):
        return b""


def _from_hexadecimal(text: str) -> bytes:
    pairs = re.findall(r"[0-9A-Fa-f]{2}", re.sub(r"\\x|0x|\\u00|U\+00|&#x", " ", text))
    return bytes.fromhex("".join(pairs))


def _from_binary(text: str) -> bytes:
    return bytes(int(found, 2) for found in re.findall(r"[01]{8}", text))


def _letters(text: str) -> Iterator[str]:
    """Yield the letters whose numbers follow each other; none where any is no letter."""
    found = [chr(int(number)) for number in re.findall(r"\d+", text)]
    yield from found if all(char.isprintable() for char in found) else ()


def disguised(name: str) -> tuple[str, ...]:
    """Return a name backwards, and with its letters shifted by thirteen; none for one that such forms do not tell.

    Examples
    --------
    >>> from ebpm.disclosure.scanning.disguises import disguised
    >>> disguised("yk12345"), disguised("1234")
    (('54321ky', 'lx12345', '54321xl'), ())
    """
    if not _tells(name):
        return ()
    shifted = codecs.encode(name, "rot13")
    return tuple(one for one in dict.fromkeys((name[::-1], shifted, shifted[::-1])) if one != name)


@dataclass(frozen=True)
class Apart:
    """Names as they are looked for where their letters or parts stand apart: spaces or signs between them, over lines, in cells.

    Parameters
    ----------
    names : without case and punctuation; those that other words could make up are left out.
    """

    names: frozenset[str]

    @classmethod
    def of(cls, names: Iterable[str]) -> Apart:
        """Return those that tell somebody."""
        return cls(frozenset(filter(_tells, names)))

    @cached_property
    def _sizes(self) -> frozenset[int]:
        return frozenset(map(len, self.names))

    @cached_property
    def _starts(self) -> frozenset[str]:
        return frozenset(name[:size] for name in self.names for size in (1, 2))

    def found(self, text: str) -> Iterator[str]:
        """Yield the names that a text holds so.

        Parameters
        ----------
        text : of a file.
        """
        if not self.names:
            return
        parts = [part.replace("_", "").casefold() for part in WORD.findall(text)]
        for place, part in enumerate(parts):
            if part[:2] in self._starts:
                yield from self._joined(parts[place : place + MOST_PARTS])
        for found in SINGLE.finditer(text):
            run = re.sub(r"[\W_]+", "", found[0]).casefold()
            yield from self.names & {run[at : at + size] for size in self._sizes for at in range(len(run) - size + 1)}

    def _joined(self, parts: Sequence[str]) -> Iterator[str]:
        text, longest = parts[0], max(self._sizes)
        for part in parts[1:]:
            text += part
            if len(text) > longest:
                return
            if text in self.names:
                yield text


def _tells(name: str) -> bool:
    """Return whether a name is no other word when its parts stand apart: letters and digits, or many of one kind."""
    mixed = any(map(str.isdecimal, name)) and any(map(str.isalpha, name))
    apart = not name.isascii() and len(name) >= FEWEST_MIXED - 1
    return apart or len(name) >= (FEWEST_MIXED if mixed else FEWEST_ALIKE)
