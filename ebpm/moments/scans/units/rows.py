"""The first pass over the rows of units: what a regression with unit and period effects needs of regressors that change from row to row."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np

from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Ints
from ebpm.moments.scans.opening import Scan
from ebpm.moments.scans.paths.scan import LONGEST
from ebpm.moments.scans.profile import Range, Table, number, read_profile
from ebpm.moments.scans.units.broken import refuse_changing_cluster, refuse_duplicates
from ebpm.moments.scans.whole_sums import Summand, collected, grouped

HALF = 31
TWICE = 4  # rows of a unit in one period for which sums stay within a word; the table is refused afterwards


@dataclass(frozen=True, slots=True, kw_only=True)
class RowRequest:
    """Which columns a regression reads.

    Parameters
    ----------
    outcome, unit, time : columns, one row a unit and period.
    regressors : (column, argument) of each.
    cluster : column that units are nested in; empty where units are independent.
    across : further columns by which rows are grouped, which need not nest units.
    """

    outcome: str
    unit: str
    time: str
    regressors: tuple[tuple[str, str], ...]
    cluster: str = ""
    across: tuple[str, ...] = ()

    def key(self, column: str) -> str:
        """Return what a column by which rows are grouped is called where these are read."""
        known = {self.unit: "unit", self.time: "time", self.cluster: "cluster"}
        return known[column] if column in known else f"across{self.across.index(column)}"


@dataclass(frozen=True, slots=True)
class Within:
    """Sums of the k columns, regressors and then the outcome, less the means of their unit.

    Parameters
    ----------
    products : shape (k, k).
    by_period : shape (T, k).
    patterns : which periods units are seen in, shape (P, T), and how many units are so, shape (P,).
    squares : sums of squares of the columns as they are, shape (k,).
    """

    products: Floats
    by_period: Floats
    patterns: tuple[Floats, Ints]
    squares: Floats

    @property
    def rows(self) -> int:
        seen, units = self.patterns
        return int(units @ seen.sum(axis=1))

    @property
    def crossed(self) -> Floats:
        """Products of the dummies of periods less the means of their unit, shape (T, T)."""
        seen, units = self.patterns
        return np.asarray(np.diag(units @ seen) - (seen * (units / seen.sum(axis=1))[:, None]).T @ seen)


@dataclass(frozen=True, slots=True)
class RowScan:
    """A table whose rows are summed by unit.

    Parameters
    ----------
    scan, request : the table and its columns.
    rows : of the table.
    ranges : of each column.
    periods : distinct, ascending.
    """

    scan: Scan
    request: RowRequest
    rows: int
    ranges: dict[str, Range]
    periods: tuple[Any, ...]

    @property
    def columns(self) -> tuple[str, ...]:
        """Regressors, and then the outcome."""
        return (*(column for column, _ in self.request.regressors), self.request.outcome)

    @classmethod
    def of(cls, scan: Scan, request: RowRequest) -> RowScan:
        """Read which columns and periods there are.

        Raises
        ------
        DataError : a missing column or value, a column that is not of numbers, periods that are not whole numbers.
        DesignError : a single period, or more than 62.
        """
        numbers = [*request.regressors, (request.outcome, "outcome")]
        labels = [
            (request.unit, "unit"),
            (request.time, "time"),
            *((one, "cluster") for one in (request.cluster, *request.across) if one),
        ]
        rows, ranges = read_profile(scan.table, numbers, labels)
        found = scan.table.select(labelled(scan.table, request.time).alias("t")).unique().collect()["t"].to_list()
        if len(found) < 2:
            raise DesignError("panel_one_period", column=request.time, period=found[0])
        if len(found) > LONGEST:
            raise DesignError("scan_too_long", column=request.time, periods=len(found), most=LONGEST)
        return cls(scan, request, rows, ranges, tuple(sorted(found)))

    @property
    def binary(self) -> bool:
        """Whether the first regressor is of 0 and 1."""
        found = self.ranges[self.columns[0]]
        return found.decimals == 0 and found.low >= 0 and found.high <= 1

    def within(self, effects: Floats) -> Within:
        """Return the sums of the first pass.

        Parameters
        ----------
        effects : of the periods on each column, to be taken out beside the means of units, shape (T, k).

        Raises
        ------
        DataError : a unit and period twice, a unit in several clusters.
        """
        k, bounds = len(self.columns), self.bounds(effects)
        pairs = [(i, j) for i in range(k) for j in range(i, k)]
        own = [nw.col(f"v{j}") - nw.col(f"m{j}") for j in range(k)]
        asked = {f"z{j}": Summand(own[j], 2 * bounds[j], self.rows) for j in range(k)}
        asked |= {f"p{i}_{j}": Summand(own[i] * own[j], 4 * bounds[i] * bounds[j], self.rows) for i, j in pairs}
        asked |= {
            f"s{j}": Summand(nw.col(f"r{j}") * nw.col(f"r{j}"), self._largest(j) ** 2, self.rows) for j in range(k)
        }
        rows, units = self.centred(effects)
        patterns = self.patterns(units)
        found = collected([grouped(one, ["time"], asked) for one in rows], "time", asked)
        products = np.zeros((k, k))
        for (i, j), value in zip(pairs, found.whole[k:-k], strict=True):
            products[i, j] = products[j, i] = value
        return Within(products, found.values[:, :k], patterns, found.whole[-k:])

    def centred(self, effects: Floats) -> tuple[list[Table], list[Table]]:
        """Return the parts of the table: rows with columns v and the means m of their unit, and one row a unit.

        Parameters
        ----------
        effects : of the periods on each column, taken out of v, shape (T, k).
        """
        units, width = -(-self.rows // len(self.periods)), 2 * len(self.columns)
        read = [self._read(part, effects) for part in self.scan.buckets(self.request.unit, units, width=width)]
        found = [self._units(rows, self.bounds(effects)) for rows in read]
        means = [f"m{j}" for j in range(len(self.columns))]
        joined = [
            rows.join(one.select("unit", *means), on="unit", how="inner") for rows, one in zip(read, found, strict=True)
        ]
        return joined, found

    def bounds(self, effects: Floats) -> Floats:
        """Return what no value exceeds once it is centred and the effects are taken out, shape (k,)."""
        spans = np.array([self.ranges[column].high - self.ranges[column].low for column in self.columns])
        return np.asarray(spans / 2 * (1 + 2.0**-40) + np.abs(effects).max(axis=0))

    def sizes(self, effects: Floats) -> Floats:
        """Return the largest of each column less both effects, in absolute values, shape (k,), which takes a pass over the rows."""
        own = [(nw.col(f"v{j}") - nw.col(f"m{j}")).abs().max().alias(f"o{j}") for j in range(len(self.columns))]
        found = [part.select(*own).collect().rows()[0] for part in self.centred(effects)[0]]
        return np.asarray(np.max([[float(one or 0.0) for one in row] for row in found], axis=0), dtype=np.float64)

    def _largest(self, j: int) -> float:
        found = self.ranges[self.columns[j]]
        return max(abs(found.low), abs(found.high))

    def _read(self, part: Table, effects: Floats) -> Table:
        """Return the rows with columns r as they are, and v, centred and less the effects of the periods."""
        schema, request = part.collect_schema(), self.request
        time = labelled(part, request.time)
        raw = [number(column, schema[column]).alias(f"r{j}") for j, column in enumerate(self.columns)]
        bits = self.bits(time)
        named = {"cluster": request.cluster} if request.cluster else {}
        named |= {f"across{place}": column for place, column in enumerate(request.across)}
        keys = [labelled(part, column).alias(name) for name, column in named.items()]
        rows = part.select(nw.col(request.unit).alias("unit"), time.alias("time"), *keys, *bits, *raw)
        shifted = []
        for j, column in enumerate(self.columns):
            value = nw.col(f"r{j}") - (self.ranges[column].low + self.ranges[column].high) / 2
            shifted.append(
                (value - _effect(self.periods, effects[:, j]) if effects[:, j].any() else value).alias(f"v{j}")
            )
        return rows.with_columns(*shifted, (nw.col("r0") == 1.0).cast(nw.Float64).alias("on"))

    def _units(self, rows: Table, bounds: Floats) -> Table:
        """Return one row a unit: means m of the columns v, rows n, periods in which it is seen b, its clusters."""
        most = TWICE * len(self.periods)
        asked = {f"v{j}": Summand(nw.col(f"v{j}"), bound, most) for j, bound in enumerate(bounds)}
        halves = [nw.col(name).sum() for name in self.halves]
        ends = (
            [nw.col("cluster").min().alias("low"), nw.col("cluster").max().alias("high")]
            if self.request.cluster
            else []
        )
        units = grouped(rows, ["unit"], asked, nw.len().alias("n"), *halves, *ends)
        size = nw.col("n").cast(nw.Float64)
        return units.with_columns(*((one.column(name) / size).alias(f"m{name[1:]}") for name, one in asked.items()))

    def bits(self, time: nw.Expr) -> list[nw.Expr]:
        """Return the bit of the period of a row, in columns b0 .. of so many periods that their sums stay within a word."""
        starts = range(0, len(self.periods), HALF)
        return [_bit(time, self.periods[start : start + HALF]).alias(f"b{start // HALF}") for start in starts]

    @property
    def halves(self) -> list[str]:
        """Names of these columns."""
        return [f"b{h}" for h in range(-(-len(self.periods) // HALF))]

    def patterns(self, units: Sequence[Table]) -> tuple[Floats, Ints]:
        """Return which periods units are seen in, shape (P, T), and how many are so, shape (P,).

        Parameters
        ----------
        units : tables of one row a unit: its rows n, the sums of its bits, and its least and greatest cluster, low and high.

        Raises
        ------
        DataError : a unit and period twice, a unit in several clusters.
        """
        halves = self.halves
        moved = (nw.col("low") != nw.col("high")).cast(nw.Int64) if self.request.cluster else nw.lit(0)
        keys = ["n", "moved", *halves]
        counted = [
            part.with_columns(moved.alias("moved")).group_by(*keys).agg(nw.len().alias("units")).collect()
            for part in units
        ]
        rows = [
            {name: int(value) for name, value in row.items()} for one in counted for row in one.iter_rows(named=True)
        ]
        request = self.request
        if any(row["n"] != sum(row[half].bit_count() for half in halves) for row in rows):
            refuse_duplicates(self.scan.table, request.unit, request.time)
        if any(row["moved"] for row in rows):
            refuse_changing_cluster(self.scan.table, request.unit, request.cluster)
        counts: dict[tuple[int, ...], int] = {}
        for row in rows:
            key = tuple(row[half] for half in halves)
            counts[key] = counts.get(key, 0) + row["units"]
        seen = [[bool(key[t // HALF] >> t % HALF & 1) for t in range(len(self.periods))] for key in sorted(counts)]
        return np.array(seen, dtype=np.float64), np.array([counts[key] for key in sorted(counts)], dtype=np.int64)


def labelled(table: Table, column: str) -> nw.Expr:
    """Return a column of labels, categories as their text."""
    kind = table.collect_schema()[column]
    return nw.col(column).cast(nw.String) if isinstance(kind, nw.Categorical | nw.Enum) else nw.col(column)


def _bit(time: nw.Expr, periods: Sequence[Any]) -> nw.Expr:
    return nw.sum_horizontal(
        *(nw.when(time == one).then(nw.lit(1 << at)).otherwise(nw.lit(0)) for at, one in enumerate(periods))
    )


def _effect(periods: Sequence[Any], effects: Floats) -> nw.Expr:
    terms = [
        nw.when(nw.col("time") == period).then(nw.lit(float(one))).otherwise(nw.lit(0.0))
        for period, one in zip(periods, effects, strict=True)
    ]
    return nw.sum_horizontal(*terms)
