"""Poisson regression with unit and period effects over a table that stays where it is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ebpm.did.cluster_arms import small_sample
from ebpm.did.regression_checks import Amounts, Clusters, check_amounts, check_clusters
from ebpm.errors import DesignError
from ebpm.moments.frame import Floats
from ebpm.moments.scans.opening import scan_of
from ebpm.moments.scans.size import fits
from ebpm.moments.scans.streamed.poisson import StreamedPoisson
from ebpm.moments.scans.units.counts import CountRequest, UnitCounts
from ebpm.notices import Notices


@dataclass(frozen=True, slots=True)
class Fitted:
    """What `did.poisson` reports.

    Parameters
    ----------
    coefficients : shape (k,).
    covariance : shape (k, k).
    rows, clusters : that the regression rests on.
    notices : of the guard rails.
    """

    coefficients: Floats
    covariance: Floats
    rows: int
    clusters: int
    notices: Notices


def poisson_where_it_lies(data: Any, request: CountRequest) -> Fitted | None:
    """Return the fit of a table that is summed where it lies; None of a table in memory, or that fits.

    Raises
    ------
    DataError, DesignError : what `UnitCounts.of` and `StreamedPoisson.fit` refuse; a single cluster.
    """
    scan = scan_of(data)
    if scan is None or fits(scan):
        return None
    table = UnitCounts.of(scan, request)
    found = StreamedPoisson(table, request.regressors).fit()
    if found.clusters < 2:
        raise DesignError("stats_one_cluster", clusters=found.clusters)
    scale = small_sample(found.rows, len(request.regressors) + table.rank + 1, found.clusters)
    first = table.ranges[request.regressors[0]]
    notices = check_amounts(Amounts(table.rows - found.rows, table.units - found.units, found.largest_share))
    if first.decimals == 0 and first.low >= 0 and first.high <= 1:
        notices += check_clusters(Clusters(found.treated, found.clusters - found.treated))
    covariance: Floats = scale * found.bread @ found.products @ found.bread
    return Fitted(found.coefficients, covariance, found.rows, found.clusters, notices)
