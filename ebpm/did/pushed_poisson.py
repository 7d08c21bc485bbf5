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

CLUSTERED = ("CR1", "CR0")
ROBUST = ("HC0", "HC1")
ERRORS = (*CLUSTERED, "classical", *ROBUST)


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


def poisson_where_it_lies(data: Any, request: CountRequest, errors: str) -> Fitted | None:
    """Return the fit of a table that is summed where it lies; None of a table in memory, or that fits.

    Raises
    ------
    DataError, DesignError : what `UnitCounts.of` and `StreamedPoisson.fit` refuse; a single cluster.
    """
    scan = scan_of(data)
    if scan is None or fits(scan):
        return None
    table = UnitCounts.of(scan, request)
    found = StreamedPoisson(table, request.regressors).fit(by_row=errors in ROBUST)
    if found.clusters < 2:
        raise DesignError("stats_one_cluster", clusters=found.clusters)
    apart = errors not in CLUSTERED
    columns = len(request.regressors) + table.rank + (found.units if apart else 1)
    scale = scaled(errors, found.rows, columns, found.clusters)
    first = table.ranges[request.regressors[0]]
    notices = check_amounts(Amounts(table.rows - found.rows, table.units - found.units, found.largest_share))
    if first.decimals == 0 and first.low >= 0 and first.high <= 1 and not apart:
        notices += check_clusters(Clusters(found.treated, found.clusters - found.treated))
    covariance: Floats = scale * (found.bread if errors == "classical" else found.bread @ found.products @ found.bread)
    return Fitted(found.coefficients, covariance, found.rows, 0 if apart else found.clusters, notices)


def scaled(errors: str, rows: int, columns: int, clusters: int) -> float:
    """Return what corrects a covariance for small samples.

    Parameters
    ----------
    columns : K, those of units included where rows are independent.
    """
    if errors == "CR1":
        return small_sample(rows, columns, clusters)
    return 1.0 if errors in ("CR0", "HC0") else (rows - float(errors == "classical")) / max(rows - columns, 1)
