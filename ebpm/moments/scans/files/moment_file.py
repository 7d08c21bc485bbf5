"""Moment files: sums of a pilot's analyses as text, with their digest; they add up, and answer without a record."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from ebpm.errors import DataError
from ebpm.moments.scans.files.content import first_fault
from ebpm.moments.scans.files.group_values import values_of_groups
from ebpm.moments.scans.files.leaving import Said, Withheld, Within
from ebpm.moments.scans.files.moment_text import (
    read_notices,
    read_sums,
    read_withheld,
    read_within,
    written,
    written_notice,
    written_within,
)
from ebpm.moments.scans.groups.sums import GroupSums
from ebpm.moments.scans.paths.sums import PathSums
from ebpm.notices import Notice, Notices
from ebpm.records.digests import canonical, digest_of
from ebpm.records.writing import write_whole
from ebpm.stats.given import made_by

SCHEMA = 2
KNOWN = (1, SCHEMA)
NAMED, ALIKE = 6, 1e-10
PARQUET, MAGIC = ".parquet", b"PAR1"


@dataclass(frozen=True, slots=True, kw_only=True)
class MomentFile:
    """What an office publishes of its records.

    Parameters
    ----------
    pilot : its id.
    plan : digest of the plan whose analyses the sums serve.
    items : sums by analysis.
    withheld : what disclosure control took out, by analysis.
    records : analyses that sums cannot answer.
    rounded : how far the sums of an analysis can be off, where they were rounded.
    notices : what reading and checking the records raised.
    tables : analyses whose rows are the sums themselves, such as the months of a series.
    parts : digests of the files that were added up; none of a file of one office.
    """

    pilot: str
    plan: str
    items: Mapping[str, PathSums | GroupSums]
    withheld: Mapping[str, tuple[Withheld, ...]] = field(default_factory=dict)
    records: tuple[str, ...] = ()
    rounded: Mapping[str, Within] = field(default_factory=dict)
    notices: Notices = field(default_factory=Notices)
    tables: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()

    def __add__(self, other: MomentFile) -> MomentFile:
        """Return the sums of two offices, or two months, together; only analyses that both can answer.

        Raises
        ------
        DataError : if they are of different pilots or plans, sums of an analysis are of different periods, columns or kinds, or the
            same records are in both, as far as equal sums tell.
        """
        made_by(other, MomentFile, "other")
        if (self.pilot, self.plan) != (other.pilot, other.plan):
            raise DataError(
                "moments_other_plan", left=f"{self.pilot} {self.plan[:12]}", right=f"{other.pilot} {other.plan[:12]}"
            )
        lost = {*self.records, *other.records}
        withheld = {
            name: tuple(dict.fromkeys((*self.withheld.get(name, ()), *other.withheld.get(name, ()))))
            for name in sorted({*self.withheld, *other.withheld})
        }
        shared = [name for name in self.items if name in other.items]
        for name in set(self.items) ^ set(other.items):
            if name not in withheld:
                lost.add(name)
        for name in shared:
            if (name in self.tables) != (name in other.tables):
                raise DataError("moments_other_family", analysis=name)
        parts = self._refuse_twice(other)
        rounded = {
            name: self.rounded.get(name, Within()) + other.rounded.get(name, Within())
            for name in shared if name in self.rounded or name in other.rounded
        }  # fmt: skip
        return replace(
            self, items={name: _added(name, self.items[name], other.items[name]) for name in shared}, withheld=withheld,
            records=tuple(sorted(lost)), rounded=rounded, notices=self.notices + other.notices + self._alike(other),
            tables=tuple(name for name in self.tables if name in shared), parts=parts,
        )  # fmt: skip

    def _refuse_twice(self, other: MomentFile) -> tuple[str, ...]:
        """Return the digests of all files that are added up, none of which may be there twice, nor the sums of one under another name."""
        left, right = (one.parts or (one.digest,) for one in (self, other))
        twice = sorted({*left} & {*right})
        alike = [
            name
            for name in self.items
            if name in other.items and written(self.items[name]) == written(other.items[name])
        ]
        if twice or alike:
            raise DataError(
                "moments_twice",
                digests=", ".join(one[:12] for one in twice or left),
                analyses=", ".join(alike or self.items),
            )
        return tuple(sorted({*left, *right}))

    def _alike(self, other: MomentFile) -> list[Notice]:
        """Say which groups have the same sums in both, as far as values with many decimals can (P521)."""
        found = []
        for name in sorted(self.items.keys() & other.items.keys()):
            left, right = (values_of_groups(one.items[name]) for one in (self, other))
            both = sorted(left.keys() & right.keys())
            same = [group for group in both if np.allclose(left[group], right[group], rtol=ALIKE, atol=0.0)]
            if same:
                found.append(Notice("P521", name, {"count": len(same), "groups": ", ".join(same[:NAMED])}))
        return found

    def text(self) -> str:
        """Return the file as JSON whose keys are in order, with the SHA-256 of the rest in `digest`."""
        content = self.content()
        return canonical({**content, "digest": digest_of(content)}).decode() + "\n"

    def content(self) -> dict[str, Any]:
        """Return all that a file holds but its digest, as plain values."""
        return {
            "schema": SCHEMA, "kind": "moments", "pilot": self.pilot, "plan": self.plan, "records": list(self.records),
            "withheld": {name: [{"group": one.group, "reason": one.reason} for one in many] for name, many in self.withheld.items()},
            "rounded": {name: written_within(one) for name, one in self.rounded.items()},
            "tables": list(self.tables), "notices": [written_notice(one) for one in self.notices],
            "items": {name: written(sums) for name, sums in self.items.items()}, **({"parts": list(self.parts)} if self.parts else {}),
        }  # fmt: skip

    @property
    def digest(self) -> str:
        """SHA-256 of the content, the same for either form of the file."""
        return digest_of(self.content())

    def save(self, path: str | Path) -> Path:
        """Write the file, as Parquet where its name ends so and else as JSON, and return its path."""
        path = Path(path)
        if path.suffix.lower() == PARQUET:
            from ebpm.moments.scans.files.moment_parquet import write_parquet

            write_parquet(self.content(), digest=self.digest, path=path)
        else:
            write_whole(path, self.text().encode())
        return path


def _added(name: str, left: PathSums | GroupSums, right: PathSums | GroupSums) -> PathSums | GroupSums:
    if isinstance(left, PathSums) and isinstance(right, PathSums):
        return left + right
    if isinstance(left, GroupSums) and isinstance(right, GroupSums):
        return left + right
    raise DataError("moments_other_family", analysis=name)


def read_moments(path: str | Path) -> MomentFile:
    """Read a moment file.

    Parameters
    ----------
    path : of a file that `MomentFile.save` or `ebpm moments` wrote, JSON or Parquet.

    Raises
    ------
    DataError : a file that is no moment file, of another schema, or that was changed after it was written.
    """
    path = Path(made_by(path, (str, Path), "path"))
    content = _content(path)
    if not isinstance(content, dict) or content.get("kind") != "moments" or not {"digest", "schema"} <= content.keys():
        raise _no_file(path, "moments_other_content")
    digest, schema = content["digest"], content["schema"]
    if schema not in KNOWN:
        newer = type(schema) is int and schema > SCHEMA
        advice = Said("moments_newer" if newer else "moments_older", known=SCHEMA)
        raise DataError("moments_schema", path=path.name, schema=schema, advice=advice)
    found = digest_of({key: value for key, value in content.items() if key != "digest"})
    if digest != found:
        raise DataError("moments_changed", path=path.name, digest=str(digest)[:12], found=found[:12])
    fault = first_fault(content) if schema == SCHEMA else ""
    if fault:
        raise _no_file(path, "moments_fault", place=fault)
    try:
        return _built(content)
    except (KeyError, TypeError, ValueError, IndexError, AttributeError):
        raise _no_file(path, "moments_other_content") from None


def _built(content: Mapping[str, Any]) -> MomentFile:
    return MomentFile(
        pilot=content["pilot"], plan=content["plan"], items={name: read_sums(item) for name, item in content["items"].items()},
        withheld=read_withheld(content["withheld"]), records=tuple(content["records"]), rounded=read_within(content.get("rounded", {})),
        notices=read_notices(content.get("notices", ())), tables=tuple(content.get("tables", ())),
        parts=tuple(content.get("parts", ())),
    )  # fmt: skip


def _content(path: Path) -> Any:
    """Return what a file holds, as JSON or Parquet by its first bytes and not by its name."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise _no_file(path, "moments_not_there") from None
    except OSError:
        raise _no_file(path, "moments_not_readable") from None
    if not data:
        raise _no_file(path, "moments_empty")
    if data.startswith(MAGIC):
        from ebpm.moments.scans.files.moment_parquet import read_parquet

        return read_parquet(path)
    try:
        return json.loads(data.decode())
    except ValueError:
        raise _no_file(path, "moments_cut_off" if data.lstrip().startswith(b"{") else "moments_other_content") from None


def _no_file(path: Path, reason: str, **facts: object) -> DataError:
    return DataError("moments_no_file", path=path.name, reason=Said(reason, **facts))
