"""Digests of values, of the code and of the environment: the same on every machine that has the same."""

from __future__ import annotations

import json
import platform
import re
import sys
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, requires, version
from importlib.resources import files
from pathlib import Path
from typing import Any

LEFT_OUT = {"__pycache__"}


def digest(content: bytes) -> str:
    """Return the SHA-256 of bytes, in hexadecimal."""
    return sha256(content).hexdigest()


def canonical(value: Any) -> bytes:
    """Return plain values as JSON with sorted keys and no space: equal values give equal bytes."""
    text = json.dumps(value, sort_keys=True, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return text.encode()


def digest_of(value: Any) -> str:
    """Return the SHA-256 of plain values in canonical JSON."""
    return digest(canonical(value))


def code_files() -> dict[str, bytes]:
    """Return the files of the installed package by path, without what Python compiles."""
    root = Path(str(files("ebpm")))
    found = sorted(file for file in root.rglob("*") if file.is_file() and not LEFT_OUT & set(file.parts))
    return {file.relative_to(root).as_posix(): file.read_bytes() for file in found}


@cache
def code_digest() -> str:
    """Return the SHA-256 of the whole package: source, words, rubrics, templates."""
    return digest_of({name: digest(content) for name, content in code_files().items()})


def numerical_digest(packages: Iterable[str]) -> str:
    """Return the SHA-256 of the names and versions of packages that compute: the same on every system and Python that has them."""
    return digest_of({name: version(name) for name in packages})


def environment() -> dict[str, Any]:
    """Return Python, platform and the versions of the packages that this one needs: no host, no path, no user."""
    return {
        "python": platform.python_version(),
        "implementation": sys.implementation.name,
        "system": platform.system(),
        "machine": platform.machine(),
        "packages": _packages(),
    }


def _packages() -> dict[str, str]:
    found = {}
    for wanted in ("ebpm", *(requires("ebpm") or ())):
        name = re.split(r"[^\w.-]", wanted, maxsplit=1)[0]
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            continue
    return dict(sorted(found.items()))
