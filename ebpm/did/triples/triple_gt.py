"""Triple differences with staggered adoption: the effect on the eligible of each cohort in each period."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from ebpm.did.comparisons import Flags
from ebpm.did.constant_outcome import refuse_constant
from ebpm.did.group_time.cells import Cell, CellDesign
from ebpm.did.group_time.checks import Diagnosis, check_group_time, largest_share
from ebpm.did.group_time.effects import Effects, settle
from ebpm.did.group_time.fits import Overlap
from ebpm.did.group_time.result import GroupTime
from ebpm.did.interaction import zero_one
from ebpm.did.triples.effects import Parted
from ebpm.errors import DataError, DesignError
from ebpm.moments.frame import Floats, Frame, Ints, one_of
from ebpm.moments.naming import named_columns
from ebpm.moments.panel import Panel, read_panel
from ebpm.stats.groups import group_sums
from ebpm.stats.inference import level, rounding

METHODS = ("dr", "ipw", "reg")
GAPS = ("refuse", "drop_units")


def triple_gt(
    data: Any,
    outcome: str,
    *,
    unit: str,
    time: str,
    first_treated: str,
    eligible: str,
    covariates: Sequence[str] = (),
    control: str = "not_yet_treated",
    method: str = "dr",
    base: str = "varying",
    anticipation: int = 0,
    cluster: str | None = None,
    weights: str | None = None,
    gaps: str = "refuse",
    conf_level: float = 0.95,
) -> GroupTime:
    """Estimate ATT(g, t) of the eligible where groups adopt at different times, with those not eligible as a further comparison.

    Parameters
    ----------
    data : a table that Narwhals knows, one row a unit and period; the order of its rows does not matter.
    outcome : column of numbers, in any unit.
    unit, time : columns; `time` holds whole numbers.
    first_treated : column with the period in which the unit's group (place) adopts, also for units not eligible; 0, infinite, null or
        later than the last period where it never does.
    eligible : column of 0 and 1, constant within a unit: whether the treatment can reach it.
    covariates : columns, read in the earlier period of each comparison.
    control : "not_yet_treated" compares with each cohort that has not adopted by then, one at a time, and combines them at least
        variance; "never_treated" with the groups that never adopt. To pool cohorts would be biased: they may differ in their share of
        eligible units and in its trend.
    method : "dr" doubly robust, "ipw" inverse probability weighting, "reg" outcome regression. Without covariates they are one.
    base, anticipation, conf_level : as in `did.att_gt`.
    cluster : column that units are nested in (the group that adopts, say); units are independent where None.
    weights : column of sampling weights, constant within a unit.
    gaps : "refuse" a table in which units miss periods, or "drop_units" that do, counted in notice D208.

    Returns
    -------
    GroupTime. Aggregates weigh cohorts by their eligible units, as these are the treated.

    Raises
    ------
    DataError : what `did.att_gt` refuses; an `eligible` that is not 0 and 1 or that changes within a unit.
    DesignError : what `did.att_gt` raises; a cohort without units of both kinds.

    Formula: for a comparison cohort c, with A the eligible of cohort g and DD(A, B) the adjusted change of A less that of B:
    DD(A, not eligible of g) + DD(A, eligible of c) - DD(A, not eligible of c), each adjusted to the covariates of A. Over several c,
    weights V^-1 1 / 1'V^-1 1 with V the covariance of these (units independent); a c with a single unit of either kind is left out where
    there is another. Standard errors sqrt(sum over clusters of squared influence).

    Assumptions: without treatment the gap between eligible and not eligible would have moved alike in all cohorts (given covariates); those not
    eligible are not affected; no anticipation beyond that declared; treatment does not end; clusters independent.

    Source: Ortiz-Villavicencio and Sant'Anna (2025), Better Understanding Triple Differences Estimators, arXiv 2505.09942, equations 4.1 to 4.14.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import did
    >>> rows = [(i, t, g, e) for i, (g, e) in enumerate([(2, 1), (2, 0), (0, 1), (0, 0)] * 2) for t in (1, 2)]
    >>> table = pd.DataFrame(rows, columns=["id", "t", "g", "e"])
    >>> table["y"] = table.id + table.t * (1 + table.g) + table.e * table.t + 5.0 * ((table.g == 2) & (table.e == 1) & (table.t == 2))
    >>> found = did.triple_gt(table, "y", unit="id", time="t", first_treated="g", eligible="e")
    >>> round(found.aggregate("simple").headline.estimate, 9)
    5.0
    """
    covariates = named_columns(covariates, "covariates")
    design = CellDesign.asked(control, base, anticipation)
    one_of(method, METHODS, "method")
    zero_one(Frame.of(data), eligible, "eligible")
    panel = read_panel(
        data, outcome, unit=unit, time=time, first_treated=first_treated, covariates=[*covariates, eligible],
        weights=weights, cluster=cluster, drop_gaps=one_of(gaps, GAPS, "gaps") == "drop_units",
    )  # fmt: skip
    refuse_constant(panel, outcome)
    parted, always = _parted(panel, design, eligible, method if covariates else "reg")
    effects, overlaps = _effects(parted, design, eligible)
    floor = rounding(parted.panel.paths)
    effects = effects.settled(floor)
    diagnosis = Diagnosis(
        effects, design.anticipation, always_treated=always, gaps=panel.gaps, horizon=design.horizon(effects.cohorts),
        largest_share=largest_share(parted.panel.where(parted.eligible)), overlaps=overlaps,
    )  # fmt: skip
    return GroupTime(
        effects=effects, design=design, method=f"did.triple_gt.{method}" if covariates else "did.triple_gt",
        rows=parted.panel.rows, conf_level=level(conf_level), notices=check_group_time(diagnosis), floor=floor,
    )  # fmt: skip


def _parted(panel: Panel, design: CellDesign, eligible: str, method: str) -> tuple[Parted, int]:
    """Return the units seen before their treatment, eligible and not, and the number of those eligible that are set aside."""
    reached, aside = _constant(panel, eligible), design.set_aside(panel.first_treated, panel.periods)
    if aside.all():
        raise DesignError("did_all_set_aside", units=int(aside.sum()), period=int(panel.periods[0]))
    kept = panel.where(~aside)
    started = kept.starting(design.beyond(kept.first_treated, kept.periods))
    without = replace(started, covariates=kept.covariates[:, :, :-1])
    return Parted(without, reached[~aside], method), int((aside & reached).sum())


def _constant(panel: Panel, eligible: str) -> Flags:
    """Return which units are eligible, shape (n,)."""
    values = panel.covariates[:, :, -1]
    changed = (values != values[:, :1]).any(axis=1)
    if changed.any():
        raise DataError("did_covariate_changes", column=eligible, unit=panel.units[int(np.argmax(changed))])
    return np.asarray(values[:, 0] == 1.0)


def _effects(parted: Parted, design: CellDesign, eligible: str) -> tuple[Effects, tuple[Overlap, ...]]:
    """Return the effects with their joint covariance and that of the shares of the cohorts among the eligible, and the overlaps."""
    panel, reached = parted.panel, parted.eligible
    cohorts, codes = np.unique(panel.first_treated, return_inverse=True)
    sizes = _sizes(cohorts, codes, reached, eligible)
    cells = tuple(_told(cell, cohorts, sizes) for cell in design.cells(cohorts, panel.periods))
    fits, K = parted.fits(cells), len(cells)
    mass = reached * (panel.weights if len(panel.weights) else np.ones(len(panel)))
    shares = np.bincount(codes, mass) / mass.sum()
    stakes = (mass / mass.sum())[:, None] * (np.eye(len(cohorts))[codes] - shares)
    clusters = panel.clusters if len(panel.clusters) else np.arange(len(panel))
    count = int(clusters.max()) + 1
    both = group_sums(np.column_stack([fits.influence, stakes]), clusters, groups=count)
    joint = both.T @ both
    settle(joint[:K, :K], joint[:K, K:])
    used = [np.isin(panel.first_treated, [cell.cohort, *cell.comparison]) for cell in cells]
    effects = Effects(
        cells=cells, att=fits.values, covariance=joint[:K, :K], cohorts=cohorts, counts=sizes[0], shares=shares,
        cross=joint[:K, K:], shares_covariance=joint[K:, K:], rows=2 * np.array([int(one.sum()) for one in used]),
        groups=np.array([_clusters(cell, parted, clusters) for cell in cells]),
        clusters=(len(np.unique(clusters[reached & np.isfinite(panel.first_treated)])), count),
    )  # fmt: skip
    return effects, fits.overlaps


def _sizes(cohorts: Floats, codes: Ints, reached: Flags, eligible: str) -> Ints:
    """Return the units of each cohort that are eligible, and those that are not, shape (2, H)."""
    sizes = np.stack([np.bincount(codes[kind], minlength=len(cohorts)) for kind in (reached, ~reached)])
    if (sizes == 0).any():
        kind, place = np.argwhere(sizes == 0)[0]
        raise DesignError("did_one_kind", column=eligible, cohort=f"{cohorts[place]:g}", value=1 - int(kind))
    return sizes


def _told(cell: Cell, cohorts: Floats, sizes: Ints) -> Cell:
    """Return the cell without comparison cohorts of which one kind is a single unit, unless all are."""
    small = set(cohorts[sizes.min(axis=0) < 2])
    return replace(cell, comparison=tuple(one for one in cell.comparison if one not in small) or cell.comparison)


def _clusters(cell: Cell, parted: Parted, clusters: Ints) -> tuple[int, int, int]:
    """Return the clusters of the smaller kind in a cell's cohort, of the smallest among its comparison cohorts, and of all."""
    own, other = (
        [clusters[parted.units(one, reached=reached)] for one in group for reached in (True, False)]
        for group in ((cell.cohort,), cell.comparison)
    )
    least = [min(len(np.unique(one)) for one in part) for part in (own, other)]
    return least[0], least[1], len(np.unique(np.concatenate([*own, *other])))
