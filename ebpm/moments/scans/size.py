"""Whether a table that lies elsewhere may be read into memory."""

from __future__ import annotations

from collections.abc import Sequence

import narwhals as nw

from ebpm.errors import DesignError
from ebpm.moments.scans.groups.request import MOST_GROUPS
from ebpm.moments.scans.opening import Scan


def size_of(found: Scan) -> tuple[int, int]:
    """Return the rows and columns of a table."""
    rows = int(found.table.select(nw.len().alias("rows")).collect()["rows"][0])
    return rows, len(found.table.collect_schema().names())


def fits(found: Scan) -> bool:
    """Return whether a table is within its budget of memory."""
    return not _excess(found)


def refuse_large(found: Scan, argument: str) -> None:
    """Refuse to read a table into memory beyond its budget because of an argument that needs the records.

    Raises
    ------
    DesignError : with the size of the table.
    """
    if excess := _excess(found):
        raise DesignError("scan_needs_records", argument=argument, **excess)


def refuse_beyond(found: Scan) -> None:
    """Refuse to read a table into memory beyond its budget, for an analysis that cannot be summed where the table lies.

    Raises
    ------
    DesignError : with the size of the table.
    """
    if excess := _excess(found):
        raise DesignError("scan_beyond_memory", budget=found.memory // 2**20, **excess)


def refuse_groups(found: Scan, keys: Sequence[str], groups: int) -> None:
    """Refuse more combinations of keys than are summed.

    Raises
    ------
    DesignError : with their number, and the size of the table.
    """
    if groups > MOST_GROUPS:
        rows, columns = size_of(found)
        raise DesignError(
            "scan_many_groups", keys=", ".join(keys), groups=groups, most=MOST_GROUPS, rows=rows, columns=columns,
            megabytes=8 * rows * columns // 2**20,
        )  # fmt: skip


def _excess(found: Scan) -> dict[str, int]:
    """Return the size of a table beyond its budget; nothing of one within."""
    rows, columns = size_of(found)
    size = 8 * rows * columns
    return {"rows": rows, "columns": columns, "megabytes": size // 2**20} if size > found.memory else {}
