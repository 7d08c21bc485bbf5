"""Moment files: sums of a pilot's analyses as text, with their digest; they add up, and answer without a record."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ebpm.errors import DataError
from ebpm.moments.scans.fixed_point import Fixed
from ebpm.moments.scans.path_sums import Group, PathSums

SCHEMA = 1


@dataclass(frozen=True, slots=True)
class MomentFile:
    """What an office publishes of its records.

    Parameters
    ----------
    pilot : its id.
    plan : digest of the plan whose analyses the sums serve.
    items : sums by analysis.
    withheld : what disclosure control took out, in words, by analysis.
    records : analyses that sums cannot answer.
    """

    pilot: str
    plan: str
    items: Mapping[str, PathSums]
    withheld: Mapping[str, tuple[str, ...]]
    records: tuple[str, ...]

    def __add__(self, other: MomentFile) -> MomentFile:
        """Return the sums of two offices, or two months, together; only analyses that both can answer.

        Raises
        ------
        DataError : if they are of different pilots or plans, or periods differ.
        """
        if (self.pilot, self.plan) != (other.pilot, other.plan):
            raise DataError(
                "moments_other_plan", left=f"{self.pilot} {self.plan[:12]}", right=f"{other.pilot} {other.plan[:12]}"
            )
        shared = [name for name in self.items if name in other.items]
        lost = tuple(dict.fromkeys((*self.records, *other.records, *(set(self.items) ^ set(other.items)))))
        withheld = {
            name: (*self.withheld.get(name, ()), *other.withheld.get(name, ()))
            for name in (*self.withheld, *other.withheld)
        }
        return replace(
            self, items={name: self.items[name] + other.items[name] for name in shared}, withheld=withheld, records=tuple(sorted(lost))
        )  # fmt: skip

    def text(self) -> str:
        """Return the file as JSON whose keys are in order, with the SHA-256 of the rest in `digest`."""
        content = self._content()
        return _json({**content, "digest": _digest(content)}) + "\n"

    def _content(self) -> dict[str, Any]:
        return {
            "schema": SCHEMA, "kind": "moments", "pilot": self.pilot, "plan": self.plan, "records": list(self.records),
            "withheld": {name: list(said) for name, said in self.withheld.items()},
            "items": {name: _written(sums) for name, sums in self.items.items()},
        }  # fmt: skip

    @property
    def digest(self) -> str:
        """SHA-256 of the content."""
        return _digest(self._content())

    def save(self, path: str | Path) -> Path:
        """Write the file and return its path."""
        path = Path(path)
        path.write_text(self.text(), encoding="utf-8", newline="\n")
        return path


def read_moments(path: str | Path) -> MomentFile:
    """Read a moment file.

    Parameters
    ----------
    path : of a file that `MomentFile.save` or `ebpm moments` wrote.

    Raises
    ------
    DataError : a file that is no moment file, of another schema, or that was changed after it was written.
    """
    path = Path(path)
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        digest = content.pop("digest")
        known = content["schema"] == SCHEMA and content["kind"] == "moments"
    except (OSError, ValueError, TypeError, KeyError, AttributeError):
        raise DataError("moments_no_file", path=path.name) from None
    if not known:
        raise DataError("moments_schema", path=path.name, schema=content["schema"], known=SCHEMA)
    if digest != _digest(content):
        raise DataError("moments_changed", path=path.name, digest=str(digest)[:12], found=_digest(content)[:12])
    return MomentFile(
        content["pilot"], content["plan"], {name: _read(item) for name, item in content["items"].items()},
        {name: tuple(said) for name, said in content["withheld"].items()}, tuple(content["records"]),
    )  # fmt: skip


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, separators=(",", ":"))


def _digest(content: Mapping[str, Any]) -> str:
    return hashlib.sha256(_json(content).encode()).hexdigest()


def _written(sums: PathSums) -> dict[str, Any]:
    """Return sums as text: of the products, which are symmetric, the rows from the diagonal on."""
    return {
        "periods": list(sums.periods), "fixed": sums.fixed.as_text(), "largest_share": round(sums.largest_share, 1),
        "groups": [
            {
                "cohort": group.cohort, "cluster": str(group.cluster), "seen": group.seen, "count": count, "sums": list(map(int, total)),
                "products": [[int(one) for one in row[place:]] for place, row in enumerate(product)],
            }
            for group, count, total, product in zip(sums.groups, sums.counts, sums.sums, sums.products, strict=True)
        ],
    }  # fmt: skip


def _read(item: Mapping[str, Any]) -> PathSums:
    groups, length = item["groups"], len(item["periods"])
    sums = np.array([[int(one) for one in group["sums"]] for group in groups], dtype=object).reshape(
        len(groups), length
    )
    size = len(groups[0]["products"])
    products = np.zeros((len(groups), size, size), dtype=object)
    for at, group in enumerate(groups):
        for row, values in enumerate(group["products"]):
            products[at, row, row:] = products[at, row:, row] = values
    return PathSums(
        periods=tuple(item["periods"]), groups=tuple(Group(cohort=one["cohort"], cluster=one["cluster"], seen=one["seen"]) for one in groups),
        counts=tuple(one["count"] for one in groups), sums=sums, products=products, fixed=Fixed.from_text(item["fixed"]),
        largest=float(item["largest_share"]), treated=1.0,
    )  # fmt: skip
