"""Two-way fixed effects with regressors that change from row to row, over a table that stays where it is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from ebpm.did.group_regression import cr1_scale
from ebpm.did.regression_checks import Clusters, check_clusters, check_weights
from ebpm.did.summed_twfe import Errors, summed_twfe
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Estimates
from ebpm.moments.frame import Floats
from ebpm.moments.scans.asking import paths_of
from ebpm.moments.scans.opening import Scan, scan_of
from ebpm.moments.scans.paths.scan import PathRequest, scan_paths
from ebpm.moments.scans.size import refuse_large
from ebpm.moments.scans.units.rows import RowRequest, RowScan, Within
from ebpm.notices import Notices
from ebpm.stats.inference import t_estimate
from ebpm.stats.regression.least_squares import solve

ABSORBED, ROUNDING = 1e-18, 1e-13
LABELS = (
    "scan_not_binary",
    "scan_not_numbers",
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
    if not asked_for.plain:
        refuse_large(scan, ", ".join(name for name, value in other.items() if value))
        return None
    regressors = (*((one, "treatment") for one in treatments), *((one, "covariates") for one in covariates))
    asked = RowRequest(outcome=outcome, unit=unit, time=time, regressors=regressors, cluster=others[0])
    return pushed_twfe(scan, asked, treatments, conf_level)


def pushed_twfe(scan: Scan, request: RowRequest, reported: Sequence[str], conf_level: float) -> Estimates:
    """Return the coefficients of treatments beside covariates, unit and period effects; errors CR1.

    Parameters
    ----------
    scan : the table.
    request : columns; the treatments are the first of the regressors.
    reported : the treatments.
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
    within = table.within()
    crossed = within.crossed
    effects = np.linalg.pinv(crossed, rcond=1e-12, hermitian=True) @ within.by_period
    left = within.products - within.by_period.T @ effects
    _refuse_absorbed(left, within, names)
    solution = solve(left[:-1, :-1], left[:-1, -1], names=names)
    scores = table.scores(effects, solution.coefficients)
    rank = int(np.linalg.matrix_rank(crossed, hermitian=True))
    scale = cr1_scale(scores.clusters, within.rows, len(names) + rank + 1)
    covariance: Floats = scale * solution.bread @ scores.products @ solution.bread
    items = tuple(
        t_estimate(
            float(solution.coefficients[j]), float(np.sqrt(covariance[j, j])), df=scores.clusters - 1.0, conf_level=conf_level, term=name,
            n=within.rows, clusters=scores.clusters, estimand="twfe_effect", method="did.twfe",
        )
        for j, name in enumerate(reported)
    )  # fmt: skip
    kept, notices = slice(len(reported)), Notices()
    if table.binary:
        notices = check_clusters(Clusters(scores.treated, scores.clusters - scores.treated))
        notices += check_weights(np.array([-1.0, 1.0]), scores.ones) if len(names) == 1 else Notices()
    return Estimates(
        items=items, headline_term=reported[0], covariance=covariance[kept, kept],
        notices=notices,
    )  # fmt: skip


def _refuse_absorbed(left: Floats, within: Within, names: Sequence[str]) -> None:
    for j, name in enumerate(names):
        if left[j, j] <= max(ABSORBED * within.squares[j], ROUNDING * within.products[j, j]):
            raise DesignError("did_absorbed", column=name)
