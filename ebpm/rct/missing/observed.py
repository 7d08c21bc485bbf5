"""Whose outcome was observed, from an indicator or from the outcome itself."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ebpm.errors import DataError
from ebpm.moments.frame import Floats, Frame

SHOWN = 5


@dataclass(frozen=True, slots=True, eq=False)
class Observed:
    """Whose outcome was observed.

    Parameters
    ----------
    rows : 1 where it was and 0 where not, shape (n,).
    reading : how the column said so: "indicator" (1 and 0), "outcome" (with missing values) or "complete" (an outcome in every row).
    """

    rows: Floats
    reading: str


def read_observed(frame: Frame, column: str) -> Observed:
    """Return whose outcome was observed.

    Parameters
    ----------
    frame : the table.
    column : with missing values, the outcome; without, an indicator where it holds 1 and 0 alone, else an outcome that nobody lacks.

    Raises
    ------
    DataError : if the column has no missing values and holds words, which may be either.
    """
    present = frame.present(column, "column")
    if not present.all():
        return Observed(present.astype(np.float64), "outcome")
    values = frame.values(column, "column")
    if np.isin(values, (0, 1)).all():
        return Observed(frame.numbers(column, "column"), "indicator")
    if values.dtype.kind in "OUST" and any(isinstance(value, str) for value in values.tolist()):
        raise DataError(
            "rct_words_for_observed", column=column, values=", ".join(sorted(set(map(str, values)))[:SHOWN])
        )
    return Observed(np.ones(len(values)), "complete")
