"""What pictures and PDF files carry besides what is seen."""

from __future__ import annotations

import re

from ebpm.records.pictures import chunks, inflated


def said_beside(data: bytes) -> str:
    """Return the texts in a PNG or a JPEG that are no picture."""
    if data.startswith(b"\x89PNG"):
        return "\n".join(f"{name} {text}".replace("\0", " ") for _, name, text in chunks(data))
    return "\n".join(found.decode("latin-1") for found in re.findall(rb"[\x20-\x7e]{6,}", data[: 64 * 1024]))


def said_in_pdf(data: bytes) -> tuple[str, bool]:
    """Return the strings of a PDF file, and whether all of its text can be read so; glyph numbers of embedded fonts cannot."""
    streams = [inflated(found) for found in re.findall(rb"stream\r?\n(.*?)endstream", data, re.DOTALL)]
    said = [_strings(part) for part in (data, *streams)]
    return "\n".join(said), b"/Identity-H" not in data and b"/Encrypt" not in data and b"/Image" not in data


def _strings(data: bytes) -> str:
    written = [re.sub(rb"\\([()\\])", rb"\1", found) for found in re.findall(rb"\(((?:[^()\\]|\\.)*)\)", data)]
    coded = [bytes.fromhex(found.decode()) for found in re.findall(rb"<((?:[0-9A-Fa-f]{2}){2,})>", data)]
    return "\n".join(_text(one) for one in (*written, *coded))


def _text(data: bytes) -> str:
    return data.decode("utf-16", errors="replace") if data[:2] == b"\xfe\xff" else data.decode("latin-1")
