"""Rows of a panel put in their places, batch by batch, with what must hold of them looked at on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import chain
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from ebpm.moments.frame import Ints
from ebpm.moments.scans.fixed_point import Fixed
from ebpm.moments.scans.gathered.batches import batches
from ebpm.moments.scans.gathered.cells import Cells, TooLargeError
from ebpm.moments.scans.gathered.columns import (
    UNKNOWN,
    codes_of,
    cohorts_of,
    floats_of,
    positive_of,
    wholes_of,
    zeros_and_ones_of,
)
from ebpm.moments.scans.gathered.units import Hashed, OddError, Paged, Places, distinct, unit_words, within
from ebpm.moments.scans.paths.request import LONGEST, PathRequest
from ebpm.moments.scans.paths.weighed import Weighed
from ebpm.moments.scans.profile import Table
from ebpm.moments.scans.progress import Reading

SPAN = 1 << 20
ROOMY = 1 << 16


@dataclass(frozen=True, slots=True, kw_only=True)
class Pass:
    """One read of a table, for all of its units or a share of them.

    Parameters
    ----------
    request : the columns.
    rows : of the whole table.
    limit : bytes for what is gathered.
    periods : ascending; none where they are those of the first rows, which are all of them where rows are in no order.
    share, shares : which share of the units, of how many.
    dense : whether units are whole numbers close together.
    weights : how weights are written as whole numbers.
    reading : is told how many rows were read.
    """

    request: PathRequest
    rows: int
    limit: int
    periods: tuple[int, ...] = ()
    share: int = 0
    shares: int = 1
    dense: bool = True
    reading: Reading | None = None
    weights: Fixed = field(default_factory=lambda: Weighed.none().fixed)

    @property
    def units(self) -> int:
        """About how many units the share has."""
        return -(-self.rows // (len(self.periods) * self.shares))

    @property
    def of_unit(self) -> int:
        """Bytes of a unit beside its cells."""
        return 16 if self.request.weights else 8

    @property
    def columns(self) -> dict[str, str]:
        """Columns that are read, by what they are."""
        request = self.request
        named = {"unit": request.unit, "time": request.time, "by": request.by[0], "outcome": request.outcome}
        more = {"cluster": request.cluster, "weight": request.weights}
        return named | {name: column for name, column in more.items() if column}


@dataclass(slots=True)
class Constant:
    """A number of each unit, the same in all of its rows.

    Parameters
    ----------
    held : by place of the unit; `UNKNOWN` where no row was read.
    """

    held: NDArray[Any] = field(default_factory=lambda: np.empty(0, dtype=np.int32))

    def fill(self, at: Ints, values: NDArray[Any], size: int) -> None:
        """Put the numbers of rows at the places of their units, of which there are so many.

        Raises
        ------
        OddError : a unit with two numbers.
        """
        start = len(self.held)
        if size > start:
            self.held.resize(size, refcheck=False)
            self.held[start:] = UNKNOWN
        other = self.held.take(at) != values
        if not other.any():
            return
        rows = np.flatnonzero(other)
        places, new = at[rows], values[rows]
        if (self.held[places] != UNKNOWN).any():
            raise OddError
        self.held[places] = new
        if (self.held[places] != new).any():
            raise OddError


@dataclass(slots=True)
class Gathered:
    """Units by periods.

    Parameters
    ----------
    task : the pass, with its periods.
    cells : the outcomes.
    cohort : first treated period of each unit; filled where that is what is read.
    on : periods by unit in which they are treated, 1 there, row after row; filled where that is what is read.
    cluster : code of the cluster of each unit; filled where clusters are kept apart.
    clusters : labels by code.
    weight : of each unit; filled where units count unequally.
    rows : that were read.
    """

    task: Pass
    cells: Cells
    cohort: Constant = field(default_factory=Constant)
    on: NDArray[np.uint8] = field(default_factory=lambda: np.empty(0, dtype=np.uint8))
    cluster: Constant = field(default_factory=Constant)
    clusters: dict[Any, int] = field(default_factory=dict)
    weight: Constant = field(default_factory=lambda: Constant(np.empty(0)))
    rows: int = 0


class UnknownPeriodError(Exception):
    """A period that was not expected."""


def all_periods(table: Table, column: str) -> tuple[int, ...]:
    """Return the periods of a table.

    Raises
    ------
    OddError : periods that are missing or no whole numbers.
    """
    values = table.group_by(column).agg(nw.len().alias("__rows")).collect()[column].to_list()
    try:
        periods = tuple(sorted(int(value) for value in values))
    except (TypeError, ValueError, OverflowError):
        raise OddError from None
    if any(int(value) != value for value in values):
        raise OddError
    return periods


def gather(table: Table, task: Pass) -> Gathered:
    """Return what one read of a table gathers.

    Raises
    ------
    OddError : rows that the engine must look at: missing values, duplicates, what changes within a unit.
    SparseError : units that have no dense numbers, where these were expected.
    UnknownPeriodError : a period that was not expected.
    TooLargeError : more bytes than the pass may take.
    """
    columns = [nw.col(column).alias(name) for name, column in task.columns.items()]
    with batches(table, columns, task.reading) as stream:
        rows = (dict(zip(task.columns, batch.columns, strict=True)) for batch in stream if batch.num_rows)
        if (first := next(rows, None)) is None:
            raise OddError
        task = task if task.periods else replace(task, periods=_periods(first["time"]))
        places: Places = Paged(limit=2 * task.units + ROOMY) if task.dense else Hashed()
        found, slots = Gathered(task, Cells(len(task.periods), task.limit)), _Slots.of(task.periods)
        for some in chain([first], rows):
            _put(found, places, slots, some)
    if found.cells.count() != found.rows:
        raise OddError
    return found


def _periods(column: Any) -> tuple[int, ...]:
    periods = tuple(map(int, distinct(wholes_of(column))))
    if len(periods) > LONGEST:
        raise OddError
    return periods


def _put(found: Gathered, places: Places, slots: _Slots, columns: dict[str, Any]) -> None:
    task, words = found.task, unit_words(columns["unit"])
    rows: Any = slice(None)
    if task.shares > 1:
        rows = np.flatnonzero(places.share(words, task.shares) == task.share)
        if not len(rows):
            return
    at = places.places(words[rows])
    _refuse_large(found, places.size)
    found.cells.grow(places.size)
    found.rows += len(at)
    if task.request.first_treated:
        found.cohort.fill(at, cohorts_of(columns["by"], task.periods)[rows], places.size)
    if task.request.cluster:
        found.cluster.fill(at, codes_of(columns["cluster"], found.clusters)[rows], places.size)
    if task.request.weights:
        found.weight.fill(at, positive_of(columns["weight"])[rows], places.size)
    at *= len(task.periods)
    at += slots.places(columns["time"])[rows]
    found.cells.fill(at, floats_of(columns["outcome"])[rows])
    if task.request.treatment:
        found.on.resize(len(found.cells.held), refcheck=False)
        found.on[at] = zeros_and_ones_of(columns["by"])[rows]


def _refuse_large(found: Gathered, size: int) -> None:
    task = found.task
    of_unit = len(task.periods) * (found.cells.held.itemsize + bool(task.request.treatment)) + task.of_unit
    if size * of_unit > task.limit:
        raise TooLargeError


@dataclass(frozen=True, slots=True)
class _Slots:
    """Columns of periods, by their distance from the first; -1 where there is no such period."""

    first: int
    table: Ints

    @classmethod
    def of(cls, periods: Sequence[int]) -> _Slots:
        span = periods[-1] - periods[0] + 1
        if span > SPAN:
            raise OddError
        table = np.full(span, -1, dtype=np.int64)
        table[np.array(periods) - periods[0]] = np.arange(len(periods))
        return cls(periods[0], table)

    def places(self, column: Any) -> Ints:
        far: Ints = np.subtract(wholes_of(column), self.first, dtype=np.int64)
        if not within(far, len(self.table)):
            raise UnknownPeriodError
        if self.table[-1] == len(self.table) - 1:
            return far
        found = self.table.take(far)
        if found.min() < 0:
            raise UnknownPeriodError
        return found
