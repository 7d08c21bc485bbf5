"""Parquet files at a path: which they are, whether they are alike, and whether their folders carry values."""

from __future__ import annotations

from collections.abc import Sequence
from glob import escape
from importlib.util import find_spec
from pathlib import Path

from ebpm.errors import DataError

MAGIC = b"PAR1"


def pattern_of(path: Path) -> str:
    """Return the pattern by which engines find the files at a path, of whatever letters it is written."""
    if path.is_dir():
        return f"{escape(path.as_posix())}/**/*.parquet"
    return escape(path.as_posix()) if path.exists() else path.as_posix()


def files_at(path: Path) -> tuple[Path, ...]:
    """Return the Parquet files at a path, in order.

    Raises
    ------
    DataError : no file, or one that is no whole Parquet file.
    """
    found = sorted(path.rglob("*.parquet")) if path.is_dir() else [path] if path.exists() else _matching(path)
    if not found:
        raise DataError("scan_no_file", path=path)
    for file in found:
        if not _whole(file):
            raise DataError("scan_not_parquet", file=file.name)
    return tuple(found)


def _matching(path: Path) -> list[Path]:
    root = Path(path.anchor) if path.is_absolute() else Path()
    return sorted(root.glob(str(path.relative_to(path.anchor) if path.is_absolute() else path)))


def _whole(file: Path) -> bool:
    with file.open("rb") as content:
        size = content.seek(0, 2)
        content.seek(0)
        first = content.read(len(MAGIC))
        content.seek(max(size - len(MAGIC), 0))
        return size > 2 * len(MAGIC) and first == content.read(len(MAGIC)) == MAGIC


def in_hive(path: Path, files: Sequence[Path]) -> bool:
    """Return whether folders below a path carry the values of columns, as in `year=2020`."""
    parts = {part for file in files for part in (file.relative_to(path) if path.is_dir() else file).parts[:-1]}
    return any("=" in part for part in parts)


def difference(files: Sequence[Path]) -> tuple[str, str] | None:
    """Return a column that is not of one type in all files, or not in all of them, and the first file that shows it."""
    if len(files) < 2 or find_spec("pyarrow") is None:
        return None
    import pyarrow.parquet as pq

    first = dict(zip((one := pq.read_schema(files[0])).names, one.types, strict=True))
    for file in files[1:]:
        schema = pq.read_schema(file)
        own = dict(zip(schema.names, schema.types, strict=True))
        if own != first:
            return next(name for name in {**first, **own} if first.get(name) != own.get(name)), file.name
    return None


def twins(files: Sequence[Path]) -> str:
    """Return the columns of the first file whose names differ in upper and lower case alone, in words."""
    if find_spec("pyarrow") is None:
        return ""
    import pyarrow.parquet as pq

    names = pq.read_schema(files[0]).names
    lower = [name.lower() for name in names]
    return ", ".join(name for name, one in zip(names, lower, strict=True) if lower.count(one) > 1)
