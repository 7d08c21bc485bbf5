"""Outcomes that never vary: no finding of an effect of zero."""

from __future__ import annotations

from ebpm.errors import DesignError
from ebpm.moments.frame import Floats

SAMPLED = 100


def refuse_constant_rows(outcome: Floats, column: str) -> None:
    """Refuse an outcome, shape (n,), that is the same in every row.

    Raises
    ------
    DesignError : if it is.
    """
    if (outcome[:SAMPLED] == outcome[0]).all() and (outcome == outcome[0]).all():
        raise DesignError("did_constant_rows", column=column, value=float(outcome[0]), rows=len(outcome))
