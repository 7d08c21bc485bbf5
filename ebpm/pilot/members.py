"""Who stands behind the sums of each group of a moment file."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.disclosure.differencing import Statement, codes
from ebpm.moments.scans.group_scan import GroupRequest, plain
from ebpm.moments.scans.group_sums import GroupSums
from ebpm.moments.scans.path_scan import PathRequest
from ebpm.moments.scans.path_sums import PathSums
from ebpm.pilot.contributors import sources_of

if TYPE_CHECKING:
    import pandas as pd

    from ebpm.pilot.pilot_data import PilotData
    from ebpm.pilot.spec import Analysis


def members_of(
    analysis: Analysis,
    rows: pd.DataFrame,
    request: PathRequest | GroupRequest,
    sums: PathSums | GroupSums,
    data: PilotData,
) -> tuple[Statement, ...]:
    """Return the sums of each group as something that is said of its members.

    Parameters
    ----------
    analysis : of the plan.
    rows : those that it uses.
    request : the columns that it asked for.
    sums : as they may leave.
    data : whose contract tells which column is the person.
    """
    if isinstance(request, PathRequest) and isinstance(sums, PathSums):
        outcomes: tuple[str, ...] = (request.outcome,)
        found = _of_paths(rows, request, sums)
    elif isinstance(request, GroupRequest) and isinstance(sums, GroupSums):
        outcomes = request.numbers or request.keys
        found = _of_groups(rows, request, _person(analysis, rows, data))
    else:
        raise TypeError(type(request).__name__)
    sources = tuple(dict.fromkeys(one for name in outcomes for one in sources_of(name, data.spec, analysis.data)))
    return tuple(
        Statement(f"moments.{analysis.id}.{place}", sources, level=True, members=codes(people))
        for place, people in enumerate(found)
    )


def _of_paths(rows: pd.DataFrame, request: PathRequest, sums: PathSums) -> Iterator[list[Any]]:
    """Yield the units of each group: of a cohort or treatment path, of a cluster, seen in the same periods."""
    place = {period: at for at, period in enumerate(sums.periods)}
    bits = np.array([1 << place[int(period)] for period in rows[request.time]], dtype=object)
    if request.treatment:
        starts = (bits * rows[request.treatment].to_numpy(dtype=np.int64)).astype(object)
    else:
        first = rows[request.first_treated].to_numpy(dtype=np.float64, na_value=0.0)
        starts = np.where(np.isfinite(first), first, 0.0).astype(np.int64).astype(object)
    cluster = rows[request.cluster].to_numpy(dtype=object) if request.cluster else np.full(len(rows), "", dtype=object)
    known: dict[Any, tuple[int, int, Any]] = {}
    for unit, bit, start, label in zip(rows[request.unit].tolist(), bits, starts, cluster, strict=True):
        seen, path, _ = known.get(unit, (0, 0, ""))
        known[unit] = (seen | bit, path + start if request.treatment else start, label)
    groups: dict[tuple[int, int, str], list[Any]] = {}
    cohorts = {group.cohort for group in sums.groups}
    for unit, (seen, path, label) in known.items():
        groups.setdefault((path if path in cohorts else 0, seen, str(label)), []).append(unit)
    for group in sums.groups:
        yield groups.get((group.cohort, group.seen, str(group.cluster)), [])


def _of_groups(rows: pd.DataFrame, request: GroupRequest, person: str) -> Iterator[list[Any]]:
    """Yield the persons of each combination of keys."""
    people = rows[person].tolist() if person else list(range(len(rows)))
    groups: dict[tuple[Any, ...], list[Any]] = {}
    labels = [[plain(one) for one in rows[key].tolist()] for key in request.keys]
    for at, one in enumerate(people):
        groups.setdefault(tuple(own[at] for own in labels), []).append(one)
    yield from groups.values()


def _person(analysis: Analysis, rows: pd.DataFrame, data: PilotData) -> str:
    dataset = next(one for one in data.spec.data if one.id == analysis.data)
    return next((one.name for one in dataset.columns if one.role in {"unit", "id"} and one.name in rows), "")
