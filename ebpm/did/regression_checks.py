"""Guard rails of regressions: how many clusters, which weights, what is left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError
from ebpm.moments.frame import Floats, Ints
from ebpm.notices import Facts, Notices, Rule, run

FEW_CLUSTERS, ENOUGH_CLUSTERS, FEWEST_CORRECTED = 10, 30, 6
CORRECTED = ("CR2", "CR3")
MOST_FORBIDDEN = 0.1
DOMINANT = 0.5
WEIGHTLESS = 1e-12
NONE = np.empty(0)

Finds = Iterator[tuple[str, Facts]]


def refuse_outcome_among(regressors: Sequence[str], outcome: str) -> None:
    """Refuse the outcome among the columns that explain it."""
    if outcome in regressors:
        raise DataError("did_outcome_covariate", column=outcome)


@dataclass(frozen=True, slots=True)
class Clusters:
    """How many clusters there are with and without treatment.

    Parameters
    ----------
    treated, comparison : clusters of either kind.
    corrected : whether the errors are those for few clusters.
    alone : cohorts of several units that lie in a single cluster.
    """

    treated: int
    comparison: int
    corrected: bool = False
    alone: tuple[str, ...] = ()

    @classmethod
    def of(cls, codes: Ints, treated: NDArray[np.bool_], *, corrected: bool = False, mass: Floats = NONE) -> Clusters:
        """Count clusters: treated if any of their rows is; shapes (n,) and (n,). `mass` is how many each stands for, where not one."""
        ever = np.zeros(int(codes.max()) + 1, dtype=np.bool_)
        ever[codes[treated]] = True
        sizes = mass if len(mass) else np.ones(len(ever))
        return cls(int(np.rint(sizes @ ever)), int(np.rint(sizes @ ~ever)), corrected)


def lone_cohorts(groups: Ints, cohort: Floats, units: Ints) -> tuple[str, ...]:
    """Return the treated cohorts of several units whose rows all lie in one cluster; each argument of shape (n,)."""
    owns = {float(one): cohort == one for one in np.unique(cohort[np.isfinite(cohort)])}
    return tuple(f"{one:g}" for one, own in owns.items() if not np.ptp(groups[own]) and np.ptp(units[own]))


@dataclass(frozen=True, slots=True)
class Amounts:
    """The outcomes of a Poisson regression.

    Parameters
    ----------
    rows : left out with units and periods of zeros alone.
    units : left out, of zeros alone.
    largest_share : share of one unit in the sum of the treated outcomes.
    """

    rows: int
    units: int
    largest_share: float


def _few_clusters(subject: Clusters) -> Finds:
    least = FEWEST_CORRECTED if subject.corrected else FEW_CLUSTERS
    if min(subject.treated, subject.comparison) < least:
        yield "", {"treated": subject.treated, "comparison": subject.comparison, "least": least}


def _some_clusters(subject: Clusters) -> Finds:
    smaller = min(subject.treated, subject.comparison)
    if not subject.corrected and FEW_CLUSTERS <= smaller < ENOUGH_CLUSTERS:
        yield "", {"treated": subject.treated, "comparison": subject.comparison, "least": ENOUGH_CLUSTERS}


def _lone_cohort(subject: Clusters) -> Finds:
    for cohort in subject.alone:
        yield cohort, {}


def _negative(subject: tuple[int, int]) -> Finds:
    negative, rows = subject
    if negative:
        yield "", {"share": negative / rows, "rows": negative}


def _forbidden(share: float) -> Finds:
    if share > MOST_FORBIDDEN:
        yield "", {"share": share, "limit": MOST_FORBIDDEN}


def _zeros(subject: Amounts) -> Finds:
    if subject.rows:
        yield "", {"rows": subject.rows, "units": subject.units}


def _dominated(subject: Amounts) -> Finds:
    if subject.largest_share > DOMINANT:
        yield "", {"share": subject.largest_share, "limit": DOMINANT}


COMPARED: tuple[Rule[float], ...] = (Rule("D215", _forbidden),)


def _fragile(breakdown: float) -> Finds:
    if 0 < breakdown < 1:
        yield "", {"breakdown": breakdown}


FRAGILE: tuple[Rule[float], ...] = (Rule("D218", _fragile),)
AMOUNTS: tuple[Rule[Amounts], ...] = (Rule("D205", _dominated), Rule("D217", _zeros))
CLUSTERED: tuple[Rule[Clusters], ...] = (
    Rule("D211", _few_clusters),
    Rule("D243", _lone_cohort),
    Rule("D250", _some_clusters),
)
WEIGHTED: tuple[Rule[tuple[int, int]], ...] = (Rule("D214", _negative),)


def check_clusters(subject: Clusters) -> Notices:
    """Return the notices on the number of clusters."""
    return run(CLUSTERED, subject)


def check_weights(weights: Floats, rows: Ints | None = None) -> Notices:
    """Return the notices on the weights with which treated rows enter a two-way fixed-effects coefficient.

    Parameters
    ----------
    weights : of the treated rows, shape (n,).
    rows : how many rows each of them stands for, shape (n,); one where None.
    """
    counts = np.ones(len(weights), dtype=np.int64) if rows is None else rows
    negative = weights < -WEIGHTLESS * np.abs(weights).max(initial=0.0)
    return run(WEIGHTED, (int(counts[negative].sum()), int(counts.sum())))


def check_forbidden(share: float) -> Notices:
    """Return the notices on the weight of comparisons with units already treated."""
    return run(COMPARED, share)


def check_amounts(subject: Amounts) -> Notices:
    """Return the notices on outcomes of zero alone and on one unit that holds most of their sum."""
    return run(AMOUNTS, subject)


def check_breakdown(breakdown: float) -> Notices:
    """Return the notices on the largest departure from parallel trends that a finding bears, relative to those before treatment."""
    return run(FRAGILE, breakdown)
