"""One writer at a time: a lock that the system takes back from a process that dies."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ebpm.errors import DataError
from ebpm.records.writing import written

FILE = ".run.lock"
FAR = 1 << 30


@contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Be the only run that writes into a folder.

    The file names the process that holds it; a file that a dead process left holds nobody back, whatever it says.

    Raises
    ------
    DataError : if another living process holds it, or the folder cannot be written.
    """
    file = folder / FILE
    with written(file):
        handle = _opened(file)
    try:
        with written(file):
            os.ftruncate(handle, 0)
            os.write(handle, f"{os.getpid()}\n".encode())
        yield
    finally:
        _let_go(file, handle)


def _opened(file: Path) -> int:
    """Return a locked handle of the file that stands at the path now, not of one that its holder has taken away."""
    while True:
        handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o644)
        if not _locked(handle):
            holder = os.read(handle, 32).decode("ascii", "replace").strip() or "?"
            os.close(handle)
            raise DataError("records_busy", folder=file.parent.name, process=holder)
        if file.exists() and file.stat().st_ino == os.fstat(handle).st_ino:
            return handle
        os.close(handle)


if sys.platform == "win32":

    def _locked(handle: int) -> bool:
        """Lock a byte far behind the text, which others may then read."""
        import msvcrt

        os.lseek(handle, FAR, os.SEEK_SET)
        try:
            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        except OSError:
            return False
        finally:
            os.lseek(handle, 0, os.SEEK_SET)
        return True

    def _let_go(file: Path, handle: int) -> None:
        """Close first: Windows takes no file away that is open; one that another run has opened by now stays for it."""
        os.close(handle)
        with suppress(OSError):
            file.unlink(missing_ok=True)

else:

    def _locked(handle: int) -> bool:
        import fcntl

        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return False
        return True

    def _let_go(file: Path, handle: int) -> None:
        file.unlink(missing_ok=True)
        os.close(handle)
