"""A treatment with a dose: effects by dose and their slope (Callaway, Goodman-Bacon and Sant'Anna 2024)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ebpm.did.doses.basis import DoseBasis, Saturated, Spline
from ebpm.did.doses.checks import DoseDiagnosis, check_doses
from ebpm.did.doses.effects import dose_effects
from ebpm.did.doses.panel import DosePanel, read_doses
from ebpm.did.doses.response import DoseResponse
from ebpm.did.group_time.cells import CellDesign
from ebpm.did.group_time.checks import Adoption
from ebpm.did.joint import Reading
from ebpm.errors import DataError, DesignError
from ebpm.moments.frame import Floats, Ints, one_of
from ebpm.moments.naming import named_columns
from ebpm.stats.given import numbers
from ebpm.stats.inference import level, rounding

SHAPES = ("spline", "saturated")
GAPS = ("refuse", "drop_units")
PERCENTILES = np.arange(10, 100) / 100
BINS, MARGIN = 30, 0.02


def continuous_dose(
    data: Any,
    outcome: str,
    *,
    unit: str,
    time: str,
    dose: str,
    first_treated: str,
    covariates: Sequence[str] = (),
    shape: str = "spline",
    degree: int = 3,
    knots: int = 0,
    grid: Sequence[float] = (),
    control: str = "not_yet_treated",
    base: str = "varying",
    anticipation: int = 0,
    cluster: str | None = None,
    weights: str | None = None,
    gaps: str = "refuse",
    conf_level: float = 0.95,
) -> DoseResponse:
    """Estimate the effect of each dose of a treatment that does not end, ATT(d), and its slope, ACRT(d).

    Parameters
    ----------
    data : a table that Narwhals knows, one row a unit and period; the order of its rows does not matter.
    outcome : column of numbers, in any unit.
    unit, time : columns; `time` holds whole numbers.
    dose : column with the dose of the unit, positive and constant from treatment on; before treatment it may hold 0 or the dose to come, and 0
        for a unit that is never treated.
    first_treated : column with the first treated period; 0, infinite, null or later than the last period where there is none.
    covariates : columns, read in the earlier period of each comparison; parallel trends need hold only given them. Changes without treatment are
        foretold by least squares among the comparison units.
    shape : "spline", a B-spline in the dose for each cohort, or "saturated", one value for each dose (a few doses with several units each).
    degree, knots : of the spline: degree of its pieces, and number of inner knots, at quantiles of the doses of the treated units. A cubic
        polynomial by default.
    grid : doses at which the curves are given, within those of the treated; the 10th to the 99th percentile where empty, every dose if saturated.
    control : "not_yet_treated" compares with all units not yet treated (nor anticipating), "never_treated" with those never treated.
    base : "varying" or "universal", as in `did.att_gt`.
    anticipation : periods before treatment in which units may already respond.
    cluster : column that units are nested in; the unit itself where None.
    weights : column of positive weights, constant in the unit.
    gaps : "refuse" a table in which units miss periods, or "drop_units" that do, counted in notice D208.
    conf_level : level of the intervals.

    Returns
    -------
    DoseResponse. Its estimates are ATT^o, the average effect of the doses received, and ACRT^o, the average slope at the doses received.

    Raises
    ------
    DataError : doses that are not positive or change under treatment, an untreated unit with a dose, a grid beyond the doses, an unknown choice.
    DesignError : no untreated unit, a cohort whose doses are too few for the spline, a saturated dose with a single unit, missing periods.

    Formula: ATT(d) = E[change | dose d] - E[change | untreated], ACRT(d) its derivative (saturated: the step from the dose below, over the difference of
    the doses); with covariates both expectations are of the change less what they foretell; several cohorts and periods are averaged over a cohort's periods, then over cohorts by size, at every dose alike. Standard errors
    sqrt(sum of squared influence), knots taken as given, normal reference; the band is simultaneous over the grid.

    Assumptions: for ATT(d) as the effect on those who chose d, parallel trends (given covariates, linear in them). To compare doses, or to read ACRT(d) as the effect of a little more,
    STRONG parallel trends: units of every dose would have moved alike at each dose, so that nobody chose the dose by what it does for them.

    Source: Callaway, Goodman-Bacon and Sant'Anna (2024), NBER Working Paper 32117.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import did
    >>> change, dose = [0.0, 1.0, 2.0, 3.0, 3.0, 5.0, 6.0, 6.0], [0, 0, 1, 1, 2, 2, 3, 3]
    >>> rows = {"id": [i for i in range(8) for _ in range(2)], "t": [1, 2] * 8, "y": [v for c in change for v in (0.0, c)],
    ...         "d": [d for d in dose for _ in range(2)], "g": [2 * (d > 0) for d in dose for _ in range(2)]}
    >>> found = did.continuous_dose(pd.DataFrame(rows), "y", unit="id", time="t", dose="d", first_treated="g", shape="saturated")
    >>> round(found.aggregate("dose")["2"].estimate, 9), round(found.estimates["acrt"].estimate, 9)
    (3.5, 1.833333333)
    """
    covariates = named_columns(covariates, "covariates")
    one_of(shape, SHAPES, "shape")
    design = CellDesign.asked(control, base, anticipation)
    whole = read_doses(
        data, outcome, unit=unit, time=time, dose=dose, first_treated=first_treated, covariates=covariates, cluster=cluster, weights=weights,
        drop_gaps=one_of(gaps, GAPS, "gaps") == "drop_units",
    )  # fmt: skip
    panel, always = _usable(whole, design)
    cells = design.cells(np.unique(panel.first_treated), panel.periods)
    doses = panel.doses[np.isin(panel.first_treated, [cell.cohort for cell in cells])]
    basis = _saturated(doses) if shape == "saturated" else _spline(doses, degree, knots)
    cohorts = sorted({cell.cohort for cell in cells})
    found = DoseDiagnosis(
        effects=dose_effects(cells, panel, basis), panel=panel, grid=_grid(doses, basis, grid), anticipation=design.anticipation,
        adoption=_adoption(panel, cohorts, always, design.horizon(np.unique(panel.first_treated))),
    )  # fmt: skip
    reading = _reading(found, f"did.continuous_dose.{shape}", doses, conf_level)
    return _response(found, doses, reading, universal=design.base == "universal")


def _response(found: DoseDiagnosis, doses: Floats, reading: Reading, *, universal: bool) -> DoseResponse:
    counts, edges = _histogram(doses)
    return DoseResponse(
        effects=found.effects, grid=tuple(map(float, found.grid)), edges=edges, counts=counts,
        anticipation=found.anticipation, reading=reading, universal=universal,
    )  # fmt: skip


def _reading(found: DoseDiagnosis, method: str, doses: Floats, conf_level: float) -> Reading:
    """Return how the curves are to be read; slopes are in the unit of the outcome over that of the doses."""
    paths = found.panel.paths
    return Reading(
        method=method, rows=paths.size, clusters=found.effects.clusters, df=np.inf, conf_level=level(conf_level),
        floor=rounding(paths) / max(1.0, doses.max()), notices=check_doses(found),
    )  # fmt: skip


def _histogram(doses: Floats) -> tuple[Ints, Floats]:
    room = MARGIN * float(np.ptp(doses)) or MARGIN
    counts, edges = np.histogram(doses, BINS, (doses.min() - room, doses.max() + room))
    return counts, edges


def _usable(whole: DosePanel, design: CellDesign) -> tuple[DosePanel, int]:
    """Return the units that are seen before treatment, and the number of the others."""
    aside = design.set_aside(whole.first_treated, whole.periods)
    if aside.all():
        raise DesignError("did_all_set_aside", units=int(aside.sum()), period=int(whole.periods[0]))
    panel = whole.where(~aside, design)
    cohorts = np.unique(panel.first_treated)
    if len(cohorts) == 1:
        lowest = float(panel.doses.min())
        code = "did_dose_no_untreated" if np.isfinite(cohorts[0]) else "did_dose_nobody"
        raise DesignError(code, units=len(panel.doses), lowest=lowest, count=int((panel.doses == lowest).sum()))
    return panel, int(aside.sum())


def _spline(doses: Floats, degree: int, knots: int) -> DoseBasis:
    if degree != int(degree) or knots != int(knots) or degree < 1 or knots < 0:
        raise DataError("did_dose_spline", degree=degree, knots=knots)
    if not np.ptp(doses):
        raise DesignError("did_dose_one", dose=float(doses[0]), units=len(doses))
    return Spline.of(doses, int(degree), int(knots))


def _saturated(doses: Floats) -> DoseBasis:
    values, counts = np.unique(doses, return_counts=True)
    if counts.min() < 2:
        single = values[counts < 2]
        raise DesignError("did_dose_single", count=len(single), doses=len(values), dose=float(single[0]))
    return Saturated.of(doses)


def _grid(doses: Floats, basis: DoseBasis, grid: Sequence[float]) -> Floats:
    known = np.unique(doses)
    numbers(grid, "grid")
    if isinstance(basis, Saturated):
        places = np.unique(np.asarray(grid, dtype=np.float64)) if len(grid) else known
        outside = places[~np.isin(places, known)]
    else:
        places = np.unique(np.asarray(grid, dtype=np.float64) if len(grid) else np.quantile(doses, PERCENTILES))
        outside = places[~((places >= known[0]) & (places <= known[-1]))]
    if len(outside):
        raise DataError("did_dose_grid", value=float(outside[0]), low=float(known[0]), high=float(known[-1]))
    return places


def _adoption(panel: DosePanel, cohorts: Sequence[int], always: int, horizon: float) -> Adoption:
    after = panel.periods >= panel.first_treated[:, None]
    sums = (np.abs(panel.paths) * after).sum(axis=1)
    share = float(sums.max() / sums.sum()) if sums.sum() > 0 else 0.0
    sizes = {cohort: int((panel.first_treated == cohort).sum()) for cohort in cohorts}
    return Adoption(sizes, always, horizon, float(panel.first_treated.max()), share)
