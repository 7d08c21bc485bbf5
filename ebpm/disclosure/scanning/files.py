"""From paths to pieces: one reader a kind of file, archives opened, pictures asked for what they carry besides."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import re
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from types import MappingProxyType
from typing import Any

from ebpm.disclosure.scanning.disguises import from_base64
from ebpm.disclosure.scanning.fragments import DEEP, Fragment, Piece, Trouble, decoded, of_text, plain
from ebpm.disclosure.scanning.grids import Grid
from ebpm.disclosure.scanning.markup import of_json, of_markup
from ebpm.records.pictures import numbers_in

LARGEST = 256 * 2**20
NAMED = 8
"""The flag of a gzip file that keeps a name."""
OPENERS: Mapping[str, Callable[..., Any]] = MappingProxyType({"gz": gzip.open, "bz2": bz2.open, "xz": lzma.open})
DATA = frozenset(
    [
        "parquet",
        "feather",
        "arrow",
        "pkl",
        "pickle",
        "npy",
        "npz",
        "sav",
        "dta",
        "rds",
        "rdata",
        "sqlite",
        "sqlite3",
        "db",
        "duckdb",
        "h5",
        "hdf5",
        "xpt",
        "sas7bdat",
    ]
)
MARKUP = frozenset({"html", "htm", "svg", "xml", "rels", "xhtml"})
ZIPPED = frozenset({"zip", "xlsx", "xlsm", "docx", "pptx", "ods", "odt", "odp"})
SIGNS = MappingProxyType({b"PK\x03\x04": "zip", b"\x89PNG": "png", b"%PDF": "pdf", b"\x1f\x8b": "gz", b"\xff\xd8\xff": "jpg",
                          b"BZh": "bz2", b"\xfd7zXZ": "xz", b"PAR1": "parquet", b"SQLite format": "sqlite", b"\x93NUMPY": "npy"})  # fmt: skip


def of_path(path: Path) -> Iterator[Piece]:
    """Yield the pieces of a file, or of all files below a folder, hidden ones too."""
    if path.is_dir():
        for file in sorted(one for one in path.rglob("*") if one.is_file()):
            yield from of_bytes(file.relative_to(path.parent).as_posix(), file.read_bytes(), kind=file.suffix)
        return
    yield from of_bytes(path.name, path.read_bytes(), kind=path.suffix)


def of_bytes(where: str, data: bytes, *, kind: str, depth: int = 0) -> Iterator[Piece]:
    """Yield the pieces of a file's content.

    Parameters
    ----------
    where : its name.
    data : its bytes.
    kind : its ending or media type; what its first bytes say goes before.
    depth : how many archives it lies in.
    """
    found = _kind(data, kind)
    yield from of_text(f"{where} (name)", where.replace("/", " "))
    if depth > DEEP:
        yield Trouble("X624", where, "zip")
    elif found in DATA:
        yield Trouble("X627", where, found)
    elif found in READERS:
        yield from READERS[found](where, data, depth)
    else:
        yield from _unknown(where, data)


def _kind(data: bytes, given: str) -> str:
    sign = next((name for mark, name in SIGNS.items() if data.startswith(mark)), "")
    last = re.split(r"[./+]", given.lower())[-1]
    ending = {"svg": "svg"}.get(last, last) if last != "xml" or "svg" not in given else "svg"
    return ending if sign in {"", "zip"} and ending in ZIPPED | set(READERS) | DATA else sign or ending


def _unknown(where: str, data: bytes) -> Iterator[Piece]:
    text = decoded(data)
    if text is None:
        yield Trouble("X624", where, PurePosixPath(where).suffix.lstrip(".") or "-")
        yield from of_text(where, data.decode("latin-1"))
    else:
        yield from of_text(where, text)
        yield from of_json(where, text)


def _page(where: str, data: bytes, depth: int) -> Iterator[Piece]:  # noqa: ARG001
    text = decoded(data)
    yield from of_markup(where, text) if text is not None else _unknown(where, data)
    yield from _carried(where, data)


def _notebook(where: str, data: bytes, depth: int) -> Iterator[Piece]:
    try:
        content = json.loads(data)
    except ValueError:
        yield from _unknown(where, data)
        return
    cells = content.get("cells", ())
    rest = {name: value for name, value in content.items() if name != "cells"}
    yield from of_json(f"{where} (metadata)", json.dumps(rest, ensure_ascii=False))
    for number, cell in enumerate(cells, 1):
        yield from _cell(f"{where} cell {number}", cell, depth)


def _cell(where: str, cell: Mapping[str, Any], depth: int) -> Iterator[Piece]:
    yield from of_text(f"{where} source", f"{_joined(cell.get('source', ''))}\n{cell.get('id', '')}")
    yield from of_json(f"{where} metadata", json.dumps(cell.get("metadata", {}), ensure_ascii=False))
    bundles = [output.get("data", {}) for output in cell.get("outputs", ())]
    bundles += [*cell.get("attachments", {}).values()]
    for output in cell.get("outputs", ()):
        said = (_joined(output.get(name, "")) for name in ("text", "ename", "evalue", "traceback"))
        yield from of_text(f"{where} output", "\n".join(said))
        yield from of_json(f"{where} output", json.dumps(output.get("metadata", {}), ensure_ascii=False))
    for kind, value in ((kind, value) for bundle in bundles for kind, value in bundle.items()):
        yield from _shown(f"{where} {kind}", kind, value, depth)


def _shown(where: str, kind: str, value: Any, depth: int) -> Iterator[Piece]:
    if "json" in kind:
        yield from of_json(where, json.dumps(value, ensure_ascii=False))
    elif (kind.startswith("image/") and "svg" not in kind) or kind == "application/pdf":
        yield from of_bytes(where, from_base64(_joined(value)), kind=kind, depth=depth)
    else:
        yield from of_bytes(where, _joined(value).encode(), kind=kind, depth=depth)


def _joined(value: Any) -> str:
    return (
        "\n".join(map(str, value))
        if isinstance(value, list) and value and "\n" not in str(value[0])
        else "".join(map(str, value))
    )


def _json(where: str, data: bytes, depth: int) -> Iterator[Piece]:  # noqa: ARG001
    yield from of_json(where, decoded(data) or "")
    yield from of_text(where, decoded(data) or "")


def _zip(where: str, data: bytes, depth: int) -> Iterator[Piece]:
    from ebpm.disclosure.scanning.office import of_office

    try:
        archive = zipfile.ZipFile(io.BytesIO(data))
    except zipfile.BadZipFile:
        yield Trouble("X624", where, "zip")
        return
    yield from of_text(f"{where} (comment)", archive.comment.decode("utf-8", errors="replace"))
    yield from of_office(where, archive)
    for member in archive.infolist():
        place = f"{where}!{member.filename}"
        if member.is_dir():
            continue
        if member.flag_bits & 1 or member.file_size > LARGEST:
            yield Trouble("X624", place, "zip")
            continue
        yield from of_bytes(place, archive.read(member), kind=PurePosixPath(member.filename).suffix, depth=depth + 1)


def _packed(where: str, data: bytes, depth: int) -> Iterator[Piece]:
    """Yield what was compressed by gzip, bzip2 or xz, and the name that a gzip file keeps."""
    kind = next((name for mark, name in SIGNS.items() if data.startswith(mark) and name in OPENERS), "gz")
    inner = where.removesuffix(f".{kind}")
    if kind == "gz" and len(data) > NAMED and data[3] & NAMED:
        yield from of_text(f"{where} (name)", data[10:].partition(b"\0")[0].decode("latin-1"))
    try:
        with OPENERS[kind](io.BytesIO(data)) as stream:
            content = stream.read(LARGEST)
    except (OSError, EOFError, zlib.error, lzma.LZMAError):
        yield Trouble("X624", where, kind)
        return
    yield from of_bytes(inner, content, kind=PurePosixPath(inner).suffix, depth=depth + 1)


def _picture(where: str, data: bytes, depth: int) -> Iterator[Piece]:  # noqa: ARG001
    from ebpm.disclosure.scanning.pictures import said_beside

    yield from of_text(f"{where} (metadata)", said_beside(data))
    yield from _carried(where, data)


def _carried(where: str, data: bytes) -> Iterator[Piece]:
    """Yield the numbers that a picture carries, row by row."""
    rows = [line.split("\t") for line in (numbers_in(data) or "").splitlines()]
    if rows:
        grid = Grid.of([tuple(map(plain, row)) for row in rows])
        yield Fragment(f"{where} (table)", rows=grid.rows, grids=(grid,))


def _pdf(where: str, data: bytes, depth: int) -> Iterator[Piece]:  # noqa: ARG001
    from ebpm.disclosure.scanning.pictures import said_in_pdf

    text, whole = said_in_pdf(data)
    yield from of_text(where, text)
    if not whole:
        yield Trouble("X624", where, "pdf")


READERS: Mapping[str, Callable[[str, bytes, int], Iterator[Piece]]] = MappingProxyType(
    dict.fromkeys(MARKUP, _page)
    | dict.fromkeys(ZIPPED, _zip)
    | {
        "ipynb": _notebook,
        "json": _json,
        "gz": _packed,
        "bz2": _packed,
        "xz": _packed,
        "png": _picture,
        "jpg": _picture,
        "jpeg": _picture,
        "pdf": _pdf,
    }
)
