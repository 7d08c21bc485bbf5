"""Files and folders replaced whole or not at all, whatever stops the writing and whenever."""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

from ebpm.errors import DataError
from ebpm.texts import LANGUAGES, label

UNFINISHED = ".new"
PREVIOUS = ".previous"
REASONS = {
    errno.ENOSPC: "full", errno.EDQUOT: "full", errno.EFBIG: "full", errno.EACCES: "denied", errno.EPERM: "denied",
    errno.EROFS: "read_only",
}  # fmt: skip


def write_whole(path: Path, content: bytes) -> None:
    """Put a file in the place of another: written beside it, flushed to the disk, renamed.

    Raises
    ------
    DataError : if the disk is full or the folder cannot be written; what was there is untouched.
    """
    fresh = path.with_name(f"{path.name}.{uuid4().hex}{UNFINISHED}")
    with written(path):
        try:
            _flushed(fresh, content)
            fresh.replace(path)
            _flush_folder(path.parent)
        finally:
            fresh.unlink(missing_ok=True)


def replace_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Put new files in the place of a folder, so that at every moment one whole version exists.

    The new version is written beside the old one, the old one is renamed away, the new one renamed in; a run that was
    stopped between the two renames is mended by the next, which also takes away what was left unfinished.

    Raises
    ------
    DataError : if the disk is full or the folder cannot be written; what was there is untouched.
    """
    previous, fresh = _previous(folder), folder.with_name(f"{folder.name}.{uuid4().hex}{UNFINISHED}")
    with written(folder):
        mend(folder)
        try:
            fresh.mkdir(parents=True)
            for name, content in files.items():
                (fresh / name).parent.mkdir(parents=True, exist_ok=True)
                _flushed(fresh / name, content)
            if folder.exists():
                folder.rename(previous)
            _renamed_in(fresh, folder, previous)
        finally:
            shutil.rmtree(fresh, ignore_errors=True)
        shutil.rmtree(previous, ignore_errors=True)
        _flush_folder(folder.parent)


def _renamed_in(fresh: Path, folder: Path, previous: Path) -> None:
    try:
        fresh.rename(folder)
    except OSError:
        if previous.exists():
            previous.rename(folder)
        raise


def mend(folder: Path) -> None:
    """Finish what a killed run left: the old version back in its place, unfinished ones away. Only the one writer may call it."""
    previous = _previous(folder)
    if previous.exists() and not folder.exists():
        previous.rename(folder)
    shutil.rmtree(previous, ignore_errors=True)
    for left in folder.parent.glob(f"{folder.name}.*{UNFINISHED}"):
        _removed(left)


def whole(folder: Path) -> Path:
    """Return where the whole version of a folder stands: in its place, or beside it where a run was killed between two renames."""
    return _previous(folder) if not folder.exists() and _previous(folder).exists() else folder


def _previous(folder: Path) -> Path:
    return folder.with_name(folder.name + PREVIOUS)


def _removed(left: Path) -> None:
    if left.is_dir():
        shutil.rmtree(left, ignore_errors=True)
    else:
        left.unlink(missing_ok=True)


def _flushed(path: Path, content: bytes) -> None:
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _flush_folder(folder: Path) -> None:
    """Ask that renames reach the disk; some systems cannot open a folder for it."""
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


@contextmanager
def written(target: Path) -> Iterator[None]:
    """Turn what the system says against a writing into an error in three parts."""
    try:
        yield
    except OSError as failure:
        raise DataError("records_not_written", target=target.name, reason=_reason(failure)) from failure


def _reason(failure: OSError) -> str | dict[str, str]:
    known = REASONS.get(failure.errno or 0)
    if known:
        return {lang: label(f"records_{known}", lang) for lang in LANGUAGES}
    return failure.strerror or type(failure).__name__
