"""Zip files whose bytes depend on their content alone: names in order, one time, one set of permissions, nothing compressed."""

from __future__ import annotations

import base64
import io
from collections.abc import Mapping
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import PurePosixPath
from zipfile import ZIP_STORED, BadZipFile, ZipFile, ZipInfo

from ebpm import __version__
from ebpm.errors import DataError
from ebpm.records.digests import code_files

TIME = (1980, 1, 1, 0, 0, 0)
READABLE = 0o100644 << 16
UNIX = 3


def packed(files: Mapping[str, bytes]) -> bytes:
    """Return a zip of files.

    Nothing is compressed, because another version of a compressor gives other bytes.
    """
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", ZIP_STORED) as archive:
        for name in sorted(files):
            info = ZipInfo(name, TIME)
            info.create_system, info.external_attr = UNIX, READABLE
            archive.writestr(info, files[name], ZIP_STORED)
    return buffer.getvalue()


def unpacked(content: bytes, name: str) -> dict[str, bytes]:
    """Return the files of a zip.

    Raises
    ------
    DataError : if it is no zip that `packed` could have written: unreadable, a name that leads out of it, a name twice.
    """
    try:
        with ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if len(set(names)) != len(names) or not all(map(_inside, names)):
                raise DataError("bundle_not_read", file=name, reason="names")
            return {one: archive.read(one) for one in names}
    except (BadZipFile, ValueError, NotImplementedError, OSError, EOFError, RuntimeError, LookupError) as failure:
        raise DataError("bundle_not_read", file=name, reason=str(failure)) from None


def _inside(name: str) -> bool:
    path = PurePosixPath(name)
    return not path.is_absolute() and ".." not in path.parts and "\\" not in name and ":" not in name


def wheel() -> tuple[str, bytes]:
    """Return name and content of a wheel of this library as it runs now."""
    folder = f"ebpm-{__version__}.dist-info"
    files = {f"ebpm/{name}": content for name, content in code_files().items()}
    files[f"{folder}/METADATA"] = _metadata().encode()
    files[f"{folder}/WHEEL"] = b"Wheel-Version: 1.0\nGenerator: ebpm\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
    files[f"{folder}/entry_points.txt"] = b"[console_scripts]\nebpm = ebpm.cli:main\n"
    listed = [f"{name},sha256={_urlsafe(content)},{len(content)}" for name, content in sorted(files.items())]
    files[f"{folder}/RECORD"] = "\n".join([*listed, f"{folder}/RECORD,,", ""]).encode()
    return f"ebpm-{__version__}-py3-none-any.whl", packed(files)


def _metadata() -> str:
    try:
        known = distribution("ebpm").read_text("METADATA")
    except PackageNotFoundError:
        known = None
    return known or f"Metadata-Version: 2.1\nName: ebpm\nVersion: {__version__}\n"


def _urlsafe(content: bytes) -> str:
    return base64.urlsafe_b64encode(sha256(content).digest()).rstrip(b"=").decode()
