"""What readers of a plan know of a column before they see a sum of it."""

from __future__ import annotations

from math import inf

from ebpm.data.contract import DataSet
from ebpm.disclosure.sums.scales import EVERYWHERE, Ends
from ebpm.pilot.spec import Analysis, PilotSpec


def ends_of(name: str, analysis: Analysis, spec: PilotSpec) -> Ends:
    """Return the lowest and the highest value that the published contract allows a column, also one that is a multiple of another.

    Parameters
    ----------
    name : of the column.
    analysis : on whose table.
    spec : with the contract.
    """
    step = next((one for one in spec.derive if one.data == analysis.data and one.column == name), None)
    if step and step.scale:
        low, high = sorted(end * step.scale[1] for end in ends_of(step.scale[0], analysis, spec))
        return low, high
    return EVERYWHERE if step else _declared(name, next(one for one in spec.data if one.id == analysis.data))


def _declared(name: str, dataset: DataSet) -> Ends:
    column = next((one for one in dataset.columns if one.name == name), None)
    if column is None or column.range is None:
        return EVERYWHERE
    low, high = (float(end) if isinstance(end, int | float) else None for end in column.range)
    return (-inf if low is None else low), (inf if high is None else high)
