"""Staggered adoption: the average effect on each cohort in each period (Callaway and Sant'Anna 2021)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from ebpm.did.cluster_arms import ERRORS
from ebpm.did.group_time.assembled import panel_group_time, sections_group_time
from ebpm.did.group_time.cells import CellDesign
from ebpm.did.group_time.result import GroupTime
from ebpm.did.group_time.streamed_effects import StreamedDesign
from ebpm.did.group_time.summed import summed_group_time
from ebpm.moments.frame import one_of
from ebpm.moments.naming import named_columns
from ebpm.moments.observations import read_observations, read_sections
from ebpm.moments.panel import read_panel
from ebpm.moments.scans.asking import paths_of
from ebpm.moments.scans.paths.scan import PathRequest
from ebpm.stats.inference import level

METHODS = ("dr", "ipw", "reg", "dr_improved")
GAPS = ("refuse", "drop_units", "pairs", "all_rows")


def att_gt(
    data: Any,
    outcome: str,
    *,
    unit: str | None,
    time: str,
    first_treated: str,
    covariates: Sequence[str] = (),
    control: str = "not_yet_treated",
    method: str = "dr",
    base: str = "varying",
    anticipation: int = 0,
    gaps: str = "refuse",
    weights: str | None = None,
    cluster: str | None = None,
    errors: str = "asymptotic",
    conf_level: float = 0.95,
) -> GroupTime:
    """Estimate ATT(g, t), the effect on the units first treated in period g, in each period t.

    Parameters
    ----------
    data : a table that Narwhals knows, one row a unit and period, in any order. A lazy table, a path to Parquet files,
        `moments.scan` or sums is summed where it lies, without `gaps="all_rows"`; the numbers are the same. With covariates
        a table within its budget of memory is read; beyond it they must not change within a unit, and each step of each fit is one
        aggregation ("reg", "ipw" and "dr", without `gaps="pairs"`).
    outcome : column of numbers, in any unit.
    unit, time : columns; `time` holds whole numbers. `unit=None` declares repeated cross-sections: every row is another unit.
    first_treated : column with the first treated period of the unit; 0, infinite, null or later than the last
        period (and its anticipation) where it is never treated.
    covariates : columns, read in the earlier period of each comparison (row by row in cross-sections); parallel trends need hold
        only given them.
    control : "not_yet_treated" compares with all units not yet treated (nor anticipating), "never_treated" with those never treated.
    method : "dr" doubly robust, "dr_improved" doubly robust with a propensity score that balances the covariates, "ipw" inverse
        probability weighting (Hajek), "reg" outcome regression. Without covariates they are one.
    base : "varying": each period before treatment is compared with the one before it; "universal": all with the last period before
        treatment, a reference that is zero by definition. From treatment on they are the same.
    anticipation : periods before treatment in which units may already respond.
    gaps : "refuse" a table in which units miss periods, "drop_units" that do (counted in notice D208), compare in each cell the
        "pairs" of a unit seen in both of its periods, or take "all_rows" of the two periods as cross-sections, with the rows of a
        unit as one cluster.
    weights : column of sampling weights, constant within a unit; None where all units count alike.
    cluster : column of the clusters that are independent of one another (schools, towns); None where the units are.
    errors : "asymptotic": as published, with the normal reference, for many treated and many comparison clusters. "satterthwaite": each
        cohort's part of the variance times n/(n - 1), n its clusters, with Satterthwaite's degrees of freedom and bands of the multivariate
        t: for few treated clusters, where the others are too narrow (notice D211).
    conf_level : level of the intervals.

    Raises
    ------
    DataError : a unit and period twice, periods that are not whole numbers, a cohort, weight or cluster that changes within a unit,
        an unknown choice.
    DesignError : no comparison group, no treated unit with a period before treatment, missing periods, no overlap of covariates
        in any cell (in some: notice D219), an outcome that never varies.

    Formula: ATT(g, t) = E[Y_t - Y_b | g] - E[Y_t - Y_b | comparison] with base b = g - anticipation - 1 (or the last period before that);
    standard errors sqrt(sum of squared influence) / n, summed by cluster before squaring, normal reference.

    Assumptions: parallel trends (given covariates), no anticipation beyond that declared, treatment does not end, units (clusters)
    independent; in cross-sections, and for rows taken as such, that the composition of the groups does not change over time.

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
    covariates = named_columns(covariates, "covariates")
    design = CellDesign.asked(control, base, anticipation)
    one_of(method, METHODS, "method")
    one_of(gaps, GAPS, "gaps")
    corrected = one_of(errors, ERRORS, "errors") == "satterthwaite"
    choice = StreamedDesign(
        design, method, level(conf_level), tuple(covariates), gaps=gaps, corrected=corrected, weights=weights or ""
    )
    request = PathRequest(
        outcome=outcome, unit=unit or "", time=time, first_treated=first_treated, cluster=cluster or "", weights=weights or "",
    )  # fmt: skip
    if (found := _where_it_lies(data, request, choice)) is not None:
        return found
    columns = {
        "time": time,
        "first_treated": first_treated,
        "covariates": covariates,
        "weights": weights,
        "cluster": None if cluster == unit else cluster,
    }
    return _of_records(data, outcome, unit, columns, choice)


def _where_it_lies(data: Any, request: PathRequest, choice: StreamedDesign) -> GroupTime | None:
    """Return the effects of sums, or of a table that is summed where it lies; None of one in memory, or that fits."""
    sections = not request.unit
    if not sections and (streamed := choice.streamed(data, request)) is not None:
        return streamed
    records = {
        "unit=None": sections, "covariates": len(choice.covariates), f"gaps={choice.gaps}": choice.gaps == "all_rows",
    }  # fmt: skip
    if (sums := paths_of(data, request, records=records)) is None:
        return None
    return summed_group_time(
        sums, choice.design, request.outcome, choice.conf_level, gaps=choice.gaps, corrected=choice.corrected, weights=choice.weights
    )  # fmt: skip


def _of_records(
    data: Any, outcome: str, unit: str | None, columns: dict[str, Any], choice: StreamedDesign
) -> GroupTime:
    """Return the effects of a table in memory."""
    asked, gaps = (choice.covariates, choice.design, choice.method, choice.conf_level), choice.gaps
    if unit is None:
        rows = read_sections(data, outcome, **columns)
        return sections_group_time(rows, *asked, outcome=outcome, corrected=choice.corrected)
    panel = read_panel(
        data, outcome, unit=unit, **columns, drop_gaps=gaps == "drop_units", keep_gaps=gaps in ("pairs", "all_rows")
    )
    if gaps == "all_rows" and panel.has_gaps:
        rows = read_observations(data, outcome, unit=unit, **columns)
        return sections_group_time(rows, *asked, outcome=outcome, corrected=choice.corrected)
    return panel_group_time(panel, *asked, outcome=outcome, corrected=choice.corrected)
