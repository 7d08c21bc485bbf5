"""Guard rails of weighting: overlap, heavy weights, imbalance that is left, few clusters (C408-C411, C414)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import numpy as np

from ebpm.notices import Facts, Notices, Rule, run

if TYPE_CHECKING:
    from ebpm.cohort.subjects import Subjects
    from ebpm.cohort.weights.balance import CovariateBalance
    from ebpm.cohort.weights.propensity_model import PropensityModel
    from ebpm.cohort.weights.weighting import Weighting

Finds = Iterator[tuple[str, Facts]]

LEAST_CHANCE = 0.025
MOST_OUTSIDE = 0.01
LEAST_EFFECTIVE = 0.5
LARGEST_SHARE = 0.1
SMALL_DIFFERENCE = 0.1
FEW_CLUSTERS = 30
PERSONS_A_COVARIATE = 10


def overlap_notices(model: PropensityModel) -> Notices:
    """Return C408 where chances near 0 or 1 leave persons without a counterpart, C414 where covariates are many."""
    return run((Rule("C408", _no_counterpart), Rule("C414", _many_covariates)), model)


def weight_notices(found: Weighting) -> Notices:
    """Return C409 where few persons carry the weight of an arm."""
    return run((Rule("C409", _heavy),), found)


def balance_notices(found: CovariateBalance) -> Notices:
    """Return C410 for covariates that still differ after weighting."""
    return run((Rule("C410", _differing),), found)


def few_clusters(subjects: Subjects) -> Notices:
    """Return C411 where clusters are too few for their sum of squares."""
    return run((Rule("C411", _few),), subjects)


def _no_counterpart(model: PropensityModel) -> Finds:
    chances, treated = model.chances, model.subjects.treated == 1.0
    outside = (chances < LEAST_CHANCE) | (chances > 1.0 - LEAST_CHANCE)
    low, high = (
        max(chances[treated].min(), chances[~treated].min()),
        min(chances[treated].max(), chances[~treated].max()),
    )
    beyond = (chances < low) | (chances > high)
    if outside.mean() > MOST_OUTSIDE or beyond.mean() > 10 * MOST_OUTSIDE:
        yield "", {
            "outside": int(outside.sum()), "beyond": int(beyond.sum()), "n": len(chances), "least": LEAST_CHANCE,
            "low": f"{chances.min():.4f}", "high": f"{chances.max():.4f}",
        }  # fmt: skip


def _many_covariates(model: PropensityModel) -> Finds:
    treated, columns = model.subjects.treated, len(model.subjects.terms.names)
    smaller = int(min(treated.sum(), len(treated) - treated.sum()))
    if columns and smaller < PERSONS_A_COVARIATE * columns:
        yield "", {"smaller": smaller, "columns": columns}


def _heavy(found: Weighting) -> Finds:
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


def _few(subjects: Subjects) -> Finds:
    if subjects.clustered and subjects.groups < FEW_CLUSTERS:
        yield "", {"clusters": subjects.groups}
