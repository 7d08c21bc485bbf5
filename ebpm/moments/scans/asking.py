"""Whether an analysis can be answered from sums, and by whom: a scan, sums at hand, or a table in memory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import narwhals as nw

from ebpm.errors import DesignError
from ebpm.moments.scans.opening import Scan, scan_of
from ebpm.moments.scans.path_scan import PathRequest, scan_paths
from ebpm.moments.scans.path_sums import PathSums


class Sums(ABC):
    """Something that answers requests for sums in place of a table, such as one that remembers what was asked."""

    @abstractmethod
    def paths(self, request: PathRequest) -> PathSums:
        """Return the sums of outcome paths that were asked for."""


@dataclass(slots=True)
class Recorder(Sums):
    """A scan that remembers the sums that were asked of it.

    Parameters
    ----------
    scan : the table.
    found : the sums, in the order in which they were asked for.
    """

    scan: Scan
    found: list[PathSums] = field(default_factory=list)

    def paths(self, request: PathRequest) -> PathSums:
        """Return the sums that were asked for, and remember them."""
        self.found.append(scan_paths(self.scan, request))
        return self.found[-1]


def paths_of(data: Any, request: PathRequest, *, records: Mapping[str, object]) -> PathSums | None:
    """Return the sums of outcome paths of data that are not in memory, None of a table that is, or that fits.

    Parameters
    ----------
    data : what the caller gave.
    request : the columns.
    records : arguments that need the records, by name; false where they were not given.

    Raises
    ------
    DesignError : such an argument, for a table beyond its budget of memory or for sums without records.
    """
    asked = ", ".join(name for name, value in records.items() if value)
    if isinstance(data, PathSums | Sums):
        if asked:
            raise DesignError("scan_only_sums", argument=asked)
        return data if isinstance(data, PathSums) else data.paths(request)
    found = scan_of(data)
    if found is None:
        return None
    if asked:
        refuse_large(found, asked)
        return None
    return scan_paths(found, request)


def refuse_large(found: Scan, argument: str) -> None:
    """Refuse to read a table into memory beyond its budget.

    Raises
    ------
    DesignError : with the size of the table.
    """
    rows = int(found.table.select(nw.len().alias("rows")).collect()["rows"][0])
    columns = len(found.table.collect_schema().names())
    if 8 * rows * columns > found.memory:
        raise DesignError(
            "scan_needs_records", argument=argument, rows=rows, columns=columns, megabytes=8 * rows * columns // 2**20
        )  # fmt: skip
