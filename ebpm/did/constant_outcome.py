"""Outcomes that never vary: no finding of an effect of zero."""

from __future__ import annotations

import numpy as np

from ebpm.errors import DesignError
from ebpm.moments.frame import Floats
from ebpm.moments.observations import Observations
from ebpm.moments.panel import Panel
from ebpm.moments.scans.groups.sums import GroupSums
from ebpm.moments.scans.paths.sums import PathSums

SAMPLED = 100


def refuse_constant_rows(outcome: Floats, column: str) -> None:
    """Refuse an outcome, shape (n,), that is the same in every row.

    Raises
    ------
    DesignError : if it is.
    """
    if (outcome[:SAMPLED] == outcome[0]).all() and (outcome == outcome[0]).all():
        raise DesignError("did_constant_rows", column=column, value=float(outcome[0]), rows=len(outcome))


def refuse_constant(sample: Panel | Observations, column: str) -> None:
    """Refuse an outcome of units, some of which may miss periods, that is the same in every unit and period.

    Raises
    ------
    DesignError : if it is.
    """
    values = sample.paths if isinstance(sample, Panel) else sample.outcome
    if np.nanmin(values[:2]) < np.nanmax(values[:2]):
        return
    low, high = np.nanmin(values), np.nanmax(values)
    if low == high:
        raise DesignError("did_constant_outcome", column=column, units=len(sample), value=float(low))


def refuse_constant_sums(sums: PathSums, column: str) -> None:
    """Refuse an outcome that, as far as the sums of paths tell, is the same in every unit and period.

    Raises
    ------
    DesignError : if it is.
    """
    if sums.constant:
        value = float(sums.means()[sums.seen][0])
        raise DesignError("did_constant_outcome", column=column, units=sums.units, value=value)


def refuse_constant_groups(sums: GroupSums, column: str) -> None:
    """Refuse an outcome whose sums by keys, with products, are those of a column that is the same in every row.

    Raises
    ------
    DesignError : if they are.
    """
    middle, place = sums.mean(column), sums.numbers.index(column) + 1
    if sums.by(()).about({column: middle})[0, 0, place, place] == 0.0:
        raise DesignError("did_constant_rows", column=column, value=float(middle), rows=sums.rows)
