"""Two-way fixed effects from exact sums of paths, wherever the rows lie."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ebpm.did.group_regression import clusters_of, regress_groups
from ebpm.did.regression_checks import check_clusters, check_weights
from ebpm.estimate import Estimates
from ebpm.moments.frame import Floats
from ebpm.moments.scans.checks import check_steps
from ebpm.moments.scans.path_sums import PathSums
from ebpm.stats.inference import t_estimate


def summed_twfe(sums: PathSums, outcome: str, treatment: str, conf_level: float) -> Estimates:
    """Return the effect of a treatment of 0 and 1 with unit and period effects; errors CR1.

    Parameters
    ----------
    sums : of units by the periods in which they are treated, and by cluster where these are kept apart.
    outcome, treatment : columns.
    conf_level : level of the intervals.

    Raises
    ------
    DesignError : a treatment that does not vary beyond the effects, a single cluster.
    """
    exposed = treated_periods(sums)
    found = regress_groups(sums, exposed[:, :, None], (treatment,))
    item = t_estimate(
        float(found.coefficients[0]), float(np.sqrt(found.covariance[0, 0])), df=found.clusters - 1.0, conf_level=conf_level, term=treatment,
        n=found.rows, clusters=found.clusters, estimand="twfe_effect", method="did.twfe",
    )  # fmt: skip
    on: NDArray[np.bool_] = np.logical_and(exposed > 0, sums.seen)
    rows = np.broadcast_to(np.array(sums.counts, dtype=np.int64)[:, None], on.shape)
    notices = check_clusters(clusters_of(sums, np.asarray(on.any(axis=1)))) + check_weights(
        found.left[:, :, 0][on], rows[on]
    )
    return Estimates(
        items=(item,), headline_term=treatment, covariance=found.covariance, notices=notices + check_steps(outcome, sums.fixed)
    )  # fmt: skip


def treated_periods(sums: PathSums) -> Floats:
    """Return 1 where a group is treated, shape (G, T), from the bits that stand for its periods."""
    places = range(len(sums.periods))
    return np.array([[float(group.cohort >> place & 1) for place in places] for group in sums.groups])
