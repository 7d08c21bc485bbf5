"""One row a unit of a table that stays where it is: outcomes of zero or more, exposures and regressors of every period."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import reduce

import narwhals as nw
import numpy as np

from ebpm.errors import DataError, DesignError
from ebpm.moments.frame import Floats, Ints
from ebpm.moments.scans.opening import Scan
from ebpm.moments.scans.profile import Range, Table, number
from ebpm.moments.scans.units.rows import RowRequest, RowScan, labelled


@dataclass(frozen=True, slots=True, kw_only=True)
class CountRequest:
    """Which columns a Poisson regression reads.

    Parameters
    ----------
    outcome, unit, time : columns, one row a unit and period.
    regressors : columns of numbers.
    exposure, weights : columns of positive numbers; empty where all are one.
    cluster : column that units are nested in; empty where units are independent.
    """

    outcome: str
    unit: str
    time: str
    regressors: tuple[str, ...]
    exposure: str = ""
    weights: str = ""
    cluster: str = ""

    @property
    def positive(self) -> list[tuple[str, str]]:
        """Columns of positive numbers that are named, and the arguments that named them."""
        return [(one, name) for one, name in ((self.exposure, "exposure"), (self.weights, "weights")) if one]


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitCounts:
    """Units with an outcome above zero, as lazy tables with the columns unit and cluster and, for each of the T periods that have
    one too, y (the outcome), v (times its weight), u (weight times exposure), x0_ .. (within -1 .. 1) and s (1 where the unit is seen);
    zeros where it is not; and whole, the sum of v.

    Parameters
    ----------
    parts : tables that hold whole units.
    periods : how many there are, T.
    rank : of the period effects beside those of the units.
    units, rows : of the whole table.
    ranges : of its columns.
    halves : half the spread of each regressor, shape (k,).
    """

    parts: tuple[Table, ...]
    periods: int
    rank: int
    units: int
    rows: int
    request: CountRequest
    ranges: dict[str, Range]
    halves: Floats

    @property
    def most(self) -> float:
        """What the weighted outcomes of no unit exceed."""
        return self.periods * self._high(self.request.outcome) * self._high(self.request.weights)

    @property
    def spread(self) -> float:
        """What the logarithm of no unit's sum of u exceeds in size."""
        pair = [self.ranges[one] for one, _ in self.request.positive]
        sizes = [abs(float(np.log(end))) for one in pair for end in (one.low, one.high)]
        return sum(sizes) + float(np.log(self.periods))

    def _high(self, column: str) -> float:
        return self.ranges[column].high if column else 1.0

    @classmethod
    def of(cls, scan: Scan, request: CountRequest) -> UnitCounts:
        """Read which columns, periods and units there are.

        Raises
        ------
        DataError : a missing column or value, a column that is not of numbers, exposures or weights that are not positive, a unit and
            period twice, a unit in several clusters.
        DesignError : a single period, or more than 62; a negative outcome, all zeros, one that never varies.
        """
        named = (*((one, "treatment") for one in request.regressors), *request.positive)
        asked = RowRequest(
            outcome=request.outcome, unit=request.unit, time=request.time, regressors=named, cluster=request.cluster
        )
        table = RowScan.of(scan, asked)
        _refuse(table, request)
        totals = _totals(table)
        told = tuple(period for period in table.periods if totals[period] > 0)
        halves = np.array([_half(table.ranges[one]) for one in request.regressors])
        reader = _Reader(request, table, told, halves)
        width = 2 * len(told) * (len(request.regressors) + 2)
        wide = [
            reader.units(part) for part in scan.buckets(request.unit, -(-table.rows // len(table.periods)), width=width)
        ]
        seen, counts = table.patterns(wide)
        at = [table.periods.index(period) for period in told]
        return cls(
            parts=tuple(reader.told(part) for part in wide), periods=len(told), rank=_rank(seen[:, at], counts), units=int(counts.sum()),
            rows=table.rows, request=request, ranges=table.ranges, halves=halves,
        )  # fmt: skip


def _refuse(table: RowScan, request: CountRequest) -> None:
    found = table.ranges[request.outcome]
    if found.low < 0:
        raise DesignError("scan_negative_outcome", column=request.outcome, low=found.low)
    if not found.high:
        raise DesignError("glm_constant_outcome", value=0.0, rows=table.rows)
    if found.low == found.high:
        raise DesignError("did_constant_rows", column=request.outcome, value=found.low, rows=table.rows)
    for column, _ in request.positive:
        if table.ranges[column].low <= 0:
            raise DataError("scan_negative_weights", column=column, low=table.ranges[column].low)


def _half(found: Range) -> float:
    return (found.high - found.low) / 2 or 1.0


def _totals(table: RowScan) -> dict[object, float]:
    """Return the largest outcome of each period."""
    part, column = table.scan.table, table.request.outcome
    value = number(column, part.collect_schema()[column]).alias("y")
    found = part.select(labelled(part, table.request.time).alias("t"), value).group_by("t").agg(nw.col("y").max())
    return dict(found.select("t", "y").collect().rows())


def _rank(seen: Floats, counts: Ints) -> int:
    size = np.maximum(seen.sum(axis=1), 1.0)
    crossed = np.diag(counts @ seen) - (seen * (counts / size)[:, None]).T @ seen
    return int(np.linalg.matrix_rank(crossed, hermitian=True))


@dataclass(frozen=True, slots=True)
class _Reader:
    """How rows become units."""

    request: CountRequest
    table: RowScan
    told_periods: Sequence[object]
    halves: Floats

    def units(self, part: Table) -> Table:
        """Return one row a unit, all of them, with what is checked: rows n, periods in which it is seen b, its clusters."""
        request, schema = self.request, part.collect_schema()
        time = labelled(part, request.time)
        values = [*self._values(schema)]
        cluster = [nw.col(request.cluster).alias("cluster")] if request.cluster else []
        bits = self.table.bits(time)
        rows = part.select(nw.col(request.unit).alias("unit"), time.alias("time"), *cluster, *bits, *values)
        at = [nw.col("time") == one for one in self.told_periods]
        names = ["y", "v", "u", *(f"x{j}_" for j in range(len(self.halves)))]
        wide = rows.with_columns(
            *(nw.when(one).then(nw.col(name)).alias(f"{name}{t}") for t, one in enumerate(at) for name in names)
        )
        ends = [nw.col("cluster").min().alias("low"), nw.col("cluster").max().alias("high")] if request.cluster else []
        halves = [nw.col(f"b{h}").sum() for h in range(len(bits))]
        placed = [nw.col(f"{name}{t}").max() for t in range(len(at)) for name in names]
        return wide.group_by("unit").agg(nw.len().alias("n"), *halves, *ends, *placed)

    def _values(self, schema: nw.Schema) -> Iterator[nw.Expr]:
        request = self.request
        y, weights, exposure = (
            number(one, schema[one]) if one else nw.lit(1.0)
            for one in (request.outcome, request.weights, request.exposure)
        )
        yield from (y.alias("y"), (y * weights).alias("v"), (weights * exposure).alias("u"))
        for j, (column, half) in enumerate(zip(request.regressors, self.halves, strict=True)):
            found = self.table.ranges[column]
            value = (number(column, schema[column]) - (found.low + found.high) / 2) / float(half)
            yield value.clip(-1.0, 1.0).alias(f"x{j}_")

    def told(self, units: Table) -> Table:
        """Return the units with an outcome above zero, zeros where they are not seen."""
        length = len(self.told_periods)
        names = ["y", "v", "u", *(f"x{j}_" for j in range(len(self.halves)))]
        cluster = [nw.col("low").alias("cluster")] if self.request.cluster else []
        seen = [(~nw.col(f"u{t}").is_null()).cast(nw.Int64).alias(f"s{t}") for t in range(length)]
        filled = [nw.col(f"{name}{t}").fill_null(0.0) for t in range(length) for name in names]
        known = units.select("unit", *cluster, *seen, *filled)
        whole = reduce(lambda left, right: left + right, (nw.col(f"v{t}") for t in range(length)))
        return known.with_columns(whole.alias("whole")).filter(nw.col("whole") > 0)
