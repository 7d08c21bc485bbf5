"""A bundle looked through: every byte accounted for, then every pilot run again."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from ebpm.errors import DataError
from ebpm.records import code_digest, digest
from ebpm.review.archive import packed, unpacked
from ebpm.review.bundle import INDEX, MANIFEST
from ebpm.review.findings import Finding, Status, Verification
from ebpm.review.verify import Terms, verify_pilot
from ebpm.run import THREADS
from ebpm.texts import LANGUAGES, Words, label


def verify_files(content: bytes, name: str) -> tuple[Finding, ...]:
    """Return, for each file of a bundle, whether it is as its manifest says, and whether the bytes between are as they must be.

    Parameters
    ----------
    content : bytes of the bundle.
    name : its file name, for messages.

    Raises
    ------
    DataError : if it cannot be read as a bundle.
    """
    files = unpacked(content, name)
    if MANIFEST not in files:
        raise DataError("bundle_not_read", file=name, reason=MANIFEST)
    listed = _listed(files[MANIFEST], name)
    found = [_compared(one, listed, files) for one in sorted({*listed, *files} - {MANIFEST})]
    if packed(files) != content:
        found.append(Finding("", "file", name, "tampered", note=_said("bundle_between")))
    return tuple(found)


def _listed(manifest: bytes, name: str) -> dict[str, str]:
    try:
        lines = manifest.decode("utf-8").splitlines()
        return {file: sha for sha, file in (line.split("  ", 1) for line in lines)}
    except ValueError:
        raise DataError("bundle_not_read", file=name, reason=MANIFEST) from None


def _compared(file: str, listed: Mapping[str, str], files: Mapping[str, bytes]) -> Finding:
    if file not in files:
        return Finding("", "file", file, "missing", listed[file][:12])
    found = digest(files[file])
    if file not in listed:
        return Finding("", "file", file, "extra", found=found[:12])
    status: Status = "reproduced" if found == listed[file] else "tampered"
    return Finding("", "file", file, status, listed[file][:12], found[:12])


def verify_bundle(file: Path, *, jobs: int = 2, terms: Terms = Terms()) -> Verification:  # noqa: B008
    """Look through a bundle and, where no file was tampered with, run its pilots again in a folder of their own.

    Parameters
    ----------
    file : the zip.
    jobs : pilots at a time.
    terms : how.

    Raises
    ------
    DataError : if it cannot be read as a bundle.

    Notes
    -----
    The code that runs is that of the installed library, not the one in the bundle; a remark says where they differ. Notebooks are
    programs: those of a bundle are executed unless `terms` says otherwise.
    """
    content = file.read_bytes()
    checked = verify_files(content, file.name)
    if any(one.bad for one in checked):
        return Verification(file.name, checked, (), (_said("bundle_not_rerun"),))
    files = unpacked(content, file.name)
    index = json.loads(files[INDEX])
    with TemporaryDirectory() as place:
        for name, one in files.items():
            target = Path(place) / name
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(one)
        found = verify_pilots([Path(place) / one["folder"] for one in index["pilots"]], jobs=jobs, terms=terms)
    return _joined(file.name, checked, found, tuple(_on_code(index)))


def verify_pilots(folders: Sequence[Path], *, jobs: int = 2, terms: Terms = Terms()) -> tuple[Verification, ...]:  # noqa: B008
    """Verify several pilots in parallel processes, each with one thread; a single one, or one at a time, in this process."""
    os.environ.update(dict.fromkeys(THREADS, "1"))
    if jobs == 1 or len(folders) == 1:
        return tuple(verify_pilot(folder, terms) for folder in folders)
    with ProcessPoolExecutor(max_workers=jobs, mp_context=get_context("spawn")) as pool:
        return tuple(pool.map(partial(verify_pilot, terms=terms), folders))


def joined(name: str, found: Sequence[Verification]) -> Verification:
    """Return several verifications as one."""
    return _joined(name, (), found, ())


def _joined(
    name: str, checked: tuple[Finding, ...], found: Sequence[Verification], remarks: tuple[Words, ...]
) -> Verification:
    findings = tuple(one for part in found for one in part.findings)
    origins = tuple(one for part in found for one in part.origins)
    told = {json.dumps(one, sort_keys=True): one for part in found for one in part.remarks}
    return Verification(name, (*checked, *findings), origins, (*remarks, *told.values()))


def _on_code(index: Mapping[str, Any]) -> Iterator[Words]:
    if index["code"] != code_digest():
        yield _said("bundle_other_code", before=index["code"][:12], after=code_digest()[:12])


def _said(code: str, **facts: object) -> dict[str, str]:
    return {lang: label(code, lang, **facts) for lang in LANGUAGES}
