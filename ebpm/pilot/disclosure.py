"""The door through which numbers leave: nothing that rests on too few rows is written."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ebpm.errors import DataError

if TYPE_CHECKING:
    from ebpm.pilot.evaluation import Evaluation


def refuse_small_cells(evaluation: Evaluation) -> None:
    """Refuse to hand out estimates that rest on fewer rows than the pilot's tier allows.

    Raises
    ------
    DataError : naming every such estimate; nothing is written.
    """
    smallest = evaluation.spec.disclosure.min_cell
    small = [
        f"{result.analysis.id}.{item.term} (n = {item.n})"
        for result in evaluation.results
        for item in result.estimates
        if item.n < smallest
    ]
    if small:
        raise DataError("disclosure_small_cells", cells=", ".join(small), min_cell=smallest)
