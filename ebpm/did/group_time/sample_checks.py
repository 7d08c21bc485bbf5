"""Guard rails of who is compared with whom: cells left out, groups whose composition moves, weights, covariates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ebpm.did.group_time.fits import LeftOut, Overlap
from ebpm.moments.frame import Floats, Ints
from ebpm.moments.observations import Observations
from ebpm.moments.panel import Panel
from ebpm.notices import Facts, Notices, Rule, run
from ebpm.texts import LANGUAGES

MOST_SHIFT = 0.25
MOST_SURPRISE = 3.29
MOST_WEIGHT = 0.2
FEW_PER_COVARIATE = 5
NAMED = 5

Finds = Iterator[tuple[str, Facts]]


@dataclass(frozen=True, slots=True)
class Shift:
    """How far the rows of a cohort from treatment on differ from those before.

    Parameters
    ----------
    about : the cohort, and the covariate where it is about one; the cohort alone where it is about its share of all rows.
    deviations : difference of means in standard deviations.
    surprise : difference of means over its standard error.
    """

    about: str
    deviations: float
    surprise: float


@dataclass(frozen=True, slots=True)
class Sampling:
    """What the rules on comparisons look at.

    Parameters
    ----------
    overlaps : of each fit that weighs its comparison units.
    left_out : cells that could not be estimated.
    covariates : number of covariates.
    shifts : of the composition of the cohorts, where the units change from period to period.
    """

    overlaps: tuple[Overlap, ...]
    left_out: tuple[LeftOut, ...]
    covariates: int
    shifts: tuple[Shift, ...] = ()


def shifts(sample: Observations, names: Sequence[str]) -> tuple[Shift, ...]:
    """Return how the share of each treated cohort, and its covariates, differ before and after its treatment."""
    time = sample.periods[sample.period]
    return tuple(_shifts(time, sample.first_treated, sample.covariates, (sample.stakes, sample.weights), names))


def panel_shifts(panel: Panel, names: Sequence[str]) -> tuple[Shift, ...]:
    """Return the same for a panel whose units miss periods; the mean of a unit's covariates stands in all of its rows."""
    unit, period = np.nonzero(~np.isnan(panel.paths))
    weights = (panel.weights if len(panel.weights) else np.ones(len(panel)))[unit]
    counts = np.bincount(unit, minlength=len(panel))
    means = [np.bincount(unit, panel.covariates[unit, period, at]) / counts for at in range(len(names))]
    covariates = np.column_stack([np.empty((len(unit), 0)), *(mean[unit] for mean in means)])
    return tuple(_shifts(panel.periods[period], panel.first_treated[unit], covariates, (weights, weights), names))


def _shifts(
    time: Ints, first_treated: Floats, covariates: Floats, weights: tuple[Floats, Floats], names: Sequence[str]
) -> Iterator[Shift]:
    """Yield the shifts of rows, their weights for shares and for covariates given."""
    for cohort in np.unique(first_treated[np.isfinite(first_treated)]):
        own, after = first_treated == cohort, time >= cohort
        if not after.any() or after.all():
            continue
        yield _shift(f"{cohort:g}", own.astype(np.float64), weights[0], after)
        if own[after].any() and own[~after].any():
            for at, name in enumerate(names):
                yield _shift(f"{cohort:g}, {name}", covariates[own, at], weights[1][own], after[own])


def _shift(about: str, values: Floats, weights: Floats, after: NDArray[np.bool_]) -> Shift:
    groups = [(values[some], weights[some] / weights[some].sum()) for some in (after, ~after)]
    means = [float(share @ one) for one, share in groups]
    variances = [float(share @ (one - mean) ** 2) for (one, share), mean in zip(groups, means, strict=True)]
    spread = np.sqrt(np.mean(variances))
    error = np.sqrt(sum(v * float(share @ share) for v, (_, share) in zip(variances, groups, strict=True)))
    gap = abs(means[0] - means[1])
    return Shift(about, gap / spread if spread > 0 else 0.0, gap / error if error > 0 else 0.0)


def _left_out(subject: Sampling) -> Finds:
    if subject.left_out:
        names = [one.cell.name for one in subject.left_out]
        shown = ", ".join(names[:NAMED]) + (", …" if len(names) > NAMED else "")
        cause = {lang: subject.left_out[0].error.what(lang) for lang in LANGUAGES}
        yield "", {"cells": len(names), "names": shown, "cause": cause}


def _moved(subject: Sampling) -> Finds:
    for one in subject.shifts:
        if one.deviations > MOST_SHIFT and one.surprise > MOST_SURPRISE:
            yield one.about, {"deviations": one.deviations, "limit": MOST_SHIFT}


def _heavy(subject: Sampling) -> Finds:
    worst: dict[int, Overlap] = {}
    for one in subject.overlaps:
        if one.units * MOST_WEIGHT > 2 and one.largest > max(MOST_WEIGHT, worst.get(one.cohort, one).largest - 1e-12):
            worst[one.cohort] = one
    for cohort, one in sorted(worst.items()):
        yield (
            str(cohort),
            {"largest": one.largest, "effective": one.effective, "units": one.units, "limit": MOST_WEIGHT},
        )


def _crowded(subject: Sampling) -> Finds:
    least = FEW_PER_COVARIATE * subject.covariates
    fewest: dict[int, int] = {}
    for one in subject.overlaps:
        fewest[one.cohort] = min(fewest.get(one.cohort, least), one.treated, one.units)
    for cohort, units in sorted(fewest.items()):
        if units < least:
            yield str(cohort), {"units": units, "covariates": subject.covariates, "least": least}


SAMPLED: tuple[Rule[Sampling], ...] = (
    Rule("D219", _left_out),
    Rule("D220", _moved),
    Rule("D221", _heavy),
    Rule("D222", _crowded),
)


def check_sampling(subject: Sampling) -> Notices:
    """Return the notices on who is compared with whom."""
    return run(SAMPLED, subject)
