"""Passes over a table that were finished, kept as small files of exact sums, so that a scan that was stopped goes on where it was."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, is_dataclass, replace
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from ebpm.errors import DataError
from ebpm.records import digest_of, write_whole
from ebpm.records.writing import written

if TYPE_CHECKING:
    from ebpm.moments.scans.groups.sums import GroupSums
    from ebpm.moments.scans.opening import Scan
    from ebpm.moments.scans.paths.sums import PathSums
    from ebpm.moments.scans.paths.weighed import Weighed

Found = TypeVar("Found", "PathSums", "GroupSums")
VERSION, SOURCE = 5, "source.json"


@dataclass(frozen=True, slots=True)
class Kept:
    """A folder of finished passes over files that must not change meanwhile.

    Parameters
    ----------
    folder : of the passes.
    files : the Parquet files that are scanned.
    """

    folder: Path
    files: tuple[Path, ...]

    def begin(self) -> None:
        """Note which files are scanned, or see that they are those that were.

        Raises
        ------
        DataError : files that changed since.
        """
        note, now = self.folder / SOURCE, self._source()
        if not note.exists():
            with written(self.folder):
                self.folder.mkdir(parents=True, exist_ok=True)
            write_whole(note, json.dumps(now, indent=1).encode())
        elif _json(note) != now:
            raise DataError("scan_resume_changed", folder=self.folder.name, count=len(self.files))

    def _source(self) -> list[list[Any]]:
        facts = [(file.as_posix(), file.stat()) for file in self.files]
        return [[name, fact.st_size, fact.st_mtime_ns] for name, fact in facts]

    def file(self, told: Mapping[str, Any]) -> Path:
        """Return where the pass is kept that answers this."""
        return self.folder / f"{digest_of(_plain(told))[:32]}.json"


def kept(scan: Scan, told: Mapping[str, Any], share: int, shares: int, make: Callable[[], Found]) -> Found:
    """Return the sums of a pass: those that were kept, or else new ones, which are kept.

    Parameters
    ----------
    scan : with or without a folder to keep them in.
    told : what else the sums depend on.
    share, shares : which pass it is, of how many.
    make : the pass.

    Raises
    ------
    DataError : files that changed since the scan began.
    """
    if scan.kept is None:
        return make()
    scan.kept.begin()
    file = scan.kept.file({**told, "share": share, "shares": shares, "version": VERSION})
    if (text := _whole(file)) is not None:
        found: Found = _read(text)
        return found
    sums = make()
    scan.kept.begin()
    text = json.loads(json.dumps(_written(sums)))
    write_whole(file, json.dumps({"digest": digest_of(text), "sums": text}).encode())
    return sums


def _whole(file: Path) -> dict[str, Any] | None:
    """Return what a pass left; None where there is nothing, or something that was damaged since."""
    held = _json(file)
    if not (isinstance(held, dict) and held.keys() == {"digest", "sums"}):
        return None
    sums: dict[str, Any] = held["sums"]
    return sums if digest_of(sums) == held["digest"] else None


def _json(file: Path) -> Any:
    try:
        return json.loads(file.read_bytes())
    except (FileNotFoundError, ValueError):
        return None


def _plain(value: Any) -> Any:
    if is_dataclass(value) and not isinstance(value, type):
        return _plain(asdict(value))
    if isinstance(value, Mapping):
        return {name: _plain(one) for name, one in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(one) for one in value]
    return str(value) if isinstance(value, Fraction) else value


def _written(sums: PathSums | GroupSums) -> dict[str, Any]:
    from ebpm.moments.scans.files.moment_text import written
    from ebpm.moments.scans.groups.sums import GroupSums

    return {**written(sums), "heaviest": sums.heaviest} if isinstance(sums, GroupSums) else _written_paths(sums)


def _written_paths(sums: PathSums) -> dict[str, Any]:
    fixed = sums.fixed
    return {
        "periods": sums.periods, "counts": sums.counts, "sums": sums.sums.tolist(), "products": sums.products.tolist(),
        "groups": [(one.cohort, _label(one.cluster), one.seen) for one in sums.groups],
        "fixed": (str(fixed.scale), fixed.shift, fixed.exact, fixed.limbs, fixed.width),
        "treated": sums.treated.tolist(), "largest": sums.largest.tolist(), "weighed": _written_weights(sums.weighed),
        "by": sums.by,
    }  # fmt: skip


def _written_weights(weighed: Weighed) -> dict[str, Any]:
    if not weighed:
        return {}
    names = ("sums", "products", "heaviest")
    return {"fixed": weighed.fixed.as_text(), **{name: getattr(weighed, name).tolist() for name in names}}


def _read_weights(text: Mapping[str, Any], groups: int, size: int) -> Weighed:
    from ebpm.moments.scans.fixed_point import Fixed
    from ebpm.moments.scans.paths.weighed import Weighed

    if not text:
        return Weighed.none()
    sums, products, heaviest = (np.array(text[name], dtype=object) for name in ("sums", "products", "heaviest"))
    return Weighed(
        fixed=Fixed.from_text(text["fixed"]), sums=sums, products=products.reshape(groups, size, size), heaviest=heaviest
    )  # fmt: skip


def _label(label: Any) -> Any:
    return {"date": label.isoformat()} if isinstance(label, date) else label


def _read(text: Mapping[str, Any]) -> Any:
    from ebpm.moments.scans.files.moment_text import read_sums
    from ebpm.moments.scans.groups.sums import GroupSums

    if "heaviest" not in text:
        return _read_paths(text)
    sums = read_sums(text)
    return replace(sums, heaviest=text["heaviest"]) if isinstance(sums, GroupSums) else sums


def _read_paths(text: Mapping[str, Any]) -> PathSums:
    from ebpm.moments.scans.fixed_point import Fixed
    from ebpm.moments.scans.paths.sums import Group, PathSums

    length, (scale, *steps) = len(text["periods"]), text["fixed"]
    groups = [
        Group(cohort=cohort, cluster=date.fromisoformat(cluster["date"]) if isinstance(cluster, dict) else cluster, seen=seen)
        for cohort, cluster, seen in text["groups"]
    ]  # fmt: skip
    size = len(text["products"][0]) if groups else 0
    sums, treated, largest = (
        np.array(text[name], dtype=object).reshape(len(groups), length) for name in ("sums", "treated", "largest")
    )
    return PathSums(
        periods=tuple(text["periods"]), groups=tuple(groups), counts=tuple(text["counts"]), sums=sums, treated=treated, largest=largest,
        products=np.array(text["products"], dtype=object).reshape(len(groups), size, size), fixed=Fixed(Fraction(scale), *steps),
        weighed=_read_weights(text["weighed"], len(groups), size + 1),
        by=text["by"],
    )  # fmt: skip
