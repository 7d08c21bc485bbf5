"""Which records stand behind each sum of a moment file, and whose they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.disclosure.differencing import Statement, codes
from ebpm.moments.frame import Ints
from ebpm.moments.scans.groups.request import GroupRequest
from ebpm.moments.scans.keys import plain
from ebpm.moments.scans.paths.scan import PathRequest
from ebpm.moments.scans.paths.sums import PathSums
from ebpm.pilot.leaving.contributors import sources_of
from ebpm.pilot.prepare import collapsed, kept
from ebpm.pilot.spec import Analysis, PilotSpec

if TYPE_CHECKING:
    import pandas as pd

    from ebpm.pilot.pilot_data import PilotData

Labels = list[tuple[Any, ...]]


@dataclass(frozen=True, slots=True)
class Records:
    """The rows that an analysis uses, with what tells them and their owners apart.

    Parameters
    ----------
    rows : length n, kept and collapsed as the analysis declares.
    codes : length n; a row that was made of several is known by all of them, and one that was corrected is another.
    owners : length n, the person or body of each row.
    """

    rows: pd.DataFrame
    codes: tuple[int, ...]
    owners: tuple[int, ...]

    @classmethod
    def of(cls, analysis: Analysis, data: PilotData) -> Records:
        """Return the rows of an analysis."""
        table = kept(data.tables[analysis.data], analysis.where)
        dataset = next(one for one in data.spec.data if one.id == analysis.data)
        named = [name for name in dataset.keys if name in table.columns]
        own = [table[name].tolist() for name in named] or [range(len(table))]
        states = _states(table, [one.name for one in dataset.columns if one.name in table])
        names = [
            f"{analysis.data}|{'|'.join(map(str, (*key, state)))}" for *key, state in zip(*own, states, strict=True)
        ]
        if analysis.collapse:
            parts = table.groupby(list(analysis.collapse.by), sort=True, observed=True).indices
            names = ["+".join(sorted(names[at] for at in places)) for _, places in sorted(parts.items())]
            table = collapsed(table, analysis.collapse)
        owner = next((one.name for one in dataset.columns if one.role in {"unit", "id"} and one.name in table), "")
        whose = table[owner].tolist() if owner else names
        return cls(table, tuple(map(_code, names)), tuple(map(_code, whose)))

    @property
    def whose(self) -> Mapping[int, int]:
        """The owner of each row, by its code."""
        return dict(zip(self.codes, self.owners, strict=True))


@dataclass(frozen=True, slots=True)
class Behind:
    """The sums of an analysis as statements on rows.

    Parameters
    ----------
    statements : each sum, on the rows that are in it.
    whose : the owner of each row.
    """

    statements: tuple[Statement, ...]
    whose: Mapping[int, int]

    @property
    def owned(self) -> tuple[Statement, ...]:
        """The same statements, on the owners of the rows."""
        return tuple(replace(one, members=frozenset(self.whose[row] for row in one.members)) for one in self.statements)

    @property
    def fewest(self) -> int:
        """The fewest owners behind a sum."""
        return min((len(one.members) for one in self.owned), default=0)


def behind(
    analysis: Analysis, request: PathRequest | GroupRequest, records: Records, spec: PilotSpec, sums: object
) -> Behind:
    """Return the sums of an analysis as statements on rows: by group, and by period where they are of paths.

    Parameters
    ----------
    analysis : of the plan.
    request : the columns that it asked for.
    records : its rows.
    spec : whose contract tells what a column is made of.
    sums : as they may leave; rows of units that are in no group of theirs count nothing.
    """
    if isinstance(request, PathRequest) and isinstance(sums, PathSums):
        labels = _of_paths(records.rows, request, sums)
    elif isinstance(request, GroupRequest):
        labels = _of_groups(records.rows, request)
    else:
        raise TypeError(type(sums).__name__)
    told_of = sources(analysis, request, spec)
    groups: dict[tuple[Any, ...], list[int]] = {}
    for label, code in zip(labels, records.codes, strict=True):
        if label:
            groups.setdefault(label, []).append(code)
    found = tuple(
        Statement(f"moments.{analysis.id}.{place}", told_of, level=True, members=frozenset(rows))
        for place, rows in enumerate(groups.values())
    )
    return Behind(found, records.whose)


def sources(analysis: Analysis, request: PathRequest | GroupRequest, spec: PilotSpec) -> tuple[str, ...]:
    """Return the columns of the contract that the sums of an analysis are made of."""
    outcomes = (request.outcome,) if isinstance(request, PathRequest) else request.numbers or request.keys
    return tuple(dict.fromkeys(one for name in outcomes for one in sources_of(name, spec, analysis.data)))


def _states(table: pd.DataFrame, names: list[str]) -> list[int]:
    """Return a number for what stands in each row, so that a row that was corrected after a release is told from the one before."""
    from pandas.util import hash_pandas_object

    plainly = table[names].apply(lambda one: one.astype("float64" if one.dtype.kind in "iufb" else "str"))
    return [int(one) for one in hash_pandas_object(plainly, index=False)]


def _of_paths(rows: pd.DataFrame, request: PathRequest, sums: PathSums) -> Labels:
    """Return group and period of each row; nothing where its unit is in no group."""
    place = {period: at for at, period in enumerate(sums.periods)}
    units = rows[request.unit].tolist()
    at = [place[int(period)] for period in rows[request.time]]
    starts = _starts(rows, request)
    cluster = rows[request.cluster].astype(str).tolist() if request.cluster else [""] * len(rows)
    known: dict[Any, tuple[int, int, str]] = {}
    for unit, t, start, own in zip(units, at, starts, cluster, strict=True):
        seen, path, _ = known.get(unit, (0, 0, ""))
        bit = 1 << t
        known[unit] = (seen | bit, path | bit * start if request.treatment else start, own)
    groups = {(one.cohort, one.seen, str(one.cluster)) for one in sums.groups}
    cohorts = {one.cohort for one in sums.groups}
    label = {}
    for unit, (seen, path, own) in known.items():
        key = (path if path in cohorts else 0, seen, own)
        label[unit] = key if key in groups else ()
    return [(*label[unit], t) if label[unit] else () for unit, t in zip(units, at, strict=True)]


def _starts(rows: pd.DataFrame, request: PathRequest) -> list[int]:
    """Return the first treated period of each row, 0 where never; or whether it is treated."""
    column = request.treatment or request.first_treated
    values = rows[column].to_numpy(dtype=np.float64, na_value=0.0)
    whole: Ints = np.where(np.isfinite(values), values, 0.0).astype(np.int64)
    return [int(one) for one in whole]


def _of_groups(rows: pd.DataFrame, request: GroupRequest) -> Labels:
    """Return the labels of each row in the keys."""
    columns = [[plain(one) for one in rows[key].tolist()] for key in request.keys]
    return list(zip(*columns, strict=True)) if columns else [("",)] * len(rows)


def _code(name: object) -> int:
    (code,) = codes([name])
    return code
