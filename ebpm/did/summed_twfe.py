"""Two-way fixed effects from exact sums of paths, wherever the rows lie."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ebpm.did.absorbed import ROBUST, SCALED, UNCLUSTERED
from ebpm.did.group_regression import GroupRegression, clusters_of, regress_groups
from ebpm.did.regression_checks import CORRECTED, Clusters, check_clusters, check_weights
from ebpm.did.summed_errors import classical, independent, scaled, small_sample, two_way
from ebpm.errors import DesignError
from ebpm.estimate import Estimates
from ebpm.moments.frame import Floats
from ebpm.moments.scans.checks import check_steps
from ebpm.moments.scans.paths.sums import PathSums
from ebpm.notices import Notices
from ebpm.stats.inference import t_estimate


@dataclass(frozen=True, slots=True)
class Errors:
    """Which errors are asked for.

    Parameters
    ----------
    kind : "CR0" ... "CR3", "CR1S", "classical" or "HC0" ... "HC3".
    by_period : "no", or whether the periods are the "first" or the "second" of two clusterings.
    """

    kind: str = "CR1"
    by_period: str = "no"

    @property
    def plain(self) -> bool:
        """Whether they are of one clustering, CR1."""
        return self.kind == "CR1" and self.by_period == "no"


def summed_twfe(sums: PathSums, outcome: str, treatment: str, conf_level: float, errors: Errors) -> Estimates:
    """Return the effect of a treatment of 0 and 1 with unit and period effects.

    Parameters
    ----------
    sums : of units by the periods in which they are treated, and by cluster where these are kept apart.
    outcome, treatment : columns.
    conf_level : level of the intervals.
    errors : asked for.

    Raises
    ------
    DesignError : a treatment that does not vary beyond the effects, a single cluster.
    """
    if sums.constant:
        total = int(np.array(sums.counts) @ sums.seen.sum(axis=1))
        raise DesignError("did_constant_rows", column=outcome, value=float(sums.means()[sums.seen][0]), rows=total)
    exposed = treated_periods(sums)
    found = regress_groups(sums, exposed[:, :, None], (treatment,))
    covariance, df, clusters = _errors(sums, found, errors)
    item = t_estimate(
        float(found.coefficients[0]), float(np.sqrt(covariance[0, 0])), df=df, conf_level=conf_level, floor=sums.rounding, term=treatment,
        n=found.rows, clusters=clusters, estimand="twfe_effect", method="did.twfe",
    )  # fmt: skip
    on: NDArray[np.bool_] = np.logical_and(exposed > 0, sums.seen)
    rows = np.broadcast_to(np.array(sums.counts, dtype=np.int64)[:, None], on.shape)
    notices = _told_of(sums, np.asarray(on.any(axis=1)), errors) + check_weights(found.left[:, :, 0][on], rows[on])
    return Estimates(
        items=(item,), headline_term=treatment, covariance=covariance, notices=notices + check_steps(outcome, sums.fixed)
    )  # fmt: skip


def _errors(sums: PathSums, found: GroupRegression, errors: Errors) -> tuple[Floats, float, int]:
    """Return covariance, degrees of freedom and clusters; of these none where errors are classical."""
    if errors.by_period != "no":
        return two_way(sums, found, errors.kind)
    if errors.kind in SCALED:
        return scaled(sums, found, errors.kind), found.clusters - 1.0, found.clusters
    if errors.kind == "classical":
        return (*classical(sums, found), 0)
    if errors.kind in ROBUST:
        return (*independent(sums, found, errors.kind), 0)
    return (*small_sample(sums, found, errors.kind), found.clusters)


def _told_of(sums: PathSums, ever: NDArray[np.bool_], errors: Errors) -> Notices:
    """Return the notices on the number of clusters of the first clustering.

    Parameters
    ----------
    ever : which groups are ever treated, shape (G,).
    """
    if errors.kind in UNCLUSTERED:
        return Notices()
    if errors.by_period != "first":
        return check_clusters(replace(clusters_of(sums, ever), corrected=errors.kind in CORRECTED))
    treated = int(sums.seen[ever].any(axis=0).sum())
    return check_clusters(Clusters(treated, int(sums.seen.any(axis=0).sum()) - treated))


def treated_periods(sums: PathSums) -> Floats:
    """Return 1 where a group is treated, shape (G, T), from the bits that stand for its periods."""
    places = range(len(sums.periods))
    return np.array([[float(group.cohort >> place & 1) for place in places] for group in sums.groups])
