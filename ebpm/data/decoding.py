"""Bytes to text by a strict ladder: byte order mark, UTF-8, cp932; what fits none of them is refused with its place."""

from __future__ import annotations

from collections.abc import Iterator

from ebpm.errors import DataError
from ebpm.notices import Notice

_BOM = b"\xef\xbb\xbf"
_UTF16 = (b"\xff\xfe", b"\xfe\xff")
_CJK = "\u3000"


def decode(data: bytes, name: str) -> tuple[str, tuple[Notice, ...]]:
    """Return the text of a file and what its reading needed.

    Parameters
    ----------
    data : the bytes of the file.
    name : the file, for the messages.

    Raises
    ------
    DataError : if the bytes are no text, or the lines are written in different encodings.
    """
    if data.startswith(_UTF16) or b"\0" in data:
        raise DataError("data_not_text", file=name, start=data[:4].hex(" "))
    body = data.removeprefix(_BOM)
    marked = (Notice("T002", name),) if body != data else ()
    try:
        return body.decode("utf-8"), marked
    except UnicodeDecodeError as bad:
        place = bad.start
    if marked or _some_line_is_utf8(body):
        raise _mixed(body, place, name)
    try:
        return body.decode("cp932"), (Notice("T001", name, {"encoding": "cp932"}),)
    except UnicodeDecodeError as bad:
        raise DataError("data_unknown_encoding", **_place(body, bad.start), file=name) from None


def _mixed(data: bytes, place: int, name: str) -> DataError:
    utf8 = ", ".join(str(line) for line in _utf8_lines(data)) or "BOM"
    return DataError("data_mixed_encodings", **_place(data, place), file=name, utf8=utf8)


def _place(data: bytes, place: int) -> dict[str, object]:
    line = data.count(b"\n", 0, place) + 1
    column = place - data.rfind(b"\n", 0, place)
    return {"line": line, "column": column, "byte": f"0x{data[place]:02X}"}


def _some_line_is_utf8(data: bytes) -> bool:
    return next(_utf8_lines(data), 0) > 0


def _utf8_lines(data: bytes) -> Iterator[int]:
    """Yield the first lines (three at most) whose Japanese characters are certainly UTF-8."""
    found = 0
    for position, line in enumerate(data.split(b"\n"), start=1):
        if not line.isascii() and _is_japanese_utf8(line):
            found += 1
            yield position
        if found == 3:
            return


def _is_japanese_utf8(line: bytes) -> bool:
    try:
        return max(line.decode("utf-8")) >= _CJK
    except UnicodeDecodeError:
        return False
