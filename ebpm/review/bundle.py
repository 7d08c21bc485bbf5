"""A bundle: everything that a stranger needs in order to rerun evaluations, in one file whose bytes are the same each time."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ebpm.data import DataSet, codebook
from ebpm.errors import SpecError
from ebpm.pilot.results import PACKAGES
from ebpm.records import code_digest, digest, environment, numerical_digest
from ebpm.records.writing import whole
from ebpm.review.archive import packed, wheel
from ebpm.texts import LANGUAGES

if TYPE_CHECKING:
    from ebpm.pilot import Pilot

OPEN = re.compile(
    r"(?i)^(CC0|CC[- ]BY|PDL|PDDL|ODC|OGL|GPL|LGPL|AGPL|MIT|BSD|Apache|NCSA|public domain|公共データ利用規約|政府標準利用規約)"
)
MANIFEST, INDEX, CRATE = "manifest-sha256.txt", "bundle.json", "ro-crate-metadata.json"
BESIDE = ("pilot.yaml", "plan.lock", "deviations.yaml", "outcome_reads.yaml", "truth.yaml", "simulate.py")
Plain = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Part:
    """A pilot as it stands in a bundle.

    Parameters
    ----------
    pilot : the pilot.
    place : its folder in the bundle.
    results : its results.json.
    withheld : data sets that may not travel.
    """

    pilot: Pilot
    place: str
    results: Mapping[str, Any]
    withheld: tuple[DataSet, ...]


def may_travel(pilot: Pilot, dataset: DataSet) -> bool:
    """Return whether a data set may be given to anybody: synthetic, or of an open tier under an open licence."""
    return dataset.synthetic or (pilot.spec.disclosure.tier == "open" and bool(OPEN.match(dataset.licence.strip())))


def bundle(folders: Sequence[Path], *, on: str = "", data: bool = True) -> bytes:
    """Return the bundle of pilots as a zip.

    Parameters
    ----------
    folders : of the pilots; each has to have results that came from the plan and the data as they are.
    on : date of publication, in ISO form; where empty the latest day on which a plan was frozen, so that bytes do not depend on
        the day.
    data : whether data that may travel are put in.

    Raises
    ------
    SpecError : if a pilot has no results, or they are not those of its plan and data, or `on` is no date.
    DataError : if a notebook or a report of data that may not travel shows records.
    """
    from ebpm.review.crate import crate
    from ebpm.review.readme import readme

    day = _day(on)
    root = _root(folders)
    parts = tuple(_part(folder, root, data=data) for folder in folders)
    files: dict[str, bytes] = {}
    for part in parts:
        files |= dict(_files(part, root))
    name, content = wheel()
    files |= {f"software/{name}": content, "software/requirements.txt": _requirements(root)}
    files |= {"LICENSE": (root / "LICENSE").read_bytes()} if (root / "LICENSE").is_file() else {}
    files[INDEX] = _json(_index(parts))
    published = day or max((part.pilot.lock.frozen for part in parts if part.pilot.lock), default="1980-01-01")
    files |= {"README.md": readme(parts, "en").encode(), "README.ja.md": readme(parts, "ja").encode()}
    files[CRATE] = _json(crate(parts, files, on=published))
    files[MANIFEST] = manifest(files)
    return packed(files)


def _day(on: str) -> str:
    try:
        return date.fromisoformat(on).isoformat() if on else ""
    except ValueError:
        raise SpecError("spec_bad_date", value=on) from None


def manifest(files: Mapping[str, bytes]) -> bytes:
    """Return the SHA-256 of every file but the manifest itself, one a line, in the form that sha256sum checks."""
    return "".join(f"{digest(files[name])}  {name}\n" for name in sorted(files) if name != MANIFEST).encode()


def _root(folders: Sequence[Path]) -> Path:
    """Return the folder below which everything stands that the pilots name."""
    from ebpm.pilot import read_pilot

    named = []
    for folder in folders:
        spec = read_pilot(folder).spec
        named += [folder.resolve().parent]
        named += [(folder / one).resolve().parent for one in (spec.logic_model, spec.notebook) if one]
    return Path(os.path.commonpath(named))


def _part(folder: Path, root: Path, *, data: bool) -> Part:
    from ebpm.pilot import read_pilot

    pilot = read_pilot(folder.resolve())
    file = whole(pilot.folder / "results") / "results.json"
    if not file.is_file():
        raise SpecError("verify_no_results", pilot=pilot.spec.id)
    results = json.loads(file.read_text(encoding="utf-8"))
    lock = pilot.lock.digest if pilot.lock else None
    if results["digests"]["plan"] != pilot.plan_digest or results.get("plan", {}).get("lock") != lock:
        raise SpecError("bundle_stale", pilot=pilot.spec.id)
    withheld = tuple(one for one in pilot.spec.data if not (data and may_travel(pilot, one)) and one.path)
    return Part(pilot, pilot.folder.relative_to(root).as_posix(), results, withheld)


def _files(part: Part, root: Path) -> Iterator[tuple[str, bytes]]:
    pilot, spec = part.pilot, part.pilot.spec
    shown = dict(_results(pilot))
    if part.withheld:
        _refuse_records(pilot, shown)
    paths = [pilot.folder / name for name in BESIDE]
    paths += [pilot.folder / spec.logic_model] if spec.logic_model else []
    paths += [pilot.folder / spec.notebook] if spec.notebook else []
    paths += pilot.folder.parent.glob("_*.py") if (pilot.folder / "simulate.py").is_file() else []
    for dataset in spec.data:
        if dataset.path and dataset not in part.withheld:
            file = pilot.folder / dataset.path
            paths += [file, *file.parent.glob("LICEN*")]
    yield from ((_relative(path, root), path.read_bytes()) for path in paths if path.is_file())
    yield from ((_relative(path, root), content) for path, content in shown.items())
    text = "\n".join(codebook(table, lang) for lang in LANGUAGES for table in spec.data)
    yield f"{part.place}/CODEBOOK.md", text.encode()


def _relative(path: Path, root: Path) -> str:
    return path.resolve().relative_to(root).as_posix()


def _results(pilot: Pilot) -> Iterator[tuple[Path, bytes]]:
    """Yield what the last run wrote, but for its record, which tells of the machine."""
    there = whole(pilot.folder / "results")
    for file in sorted(there.rglob("*")):
        if file.is_file() and file.name != "run.json":
            yield pilot.folder / "results" / file.relative_to(there), file.read_bytes()
    if pilot.spec.notebook:
        executed = (pilot.folder / pilot.spec.notebook).with_suffix(".ipynb")
        if executed.is_file():
            yield executed, executed.read_bytes()


def _refuse_records(pilot: Pilot, shown: Mapping[Path, bytes]) -> None:
    from ebpm.pilot.leaving.disclosure import refuse_leaks

    refuse_leaks(pilot.evaluate(), {path.name: content for path, content in shown.items()})


def _requirements(root: Path) -> bytes:
    """Return the locked requirements of the project, or the versions that are installed."""
    file = root / "requirements" / "run.txt"
    if file.is_file():
        return file.read_bytes()
    pinned = (f"{name}=={number}\n" for name, number in environment()["packages"].items() if name != "ebpm")
    return "".join(pinned).encode()


def _index(parts: Sequence[Part]) -> Plain:
    pilots = [
        {"id": part.pilot.spec.id, "folder": part.place, "withheld": [one.id for one in part.withheld]}
        for part in parts
    ]
    return {"schema": 1, "code": code_digest(), "environment": numerical_digest(PACKAGES[1:]), "pilots": pilots}


def _json(value: Plain) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True) + "\n").encode()
