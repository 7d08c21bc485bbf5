"""Analyses whose rows are sums by keys, such as the months of a series: the rows themselves can leave as sums."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from ebpm.errors import EbpmError
from ebpm.moments.scans.files.leaving import Withheld
from ebpm.moments.scans.groups.scan import GroupRequest, scan_groups
from ebpm.moments.scans.groups.sums import GroupSums
from ebpm.moments.scans.opening import scan
from ebpm.pilot.leaving.contributors import counts_persons
from ebpm.pilot.spec import Analysis, PilotSpec

if TYPE_CHECKING:
    import pandas as pd

    from ebpm.pilot.pilot_data import PilotData


def uncollapsed(analysis: Analysis) -> Analysis:
    """Return an analysis on the rows before they are summed."""
    return analysis.model_copy(update={"collapse": None})


def ask_rows(analysis: Analysis, data: PilotData) -> tuple[GroupRequest, GroupSums] | None:
    """Return the sums that the rows of an analysis are, with their products, which do not leave; None where they are no sums.

    Parameters
    ----------
    analysis : of the plan.
    data : its tables.
    """
    how = analysis.collapse
    if how is None or how.mean or analysis.outcome not in how.sum:
        return None
    table = scan(data.input_of(uncollapsed(analysis)))
    columns = set(table.table.collect_schema().names()) - {*how.by, *how.sum}
    named = tuple(value for value in analysis.arguments.values() if isinstance(value, str) and value in columns)
    request = GroupRequest(keys=(*how.by, *named), numbers=how.sum)
    with suppress(EbpmError):
        sums = scan_groups(table, request)
        alike = len(sums) == len(sums.by(how.by))
        return (request, sums) if alike else (replace(request, keys=how.by), sums.by(how.by))
    return None


def small_counts(sums: GroupSums, analysis: Analysis, spec: PilotSpec) -> tuple[Withheld, ...]:
    """Return the groups in which a count of persons, of a table whose rows count them, is small.

    Parameters
    ----------
    sums : by keys.
    analysis : whose rows they are.
    spec : whose contract tells which columns count persons.
    """
    dataset = next(one for one in spec.data if one.id == analysis.data)
    whole = {one.name for one in dataset.columns if one.type == "integer"}
    counts = [number for number in sums.numbers if number in whole] if counts_persons(dataset) else []
    least = spec.disclosure.min_cell
    found = {
        group: None for number in counts for group, total in zip(sums.groups, sums.totals(number), strict=True) if 0 < total < least
    }  # fmt: skip
    return tuple(Withheld(" ".join(map(str, group)), "disclosure_tells_count") for group in found)


def without_products(sums: GroupSums) -> GroupSums:
    """Return counts and sums alone."""
    return replace(sums, moments=sums.moments[:, :, :1, :])


def rows_of_sums(sums: GroupSums) -> pd.DataFrame:
    """Return sums as the rows that an analysis uses, in the order of their keys; whole numbers as such.

    Parameters
    ----------
    sums : by keys.
    """
    import pandas as pd

    columns = {key: sums.labels(key) for key in sums.keys}
    for number in sums.numbers:
        totals = sums.totals(number)
        whole = all(one.denominator == 1 for one in totals)
        columns[number] = [int(one) if whole else float(one) for one in totals]
    return pd.DataFrame(columns)
