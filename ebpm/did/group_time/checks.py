"""Guard rails of difference in differences: what the data say against the design."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from ebpm.did.group_time.averages import averages
from ebpm.did.group_time.effects import Effects
from ebpm.did.group_time.fits import Overlap
from ebpm.did.group_time.pretrend import event_test, last_step, pre_effects
from ebpm.did.regression_checks import DOMINANT
from ebpm.estimate import Unavailable
from ebpm.moments.cohorts import cohort_codes
from ebpm.moments.panel import Panel, PanelRows
from ebpm.notices import Facts, Notices, Rule, run
from ebpm.stats.inference import two_sided_p

FEW_IN_COHORT = 10
FEW_TREATED = 30
ALPHA = 0.05
NO_COUNTERPART = 0.95
UNITS_AT_A_TIME = 2048

Finds = Iterator[tuple[str, Facts]]


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What the rules on group-time effects look at.

    Parameters
    ----------
    effects : the effects and the size of the cohorts.
    anticipation : periods before treatment in which units may respond.
    always_treated : units set aside because they have no period before treatment.
    gaps : (units left out for a missing period, of them ever treated, rows left out).
    horizon : first period without a comparison group; infinity where some unit is never treated.
    largest_share : share of one treated unit in the sum of the treated outcomes from treatment on, in absolute values.
    overlaps : of each fit with a propensity score.
    """

    effects: Effects
    anticipation: int
    always_treated: int = 0
    gaps: tuple[int, int, int] = (0, 0, 0)
    horizon: float = np.inf
    largest_share: float = 0.0
    overlaps: tuple[Overlap, ...] = field(default=())

    @property
    def last(self) -> float:
        """The last cohort; infinity where some unit is never treated."""
        return float(self.effects.cohorts.max())

    def sizes(self) -> dict[int, int]:
        """Return the units of each treated cohort."""
        return self.effects.sizes()


@dataclass(frozen=True, slots=True)
class Adoption:
    """What the rules on estimators that read row by row look at.

    Parameters
    ----------
    cohorts : units of each treated cohort.
    always_treated : units set aside because they have no untreated period.
    horizon : first period without an untreated unit; infinity where there is none.
    last : the last cohort, which ends the horizon where no unit is never treated.
    largest_share : share of one treated unit in the sum of the treated outcomes from treatment on, in absolute values.
    """

    cohorts: dict[int, int]
    always_treated: int
    horizon: float
    last: float
    largest_share: float

    @classmethod
    def of(cls, rows: PanelRows, always_treated: int = 0, horizon: float = np.inf) -> Adoption:
        """Count the cohorts of the rows that are used."""
        after = rows.time >= rows.cohort
        treated = np.unique(rows.units.codes[after])
        cohorts, codes = np.unique(rows.first_treated[treated], return_inverse=True)
        counts = rows.standing.counts(codes, treated)
        share = rows.standing.largest_share(rows.periods) if rows.standing else _largest_share(rows, after)
        sizes = {int(cohort): int(count) for cohort, count in zip(cohorts, counts, strict=True)}
        last = float(rows.first_treated.max())
        return cls(sizes, always_treated, horizon, last if np.isfinite(last) else horizon, share)

    def sizes(self) -> dict[int, int]:
        """Return the units of each treated cohort."""
        return self.cohorts


def _largest_share(rows: PanelRows, after: NDArray[np.bool_]) -> float:
    sums = np.bincount(rows.units.codes, np.abs(rows.outcome) * after)
    return float(sums.max() / sums.sum()) if sums.sum() > 0 else 0.0


class Sized(Protocol):
    """What the rules on counts ask for."""

    @property
    def always_treated(self) -> int:
        """Units set aside because they have no untreated period."""

    @property
    def horizon(self) -> float:
        """First period without an untreated unit; infinity where there is none."""

    @property
    def last(self) -> float:
        """The last cohort."""

    @property
    def largest_share(self) -> float:
        """Share of one treated unit in the sum of the treated outcomes."""

    def sizes(self) -> dict[int, int]:
        """Return the units of each treated cohort."""


def largest_share(panel: Panel) -> float:
    """Return the largest share of one treated unit in the sum of treated outcomes, in absolute values, from treatment on."""
    cohorts, codes = cohort_codes(panel.first_treated)
    after = (panel.periods >= cohorts[:, None]).astype(np.float64)
    total, largest = 0.0, 0.0
    gaps = panel.has_gaps
    for start in range(0, len(panel), UNITS_AT_A_TIME):
        span = slice(start, start + UNITS_AT_A_TIME)
        sizes = np.abs(panel.paths[span])
        sizes = np.nan_to_num(sizes) if gaps else sizes
        sizes *= after.take(codes[span], axis=0)
        sums = sizes @ np.ones(sizes.shape[1])
        total, largest = total + float(sums.sum()), max(largest, float(sums.max()))
    return largest / total if total > 0 else 0.0


def _few_treated(subject: Sized) -> Finds:
    units = sum(subject.sizes().values())
    if units < FEW_TREATED:
        yield "", {"units": units, "least": FEW_TREATED}


def _small_cohort(subject: Sized) -> Finds:
    for cohort, units in subject.sizes().items():
        if 1 < units < FEW_IN_COHORT:
            yield str(cohort), {"units": units, "least": FEW_IN_COHORT}


def _cohort_of_one(subject: Sized) -> Finds:
    for cohort, units in subject.sizes().items():
        if units == 1:
            yield str(cohort), {"units": units}


def _pretrend(subject: Diagnosis) -> Finds:
    test = event_test(subject.effects, subject.anticipation)
    if not isinstance(test, Unavailable) and test.p_value < ALPHA:
        yield "", {"statistic": test.statistic, "df": test.df, "p_value": test.p_value}


def _anticipated(subject: Diagnosis) -> Finds:
    step = last_step(subject.effects, subject.anticipation)
    if isinstance(step, Unavailable) or not step[1] > 0:
        return
    df = pre_effects(subject.effects, subject.anticipation).df_error
    p_value = two_sided_p(step[0] / step[1], df) if df > 0 else 1.0
    if p_value < ALPHA:
        yield "", {"change": step[0], "p_value": p_value, "event_time": -1 - subject.anticipation}


def _dominated(subject: Sized) -> Finds:
    if subject.largest_share > DOMINANT:
        yield "", {"share": subject.largest_share, "limit": DOMINANT}


def _truncated(subject: Sized) -> Finds:
    if np.isfinite(subject.horizon):
        yield "", {"horizon": int(subject.horizon), "cohort": int(subject.last)}


def _always_treated(subject: Sized) -> Finds:
    if subject.always_treated:
        yield "", {"units": subject.always_treated}


def _composition(subject: Diagnosis) -> Finds:
    units, treated, rows = subject.gaps
    if units:
        yield "", {"units": units, "treated": treated, "rows": rows, "kept": int(subject.effects.counts.sum())}


def _overlap(subject: Diagnosis) -> Finds:
    for one in {
        overlap.cohort: overlap for overlap in sorted(subject.overlaps, key=lambda each: -each.effective)
    }.values():
        if one.highest > NO_COUNTERPART or one.effective < FEW_IN_COHORT:
            yield str(one.cohort), {"highest": one.highest, "effective": one.effective, "units": one.units}


def _underpowered(subject: Diagnosis) -> Finds:
    found = pre_effects(subject.effects, subject.anticipation)
    if not found.event_times or not found.detectable > 0:
        return
    overall = float(averages(subject.effects, "simple", range(len(subject.effects.cells))).values[-1])
    if found.detectable > abs(overall):
        yield "", {"detectable": found.detectable, "estimate": overall}


GROUP_TIME: tuple[Rule[Diagnosis], ...] = (
    Rule("D201", _few_treated),
    Rule("D202", _cohort_of_one),
    Rule("D203", _pretrend),
    Rule("D204", _anticipated),
    Rule("D205", _dominated),
    Rule("D206", _truncated),
    Rule("D207", _always_treated),
    Rule("D208", _composition),
    Rule("D209", _overlap),
    Rule("D212", _underpowered, requires=("D203",)),
    Rule("D213", _small_cohort),
)


def _mixed_cohorts(subject: Adoption) -> Finds:
    if len(subject.cohorts) > 1:
        yield "", {"cohorts": len(subject.cohorts)}


ADOPTION: tuple[Rule[Adoption], ...] = (
    Rule("D201", _few_treated),
    Rule("D202", _cohort_of_one),
    Rule("D205", _dominated),
    Rule("D206", _truncated),
    Rule("D207", _always_treated),
    Rule("D213", _small_cohort),
)
COHORTS: tuple[Rule[Adoption], ...] = (Rule("D216", _mixed_cohorts),)


def check_group_time(subject: Diagnosis) -> Notices:
    """Return the notices on group-time effects."""
    return run(GROUP_TIME, subject)


def check_adoption(subject: Adoption) -> Notices:
    """Return the notices on the counts of a staggered adoption."""
    return run(ADOPTION, subject)


def check_cohorts(subject: Adoption) -> Notices:
    """Return the notices on a regression that takes the cohorts to be alike."""
    return run(COHORTS, subject)
