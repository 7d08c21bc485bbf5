"""Staggered adoption: the average effect on each cohort in each period (Callaway and Sant'Anna 2021)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ebpm.did.blocks import effects_from_panel
from ebpm.did.cells import CellDesign
from ebpm.did.checks import Diagnosis, check_group_time, largest_share
from ebpm.did.effects import effects_from_moments
from ebpm.did.group_time import GroupTime
from ebpm.errors import DesignError
from ebpm.moments.frame import one_of
from ebpm.moments.panel import Panel, read_panel
from ebpm.moments.paths import PathMoments
from ebpm.stats.inference import level

CONTROLS = ("not_yet_treated", "never_treated")
METHODS = ("dr", "ipw", "reg")
BASES = ("varying", "universal")
GAPS = ("refuse", "drop_units")


def att_gt(
    data: Any,
    outcome: str,
    *,
    unit: str,
    time: str,
    first_treated: str,
    covariates: Sequence[str] = (),
    control: str = "not_yet_treated",
    method: str = "dr",
    base: str = "varying",
    anticipation: int = 0,
    gaps: str = "refuse",
    conf_level: float = 0.95,
) -> GroupTime:
    """Estimate ATT(g, t), the effect on the units first treated in period g, in each period t.

    Parameters
    ----------
    data : a table that Narwhals knows, one row a unit and period; the order of its rows does not matter.
    outcome : column of numbers, in any unit.
    unit, time : columns; `time` holds whole numbers.
    first_treated : column with the first treated period of the unit; 0, infinite, null or later than the last
        period (and its anticipation) where it is never treated.
    covariates : columns, read in the earlier period of each comparison; parallel trends need hold only given them.
    control : "not_yet_treated" compares with all units not yet treated (nor anticipating), "never_treated" with those never treated.
    method : "dr" doubly robust, "ipw" inverse probability weighting (Hajek), "reg" outcome regression. Without covariates they are one.
    base : "varying": each period before treatment is compared with the one before it; "universal": all with the last period before
        treatment, a reference that is zero by definition. From treatment on they are the same.
    anticipation : periods before treatment in which units may already respond.
    gaps : "refuse" a table in which units miss periods, or "drop_units" that do, counted in notice D208.
    conf_level : level of the intervals.

    Raises
    ------
    DataError : a unit and period twice, periods that are not whole numbers, a cohort that changes within a unit, an unknown choice.
    DesignError : no comparison group, no treated unit with a period before treatment, missing periods, no overlap of covariates,
        an outcome that never varies.

    Formula: ATT(g, t) = E[Y_t - Y_b | g] - E[Y_t - Y_b | comparison] with base b = g - anticipation - 1 (or the last period before that);
    standard errors sqrt(sum of squared influence) / n, independent units, normal reference.

    Assumptions: parallel trends (given covariates), no anticipation beyond that declared, treatment does not end, units independent.

    Source: Callaway and Sant'Anna (2021), Journal of Econometrics 225(2); Sant'Anna and Zhao (2020), Journal of Econometrics 219(1).

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import did
    >>> rows = {"firm": [1, 1, 2, 2, 3, 3, 4, 4], "year": [2019, 2020] * 4, "sales": [1.0, 4, 2, 6, 1, 2, 3, 4],
    ...         "start": [2020, 2020, 2020, 2020, 0, 0, 0, 0]}
    >>> effects = did.att_gt(pd.DataFrame(rows), "sales", unit="firm", time="year", first_treated="start")
    >>> effects.aggregate("simple").headline.estimate
    2.5
    """
    design = CellDesign(
        one_of(control, CONTROLS, "control"), one_of(base, BASES, "base"), whole_anticipation(anticipation)
    )
    one_of(method, METHODS, "method")
    panel = read_panel(
        data, outcome, unit=unit, time=time, first_treated=first_treated, covariates=covariates,
        drop_gaps=one_of(gaps, GAPS, "gaps") == "drop_units",
    )  # fmt: skip
    _refuse_constant(panel, outcome)
    return group_time(panel, design, method, level(conf_level))


def _refuse_constant(panel: Panel, outcome: str) -> None:
    if not np.ptp(panel.paths):
        value = float(panel.paths.flat[0])
        raise DesignError("did_constant_outcome", column=outcome, units=len(panel), value=value)


def group_time(panel: Panel, design: CellDesign, method: str, conf_level: float) -> GroupTime:
    """Return the group-time effects of a panel: from its moments, or with covariates from its paths."""
    aside = design.set_aside(panel.first_treated, panel.periods)
    kept = panel.where(~aside).starting(design.beyond(panel.first_treated[~aside], panel.periods))
    if not len(kept):
        raise DesignError("did_all_set_aside", units=int(aside.sum()), period=int(panel.periods[0]))
    cohorts = np.unique(kept.first_treated)
    cells = design.cells(cohorts, kept.periods)
    adjusts = kept.covariates.shape[2] > 0
    effects, overlaps = (
        effects_from_panel(cells, kept, method) if adjusts else (effects_from_moments(cells, PathMoments.of(kept)), ())
    )
    diagnosis = Diagnosis(
        effects, design.anticipation, always_treated=int(aside.sum()), gaps=panel.gaps, horizon=design.horizon(cohorts),
        largest_share=largest_share(kept), overlaps=overlaps,
    )  # fmt: skip
    return GroupTime(
        effects=effects, design=design, method=f"did.att_gt.{method}" if adjusts else "did.att_gt", rows=kept.rows,
        conf_level=conf_level, notices=check_group_time(diagnosis),
    )  # fmt: skip


def whole_anticipation(anticipation: int) -> int:
    """Return the periods of anticipation, checked."""
    if anticipation < 0 or anticipation != int(anticipation):
        raise DesignError("did_bad_anticipation", value=anticipation)
    return int(anticipation)
