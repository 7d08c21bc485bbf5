"""Sums as plain values that a file can hold, and back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from fractions import Fraction
from types import MappingProxyType
from typing import Any

import numpy as np

from ebpm.moments.scans.files.leaving import Withheld, Within
from ebpm.moments.scans.fixed_point import Fixed
from ebpm.moments.scans.groups.sums import GroupSums
from ebpm.moments.scans.paths.sums import Group, PathSums
from ebpm.notices import Notice, Notices
from ebpm.texts import LANGUAGES, said

Plain = dict[str, Any]


def written(sums: PathSums | GroupSums) -> Plain:
    """Return sums as plain values; of products, which are symmetric, the rows from the diagonal on."""
    return _written_paths(sums) if isinstance(sums, PathSums) else _written_groups(sums)


def read_sums(item: Mapping[str, Any]) -> PathSums | GroupSums:
    """Return the sums that a file held; those of the first schema are all of paths."""
    return _read_groups(item) if item.get("family") == "groups" else _read_paths(item)


def _written_paths(sums: PathSums) -> Plain:
    return {
        "family": "paths", "periods": list(sums.periods), "fixed": sums.fixed.as_text(),
        "largest_share": round(sums.largest_share, 1), **({"by": sums.by} if sums.by != "first_treated" else {}),
        "groups": [
            {
                "cohort": group.cohort, "cluster": str(group.cluster), "seen": group.seen, "count": count, "sums": list(map(int, total)),
                "products": _upper(product),
            }
            for group, count, total, product in zip(sums.groups, sums.counts, sums.sums, sums.products, strict=True)
        ],
    }  # fmt: skip


def _read_paths(item: Mapping[str, Any]) -> PathSums:
    groups = item["groups"]
    sums, products = np.zeros((len(groups), len(item["periods"])), dtype=object), []
    for at, group in enumerate(groups):
        sums[at] = group["sums"]
        products.append(_square(group["products"]))
    found = PathSums(
        periods=tuple(item["periods"]), groups=tuple(Group(cohort=one["cohort"], cluster=one["cluster"], seen=one["seen"]) for one in groups),
        counts=tuple(one["count"] for one in groups), sums=sums, products=np.array(products, dtype=object), fixed=Fixed.from_text(item["fixed"]),
        treated=np.zeros_like(sums), largest=np.zeros_like(sums), by=item.get("by", "first_treated"),
    )  # fmt: skip
    return _with_largest(found, Fraction(str(item["largest_share"])))


def _with_largest(sums: PathSums, share: Fraction) -> PathSums:
    """Return sums of which one unit has a share of the treated outcomes; a file does not say in which group, so that it may be in any."""
    counts = np.array(sums.counts, dtype=object)[:, None]
    after = sums.seen & (np.array(sums.periods) >= sums.cohorts[:, None])
    treated = np.abs(sums.sums + counts * sums.fixed.shift) * after
    largest = np.cumsum(treated.sum(axis=0)) * share * after.any(axis=1, keepdims=True)
    return replace(sums, treated=treated, largest=largest)


def _written_groups(sums: GroupSums) -> Plain:
    square = sums.moments.shape[2] > 1
    return {
        "family": "groups", "keys": list(sums.keys), "numbers": list(sums.numbers), "weights": sums.weights,
        "fixed": [one.as_text() for one in sums.fixed],
        "groups": [
            {"labels": [_label(one) for one in group], "moments": [_upper(one) if square else [[int(v) for v in one[0]]] for one in moments]}
            for group, moments in zip(sums.groups, sums.moments, strict=True)
        ],
    }  # fmt: skip


def _read_groups(item: Mapping[str, Any]) -> GroupSums:
    groups, size = item["groups"], len(item["numbers"]) + 1
    powers = [[_square(one) if len(one) == size else one for one in group["moments"]] for group in groups]
    return GroupSums(
        keys=tuple(item["keys"]), numbers=tuple(item["numbers"]), weights=item["weights"],
        groups=tuple(tuple(map(_labelled, one["labels"])) for one in groups), moments=np.array(powers, dtype=object),
        fixed=tuple(map(Fixed.from_text, item["fixed"])),
    )  # fmt: skip


def _upper(square: Any) -> list[list[int]]:
    return [[int(one) for one in row[place:]] for place, row in enumerate(square)]


def _square(upper: Sequence[Sequence[int]]) -> Any:
    full = np.zeros((len(upper), len(upper)), dtype=object)
    for place, row in enumerate(upper):
        full[place, place:] = full[place:, place] = row
    return full


def _label(label: Any) -> Any:
    return {"date": label.isoformat()} if isinstance(label, date) else label


def _labelled(label: Any) -> Any:
    return date.fromisoformat(label["date"]) if isinstance(label, Mapping) else label


def written_notice(notice: Notice) -> Plain:
    """Return a notice as plain values, its facts as numbers or as words of both languages."""
    facts = {name: _fact(value) for name, value in notice.facts.items()}
    return {"code": notice.code, "about": notice.about, "within": notice.within, "facts": facts}


def _fact(value: object) -> object:
    if isinstance(value, bool | int | float | str):
        return value
    return {str(lang): str(said(value, lang)) for lang in LANGUAGES}


def read_notices(held: Sequence[Mapping[str, Any]]) -> Notices:
    """Return the notices that a file held."""
    return Notices(
        tuple(Notice(one["code"], one["about"], MappingProxyType(one["facts"]), one["within"]) for one in held)
    )


def read_withheld(held: Mapping[str, Sequence[Any]]) -> dict[str, tuple[Withheld, ...]]:
    """Return what was withheld; files of the first schema say it in words."""
    return {name: tuple(_withheld(one) for one in many) for name, many in held.items()}


def _withheld(one: Any) -> Withheld:
    return Withheld(one, "") if isinstance(one, str) else Withheld(one["group"], one["reason"])


def written_within(within: Within) -> Plain:
    """Return how far sums can be off as plain values."""
    return {"sums": str(within.sums), "products": str(within.products)}


def read_within(held: Mapping[str, Mapping[str, str]]) -> dict[str, Within]:
    """Return how far the sums of a file can be off, by analysis."""
    return {name: Within(Fraction(one["sums"]), Fraction(one["products"])) for name, one in held.items()}
