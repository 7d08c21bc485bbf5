"""Outcome paths summed by the engine itself, in expressions that every engine of Narwhals has: for Spark, and to check what is gathered."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import narwhals as nw
import numpy as np

from ebpm.errors import DataError, DesignError
from ebpm.moments.frame import Ints
from ebpm.moments.scans.fixed_point import WORD
from ebpm.moments.scans.keys import plain
from ebpm.moments.scans.opening import Scan
from ebpm.moments.scans.paths.plan import HALF, Plan, sized, weighted
from ebpm.moments.scans.paths.request import LONGEST, PathRequest, never_of, parts_of, steps_of
from ebpm.moments.scans.paths.sums import Group, PathSums, Wholes, order_of, sum_of
from ebpm.moments.scans.paths.weighed import Weighed, weight_steps
from ebpm.moments.scans.profile import Range, Table, number, read_profile
from ebpm.moments.scans.resuming import kept
from ebpm.moments.scans.units.broken import (
    refuse_changing_cluster,
    refuse_changing_cohort,
    refuse_changing_weights,
    refuse_duplicates,
)
from ebpm.moments.scans.words import joined, products, summed


def push_paths(scan: Scan, request: PathRequest) -> PathSums:
    """Return the sums of the outcome paths of a table, grouped by its engine.

    Parameters
    ----------
    scan : the table, lazily.
    request : the columns.

    Raises
    ------
    DataError, DesignError : as `scan_paths`.
    """
    rows, ranges = read_profile(scan.table, request.numbers, request.labels, gaps=[request.first_treated])
    periods = _periods(scan.table, request, ranges)
    never = _never(request, ranges, periods)
    units = -(-rows // len(periods))
    fixed = steps_of(ranges[request.outcome], rows=rows, periods=len(periods))
    weights = weight_steps(ranges[request.weights], request.weights) if request.weights else Weighed.none().fixed
    heaviest = weights.steps_of(ranges[request.weights].high) if request.weights else 0
    bits = fixed.steps_of(ranges[request.outcome].high).bit_length(), heaviest.bit_length()
    plan = Plan(scan.table, request, periods, fixed, parts_of(units), never, bits, weights)
    schema = scan.table.collect_schema()
    told = {"request": request, "periods": periods, "fixed": fixed}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "DataFrame is highly fragmented")  # of pandas, whose columns come one by one
        width = len(plan.words) + len(plan.weighed)
        shares = scan.shares(units, width=width)
        parts = enumerate(scan.buckets(request.unit, units, width=width))
        return sum_of([_told(scan, told, share, shares, partial(_piece, part, plan, schema)) for share, part in parts])


def _told(scan: Scan, told: dict[str, Any], share: int, shares: int, make: Callable[[], PathSums]) -> PathSums:
    found = kept(scan, told, share, shares, make)
    if scan.progress is not None:
        scan.progress(share + 1, shares)
    return found


def _piece(part: Table, plan: Plan, schema: Any) -> PathSums:
    found = _walk(part, plan, schema)
    _refuse_broken(plan, found)
    return _collected(plan, found) if found else PathSums.none(plan.periods, plan.fixed.bare)


def _periods(table: Table, request: PathRequest, ranges: dict[str, Range]) -> tuple[int, ...]:
    _refuse_fractions(ranges[request.time], request.time, "time")
    when = number(request.time, table.collect_schema()[request.time]).cast(nw.Int64)
    found = table.select(when.alias("t")).unique().collect()["t"].to_list()
    periods = tuple(sorted(map(int, found)))
    if len(periods) < 2:
        raise DesignError("panel_one_period", column=request.time, period=periods[0])
    if len(periods) > LONGEST:
        raise DesignError("scan_too_long", column=request.time, periods=len(periods), most=LONGEST)
    return periods


def _refuse_fractions(found: Range, column: str, argument: str) -> None:
    if found.decimals != 0:
        raise DataError("scan_not_whole", column=column, argument=argument, low=found.low, high=found.high)


def _never(request: PathRequest, ranges: dict[str, Range], periods: tuple[int, ...]) -> float:
    """Return the value that stands for never in the column of cohorts, which is checked."""
    if request.treatment:
        found = ranges[request.treatment]
        if (found.low, found.high, found.decimals) not in {(0.0, 1.0, 0), (0.0, 0.0, 0), (1.0, 1.0, 0)}:
            raise DataError("scan_not_binary", column=request.treatment, low=found.low, high=found.high)
        return 0.0
    found = ranges[request.first_treated]
    _refuse_fractions(found, request.first_treated, "first_treated")
    if periods[0] <= 0 and found.zeros:
        raise DataError("panel_zero_cohort", column=request.first_treated, period=periods[0])
    return float(never_of(periods))


def _walk(part: Table, plan: Plan, schema: Any) -> list[dict[str, Any]]:
    """Return the sums of one part of the table by cohort, cluster, pattern and part of units."""
    units = _paths(part, plan, schema)
    keys = ["low", "high", "rows", *(f"seen{h}" for h in range(len(plan.halves))), "part", "moved", *plan.clusters]
    names = [f"p{j}" for j in range(len(plan.pairs))]
    crossed = weighted(sized(units, plan), plan).with_columns(
        nw.lit(1).alias("units"), *((nw.col(a) * nw.col(b)).alias(name) for name, (a, b) in zip(names, plan.pairs, strict=True))
    )  # fmt: skip
    sums = ["units", *plan.words, *plan.weighed, *names, *plan.halved("small"), *plan.halved("great")]
    most = [*plan.sizes("most"), *(["weight_high"] if plan.request.weights else [])]
    grouped = crossed.group_by(*keys).agg(
        *(nw.col(name).sum() for name in sums), *(nw.col(name).max() for name in most)
    )  # fmt: skip
    return list(grouped.select(*keys, *sums, *most).collect().iter_rows(named=True))


def _paths(part: Table, plan: Plan, schema: Any) -> Table:
    """Return one row a unit: its path in words, its cohort and cluster (twice, to see whether they vary), when it is seen.

    A word of a period is the greatest of the unit's rows, which is that of the one row that it has there: words are never negative.
    """
    request, periods, fixed = plan.request, plan.periods, plan.fixed
    rows = part.select(
        nw.col(request.unit).alias("unit"), number(request.time, schema[request.time]).cast(nw.Int64).alias("time"),
        *(nw.col(request.cluster).alias(name) for name in plan.clusters[:1]),
        *(number(name, schema[name]).alias("weight") for name in [request.weights] if name),
        _cohort(plan, schema).alias("cohort"), number(request.outcome, schema[request.outcome]).alias("y"),
    ).with_columns(fixed.encoded("y").alias("q"))  # fmt: skip
    rows = rows.with_columns(*(word.alias(f"q{limb}") for limb, word in enumerate(fixed.words("q"))))
    zero = nw.lit(0)
    at = [nw.col("time") == period for period in periods]
    wide = rows.with_columns(
        *(nw.when(at[t]).then(nw.col(f"q{limb}")).otherwise(zero).alias(f"w{t}_{limb}") for t in range(len(periods)) for limb in range(fixed.limbs)),
        *(_bits(half, at).alias(f"seen{h}") for h, half in enumerate(plan.halves)),
    )  # fmt: skip
    if request.treatment:
        wide = wide.with_columns(
            *((nw.col("cohort") * nw.col(f"seen{h}")).alias(f"on{h}") for h in range(len(plan.halves)))
        )
    treated = [f"on{h}" for h in range(len(plan.halves))] if request.treatment else []
    totals = [*(f"seen{h}" for h in range(len(plan.halves))), *treated]
    held = [*plan.clusters[:1], *(["weight"] if request.weights else [])]
    ends = [end for name in held for end in (nw.col(name).min().alias(name), nw.col(name).max().alias(f"{name}_high"))]
    units = wide.group_by("unit").agg(
        nw.len().alias("rows"), nw.col("cohort").min().alias("low"), nw.col("cohort").max().alias("high"),
        *ends, *(nw.col(name).max() for name in plan.words), *(nw.col(name).sum() for name in totals),
    )  # fmt: skip
    whole = units.with_columns(*(nw.col(name).cast(nw.Int64) for name in ["rows", *totals]))
    if treated:
        path = nw.col("on0") if len(treated) == 1 else nw.col("on0") + nw.col("on1") * 2**31
        whole = whole.with_columns(path.alias("low"), path.alias("high"))
    if plan.parts == 1:
        return whole.with_columns(nw.lit(0).alias("part"))
    return whole.with_columns((nw.sum_horizontal(*(nw.col(name) for name in plan.words)) % plan.parts).alias("part"))


def _bits(half: range, at: Sequence[nw.Expr]) -> nw.Expr:
    """Return the bit of the period of a row within some periods, 0 outside them."""
    return nw.sum_horizontal(*(nw.when(at[t]).then(nw.lit(1 << (t - half.start))).otherwise(nw.lit(0)) for t in half))


def _cohort(plan: Plan, schema: Any) -> nw.Expr:
    request = plan.request
    if request.treatment:
        return number(request.treatment, schema[request.treatment]).cast(nw.Int64)
    value = number(request.first_treated, schema[request.first_treated], finite=True)
    return value.fill_null(plan.never).cast(nw.Int64)


def _seen(row: dict[str, Any]) -> int:
    return int(row["seen0"]) + (int(row["seen1"]) << 31 if "seen1" in row else 0)


def _refuse_broken(plan: Plan, found: Sequence[dict[str, Any]]) -> None:
    """Refuse a unit and period twice, a cohort or cluster that changes within a unit."""
    request = plan.request
    if any(int(row["rows"]) != _seen(row).bit_count() for row in found):
        refuse_duplicates(plan.table, request.unit, request.time)
    if any(row["low"] != row["high"] for row in found):
        refuse_changing_cohort(plan.table, request.unit, request.first_treated)
    if plan.clusters and any(row["cluster"] != row["cluster_high"] for row in found):
        refuse_changing_cluster(plan.table, request.unit, request.cluster)
    if any(row["moved"] for row in found):
        refuse_changing_weights(plan.table, request.unit, request.weights)
    largest = max((int(row["units"]) for row in found), default=0)
    if plan.pairs and 2 * min(plan.fixed.width, sum(plan.bits)) > WORD - largest.bit_length():
        raise DataError("scan_overflow", column=request.outcome, units=largest)


def _collected(plan: Plan, found: Sequence[dict[str, Any]]) -> PathSums:
    keyed = [_group(plan, row) for row in found]
    groups = tuple(sorted(set(keyed), key=order_of))
    place = {group: at for at, group in enumerate(groups)}
    codes = np.array([place[group] for group in keyed], dtype=np.int64)
    fixed = plan.fixed
    words = np.array([[int(row[name]) for name in plan.words] for row in found], dtype=np.int64)
    sums = joined(summed(words, codes, groups=len(groups)), limbs=fixed.limbs, width=fixed.width)
    length = len(plan.periods)
    crossed: Wholes = np.empty((len(groups), 0, 0), dtype=object)
    if not plan.request.cluster:
        crossed = products(_pairs(plan, found, codes, groups)[0], limbs=[fixed.limbs] * length, width=fixed.width)
    counts = summed(np.array([[int(row["units"])] for row in found], dtype=np.int64), codes, groups=len(groups))
    treated, largest = np.zeros_like(sums), np.zeros_like(sums)
    if plan.request.first_treated:
        most = np.array([[int(row[name]) for name in plan.sizes("most")] for row in found], dtype=np.int64)
        np.maximum.at(largest, codes, most.astype(object))
        whole = (sums + counts * fixed.shift) * _after(plan, groups)
        treated = whole if plan.positive else _treated_sums(plan, found, codes, groups)
    return PathSums(
        periods=plan.periods, groups=groups, counts=tuple(counts[:, 0].tolist()), sums=sums, products=crossed,
        fixed=fixed.bare, treated=treated, largest=largest, weighed=_weighed(plan, found, codes, groups),
        by=plan.request.by[1],
    )  # fmt: skip


def _pairs(plan: Plan, found: Sequence[dict[str, Any]], codes: Ints, groups: Sequence[Group]) -> tuple[Wholes, Wholes]:
    """Return the sums of products of the words of paths, and of those with the weights."""
    every = np.array([[int(row[f"p{j}"]) for j in range(len(plan.pairs))] for row in found], dtype=np.int64)
    own = 0 if plan.request.cluster else len(plan.words) * (len(plan.words) + 1) // 2
    whole = summed(every, codes, groups=len(groups))
    return whole[:, :own], whole[:, own:]


def _weighed(plan: Plan, found: Sequence[dict[str, Any]], codes: Ints, groups: Sequence[Group]) -> Weighed:
    if not plan.request.weights:
        return Weighed.none()
    (own, both), width = plan.limbs, plan.fixed.width
    words = np.array([[int(row[name]) for name in plan.weighed] for row in found], dtype=np.int64)
    whole = summed(words, codes, groups=len(groups))
    sums = [joined(whole[:, :own], limbs=own, width=width), joined(whole[:, own:], limbs=both, width=width)]
    limbs = [own] if plan.request.cluster else [own, *[both] * len(plan.periods)]
    crossed = products(_pairs(plan, found, codes, groups)[1], limbs=limbs, width=width)
    heaviest = np.zeros(len(groups), dtype=object)
    np.maximum.at(heaviest, codes, [plan.weights.steps_of(float(row["weight_high"])) for row in found])
    return Weighed(fixed=plan.weights.bare, sums=np.hstack(sums), products=crossed, heaviest=heaviest)


def _treated_sums(plan: Plan, found: Sequence[dict[str, Any]], codes: Ints, groups: Sequence[Group]) -> Wholes:
    small, great = (
        summed(np.array([[int(row[name]) for name in plan.halved(kind)] for row in found], dtype=np.int64), codes, groups=len(groups))
        for kind in ("small", "great")
    )  # fmt: skip
    whole: Wholes = small + great * 2**HALF
    return whole


def _after(plan: Plan, groups: Sequence[Group]) -> Wholes:
    """Return 1 where a group is seen and treated, else 0, shape (G, T)."""
    flags = [
        [bool(one.seen >> t & 1) and 0 != one.cohort <= period for t, period in enumerate(plan.periods)]
        for one in groups
    ]
    return np.array(flags, dtype=np.int64).astype(object)


def _group(plan: Plan, row: dict[str, Any]) -> Group:
    cohort = int(row["low"])
    never = bool(plan.request.first_treated) and cohort == plan.never
    return Group(cohort=0 if never else cohort, cluster=plain(row["cluster"]) if plan.clusters else "", seen=_seen(row))
