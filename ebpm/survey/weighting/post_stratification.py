"""Post-stratification: weights that reproduce the population count of each cell."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ebpm.errors import DataError
from ebpm.moments.frame import Codes, Frame, one_of
from ebpm.moments.labels import label_of
from ebpm.moments.naming import some_columns
from ebpm.stats.given import mapping
from ebpm.survey.design.checks import empty_cells
from ebpm.survey.weighting.raking import Raked, margin_of_codes, rake_to

EMPTY = ("error", "drop")
CROSS = " × "

Cells = Mapping[Any, float]


def post_stratify(
    data: Any,
    columns: str | Sequence[str],
    *,
    cells: Cells,
    weights: str | None = None,
    empty: str = "error",
) -> Raked:
    """Return weights that reproduce the population count of each cell.

    Parameters
    ----------
    data : one row a respondent.
    columns : the column, or columns, whose codes span the cells.
    cells : code (or tuple of codes, in the order of the columns) -> population count, or share.
    weights : column of design weights; equal weights where None.
    empty : what happens to cells of the population without respondents: "error", or "drop", which estimates the rest.

    Raises
    ------
    DataError : if a respondent's cell has no count, or a cell has no respondents.

    Within cell c all weights are multiplied by N_c / sum_c d. Standard errors of `mean` and its sisters use residuals from the
    means of the cells.

    Assumptions: within a cell, those who answered are like those who did not.

    Source: Holt and Smith (1979), JRSS A 142(1); Sarndal, Swensson and Wretman (1992), section 7.6.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import survey
    >>> data = pd.DataFrame({"sex": list("ffmm"), "age": ["old", "young", "old", "young"]})
    >>> cells = {("f", "old"): 40, ("f", "young"): 20, ("m", "old"): 30, ("m", "young"): 10}
    >>> survey.post_stratify(data, ["sex", "age"], cells=cells).weights.tolist()
    [40.0, 20.0, 30.0, 10.0]
    """
    one_of(empty, EMPTY, "empty")
    frame = Frame.of(data)
    names = some_columns(columns, "columns")
    codes = tuple(frame.codes(name, "columns") for name in names)
    rows, counts = _crossed(codes), {_called(cell): float(count) for cell, count in mapping(cells, "cells").items()}
    missing = sorted(set(counts) - set(rows.levels))
    if empty == "drop":
        counts, gone = {name: count for name, count in counts.items() if name not in missing}, counts
        lost = empty_cells(missing, sum(gone[name] for name in missing) / sum(gone.values()))
    elif missing:
        raise DataError(
            "survey_empty_cells", columns=CROSS.join(names), cells=", ".join(missing[:10]), count=len(missing)
        )
    base = np.ones(len(frame)) if weights is None else frame.weights(weights)
    found = rake_to((margin_of_codes(CROSS.join(names), rows, counts),), base)
    calibration = replace(found.calibration, method="survey.post_stratified")
    known = tuple(zip(names, codes, strict=True))
    notices = found.notices + lost if empty == "drop" else found.notices
    return replace(found, calibration=calibration, rows_known_by=known, notices=notices)


def _crossed(codes: Sequence[Codes]) -> Codes:
    cells, rows = np.unique(np.column_stack([one.codes for one in codes]), axis=0, return_inverse=True)
    names = (
        CROSS.join(label_of(one.levels[code]) for one, code in zip(codes, cell, strict=True)) for cell in cells.tolist()
    )
    return Codes(rows.reshape(-1).astype(np.int64), tuple(names))


def _called(cell: Any) -> str:
    return CROSS.join(map(label_of, cell)) if isinstance(cell, tuple) else label_of(cell)
