"""Sums by keys from one read of a table, or two where numbers end in no decimal place."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import narwhals as nw
import numpy as np

from ebpm.moments.frame import Ints
from ebpm.moments.scans.fixed_point import Fixed, width_for
from ebpm.moments.scans.gathered.batches import OPENERS, batches
from ebpm.moments.scans.gathered.group_cells import CrowdedError, Groups
from ebpm.moments.scans.gathered.reading import floats_of
from ebpm.moments.scans.gathered.steps import Guessed, Profiled, RangeError, Steps, known
from ebpm.moments.scans.gathered.units import OddError
from ebpm.moments.scans.gathered.weighted import MOST, with_weights, without_weights
from ebpm.moments.scans.groups.pushed import refuse_crowded
from ebpm.moments.scans.groups.request import GroupRequest, steps_of
from ebpm.moments.scans.groups.sums import GroupSums, levels_of
from ebpm.moments.scans.keys import dates_of, key_of, plain
from ebpm.moments.scans.opening import Scan
from ebpm.moments.scans.profile import number
from ebpm.moments.scans.words import Wholes

Columns = list[Any]
LOT = 1 << 15  # rows whose arrays stay near the processor; fewer than `tally.WORD` allows for


def gather_groups(scan: Scan, request: GroupRequest) -> GroupSums | None:
    """Return the sums of a table by keys; None where the engine has to sum them, or to say what is wrong.

    Raises
    ------
    DesignError : more than 500,000 combinations of keys.
    """
    schema = scan.table.collect_schema()
    numbers = all(schema[column].is_numeric() or schema[column] == nw.Boolean for column in request.numbers)
    if scan.table.implementation not in OPENERS or not numbers:
        return None
    try:
        return _weighted(scan, request, schema) if request.weights else _gathered(scan, request, schema)
    except CrowdedError:
        if not request.weights:
            refuse_crowded(scan, request)
    except OddError:
        pass
    return None


def _weighted(scan: Scan, request: GroupRequest, schema: Any) -> GroupSums:
    """Return the weighted sums of rows that carry few different weights.

    Raises
    ------
    OddError : many weights, or some that are not positive numbers.
    CrowdedError : more than 500,000 combinations of keys and weights.
    """
    kind = schema[request.weights]
    if not kind.is_numeric() or request.weights in request.keys:
        raise OddError
    found = _gathered(scan, without_weights(request), schema, weighted=True)
    return with_weights(found, request, width_for(found.rows))


def _gathered(scan: Scan, request: GroupRequest, schema: Any, *, weighted: bool = False) -> GroupSums:
    guesses = [Guessed() for _ in request.numbers]
    try:
        groups = _read(scan, request, guesses, schema, weighted=weighted)
        fixed = _fixed(groups.rows, guesses)
        if all(one.scale == steps.scale for one, steps in zip(fixed, guesses, strict=True)):
            return _sums(groups, request, guesses, fixed, schema)
    except RangeError:
        fixed = _profiled(scan, request, schema)
    steps = known(fixed)
    return _sums(_read(scan, request, steps, schema, weighted=weighted), request, steps, fixed, schema)


def _fixed(rows: int, seen: Sequence[Guessed | Profiled]) -> list[Fixed]:
    return [steps_of(one.range(), width_for(rows)) for one in seen]


def _profiled(scan: Scan, request: GroupRequest, schema: Any) -> list[Fixed]:
    seen, rows = [Profiled() for _ in request.numbers], 0

    def see(columns: Columns) -> None:
        nonlocal rows
        rows += len(columns[0])
        for one, column in zip(seen, columns, strict=True):
            one.see(floats_of(column))

    _each(scan, _numbers(request, schema), see)
    return _fixed(rows, seen)


def _read(scan: Scan, request: GroupRequest, steps: Sequence[Steps], schema: Any, *, weighted: bool = False) -> Groups:
    """Return the sums of all rows; where the last key is a weight, only if there are few of it."""
    groups, count = Groups(), len(request.keys)
    labels = [
        key_of(column, schema[column], request.dates.get(column, "")).alias(f"k{place}")
        for place, column in enumerate(request.keys)
    ]

    def add(columns: Columns) -> None:
        own = [one.of(floats_of(column)) for one, column in zip(steps, columns[count:], strict=False)]
        groups.add(columns[:count], own, rows=len(columns[0]), products=request.products)
        if weighted and groups.keys[-1].size > MOST:
            raise OddError

    counted = [nw.col(schema.names()[0]).alias("q")]
    _each(scan, [*labels, *_numbers(request, schema)] or counted, add)
    if not groups.rows:
        raise OddError
    return groups


def _each(scan: Scan, columns: Sequence[nw.Expr], do: Callable[[Columns], None]) -> None:
    with batches(scan.table, columns) as stream:
        for batch in stream:
            for start in range(0, batch.num_rows, LOT):
                do(batch.slice(start, LOT).columns)


def _numbers(request: GroupRequest, schema: Any) -> list[nw.Expr]:
    kinds = [schema[column] for column in request.numbers]
    return [
        (number(column, kind) if kind.is_decimal() else nw.col(column)).alias(f"q{place}")
        for place, (column, kind) in enumerate(zip(request.numbers, kinds, strict=True))
    ]


def _sums(
    groups: Groups, request: GroupRequest, steps: Sequence[Steps], fixed: Sequence[Fixed], schema: Any
) -> GroupSums:
    cells = groups.tally.occupied()
    shifts = [one.shift - own.shift for one, own in zip(steps, fixed, strict=True)]
    moments = groups.tally.moments(cells, shifts, products=request.products)
    levels, codes = [], np.zeros((len(cells), len(request.keys)), dtype=np.int64)
    for place, (column, labels) in enumerate(zip(request.keys, groups.labels(cells), strict=True)):
        own, codes[:, place] = _sorted(*labels, schema[column], request.dates.get(column, ""))
        levels.append(own)
    found, place_of = np.unique(codes, axis=0, return_inverse=True)
    merged: Wholes = np.zeros((len(found), 1, *moments.shape[1:]), dtype=object)
    np.add.at(merged[:, 0], place_of.reshape(-1), moments)
    named = [[own[code] for code in column] for own, column in zip(levels, found.T.tolist(), strict=True)]
    return GroupSums(
        keys=request.keys, numbers=request.numbers, groups=tuple(zip(*named, strict=True)) if named else ((),), moments=merged,
        fixed=tuple(one.bare for one in fixed),
    )  # fmt: skip


def _sorted(labels: list[Any], codes: Ints, kind: Any, unit: str) -> tuple[list[Any], Ints]:
    """Return labels as they are shown, in order and each once, and the code of each element among them."""
    shown = [plain(label) for label in labels]
    if unit:
        shown = dates_of(shown, kind, unit)
    levels = levels_of(shown)
    place = {label: at for at, label in enumerate(levels)}
    return levels, np.array([place[label] for label in shown], dtype=np.int64)[codes]
