"""The column of first treated periods, in whatever way it codes the never treated."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError
from ebpm.moments.frame import Floats, Frame, Ints, distinct
from ebpm.moments.layout import Layout


def read_cohorts(frame: Frame, column: str, layout: Layout) -> Floats:
    """Return the first treated period of each unit, shape (U,); infinity for a unit that is never treated.

    Raises
    ------
    DataError : cohorts that are not whole numbers, a zero that may be a period, a cohort that changes within a unit.
    """
    raw = frame.values(column, "first_treated")
    if raw.dtype.kind in "iuf":
        found, broken = layout.constant(raw)
        if not len(broken) and not _broken(found.astype(np.float64)).any():
            return _never(found.astype(np.float64), column, layout.periods)
    cohorts, broken = layout.constant(cohorts_of_rows(frame, column, layout.periods))
    if len(broken):
        raise DataError("panel_cohort_changes", column=column, count=len(broken), units=layout.named(broken))
    return cohorts


def cohorts_of_rows(frame: Frame, column: str, periods: Ints) -> Floats:
    """Return the first treated period of each row, shape (N,); infinity for one that is never treated.

    Raises
    ------
    DataError : cohorts that are not whole numbers, a zero that may be a period.
    """
    present, raw = frame.present(column, "first_treated"), frame.values(column, "first_treated")
    if raw.dtype.kind in "Mm":
        raise DataError("panel_not_whole", column=column, argument="first_treated", value=raw[0], row=1)
    cohorts = np.full(len(raw), np.inf)
    try:
        cohorts[present] = raw[present].astype(np.float64)
    except (TypeError, ValueError):
        raise DataError(
            "panel_not_whole", column=column, argument="first_treated", value=raw[present][0], row=1
        ) from None
    broken = _broken(cohorts)
    if broken.any():
        row = int(np.argmax(broken))
        raise DataError("panel_not_whole", column=column, argument="first_treated", value=cohorts[row], row=row + 1)
    return _never(cohorts, column, periods)


def cohort_codes(first_treated: Floats) -> tuple[Floats, Ints]:
    """Return the cohorts in order, infinity last, and the place of each unit's cohort among them."""
    finite = np.isfinite(first_treated)
    late = int(first_treated[finite].max(initial=0.0)) + 1
    found, codes = distinct(np.where(finite, first_treated, late).astype(np.int64))
    cohorts = found.astype(np.float64)
    if not finite.all():
        cohorts[-1] = np.inf
    return cohorts, codes


def _broken(cohorts: Floats) -> NDArray[np.bool_]:
    broken: NDArray[np.bool_] = np.isfinite(cohorts) & (cohorts != np.round(cohorts))
    return broken


def _never(cohorts: Floats, column: str, periods: Ints) -> Floats:
    """Return the cohorts with infinity for zero, for missing and for what is infinite."""
    zero: NDArray[Any] = cohorts == 0
    if periods[0] <= 0 and zero.any():
        raise DataError("panel_zero_cohort", column=column, period=int(periods[0]))
    never: Floats = np.where(zero | ~np.isfinite(cohorts), np.inf, cohorts)
    return never
