"""One row a unit of a table that stays where it is: its cohort, its path, and covariates that do not change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import narwhals as nw
import numpy as np

from ebpm.errors import DataError, DesignError
from ebpm.moments.frame import Ints
from ebpm.moments.scans.interrupts import heard
from ebpm.moments.scans.opening import Scan
from ebpm.moments.scans.paths.request import LONGEST, PathRequest, never_of
from ebpm.moments.scans.paths.weighed import weight_steps
from ebpm.moments.scans.profile import Range, Table, number, read_profile
from ebpm.moments.scans.units.broken import (
    refuse_changing_cluster,
    refuse_changing_cohort,
    refuse_changing_weights,
    refuse_duplicates,
)
from ebpm.moments.scans.whole_sums import Summand, totals

HALF = 31


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitTable:
    """Units seen in every period, as lazy tables with the columns unit, cohort, y0 .. (less the unit's mean), x0 .., w, cluster,
    and the least and the most of its outcomes.

    Parameters
    ----------
    parts : tables that hold whole units.
    periods : length T, ascending.
    never : number that stands for the cohort of those never treated.
    rows : units, at most.
    spread : what no y exceeds in size.
    columns : constant x0 and covariates, within -1 .. 1; beside them w is the weight of the unit over the largest, 1 where all count alike.
    sizes : units of each cohort, those that miss periods left out.
    gaps : (units left out because they miss a period, those of them that are ever treated, rows left out).
    changing : covariates that change within a unit.
    low, high : range of the outcome.
    """

    parts: tuple[Table, ...]
    periods: tuple[int, ...]
    never: int
    rows: int
    spread: float
    columns: tuple[str, ...]
    sizes: dict[int, int]
    gaps: tuple[int, int, int]
    changing: tuple[str, ...]
    low: float
    high: float

    def times(self) -> Ints:
        """Return the periods as an array."""
        return np.array(self.periods, dtype=np.int64)

    def y(self, period: int) -> nw.Expr:
        """Return the outcome of a period, less the unit's mean."""
        return nw.col(f"y{self.periods.index(period)}")

    def constant(self, cohorts: Sequence[int]) -> bool:
        """Return whether the outcome has one value alone in the units of some cohorts that are seen in every period."""
        if self.low == self.high:
            return True
        if not self.gaps[0] and set(self.sizes) == set(cohorts):
            return False
        tables = [part.filter(nw.col("cohort").is_in(list(cohorts))) for part in self.parts]
        ends = [part.select(nw.col("least").min(), nw.col("most").max()).collect().rows()[0] for part in tables]
        seen = [(low, high) for low, high in ends if low is not None]
        return not seen or min(low for low, _ in seen) == max(high for _, high in seen)

    def largest_share(self, cohorts: Sequence[int]) -> float:
        """Return the share of one unit in the sum of the treated outcomes of some cohorts, in absolute values."""
        size = reduce(
            lambda left, right: left + right,
            (
                nw.when(nw.col("cohort") <= period).then(nw.col(f"a{t}")).otherwise(nw.lit(0.0))
                for t, period in enumerate(self.periods)
            ),
        )  # fmt: skip
        tables = [
            part.filter(nw.col("cohort").is_in(list(cohorts))).with_columns(size.alias("size")) for part in self.parts
        ]
        bound = max(abs(self.low), abs(self.high)) * len(self.periods)
        total = totals(tables, {"size": Summand(nw.col("size"), bound, self.rows)})["size"]
        most = [table.select(nw.col("size").max()).collect()["size"][0] for table in tables]
        return max((float(one) for one in most if one is not None), default=0.0) / total if total > 0 else 0.0


@heard()
def read_units(scan: Scan, request: PathRequest, covariates: Sequence[str]) -> UnitTable:
    """Return the units of a table; nothing is read but what is checked.

    Parameters
    ----------
    scan : the table, one row a unit and period.
    request : its columns.
    covariates : columns of numbers.

    Raises
    ------
    DataError : a missing column or value, a column that is not of numbers, periods or cohorts that are not whole numbers, a unit and
        period twice, a cohort or cluster that changes within a unit.
    DesignError : a single period, or more than 62.
    """
    numbers = [*request.numbers, *((one, "covariates") for one in covariates)]
    rows, ranges = read_profile(scan.table, numbers, request.labels, gaps=[request.first_treated])
    periods = _periods(scan, request, ranges)
    first = ranges[request.first_treated]
    if first.decimals != 0:
        raise DataError(
            "scan_not_whole", column=request.first_treated, argument="first_treated", low=first.low, high=first.high
        )
    if periods[0] <= 0 and first.zeros:
        raise DataError("panel_zero_cohort", column=request.first_treated, period=periods[0])
    if request.weights:
        weight_steps(ranges[request.weights], request.weights)
    reader = _Reader(scan.table, request, tuple(covariates), periods, never_of(periods), ranges)
    units = -(-rows // len(periods))
    width = 2 * len(periods) + 2 * len(covariates)
    every = [reader.units(part) for part in scan.buckets(request.unit, units, width=width)]
    sizes, gaps, changing = reader.checked(every)
    outcome = ranges[request.outcome]
    return UnitTable(
        parts=tuple(reader.complete(part) for part in every), periods=periods, never=reader.never, rows=rows, spread=outcome.high - outcome.low,
        columns=tuple(f"x{j}" for j in range(len(covariates) + 1)), sizes=sizes, gaps=gaps, changing=changing, low=outcome.low, high=outcome.high,
    )  # fmt: skip


def _periods(scan: Scan, request: PathRequest, ranges: dict[str, Range]) -> tuple[int, ...]:
    when = ranges[request.time]
    if when.decimals != 0:
        raise DataError("scan_not_whole", column=request.time, argument="time", low=when.low, high=when.high)
    time = number(request.time, scan.table.collect_schema()[request.time]).cast(nw.Int64)
    found = scan.table.select(time.alias("t")).unique().collect()["t"].to_list()
    if len(found) < 2:
        raise DesignError("panel_one_period", column=request.time, period=int(found[0]))
    if len(found) > LONGEST:
        raise DesignError("scan_too_long", column=request.time, periods=len(found), most=LONGEST)
    return tuple(sorted(map(int, found)))


@dataclass(frozen=True, slots=True)
class _Reader:
    """How rows become units."""

    table: Table
    request: PathRequest
    covariates: tuple[str, ...]
    periods: tuple[int, ...]
    never: int
    ranges: dict[str, Range]

    @property
    def halves(self) -> list[str]:
        """Columns of the bits of the periods in which a unit is seen."""
        return [f"b{h}" for h in range(-(-len(self.periods) // HALF))]

    @property
    def fixed(self) -> list[str]:
        """Columns beside the cohort that must not change within a unit."""
        return [name for name, column in (("cluster", self.request.cluster), ("w", self.request.weights)) if column]

    def units(self, part: Table) -> Table:
        """Return one row a unit."""
        schema, request = part.collect_schema(), self.request
        cohort = number(request.first_treated, schema[request.first_treated], finite=True).fill_null(float(self.never))
        value, time = (number(one, schema[one]) for one in (request.outcome, request.time))
        rows = part.select(
            nw.col(request.unit).alias("unit"), time.cast(nw.Int64).alias("time"), cohort.cast(nw.Int64).alias("cohort"), value.alias("y"),
            *([nw.col(request.cluster).alias("cluster")] if request.cluster else []),
            *([number(request.weights, schema[request.weights]).alias("w")] if request.weights else []),
            *(number(column, schema[column]).alias(f"c{j}") for j, column in enumerate(self.covariates)),
        )  # fmt: skip
        at = [nw.col("time") == period for period in self.periods]
        bits = [
            nw.sum_horizontal(*(nw.when(one).then(nw.lit(1 << t)).otherwise(nw.lit(0)) for t, one in enumerate(at[h * HALF : (h + 1) * HALF])))
            for h in range(len(self.halves))
        ]  # fmt: skip
        wide = rows.with_columns(
            *(nw.when(one).then(nw.col("y")).alias(f"a{t}") for t, one in enumerate(at)),
            *(one.alias(name) for one, name in zip(bits, self.halves, strict=True)),
        )
        ends = ["cohort", *self.fixed, *(f"c{j}" for j in range(len(self.covariates)))]
        found = wide.group_by("unit").agg(
            nw.len().alias("n"), *(nw.col(name).sum() for name in self.halves),
            *(nw.col(name).min().alias(f"low_{name}") for name in ends), *(nw.col(name).max().alias(f"high_{name}") for name in ends),
            *(nw.col(f"a{t}").max() for t in range(len(self.periods))),
        )  # fmt: skip
        return found.with_columns(nw.col("n").cast(nw.Int64))

    def checked(self, units: Sequence[Table]) -> tuple[dict[int, int], tuple[int, int, int], tuple[str, ...]]:
        """Return the sizes of the cohorts, the gaps, and the covariates that change."""
        request, names = self.request, [f"c{j}" for j in range(len(self.covariates))]
        moved = ["cohort", *self.fixed, *names]
        flags = [
            (nw.col(f"low_{name}") != nw.col(f"high_{name}")).cast(nw.Int64).alias(f"moved_{name}") for name in moved
        ]
        keys = ["low_cohort", "n", *self.halves, *(f"moved_{name}" for name in moved)]
        rows = [row for part in units for row in _counted(part.with_columns(*flags), keys)]
        if any(row["n"] != sum(row[half].bit_count() for half in self.halves) for row in rows):
            refuse_duplicates(self.table, request.unit, request.time)
        if any(row["moved_cohort"] for row in rows):
            refuse_changing_cohort(self.table, request.unit, request.first_treated)
        if any(row.get("moved_cluster") for row in rows):
            refuse_changing_cluster(self.table, request.unit, request.cluster)
        if any(row.get("moved_w") for row in rows):
            refuse_changing_weights(self.table, request.unit, request.weights)
        whole = [row for row in rows if row["n"] == len(self.periods)]
        sizes: dict[int, int] = {}
        for row in whole:
            sizes[row["low_cohort"]] = sizes.get(row["low_cohort"], 0) + row["units"]
        left = [row for row in rows if row["n"] < len(self.periods)]
        treated = sum(row["units"] for row in left if row["low_cohort"] != self.never)
        gaps = (sum(row["units"] for row in left), treated, sum(row["units"] * row["n"] for row in left))
        changing = tuple(
            column
            for column, name in zip(self.covariates, names, strict=True)
            if any(row[f"moved_{name}"] for row in rows)
        )
        return dict(sorted(sizes.items())), gaps, changing

    def complete(self, units: Table) -> Table:
        """Return the units seen in every period: y less the unit's mean, covariates within -1 .. 1."""
        length = len(self.periods)
        outcomes = [nw.col(f"a{t}") for t in range(length)]
        total = reduce(lambda left, right: left + right, outcomes)
        known = units.filter(nw.col("n") == length).with_columns((total / float(length)).alias("mean"))
        return known.select(
            "unit", nw.col("low_cohort").alias("cohort"), *([nw.col("low_cluster").alias("cluster")] if self.request.cluster else []),
            *((nw.col(f"a{t}") - nw.col("mean")).alias(f"y{t}") for t in range(length)), *(one.abs() for one in outcomes),
            nw.lit(1.0).alias("x0"), *self._scaled(), self._weight().alias("w"),
            nw.min_horizontal(*outcomes).alias("least"), nw.max_horizontal(*outcomes).alias("most"),
        )  # fmt: skip

    def _weight(self) -> nw.Expr:
        weights = self.request.weights
        return nw.col("low_w") / self.ranges[weights].high if weights else nw.lit(1.0)

    def _scaled(self) -> Iterator[nw.Expr]:
        for j, column in enumerate(self.covariates):
            found = self.ranges[column]
            half = (found.high - found.low) / 2 or 1.0
            value = (nw.col(f"low_c{j}") - (found.low + found.high) / 2) / half
            yield value.clip(-1.0, 1.0).alias(f"x{j + 1}")


def _counted(units: Table, keys: Sequence[str]) -> list[dict[str, Any]]:
    found = units.group_by(*keys).agg(nw.len().alias("units")).collect()
    return [{name: int(value) for name, value in row.items()} for row in found.iter_rows(named=True)]
