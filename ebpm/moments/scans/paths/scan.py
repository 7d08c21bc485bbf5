"""Outcome paths of a large table, summed by cohort where the table lies: one row a unit and period in, whole numbers out."""

from __future__ import annotations

from dataclasses import replace

from ebpm.moments.scans.gathered.passes import gather_paths
from ebpm.moments.scans.interrupts import heard
from ebpm.moments.scans.keys import dates_as_numbers
from ebpm.moments.scans.opening import Scan
from ebpm.moments.scans.paths.pushed import push_paths
from ebpm.moments.scans.paths.request import LONGEST, PathRequest
from ebpm.moments.scans.paths.sums import PathSums
from ebpm.moments.scans.profile import refuse_missing_columns

__all__ = ["LONGEST", "PathRequest", "scan_paths"]


@heard()
def scan_paths(scan: Scan, request: PathRequest) -> PathSums:
    """Return the sums of the outcome paths of a table.

    The rows of a local engine are gathered in batches; another engine, and rows that need a closer look, are grouped by the engine.
    Both give the same whole numbers.

    Parameters
    ----------
    scan : the table, lazily.
    request : the columns.

    Raises
    ------
    DataError : a missing column or value, a column that is not of numbers, periods or cohorts that are not whole numbers, a unit and
        period twice, a cohort or cluster that changes within a unit.
    DesignError : a single period, or more than 62.
    """
    refuse_missing_columns(scan.table, [*request.numbers, *request.labels])
    if request.treatment:
        scan = replace(scan, table=dates_as_numbers(scan.table, request.time))
    found = gather_paths(scan, request)
    return push_paths(scan, request) if found is None else found
