"""Numbers of a large table, summed by keys where the table lies: any rows in, whole numbers out."""

from __future__ import annotations

from functools import partial

from ebpm.moments.scans.gathered.group_passes import gather_groups
from ebpm.moments.scans.groups.pushed import push_groups
from ebpm.moments.scans.groups.request import GroupRequest
from ebpm.moments.scans.groups.sums import GroupSums
from ebpm.moments.scans.interrupts import heard
from ebpm.moments.scans.opening import Scan
from ebpm.moments.scans.profile import refuse_missing_columns
from ebpm.moments.scans.resuming import kept

__all__ = ["GroupRequest", "scan_groups"]


@heard()
def scan_groups(scan: Scan, request: GroupRequest) -> GroupSums:
    """Return the sums of the numbers of a table by keys.

    The rows of a local engine are summed in batches; those of another, and rows that need a closer look, are grouped by the engine.
    Both give the same whole numbers.

    Parameters
    ----------
    scan : the table, lazily.
    request : the columns.

    Raises
    ------
    DataError : a missing column or value, an infinite value, a column that is not of numbers, a weight that is not positive.
    DesignError : more than 500,000 combinations of keys.
    """
    refuse_missing_columns(scan.table, [*request.named_numbers, *request.named_keys])
    told = {"keys": request.keys, "numbers": request.numbers, "weights": request.weights, "products": request.products}
    found = kept(scan, {**told, "dates": dict(request.dates)}, 0, 1, partial(_scanned, scan, request))
    if scan.progress is not None:
        scan.progress(1, 1)
    return found


def _scanned(scan: Scan, request: GroupRequest) -> GroupSums:
    found = gather_groups(scan, request)
    return push_groups(scan, request) if found is None else found
