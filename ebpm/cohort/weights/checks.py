"""Guard rails of weighting: overlap, heavy weights, imbalance that is left, few clusters (C408-C411, C414)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from ebpm.notices import Facts, Notices, Rule, run

if TYPE_CHECKING:
    from ebpm.cohort.weights.balance import CovariateBalance
    from ebpm.cohort.weights.propensity_model import PropensityModel
    from ebpm.cohort.weights.weighting import ArmWeights

Finds = Iterator[tuple[str, Facts]]

LEAST_CHANCE = 0.025
MOST_OUTSIDE = 0.01
LEAST_EFFECTIVE = 0.5
LARGEST_SHARE = 0.1
SMALL_DIFFERENCE = 0.1
FEW_CLUSTERS = 30
PERSONS_A_COVARIATE = 10


@dataclass(frozen=True, slots=True)
class Overlap:
    """Facts on the chances of treatment of n persons.

    Parameters
    ----------
    n : persons.
    outside : of them, with a chance near 0 or 1.
    beyond : of them, with a chance outside the range of the other arm.
    low, high : least and largest chance.
    smaller : persons in the smaller arm.
    columns : of covariates.
    """

    n: int
    outside: int
    beyond: int
    low: float
    high: float
    smaller: int
    columns: int


class Arms(Protocol):
    """What tells the weights of each arm."""

    @property
    def by_arm(self) -> tuple[ArmWeights, ...]:
        """The weights of the untreated and of the treated."""


def overlap_notices(model: PropensityModel) -> Notices:
    """Return C408 where chances near 0 or 1 leave persons without a counterpart, C414 where covariates are many."""
    return overlap_found(_overlap(model))


def overlap_found(found: Overlap) -> Notices:
    """Return C408 and C414 from facts."""
    return run((Rule("C408", _no_counterpart), Rule("C414", _many_covariates)), found)


def weight_notices(found: Arms) -> Notices:
    """Return C409 where few persons carry the weight of an arm."""
    return run((Rule("C409", _heavy),), found)


def balance_notices(found: CovariateBalance) -> Notices:
    """Return C410 for covariates that still differ after weighting."""
    return run((Rule("C410", _differing),), found)


def few_clusters(clusters: int) -> Notices:
    """Return C411 where clusters, of which independent rows have 0, are too few for their sum of squares."""
    return run((Rule("C411", _few),), clusters)


def _overlap(model: PropensityModel) -> Overlap:
    chances, treated = model.chances, model.subjects.treated == 1.0
    outside = (chances < LEAST_CHANCE) | (chances > 1.0 - LEAST_CHANCE)
    low, high = (
        max(chances[treated].min(), chances[~treated].min()),
        min(chances[treated].max(), chances[~treated].max()),
    )
    beyond = (chances < low) | (chances > high)
    return Overlap(
        n=len(chances), outside=int(outside.sum()), beyond=int(beyond.sum()), low=float(chances.min()), high=float(chances.max()),
        smaller=int(min(treated.sum(), (~treated).sum())), columns=len(model.subjects.terms.names),
    )  # fmt: skip


def _no_counterpart(found: Overlap) -> Finds:
    if found.outside / found.n > MOST_OUTSIDE or found.beyond / found.n > 10 * MOST_OUTSIDE:
        yield "", {
            "outside": found.outside, "beyond": found.beyond, "n": found.n, "least": LEAST_CHANCE,
            "low": f"{found.low:.4f}", "high": f"{found.high:.4f}",
        }  # fmt: skip


def _many_covariates(found: Overlap) -> Finds:
    if found.columns and found.smaller < PERSONS_A_COVARIATE * found.columns:
        yield "", {"smaller": found.smaller, "columns": found.columns}


def _heavy(found: Arms) -> Finds:
    for one in found.by_arm:
        few = one.n < 2.0 / LARGEST_SHARE
        if one.effective < LEAST_EFFECTIVE * one.n or (one.largest_share > LARGEST_SHARE and not few):
            facts = {"n": one.n, "effective": f"{one.effective:.1f}", "largest": f"{100 * one.largest_share:.1f}"}
            yield "", {"arm": one.arm} | facts


def _differing(found: CovariateBalance) -> Finds:
    left = np.flatnonzero(np.abs(found.after) > SMALL_DIFFERENCE)
    if len(left):
        worst = int(np.argmax(np.abs(found.after)))
        names = ", ".join(found.covariates[place] for place in left[:5])
        yield (
            found.covariates[worst],
            {"standardised": f"{found.after[worst]:+.2f}", "count": len(left), "names": names},
        )


def _few(clusters: int) -> Finds:
    if 0 < clusters < FEW_CLUSTERS:
        yield "", {"clusters": clusters}
