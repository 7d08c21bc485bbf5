"""Two-way fixed effects with regressors that change from row to row, over a table that stays where it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np

from ebpm.did.absorbed import EXPLAINED, UNCLUSTERED
from ebpm.did.pushed_errors import RowFit, row_errors
from ebpm.did.regression_checks import CORRECTED, Clusters, check_clusters, check_weights
from ebpm.did.summed_twfe import Errors, summed_twfe
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Estimates
from ebpm.moments.frame import Floats
from ebpm.moments.scans.asking import paths_of
from ebpm.moments.scans.opening import Scan, scan_of
from ebpm.moments.scans.paths.scan import PathRequest, scan_paths
from ebpm.moments.scans.size import fits, refuse_large
from ebpm.moments.scans.units.clusters import fits_clusters
from ebpm.moments.scans.units.rows import RowRequest, RowScan, Within
from ebpm.moments.two_way import pseudo_inverse
from ebpm.notices import Notices
from ebpm.stats.inference import t_estimate
from ebpm.stats.regression.least_squares import solve

ABSORBED, LITTLE = 1e-18, 1e-4
LABELS = (
    "scan_not_binary",
    "scan_not_numbers",
    "scan_not_periods",
    "scan_not_whole",
)  # doses, and periods that are labels, which sums of paths refuse


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How a regression is reported.

    Parameters
    ----------
    treatments : whose coefficients are.
    clusters : one or two columns.
    errors : as in `did.twfe`.
    conf_level : level of the intervals.
    """

    treatments: Sequence[str]
    clusters: Sequence[str]
    errors: str
    conf_level: float


def twfe_where_it_lies(
    data: Any,
    outcome: str,
    *,
    unit: str,
    time: str,
    covariates: Sequence[str],
    asked: Asked,
    records: Mapping[str, object],
) -> Estimates | None:
    """Return the coefficients from sums, or from a table that is summed where it lies; None of a table in memory, or that fits.

    Parameters
    ----------
    records : arguments that need the records, by name; false where they were not given.

    Raises
    ------
    DesignError : such an argument, for a table beyond its budget of memory or for sums without records.
    """
    treatments, clusters = asked.treatments, asked.clusters
    others = [one for one in clusters if one != time] if len(clusters) == 2 else clusters
    way = Errors(asked.errors, "no" if len(clusters) == 1 else "first" if clusters[0] == time else "second")
    request = PathRequest(outcome=outcome, unit=unit, time=time, treatment=treatments[0], cluster=others[0])
    changing = {
        "treatment=[...]": len(treatments) > 1, "covariates": len(covariates), "cluster=[...]": len(others) > 1,
    }  # fmt: skip
    scan = scan_of(data)
    if scan is None or any(records.values()):
        sums = paths_of(data, request, records={**records, **(changing if scan is None else {})})
        return None if sums is None else summed_twfe(sums, outcome, treatments[0], asked.conf_level, way)
    regressors = (*((one, "treatment") for one in treatments), *((one, "covariates") for one in covariates))
    alone = len(clusters) == 1 and (clusters[0] != unit or asked.errors in CORRECTED)
    nested = clusters[0] if alone else ""
    across = tuple(dict.fromkeys(one for one in clusters if one not in (unit, time))) if len(clusters) == 2 else ()
    rows = RowRequest(outcome=outcome, unit=unit, time=time, regressors=regressors, cluster=nested, across=across)
    try:
        found = None if any(changing.values()) else _by_paths(scan, request, asked, way)
        return found or pushed_twfe(scan, rows, asked)
    except DesignError as error:
        if error.entry != "scan_too_long" or not fits(scan):
            raise
        return None


def _by_paths(scan: Scan, request: PathRequest, asked: Asked, way: Errors) -> Estimates | None:
    """Return the coefficient of a treatment of 0 and 1 from sums of paths; None where these refuse what rows do not."""
    try:
        return summed_twfe(scan_paths(scan, request), request.outcome, request.treatment, asked.conf_level, way)
    except DataError as error:
        if error.entry not in (LABELS if way.plain else (*LABELS, "did_units_not_nested")):
            raise
        return None


def pushed_twfe(scan: Scan, request: RowRequest, asked: Asked) -> Estimates | None:
    """Return the coefficients of treatments beside covariates, unit and period effects; None of a table that has to be read.

    Parameters
    ----------
    scan : the table.
    request : columns; the treatments are the first of the regressors.
    asked : what is reported; "CR2" and "CR3" of so many clusters that their sums cannot be kept need the records.

    Raises
    ------
    DataError : what `RowScan` refuses.
    DesignError : a regressor that does not vary beyond the effects, collinear regressors, a single cluster.

    Formula: the first pass gives X~'X~ and X~'y, X~ less the means of units, and their sums by period, from which the effects of periods follow
    by a Schur complement (Frisch-Waugh-Lovell), gaps allowed; the second the scores of rows or clusters, less both effects, and the
    sum of their outer products. What it leaves of X~'e corrects the coefficients for rounding.

    Source: Frisch and Waugh (1933), Econometrica 1(4); Cameron and Miller (2015), Journal of Human Resources 50(2).
    """
    table = RowScan.of(scan, request)
    names, seen = table.columns[:-1], table.ranges[request.outcome]
    if seen.low == seen.high:
        raise DesignError("did_constant_rows", column=request.outcome, value=seen.low, rows=table.rows)
    if asked.errors in CORRECTED and not _few_clusters(table):
        refuse_large(scan, f"errors={asked.errors}")
        return None
    within, effects, left, sizes = _taken_out(table)
    for j, name in enumerate(names):
        if left[j, j] <= ABSORBED * within.squares[j]:
            raise DesignError("did_absorbed", column=name)
    solution = solve(left[:-1, :-1], left[:-1, -1], names=names)
    fit = RowFit(table=table, within=within, effects=effects, sizes=sizes, solution=solution)
    found = row_errors(fit, asked.errors, asked.clusters)
    total, coefficients, covariance = within.squares[-1], solution.coefficients, found.covariance
    if found.told.residual <= EXPLAINED * total:
        covariance = np.zeros_like(covariance)  # rounding of an outcome that is explained in full
    if found.told.outcome <= EXPLAINED * total:
        coefficients = np.zeros_like(coefficients)
    else:
        coefficients = coefficients + solution.bread @ found.told.cross
    items = tuple(
        t_estimate(
            float(coefficients[j]), float(np.sqrt(covariance[j, j])), df=float(found.df[j]), conf_level=asked.conf_level, term=name,
            n=within.rows, clusters=found.clusters, estimand="twfe_effect", method="did.twfe",
        )
        for j, name in enumerate(asked.treatments)
    )  # fmt: skip
    kept, notices = slice(len(asked.treatments)), Notices()
    if table.binary and asked.errors not in UNCLUSTERED:
        first = found.told
        notices = check_clusters(
            Clusters(first.treated, first.clusters - first.treated, corrected=asked.errors in CORRECTED)
        )
    if table.binary and len(names) == 1:
        notices += check_weights(np.array([-1.0, 1.0]), found.told.ones)
    return Estimates(items=items, headline_term=asked.treatments[0], covariance=covariance[kept, kept], notices=notices)


def _taken_out(table: RowScan) -> tuple[Within, Floats, Floats, Floats]:
    """Return the sums of the first pass, the effects of periods, shape (T, k), and of what both effects leave the products, shape (k, k),
    and what it does not exceed, shape (k,).

    Where little is left, the pass is made again without the effects of periods, which differences of large sums would leave in doubt.
    """
    within = table.within(np.zeros((len(table.periods), len(table.columns))))
    left_root, right_root = pseudo_inverse(within.crossed)
    effects = left_root @ (right_root @ within.by_period)
    left = within.products - within.by_period.T @ effects
    if (np.diag(left) >= LITTLE * np.diag(within.products)).all():
        return within, effects, left, 2.0 * table.bounds(effects)
    again = table.within(effects)
    rest = left_root @ (right_root @ again.by_period)
    return within, effects + rest, again.products - again.by_period.T @ rest, table.sizes(effects + rest)


def _few_clusters(table: RowScan) -> bool:
    """Return whether the sums of all clusters can be kept."""
    cluster = table.request.cluster or table.request.unit
    found = table.scan.table.select(nw.col(cluster).n_unique().alias("clusters")).collect()["clusters"][0]
    return bool(table.request.cluster) and fits_clusters(table, int(found))
