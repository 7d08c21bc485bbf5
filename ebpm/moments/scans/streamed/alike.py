"""Rows that are alike in every column taken once, with how many they are, where that makes a small table of a large one."""

from __future__ import annotations

from math import expm1, inf

import narwhals as nw

from ebpm.moments.scans.opening import Scan
from ebpm.moments.scans.profile import Table

SAMPLED, STEPS, FEWER, BYTES = 1 << 16, 100, 2, 8


def once_each(scan: Scan, table: Table, rows: int, counts: str) -> Table | None:
    """Return the rows of a table, each once, as a table in memory; None where that is not much smaller, or beyond the budget.

    Parameters
    ----------
    scan : where the table is from.
    table : columns that are read again and again.
    rows : of the table.
    counts : name of the column of how many rows each stands for.

    Formula: among m rows of k kinds, all as frequent, k (1 - exp(-m / k)) are expected to differ.
    """
    names = table.collect_schema().names()
    most = min(rows // FEWER, scan.memory // (BYTES * (len(names) + 1)))
    sample = min(rows, SAMPLED)
    first = table.head(sample).unique().select(nw.len().alias("rows")).collect()
    if _kinds(int(first["rows"][0]), sample) > most:
        return None
    counted = table.with_columns(nw.lit(1).cast(nw.Int64).alias(counts)).group_by(*names).agg(nw.col(counts).sum())
    found = counted.with_columns(nw.col(counts).cast(nw.Int64)).head(most + 1).collect()
    return found.lazy() if len(found) <= most else None


def _kinds(differ: int, rows: int) -> float:
    """Return of how many kinds rows are, of which so many differ."""
    kinds = float(differ)
    for _ in range(STEPS):
        kinds = differ / -expm1(-rows / kinds)
    return kinds if differ < rows else inf
