"""What pictures and PDF files carry besides what is seen."""

from __future__ import annotations

import re
import struct
import zlib
from collections.abc import Iterator

TEXTS = frozenset({b"tEXt", b"zTXt", b"iTXt", b"eXIf"})


def said_beside(data: bytes) -> str:
    """Return the texts in a PNG or a JPEG that are no picture."""
    if data.startswith(b"\x89PNG"):
        return "\n".join(_chunks(data))
    return "\n".join(found.decode("latin-1") for found in re.findall(rb"[\x20-\x7e]{6,}", data[: 64 * 1024]))


def _chunks(data: bytes) -> Iterator[str]:
    at = 8
    while at + 8 <= len(data):
        length, kind = struct.unpack(">I4s", data[at : at + 8])
        content = data[at + 8 : at + 8 + length]
        if kind in TEXTS:
            yield _unpacked(kind, content).decode("utf-8", errors="replace").replace("\0", " ")
        at += 12 + length
    rest = data.partition(b"IEND")[2][4:]
    if rest:
        yield rest.decode("utf-8", errors="replace")


def _unpacked(kind: bytes, content: bytes) -> bytes:
    name, _, rest = content.partition(b"\0")
    packed = rest[1:] if kind == b"zTXt" else b""
    if kind == b"iTXt" and rest[:1] == b"\1":
        packed = rest[2:].split(b"\0", 2)[-1]
    return name + b" " + (_inflated(packed) if packed else rest)


def _inflated(data: bytes) -> bytes:
    try:
        return zlib.decompressobj().decompress(data)
    except zlib.error:
        return b""


def said_in_pdf(data: bytes) -> tuple[str, bool]:
    """Return the strings of a PDF file, and whether all of its text can be read so; glyph numbers of embedded fonts cannot."""
    streams = [_inflated(found) for found in re.findall(rb"stream\r?\n(.*?)endstream", data, re.DOTALL)]
    said = [_strings(part) for part in (data, *streams)]
    return "\n".join(said), b"/Identity-H" not in data and b"/Encrypt" not in data and b"/Image" not in data


def _strings(data: bytes) -> str:
    written = [re.sub(rb"\\([()\\])", rb"\1", found) for found in re.findall(rb"\(((?:[^()\\]|\\.)*)\)", data)]
    coded = [bytes.fromhex(found.decode()) for found in re.findall(rb"<((?:[0-9A-Fa-f]{2}){2,})>", data)]
    return "\n".join(_text(one) for one in (*written, *coded))


def _text(data: bytes) -> str:
    return data.decode("utf-16", errors="replace") if data[:2] == b"\xfe\xff" else data.decode("latin-1")
