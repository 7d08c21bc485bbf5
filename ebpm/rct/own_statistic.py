"""A statistic of one's own over redrawn assignments."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from ebpm.errors import DataError
from ebpm.moments.frame import Floats, Ints
from ebpm.stats.redrawn.inversion import NullDraws
from ebpm.stats.redrawn.permutation import Redraws

Statistic = Callable[[Floats, Ints], float]


def own_draws(
    statistic: Statistic, outcome: Floats, *, place: Ints, redraws: Redraws, draws: int, seed: int
) -> NullDraws:
    """Return a statistic under the observed and all redrawn assignments.

    Parameters
    ----------
    statistic : of outcomes and arms (1 and 0) of rows.
    outcome : of each row without the effect that the null states, shape (n,).
    place : unit of each row among those that are redrawn, shape (n,).
    redraws : the assignments.
    draws, seed : where not all are gone through.

    Raises
    ------
    DataError : if the statistic is no finite number.
    """
    outcome.flags.writeable = False
    observed = _number(statistic, outcome, redraws.arm[place])
    found = [
        _number(statistic, outcome, row[place].astype(np.int64))
        for block in redraws.blocks(draws, seed)
        for row in block
    ]
    values = np.column_stack([found, np.zeros(len(found))])
    spread = np.tile([1.0, 0.0, 0.0], (len(found), 1))
    return NullDraws(values=values, variances=spread, estimate=observed, variance=1.0, complete=redraws.enumerable)


def _number(statistic: Statistic, outcome: Floats, treated: Ints) -> float:
    value = np.asarray(statistic(outcome, treated))
    if value.shape != () or value.dtype.kind not in "biuf" or not np.isfinite(value):
        raise DataError("rct_statistic_no_number", value=value)
    return float(value)
