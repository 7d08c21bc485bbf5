"""From a sample that has been read to its group-time effects: what is set aside, which path, what the guard rails find."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ebpm.did.constant_outcome import refuse_constant
from ebpm.did.group_time.blocks import fit_panel
from ebpm.did.group_time.cells import Cell, CellDesign
from ebpm.did.group_time.checks import Diagnosis, check_group_time, largest_share
from ebpm.did.group_time.cross_sections import fit_rows
from ebpm.did.group_time.effects import Effects, effects_from_moments
from ebpm.did.group_time.fits import Fitted, LeftOut, Overlap
from ebpm.did.group_time.result import GroupTime
from ebpm.did.group_time.sample_checks import Sampling, check_sampling, panel_shifts, shifts
from ebpm.did.regression_checks import Clusters, check_clusters, lone_cohorts
from ebpm.errors import DesignError
from ebpm.moments.cohorts import cohort_codes
from ebpm.moments.frame import Floats, Ints
from ebpm.moments.observations import Observations
from ebpm.moments.panel import Panel
from ebpm.moments.paths import PathMoments
from ebpm.notices import Notices
from ebpm.stats.inference import rounding

Told = tuple[Effects, tuple[Overlap, ...], tuple[LeftOut, ...]]


def panel_group_time(
    panel: Panel,
    names: Sequence[str],
    design: CellDesign,
    method: str,
    conf_level: float,
    *,
    outcome: str,
    corrected: bool = False,
) -> GroupTime:
    """Return the group-time effects of a panel: from its moments where units are alike, else from its paths.

    Parameters
    ----------
    names : of the covariates.
    outcome : its column, for messages.
    corrected : whether errors are those for few clusters.

    Raises
    ------
    DesignError : no unit seen before its treatment, no comparison group, an outcome that never varies in the units that take part.
    """
    aside = design.set_aside(panel.first_treated, panel.periods)
    _refuse_all(aside, len(panel), int(panel.periods[0]))
    whole = panel.where(~aside)
    kept = whole.starting(design.beyond(whole.first_treated, panel.periods))
    refuse_constant(kept, outcome)
    cohorts, _ = cohort_codes(kept.first_treated)
    cells, adjusts = design.cells(cohorts, kept.periods), kept.covariates.shape[2] > 0
    gaps, clustered = kept.has_gaps, len(kept.clusters) > 0
    refit = partial(fit_panel, cells, kept, method if adjusts else "reg")
    alike = not (adjusts or gaps or clustered or corrected or len(kept.weights))
    effects, overlaps, left_out = _from_moments(cells, kept) if alike else _from_paths(refit(), corrected=corrected)
    floor = rounding(kept.paths)
    effects = effects.settled(floor)
    diagnosis = Diagnosis(
        effects, design.anticipation, always_treated=int(aside.sum()), gaps=panel.gaps, horizon=design.horizon(cohorts),
        largest_share=largest_share(kept), overlaps=overlaps if adjusts and method != "reg" else (),
    )  # fmt: skip
    moved = panel_shifts(kept, names) if gaps else ()
    sampling = Sampling(overlaps, left_out, len(names), moved)
    notices = check_group_time(diagnosis) + check_sampling(sampling)
    if clustered:
        notices += _clusters(kept.clusters, kept.first_treated, np.arange(len(kept)), corrected=corrected)
    return GroupTime(
        effects=effects, design=design, method=f"did.att_gt.{method}" if adjusts else "did.att_gt",
        rows=int((~np.isnan(kept.paths)).sum()) if gaps else kept.rows, conf_level=conf_level, notices=notices, floor=floor,
        refit=refit,
    )  # fmt: skip


def _from_moments(cells: Sequence[Cell], panel: Panel) -> Told:
    return effects_from_moments(cells, PathMoments.of(panel)), (), ()


def _from_paths(found: Fitted, *, corrected: bool) -> Told:
    effects = found.effects.corrected(found.contributions.by_arm()) if corrected else found.effects
    return effects, found.overlaps, found.left_out


def sections_group_time(
    sample: Observations,
    names: Sequence[str],
    design: CellDesign,
    method: str,
    conf_level: float,
    *,
    outcome: str,
    corrected: bool = False,
) -> GroupTime:
    """Return the group-time effects of repeated cross-sections, or of a panel with gaps read row by row.

    Parameters
    ----------
    names : of the covariates.
    outcome : its column, for messages.
    corrected : whether errors are those for few clusters.

    Raises
    ------
    DesignError : no unit seen before its treatment, no comparison group, an outcome that never varies in the units that take part.
    """
    aside = design.set_aside(sample.first_treated, sample.periods)
    _refuse_all(aside, len(sample), int(sample.periods[0]))
    whole = sample.where(~aside)
    coded = whole.starting(design.beyond(whole.first_treated, sample.periods))
    refuse_constant(coded, outcome)
    cohorts, _ = cohort_codes(coded.first_treated)
    horizon = design.horizon(cohorts)
    cells = design.cells(cohorts, sample.periods)
    kept = coded.where(sample.periods[coded.period] < horizon)
    adjusts = bool(names)
    refit = partial(fit_rows, cells, kept, method if adjusts else "reg")
    found = refit()
    effects = found.effects.corrected(found.contributions.by_arm()) if corrected else found.effects
    floor = rounding(kept.outcome)
    effects = effects.settled(floor)
    diagnosis = Diagnosis(
        effects, design.anticipation, always_treated=len(np.unique(sample.units[aside])), horizon=horizon,
        largest_share=_largest_share(kept), overlaps=found.overlaps if adjusts and method != "reg" else (),
    )  # fmt: skip
    sampling = Sampling(found.overlaps, found.left_out, len(names), shifts(kept, names))
    notices = check_group_time(diagnosis) + check_sampling(sampling)
    if found.effects.clusters[1] < found.effects.counts.sum():
        notices += _clusters(kept.clusters, kept.first_treated, kept.units, corrected=corrected)
    return GroupTime(
        effects=effects, design=design, method=f"did.att_gt.sections.{method}" if adjusts else "did.att_gt.sections",
        rows=len(kept), conf_level=conf_level, notices=notices, floor=floor, refit=refit,
    )  # fmt: skip


def _clusters(groups: Ints, cohort: Floats, units: Ints, *, corrected: bool) -> Notices:
    found = Clusters.of(groups, np.isfinite(cohort), corrected=corrected)
    return check_clusters(replace(found, alone=lone_cohorts(groups, cohort, units)))


def _refuse_all(aside: NDArray[np.bool_], units: int, period: int) -> None:
    if aside.all():
        raise DesignError("did_all_set_aside", units=units, period=period)


def _largest_share(sample: Observations) -> float:
    after = sample.periods[sample.period] >= sample.first_treated
    sums = np.bincount(sample.units, np.abs(sample.outcome) * after)
    return float(sums.max() / sums.sum()) if sums.sum() > 0 else 0.0
