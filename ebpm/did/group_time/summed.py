"""Group-time effects from exact sums of paths by cohort, wherever the rows lie."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np

from ebpm.did.constant_outcome import refuse_constant_sums
from ebpm.did.group_regression import clusters_of
from ebpm.did.group_time.cells import CellDesign
from ebpm.did.group_time.checks import Diagnosis, check_group_time
from ebpm.did.group_time.path_cells import PathCells
from ebpm.did.group_time.result import GroupTime
from ebpm.did.group_time.sample_checks import Sampling, Shift, check_sampling
from ebpm.did.regression_checks import check_clusters
from ebpm.errors import DesignError
from ebpm.moments.scans.checks import check_steps
from ebpm.moments.scans.paths.sums import PathSums


def summed_group_time(
    sums: PathSums,
    design: CellDesign,
    outcome: str,
    conf_level: float,
    *,
    gaps: str,
    corrected: bool,
    weights: str = "",
) -> GroupTime:
    """Return the group-time effects of a panel from its sums.

    Parameters
    ----------
    sums : of units by cohort, by the periods in which they are seen, and by cluster where these are kept apart.
    design : comparison group, base period, anticipation.
    outcome : its column, for messages.
    conf_level : level of the intervals.
    gaps : "refuse" units that miss a period, "drop_units" that do, or compare in each cell the "pairs" of units seen in both periods.
    corrected : whether errors are those for few clusters.
    weights : their column, for messages.

    Raises
    ------
    DesignError : units that miss periods, no unit seen before its treatment, no comparison group, an outcome that never varies.
    """
    whole, left_out = (sums, (0, 0, 0)) if gaps == "pairs" else sums.complete(drop_gaps=gaps == "drop_units")
    kept = _taking_part(whole, design, of_units=sums.units)
    refuse_constant_sums(kept, outcome)
    cohorts, periods = np.unique(kept.cohorts), np.array(kept.periods, dtype=np.int64)
    found = PathCells.of(design.cells(cohorts, periods), kept, corrected=corrected)
    floor = kept.rounding
    effects = found.effects(corrected=corrected).settled(floor)
    diagnosis = Diagnosis(
        effects, design.anticipation, always_treated=whole.units - kept.units, gaps=left_out, horizon=design.horizon(cohorts),
        largest_share=kept.largest_share,
    )  # fmt: skip
    sampling = Sampling(found.overlaps(), found.left_out, 0, tuple(_shifts(kept)))
    notices = check_group_time(diagnosis) + check_sampling(sampling) + check_steps(outcome, kept.fixed)
    notices += check_steps(weights, kept.weighed.fixed)
    if kept.clustered:
        clusters = clusters_of(kept, np.isfinite(kept.cohorts))
        notices += check_clusters(replace(clusters, corrected=corrected, alone=tuple(_lone_cohorts(kept))))
    rows = sum(count * group.seen.bit_count() for count, group in zip(kept.counts, kept.groups, strict=True))
    return GroupTime(
        effects=effects,
        design=design,
        method="did.att_gt",
        rows=rows,
        conf_level=conf_level,
        notices=notices,
        floor=floor,
    )


def _taking_part(whole: PathSums, design: CellDesign, *, of_units: int) -> PathSums:
    """Return the sums of units seen before their treatment, cohorts beyond the design's reach as never treated."""
    periods = np.array(whole.periods, dtype=np.int64)
    if not whole.groups:
        raise DesignError("panel_no_complete", total=of_units, periods=len(periods))
    aside = design.set_aside(whole.cohorts, periods)
    if aside.all():
        raise DesignError("did_all_set_aside", units=whole.units, period=whole.periods[0])
    seen = whole.where(~aside)
    return seen.in_cohorts(design.beyond(seen.cohorts, periods))


def _lone_cohorts(sums: PathSums) -> Iterator[str]:
    """Yield the treated cohorts of several units that all lie in one cluster."""
    for cohort in np.unique(sums.cohorts[np.isfinite(sums.cohorts)]):
        own = sums.where(sums.cohorts == cohort)
        if own.units > 1 and len({group.cluster for group in own.groups}) == 1:
            yield f"{cohort:g}"


def _shifts(sums: PathSums) -> Iterator[Shift]:
    """Yield how the share of each treated cohort among the rows moves from before its treatment to after, where units miss periods."""
    if sums.seen.all():
        return
    masses = np.array(sums.masses(1).counts, dtype=np.float64)[:, None] * sums.seen
    squares, periods = sums.squares()[:, None] * sums.seen, np.array(sums.periods)
    for cohort in np.unique(sums.cohorts[np.isfinite(sums.cohorts)]):
        after, own = periods >= cohort, sums.cohorts == cohort
        if not after.any() or after.all():
            continue
        sizes = np.array([masses[:, some].sum() for some in (after, ~after)])
        shares = np.array([masses[own][:, some].sum() for some in (after, ~after)]) / sizes
        spent = np.array([squares[:, some].sum() for some in (after, ~after)]) / sizes**2
        variances = shares * (1.0 - shares)
        gap, spread, error = abs(shares[0] - shares[1]), np.sqrt(variances.mean()), np.sqrt((variances * spent).sum())
        yield Shift(f"{cohort:g}", gap / spread if spread > 0 else 0.0, gap / error if error > 0 else 0.0)
