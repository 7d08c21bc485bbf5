"""Tables that stay where they are in the place of those of the contract: derived, kept and collapsed as a plan declares, lazily."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, reduce
from types import MappingProxyType
from typing import Any

import narwhals as nw

from ebpm.data import Reading
from ebpm.errors import DataError, SpecError, did_you_mean
from ebpm.moments.scans.opening import Scan, scan, scan_of
from ebpm.moments.scans.profile import Table
from ebpm.notices import Notice, Notices
from ebpm.pilot.pilot_data import PilotData
from ebpm.pilot.prepare import Kept
from ebpm.pilot.spec import Analysis, Between, Check, Collapse, Derive, PilotSpec


@dataclass(frozen=True)
class ScannedData(PilotData):
    """Tables that stay where they are, in the place of those of a pilot's contract."""

    scans: Mapping[str, Scan] = field(kw_only=True)

    @cached_property
    def derived(self) -> Mapping[str, Table]:
        """The lazy tables with the derived columns, by data set."""
        found = {name: one.table for name, one in self.scans.items()}
        for step in self.spec.derive:
            found[step.data] = _derived(found[step.data], step)
        return MappingProxyType(found)

    @property
    def tables(self) -> Mapping[str, Any]:
        """No tables in memory."""
        return {}

    @property
    def digests(self) -> Mapping[str, str]:
        """No digests: files were not read as bytes."""
        return {}

    @property
    def notices(self) -> Notices:
        """That the checks of the plan, which need the rows, were not made."""
        left = ", ".join(one.routine for one in self.spec.checks)
        return Notices((Notice("P520", "checks", {"checks": left}),)) if left else Notices()

    @property
    def has_records(self) -> bool:
        """No rows in memory to check."""
        return False

    def input_of(self, analysis: Analysis | Check) -> Scan:
        """Return the table of an analysis: kept and collapsed as it declares, when it is summed."""
        table = _kept(self.derived[analysis.data], analysis.where)
        return replace(
            self.scans[analysis.data], table=_collapsed(table, analysis.collapse) if analysis.collapse else table
        )


def on(spec: PilotSpec, tables: Mapping[str, Any], *, unfrozen: str = "") -> PilotData:
    """Return tables in the place of those of a pilot's contract.

    Parameters
    ----------
    spec : of the pilot.
    tables : by data set: data frames in memory; or, all of them, what `moments.scan` takes.
    unfrozen : why outcomes are read although the plan is not frozen.

    Raises
    ------
    SpecError : a data set that is not named, or not declared.
    DataError : a table that lacks a column of its contract.
    """
    declared = {dataset.id: dataset for dataset in spec.data}
    for name in (*tables, *declared):
        if name not in declared or name not in tables:
            raise SpecError(
                "pilot_other_tables",
                table=name,
                near=did_you_mean(name, sorted(declared)),
                declared=", ".join(declared),
            )
    lazy = [name for name, one in tables.items() if scan_of(one) is not None]
    if lazy:
        scans = {name: scan(one) for name, one in tables.items()}
        for name, one in scans.items():
            _refuse_missing(name, one.table.collect_schema().names(), spec)
        return ScannedData({}, spec, unfrozen, scans=MappingProxyType(scans))
    readings = {}
    for name, one in tables.items():
        frame = nw.from_native(one, eager_only=True).to_pandas()
        _refuse_missing(name, list(frame.columns), spec)
        readings[name] = Reading(
            dataset=declared[name], frame=frame, notices=Notices(), rows_in=len(frame), refusals=(), digest=""
        )
    return PilotData(MappingProxyType(readings), spec, unfrozen)


def _refuse_missing(name: str, columns: Iterable[str], spec: PilotSpec) -> None:
    there = set(columns)
    (dataset,) = (one for one in spec.data if one.id == name)
    missing = [one.name for one in dataset.columns if one.name not in there]
    if missing:
        raise DataError("pilot_lacks_columns", table=name, missing=", ".join(missing), columns=", ".join(sorted(there)))


def _derived(table: Table, step: Derive) -> Table:
    names = table.collect_schema().names()

    def of(name: str) -> nw.Expr:
        if name not in names:
            where = f"derive {step.column}"
            raise SpecError("pilot_unknown_column", column=name, where=where, near=did_you_mean(name, names))
        return nw.col(name)

    return table.with_columns(_column(step, of).alias(step.column))


def _column(step: Derive, of: Callable[[str], nw.Expr]) -> nw.Expr:
    if step.ratio:
        return of(step.ratio[0]).cast(nw.Float64) / of(step.ratio[1]).cast(nw.Float64)
    if step.difference:
        return of(step.difference[0]) - of(step.difference[1])
    if step.positive:
        return (of(step.positive) > 0).cast(nw.Float64)
    if step.equals or step.treated:
        return _indicated(step, of).fill_null(value=False).cast(nw.Float64)
    if step.scale:
        return of(step.scale[0]) * step.scale[1]
    if step.log:
        return of(step.log).cast(nw.Float64).log()
    raise SpecError("pilot_empty_derive", column=step.column)


def _indicated(step: Derive, of: Callable[[str], nw.Expr]) -> nw.Expr:
    if step.equals:
        return of(step.equals[0]) == step.equals[1]
    time, first = (of(name) for name in step.treated or ())
    return (first > 0) & (time >= first)


def _kept(table: Table, where: Kept) -> Table:
    """Return the rows in which every named column lies in its list or range."""
    return reduce(lambda rows, one: rows.filter(_within(*one)), where.items(), table)


def _within(name: str, wanted: tuple[Any, ...] | Between) -> nw.Expr:
    if not isinstance(wanted, Between):
        return nw.col(name).is_in(list(wanted))
    ends = [~nw.col(name).is_null()]
    if wanted.from_ is not None:
        ends.append(nw.col(name) >= wanted.from_)
    if wanted.to is not None:
        ends.append(nw.col(name) <= wanted.to)
    return nw.all_horizontal(*ends, ignore_nulls=False)


def _collapsed(table: Table, how: Collapse) -> Table:
    """Return one row a group; other columns that are constant in every group are kept."""
    names = table.collect_schema().names()
    others = [name for name in names if name not in {*how.by, *how.mean, *how.sum}]
    distinct = table.group_by(*how.by).agg(*(nw.col(name).n_unique().alias(name) for name in others))
    most = distinct.select(*(nw.col(name).max() for name in others)).collect().rows(named=True)[0] if others else {}
    constant = [name for name in others if most[name] <= 1]
    return table.group_by(*how.by).agg(
        *(nw.col(name).mean() for name in how.mean), *(nw.col(name).sum() for name in how.sum), *(nw.col(name).max() for name in constant)
    )  # fmt: skip
