"""Numbers of a large table, summed by keys by the engine itself: what works on every engine, and what says what is wrong."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import narwhals as nw
import numpy as np

from ebpm.errors import DataError
from ebpm.moments.scans.fixed_point import Fixed, width_for
from ebpm.moments.scans.groups.request import MOST_GROUPS, GroupRequest, steps_of, weight_steps_of
from ebpm.moments.scans.groups.sums import Group, GroupSums
from ebpm.moments.scans.keys import dates_of, key_of, plain
from ebpm.moments.scans.opening import Scan
from ebpm.moments.scans.profile import Table, number, read_profile
from ebpm.moments.scans.size import refuse_groups
from ebpm.moments.scans.words import Wholes, Words, multiplied


@dataclass(frozen=True, slots=True)
class _Sum:
    """One sum: of w^power v_left v_right, from products of the words of two columns, or from the words of one."""

    power: int
    left: int
    right: int
    words: tuple[Words, Words]

    def parts(self) -> Iterator[tuple[str, nw.Expr, int, int]]:
        """Yield name and expression of what is summed, the words by which it is shifted, and how often it counts."""
        first, second = self.words
        stem = f"s{self.power}_{self.left}_{self.right}"
        for i, one in enumerate(first):
            if not second:
                yield f"{stem}_{i}", nw.col(one), i, 1
            for j, other in enumerate(second):
                if first != second or i <= j:
                    yield f"{stem}_{i}_{j}", nw.col(one) * nw.col(other), i + j, 2 if first == second and i < j else 1


def push_groups(scan: Scan, request: GroupRequest) -> GroupSums:
    """Return the sums of a table by keys, grouped by the engine; parameters and errors as `group_scan.scan_groups`."""
    rows, ranges = read_profile(scan.table, request.named_numbers) if request.named_numbers else (1, {})
    width = width_for(rows)
    fixed = [steps_of(ranges[column], width) for column in request.numbers]
    if request.weights:
        if ranges[request.weights].low <= 0:
            raise DataError("scan_negative_weights", column=request.weights, least=ranges[request.weights].low)
        fixed.append(weight_steps_of(ranges[request.weights], width))
    sums = _sums(request, fixed)
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "DataFrame is highly fragmented")  # of pandas, whose columns come one by one
        found = _walk(_encoded(scan.table, request, fixed), request, sums)
    if len(found) > MOST_GROUPS:
        refuse_crowded(scan, request)
    collected = _collected(found, request, sums, fixed, scan.table.collect_schema())
    return replace(collected, heaviest=ranges[request.weights].high) if request.weights else collected


def refuse_crowded(scan: Scan, request: GroupRequest) -> None:
    """Refuse a table of more combinations of keys than are summed.

    Raises
    ------
    DesignError : with their number, which the engine counts, and the size of the table.
    """
    rows = _encoded(scan.table, replace(request, numbers=(), weights=""), [])
    keys = [f"k{place}" for place in range(len(request.keys))]
    groups = rows.group_by(*keys).agg(nw.len().alias("rows")).select(nw.len().alias("groups")).collect()["groups"][0]
    refuse_groups(scan, request.keys, int(groups))


def _encoded(table: Table, request: GroupRequest, fixed: Sequence[Fixed]) -> Table:
    """Return the keys as k0, k1, ... and the words of numbers (q), of weights (w) and of their products (u)."""
    schema = table.collect_schema()
    columns = request.columns
    names = [f"q{place}" for place in range(len(columns))]
    used = [
        *(
            key_of(column, schema[column], request.dates.get(column, "")).alias(f"k{place}")
            for place, column in enumerate(request.keys)
        ),
        *(number(column, schema[column]).alias(name) for name, column in zip(names, columns, strict=True)),
    ]
    rows = table.select(*(used or [nw.col(schema.names()[0])])).with_columns(nw.lit(1).alias("one"))
    if not request.keys:
        rows = rows.with_columns(nw.lit(0).alias("k0"))
    rows = rows.with_columns(
        nw.col("one"), *(one.encoded(name).alias(name) for name, one in zip(names, fixed, strict=True))
    )
    rows = _split(rows, names, fixed)
    if request.weights:
        numbers = {f"u{place}": _words(fixed, place) for place in range(len(request.numbers))}
        rows = multiplied(rows, _words(fixed, -1), numbers, fixed[-1].width)
    return rows


def _split(rows: Table, names: Sequence[str], fixed: Sequence[Fixed]) -> Table:
    """Add the words of columns of q, lowest first; multiples of powers of two are exact as floats too, which are quicker to divide."""
    pairs = list(zip(names, fixed, strict=True))
    high = [
        (nw.col(name).cast(nw.Float64) * 2.0**-one.width).floor().cast(nw.Int64).alias(f"{name}_1")
        for name, one in pairs
        if one.limbs > 1
    ]
    low = [
        (nw.col(name) if one.limbs == 1 else nw.col(name) - nw.col(f"{name}_1") * 2**one.width).alias(f"{name}_0")
        for name, one in pairs
    ]
    return rows.with_columns(nw.col("one"), *high).with_columns(nw.col("one"), *low)


def _words(fixed: Sequence[Fixed], place: int) -> Words:
    at = place % len(fixed)
    return tuple(f"q{at}_{limb}" for limb in range(fixed[at].limbs))


def _sums(request: GroupRequest, fixed: Sequence[Fixed]) -> list[_Sum]:
    """Return what is summed: without weights 1, q_j, q_i q_j; with them also w^p times each."""
    m = len(request.numbers)
    plain = [_words(fixed, place) for place in range(m)]
    pairs = [(i, j) for i in range(m) for j in range(i, m)] if request.products else []
    found = [
        _Sum(0, 0, 0, (("one",), ())), *(_Sum(0, 0, j + 1, (plain[j], ())) for j in range(m)),
        *(_Sum(0, i + 1, j + 1, (plain[i], plain[j])) for i, j in pairs),
    ]  # fmt: skip
    if not request.weights:
        return found
    own = _words(fixed, -1)
    times = [tuple(f"u{j}_{limb}" for limb in range(len(own) + len(plain[j]))) for j in range(m)]
    return [
        *found, _Sum(1, 0, 0, (own, ())), _Sum(2, 0, 0, (own, own)),
        *(_Sum(1, 0, j + 1, (times[j], ())) for j in range(m)), *(_Sum(2, 0, j + 1, (own, times[j])) for j in range(m)),
        *(_Sum(1, i + 1, j + 1, (plain[i], times[j])) for i, j in pairs),
        *(_Sum(2, i + 1, j + 1, (times[i], times[j])) for i, j in pairs),
    ]  # fmt: skip


def _walk(rows: Table, request: GroupRequest, sums: Sequence[_Sum]) -> nw.DataFrame[Any]:
    keys = [f"k{place}" for place in range(max(len(request.keys), 1))]
    parts = [part for one in sums for part in one.parts()]
    wide = rows.select(*keys, *(expression.alias(name) for name, expression, *_ in parts))
    grouped = wide.group_by(*keys).agg(*(nw.col(name).sum() for name, *_ in parts))
    whole = grouped.select(*keys, *(nw.col(name).cast(nw.Int64) for name, *_ in parts))
    return whole.head(MOST_GROUPS + 1).collect()


def _collected(
    found: nw.DataFrame[Any], request: GroupRequest, sums: Sequence[_Sum], fixed: Sequence[Fixed], schema: Any
) -> GroupSums:
    if not len(found):
        raise DataError("empty_data", rows=0)
    m, powers, width = len(request.numbers), 3 if request.weights else 1, fixed[0].width if fixed else 0
    moments: Wholes = np.zeros((len(found), powers, m + 1 if request.products else 1, m + 1), dtype=object)
    for one in sums:
        total = np.zeros(len(found), dtype=object)
        for name, _, words, times in one.parts():
            total += found[name].to_numpy().astype(object) * (times << width * words)
        moments[:, one.power, one.left, one.right] = total
        if request.products:
            moments[:, one.power, one.right, one.left] = total
    groups = _groups(found, request, moments[:, 0, 0, 0], schema)
    return GroupSums(
        keys=request.keys, numbers=request.numbers, weights=request.weights, groups=tuple(groups), moments=moments,
        fixed=tuple(one.bare for one in fixed),
    ).merged(groups)  # fmt: skip


def _groups(found: nw.DataFrame[Any], request: GroupRequest, counts: Wholes, schema: Any) -> list[Group]:
    if not request.keys:
        return [()]
    labels = [[plain(one) for one in found[f"k{place}"].to_list()] for place in range(len(request.keys))]
    for place, column in enumerate(request.keys):
        if column in request.dates:
            labels[place] = dates_of(labels[place], schema[column], request.dates[column])
    for (column, argument), own in zip(request.named_keys, labels, strict=True):
        lost = sum(int(n) for n, label in zip(counts, own, strict=True) if label is None)
        if lost:
            raise DataError("scan_missing", column=column, argument=argument, count=lost, rows=int(counts.sum()))
    return list(zip(*labels, strict=True))
