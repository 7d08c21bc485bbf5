"""Sums by keys from one read of a table, or more where the first rows do not tell in which steps numbers are written."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import narwhals as nw
import numpy as np

from ebpm.moments.frame import Ints
from ebpm.moments.scans.fixed_point import Fixed, width_for
from ebpm.moments.scans.gathered.batches import OPENERS, batches
from ebpm.moments.scans.gathered.columns import floats_of
from ebpm.moments.scans.gathered.group_cells import CrowdedError, Groups
from ebpm.moments.scans.gathered.steps import Guessed, Profiled, RangeError, Steps, StepsOf, UncountedError, known
from ebpm.moments.scans.gathered.units import OddError
from ebpm.moments.scans.groups.pushed import refuse_crowded
from ebpm.moments.scans.groups.request import GroupRequest, steps_of, weight_steps_of
from ebpm.moments.scans.groups.sums import GroupSums, levels_of
from ebpm.moments.scans.keys import PLAIN, dates_of, key_of, plain
from ebpm.moments.scans.opening import Scan
from ebpm.moments.scans.profile import Range
from ebpm.moments.scans.progress import Reading
from ebpm.moments.scans.size import size_of

Columns = list[Any]
LOT = 1 << 15  # rows whose arrays stay near the processor; no more than `tally.WIDTHS` allow for


def gather_groups(scan: Scan, request: GroupRequest) -> GroupSums | None:
    """Return the sums of a table by keys; None where the engine has to sum them, or to say what is wrong.

    Raises
    ------
    DesignError : more than 500,000 combinations of keys.
    """
    schema = scan.table.collect_schema()
    numbers = all(schema[column].is_numeric() or schema[column] == nw.Boolean for column in request.columns)
    if scan.table.implementation not in OPENERS or not numbers:
        return None
    try:
        return _gathered(scan, request, schema)
    except CrowdedError:
        refuse_crowded(scan, request)
    except OddError:
        pass
    return None


def _gathered(scan: Scan, request: GroupRequest, schema: Any, *, width: int = 0) -> GroupSums:
    guesses = [Guessed(of, width, level=of is steps_of) for of in _steps_of(request)]
    try:
        groups = _read(scan, request, guesses, schema)
        rows, seen = groups.rows, [one.range() for one in guesses]
    except UncountedError:
        return _gathered(scan, request, schema, width=width_for(size_of(scan)[0]))
    except RangeError:
        groups, (rows, seen) = None, _profiled(scan, request)
    if request.weights and seen[-1].low <= 0:
        raise OddError
    fixed = [of(one, width_for(rows)) for one, of in zip(seen, _steps_of(request), strict=True)]
    steps: Sequence[Steps] = guesses
    if groups is None or any(one.scale != own.scale for one, own in zip(fixed, guesses, strict=True)):
        steps = known(fixed)
        groups = _read(scan, request, steps, schema)
    sums = _sums(groups, request, steps, fixed, schema)
    return replace(sums, weights=request.weights, heaviest=seen[-1].high) if request.weights else sums


def _steps_of(request: GroupRequest) -> list[StepsOf]:
    """Return how the steps of each column of numbers are found."""
    return [*[steps_of] * len(request.numbers), *([weight_steps_of] if request.weights else [])]


def _profiled(scan: Scan, request: GroupRequest) -> tuple[int, list[Range]]:
    seen, rows = [Profiled() for _ in request.columns], 0

    def see(columns: Columns) -> None:
        nonlocal rows
        rows += len(columns[0])
        for one, column in zip(seen, columns, strict=True):
            one.see(floats_of(column))

    _each(scan, _numbers(request), see)
    return rows, [one.range() for one in seen]


def _read(scan: Scan, request: GroupRequest, steps: Sequence[Steps], schema: Any) -> Groups:
    """Return the sums of all rows."""
    groups, count = Groups(), len(request.keys)
    labels = [
        key_of(column, schema[column], request.dates.get(column, "")).alias(f"k{place}")
        for place, column in enumerate(request.keys)
    ]

    def add(columns: Columns) -> None:
        own = [one.of(floats_of(column)) for one, column in zip(steps, columns[count:], strict=False)]
        weight = own.pop() if request.weights else None
        groups.add(columns[:count], own, rows=len(columns[0]), products=request.products, weight=weight)

    counted = [nw.col(schema.names()[0]).alias("q")]
    _each(scan, [*labels, *_numbers(request)] or counted, add)
    if not groups.rows:
        raise OddError
    return groups


def _each(scan: Scan, columns: Sequence[nw.Expr], do: Callable[[Columns], None]) -> None:
    rows = size_of(scan)[0] if scan.progress is not None else 0
    with batches(scan.table, columns, Reading(scan.progress, 0, 1, rows)) as stream:
        for batch in stream:
            for start in range(0, batch.num_rows, LOT):
                do(batch.slice(start, LOT).columns)


def _numbers(request: GroupRequest) -> list[nw.Expr]:
    return [nw.col(column).alias(f"q{place}") for place, column in enumerate(request.columns)]


def _sums(
    groups: Groups, request: GroupRequest, steps: Sequence[Steps], fixed: Sequence[Fixed], schema: Any
) -> GroupSums:
    cells = groups.tally.occupied()
    shifts = [one.shift - own.shift for one, own in zip(steps, fixed, strict=True)][: len(request.numbers)]
    moments = groups.tally.moments(cells, shifts, products=request.products)
    levels, codes = [], np.zeros((len(cells), len(request.keys)), dtype=np.int64)
    for place, (column, labels) in enumerate(zip(request.keys, groups.labels(cells), strict=True)):
        own, codes[:, place] = _sorted(*labels, schema[column], request.dates.get(column, ""))
        levels.append(own)
    order = np.lexsort(codes.T[::-1]) if request.keys else np.arange(len(cells))
    ordered = codes[order]
    starts = np.flatnonzero(np.concatenate([[True], (ordered[1:] != ordered[:-1]).any(axis=1)]))
    found, merged = ordered[starts], np.add.reduceat(moments[order], starts)
    named = [[own[code] for code in column] for own, column in zip(levels, found.T.tolist(), strict=True)]
    return GroupSums(
        keys=request.keys, numbers=request.numbers, groups=tuple(zip(*named, strict=True)) if named else ((),), moments=merged,
        fixed=tuple(one.bare for one in fixed),
    )  # fmt: skip


def _sorted(labels: list[Any], codes: Ints, kind: Any, unit: str) -> tuple[list[Any], Ints]:
    """Return labels as they are shown, in order and each once, and the code of each element among them."""
    shown = labels if set(map(type, labels)) <= PLAIN else [plain(label) for label in labels]
    if unit:
        shown = dates_of(shown, kind, unit)
    levels = levels_of(shown)
    place = {label: at for at, label in enumerate(levels)}
    return levels, np.array([place[label] for label in shown], dtype=np.int64)[codes]
