"""Whether an analysis can be answered from sums, and by whom: a scan, sums at hand, or a table in memory."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from ebpm.errors import DataError, DesignError
from ebpm.moments.scans.groups.scan import GroupRequest, scan_groups
from ebpm.moments.scans.groups.sums import GroupSums
from ebpm.moments.scans.opening import Scan, scan_of
from ebpm.moments.scans.paths.scan import PathRequest, scan_paths
from ebpm.moments.scans.paths.sums import PathSums
from ebpm.moments.scans.size import fits, refuse_large

Found = PathSums | GroupSums


class Sums(ABC):
    """Something that answers requests for sums in place of a table, such as one that remembers what was asked."""

    @abstractmethod
    def paths(self, request: PathRequest) -> PathSums:
        """Return the sums of outcome paths that were asked for."""

    @abstractmethod
    def groups(self, request: GroupRequest) -> GroupSums:
        """Return the sums by keys that were asked for."""


@dataclass(slots=True)
class Recorder(Sums):
    """A scan that remembers the sums that were asked of it.

    Parameters
    ----------
    scan : the table.
    found : the sums, in the order in which they were asked for.
    """

    scan: Scan
    found: list[Found] = field(default_factory=list)

    def paths(self, request: PathRequest) -> PathSums:
        """Return the sums that were asked for, and remember them."""
        self.found.append(sums := scan_paths(self.scan, request))
        return sums

    def groups(self, request: GroupRequest) -> GroupSums:
        """Return the sums that were asked for, and remember them."""
        self.found.append(sums := scan_groups(self.scan, request))
        return sums


def paths_of(data: Any, request: PathRequest, *, records: Mapping[str, object]) -> PathSums | None:
    """Return the sums of outcome paths of data that are not in memory, None of a table that is, or that fits.

    Parameters
    ----------
    data : what the caller gave.
    request : the columns.
    records : arguments that need the records, by name; false where they were not given.

    Raises
    ------
    DesignError : such an argument, for a table beyond its budget of memory or for sums without records; weights, for sums without them.
    DataError : sums at hand of another kind, or by treatment where the first treated period is named, or the other way round.
    """
    weights = request.weights if isinstance(data, Sums) or (isinstance(data, PathSums) and not data.weighed) else ""
    source = _source(data, {**records, **({"weights": weights} if weights else {})})
    if isinstance(source, GroupSums):
        raise DataError("scan_other_family", asked=PathSums.__name__, held=GroupSums.__name__)
    if isinstance(source, PathSums | Sums):
        return _answering(source if isinstance(source, PathSums) else source.paths(request), request)
    return None if source is None else _summed(source, request)


def _summed(scan: Scan, request: PathRequest) -> PathSums | None:
    """Return the sums of a scan; None of one that has more periods than are summed as paths but fits into memory."""
    try:
        return scan_paths(scan, request)
    except DesignError as error:
        if error.entry != "scan_too_long" or not fits(scan):
            raise
        return None


def groups_of(data: Any, request: GroupRequest, *, records: Mapping[str, object]) -> GroupSums | None:
    """Return the sums by keys of data that are not in memory, None of a table that is, or that fits.

    Parameters
    ----------
    data, records : as in `paths_of`.
    request : the columns.

    Raises
    ------
    DesignError : an argument that needs the records, for a table beyond its budget of memory or for sums without records.
    DataError : sums at hand of other columns, or of another kind.
    """
    source = _source(data, records)
    if isinstance(source, PathSums):
        raise DataError("scan_other_family", asked=GroupSums.__name__, held=PathSums.__name__)
    if isinstance(source, GroupSums):
        return source.answering(request.keys, request.numbers, request.weights)
    if isinstance(source, Sums):
        return source.groups(request)
    return None if source is None else scan_groups(source, request)


def _answering(sums: PathSums, request: PathRequest) -> PathSums:
    if sums.by != request.by[1]:
        raise DataError("scan_other_treatment", asked=request.by[1], held=sums.by)
    return sums


def _source(data: Any, records: Mapping[str, object]) -> Any:
    """Return sums, something that answers requests, a scan; None of a table in memory, or one that has to be read into it."""
    asked = ", ".join(name for name, value in records.items() if value)
    if isinstance(data, Found | Sums):
        if asked:
            raise DesignError("scan_only_sums", argument=asked)
        return data
    found = scan_of(data)
    if found is not None and asked:
        refuse_large(found, asked)
        return None
    return found
