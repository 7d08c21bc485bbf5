"""Two-way fixed effects with regressors that change from row to row, over a table that stays where it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import numpy as np

from ebpm.did.absorbed import UNCLUSTERED
from ebpm.did.group_regression import cr1_scale
from ebpm.did.regression_checks import CORRECTED, Clusters, check_clusters, check_weights
from ebpm.did.summed_twfe import Errors, summed_twfe
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Estimates
from ebpm.moments.frame import Floats
from ebpm.moments.scans.asking import paths_of
from ebpm.moments.scans.opening import Scan, scan_of
from ebpm.moments.scans.paths.scan import PathRequest, scan_paths
from ebpm.moments.scans.size import refuse_large
from ebpm.moments.scans.units.clusters import ClusterRows, cluster_rows, fits_clusters
from ebpm.moments.scans.units.rows import RowRequest, RowScan, Within
from ebpm.moments.two_way import pseudo_inverse
from ebpm.notices import Notices
from ebpm.stats.inference import t_estimate
from ebpm.stats.regression.clusters import Blocks, cluster_covariance
from ebpm.stats.regression.least_squares import solve

ABSORBED, ROUNDING = 1e-18, 1e-13
LABELS = (
    "scan_not_binary",
    "scan_not_numbers",
    "scan_not_periods",
    "scan_not_whole",
)  # doses, and periods that are labels, which sums of paths refuse


def twfe_where_it_lies(
    data: Any,
    outcome: str,
    *,
    unit: str,
    time: str,
    treatments: Sequence[str],
    covariates: Sequence[str],
    clusters: Sequence[str],
    errors: str,
    records: Mapping[str, object],
    conf_level: float,
) -> Estimates | None:
    """Return the coefficients from sums, or from a table that is summed where it lies; None of a table in memory, or that fits.

    Parameters
    ----------
    clusters : one or two columns.
    errors : "CR1", "CR2", "CR3" or "classical".
    records : arguments that need the records, by name; false where they were not given.

    Raises
    ------
    DesignError : such an argument, for a table beyond its budget of memory or for sums without records.
    """
    others = [one for one in clusters if one != time] if len(clusters) == 2 else clusters
    asked_for = Errors(errors, "no" if len(clusters) == 1 else "first" if clusters[0] == time else "second")
    request = PathRequest(outcome=outcome, unit=unit, time=time, treatment=treatments[0], cluster=others[0])
    needed = {**records, "cluster=[...]": len(others) > 1}
    changing = {"treatment=[...]": len(treatments) > 1, "covariates": len(covariates)}
    other = {f"errors={errors}": errors != "CR1", "cluster=[...]": len(clusters) > 1}
    scan = scan_of(data)
    if scan is None or any(needed.values()):
        sums = paths_of(data, request, records={**needed, **changing})
        return None if sums is None else summed_twfe(sums, outcome, treatments[0], conf_level, asked_for)
    if not any(changing.values()):
        try:
            return summed_twfe(scan_paths(scan, request), outcome, treatments[0], conf_level, asked_for)
        except DataError as error:
            if error.entry not in (LABELS if asked_for.plain else (*LABELS, "did_units_not_nested")):
                raise
    if asked_for.by_period != "no" or errors in UNCLUSTERED:
        refuse_large(scan, ", ".join(name for name, value in other.items() if value))
        return None
    regressors = (*((one, "treatment") for one in treatments), *((one, "covariates") for one in covariates))
    asked = RowRequest(outcome=outcome, unit=unit, time=time, regressors=regressors, cluster=others[0])
    return pushed_twfe(scan, asked, treatments, errors, conf_level)


def pushed_twfe(
    scan: Scan, request: RowRequest, reported: Sequence[str], errors: str, conf_level: float
) -> Estimates | None:
    """Return the coefficients of treatments beside covariates, unit and period effects; None of a table that has to be read.

    Parameters
    ----------
    scan : the table.
    request : columns; the treatments are the first of the regressors.
    reported : the treatments.
    errors : "CR0" ... "CR3" or "CR1S"; "CR2" and "CR3" of so many clusters that their sums cannot be kept need the records.
    conf_level : level of the intervals.

    Raises
    ------
    DataError : what `RowScan` refuses.
    DesignError : a regressor that does not vary beyond the effects, collinear regressors, a single cluster.

    Formula: the first pass gives X~'X~ and X~'y, X~ less the means of units, and their sums by period, from which the effects of periods follow
    by a Schur complement (Frisch-Waugh-Lovell), gaps allowed; the second the scores X~_c'e of the clusters, less both effects, and the
    sum of their outer products.

    Source: Frisch and Waugh (1933), Econometrica 1(4); Cameron and Miller (2015), Journal of Human Resources 50(2).
    """
    table = RowScan.of(scan, request)
    names, seen = table.columns[:-1], table.ranges[request.outcome]
    if seen.low == seen.high:
        raise DesignError("did_constant_rows", column=request.outcome, value=seen.low, rows=table.rows)
    if errors in CORRECTED and not _few_clusters(table):
        refuse_large(scan, f"errors={errors}")
        return None
    within = table.within()
    effects = np.linalg.pinv(within.crossed, rcond=1e-12, hermitian=True) @ within.by_period
    left = within.products - within.by_period.T @ effects
    _refuse_absorbed(left, within, names)
    solution = solve(left[:-1, :-1], left[:-1, -1], names=names)
    scores = table.scores(effects, solution.coefficients)
    if errors in CORRECTED:
        covariance, df = _corrected(cluster_rows(table), within.crossed, errors)
    else:
        covariance = (
            _scale(errors, within, scores.clusters, len(names)) * solution.bread @ scores.products @ solution.bread
        )
        df = np.full(len(names), scores.clusters - 1.0)
    items = tuple(
        t_estimate(
            float(solution.coefficients[j]), float(np.sqrt(covariance[j, j])), df=float(df[j]), conf_level=conf_level, term=name,
            n=within.rows, clusters=scores.clusters, estimand="twfe_effect", method="did.twfe",
        )
        for j, name in enumerate(reported)
    )  # fmt: skip
    kept, notices = slice(len(reported)), Notices()
    if table.binary:
        treated, others = scores.treated, scores.clusters - scores.treated
        notices = check_clusters(Clusters(treated, others, corrected=errors in CORRECTED))
        notices += check_weights(np.array([-1.0, 1.0]), scores.ones) if len(names) == 1 else Notices()
    return Estimates(items=items, headline_term=reported[0], covariance=covariance[kept, kept], notices=notices)


def _few_clusters(table: RowScan) -> bool:
    """Return whether the sums of all clusters can be kept."""
    cluster = table.request.cluster or table.request.unit
    found = table.scan.table.select(nw.col(cluster).n_unique().alias("clusters")).collect()["clusters"][0]
    return bool(table.request.cluster) and fits_clusters(table, int(found))


def _scale(errors: str, within: Within, clusters: int, regressors: int) -> float:
    """Return what multiplies the sum of the clusters' outer products."""
    units = int(within.patterns[1].sum()) if errors == "CR1S" else 1
    rank = int(np.linalg.matrix_rank(within.crossed, hermitian=True))
    scale = cr1_scale(clusters, within.rows, regressors + rank + units)
    return 1.0 if errors == "CR0" else scale


def _corrected(found: ClusterRows, crossed: Floats, kind: str) -> tuple[Floats, Floats]:
    """Return the covariance CR2 or CR3 of the regressors, with degrees of freedom.

    Formula: unit effects lie within clusters, so that regressors and dummies of periods less the means of their unit, V, stand for the
    design; clusters need V'V and V'e alone.

    Source: Pustejovsky and Tipton (2018), Journal of Business & Economic Statistics 36(4), equations 5-7 and theorem 2.
    """
    k, basis = found.products.shape[1] - 1, pseudo_inverse(crossed)[1].T
    sides = np.swapaxes(found.by_period, 1, 2) @ basis
    products = np.concatenate(
        [
            np.concatenate([found.products[:, :-1, :-1], sides[:, :-1]], axis=2),
            np.concatenate([np.swapaxes(sides[:, :-1], 1, 2), basis.T @ found.crossed @ basis], axis=2),
        ],
        axis=1,
    )
    cross = np.concatenate([found.products[:, :-1, -1], sides[:, -1]], axis=1)
    bread = np.linalg.inv(products.sum(axis=0))
    blocks = Blocks(
        rows=found.rows, products=products, scores=cross - products @ (bread @ cross.sum(axis=0)), maps=np.eye(products.shape[2])[None],
        weighted=False,
    )  # fmt: skip
    return cluster_covariance(blocks, bread, kind=kind, contrasts=np.eye(k, products.shape[2]))


def _refuse_absorbed(left: Floats, within: Within, names: Sequence[str]) -> None:
    for j, name in enumerate(names):
        if left[j, j] <= max(ABSORBED * within.squares[j], ROUNDING * within.products[j, j]):
            raise DesignError("did_absorbed", column=name)
