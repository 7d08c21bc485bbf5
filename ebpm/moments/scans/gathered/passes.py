"""As few reads of a table as its budget of memory allows, each of whole units, into one set of sums."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

import narwhals as nw
import numpy as np

from ebpm.moments.scans.fixed_point import Fixed
from ebpm.moments.scans.gathered.batches import OPENERS
from ebpm.moments.scans.gathered.block_sums import path_sums
from ebpm.moments.scans.gathered.cells import WHOLE, TooLargeError
from ebpm.moments.scans.gathered.reading import ROOMY, Pass, UnknownPeriodError, all_periods, gather
from ebpm.moments.scans.gathered.units import OddError, SparseError
from ebpm.moments.scans.opening import Scan
from ebpm.moments.scans.paths.request import LONGEST, PathRequest, steps_of
from ebpm.moments.scans.paths.sums import PathSums, sum_of
from ebpm.moments.scans.paths.weighed import Weighed, weight_steps
from ebpm.moments.scans.profile import Range, read_profile
from ebpm.moments.scans.progress import Reading
from ebpm.moments.scans.resuming import kept

HALF, SLACK = 2, 1.25  # of the memory, for what is gathered; for units that miss periods


def gather_paths(scan: Scan, request: PathRequest) -> PathSums | None:
    """Return the sums of the outcome paths of a table; None where the engine has to sum them, or to say what is wrong.

    Parameters
    ----------
    scan : the table, lazily.
    request : the columns.
    """
    schema = scan.table.collect_schema()
    numbers = all(schema[column].is_numeric() or schema[column] == nw.Boolean for column, _ in request.numbers)
    if scan.table.implementation not in OPENERS or not numbers:
        return None
    try:
        rows = int(scan.table.select(nw.len().alias("rows")).collect()["rows"][0])
        task = Pass(request=request, rows=rows, limit=scan.memory // HALF, weights=_weights(scan, request))
        found = _summed(scan, task)
    except OddError:
        return None
    return found if len(found.periods) > 1 else None


def _weights(scan: Scan, request: PathRequest) -> Fixed:
    if not request.weights:
        return Weighed.none().fixed
    seen = read_profile(scan.table, [(request.weights, "weights")])[1][request.weights]
    return weight_steps(seen, request.weights)


def _summed(scan: Scan, task: Pass) -> PathSums:
    """Return the sums, in more shares where a pass turns out too large, in other places where units turn out sparse.

    Raises
    ------
    OddError : rows that the engine must look at.
    """
    fixed = None
    while len(task.periods) <= LONGEST:
        try:
            return sum_of(list(_walk(scan, task, fixed)))
        except UnknownPeriodError:
            task = replace(task, periods=all_periods(scan.table, task.request.time))
        except SparseError:
            task = replace(task, dense=False)
        except TooLargeError:
            task = replace(task, periods=task.periods or all_periods(scan.table, task.request.time))
            seen = read_profile(scan.table, [(task.request.outcome, "outcome")])[1][task.request.outcome]
            shares = max(2 * task.shares, _shares(task, seen))
            fixed = steps_of(seen, rows=task.rows, periods=len(task.periods))
            task = replace(task, shares=shares, dense=task.dense and task.rows // len(task.periods) >= ROOMY * shares)
    raise OddError


def _walk(scan: Scan, task: Pass, fixed: Fixed | None) -> Iterator[PathSums]:
    limit = task.limit if task.shares < task.rows else task.rows << 10  # a share of one unit is as small as they come
    told = {"request": task.request, "periods": task.periods, "rows": task.rows, "dense": task.dense, "fixed": fixed}
    for share in range(task.shares):
        reading = Reading(scan.progress, share, task.shares, task.rows)
        part = replace(task, share=share, limit=limit, reading=reading)
        yield kept(scan, told, share, task.shares, partial(_pass, scan, part, fixed))
        if scan.progress is not None:
            scan.progress(share + 1, task.shares)


def _pass(scan: Scan, task: Pass, fixed: Fixed | None) -> PathSums:
    found = gather(scan.table, task)
    steps = fixed or steps_of(found.cells.range(), rows=task.rows, periods=len(found.task.periods))
    return path_sums(found, steps)


def _shares(task: Pass, seen: Range) -> int:
    """Return how many shares fit, from the bytes of a cell and of a unit."""
    largest = max(abs(seen.low), abs(seen.high)) * 10.0 ** (seen.decimals or 0)
    sizes = [kind.itemsize for kind in WHOLE if seen.decimals is not None and largest < np.iinfo(kind).max]
    of_cell = min(sizes, default=8) + bool(task.request.treatment)
    units = -(-task.rows // len(task.periods))
    return int(-(-SLACK * units * (of_cell * len(task.periods) + task.of_unit) // task.limit))
