"""Regressions of independent rows of a table that stays where it is: second moments by group, and two further passes for the errors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ebpm.errors import DesignError
from ebpm.moments.frame import Floats
from ebpm.moments.regression import ClusterMoments
from ebpm.moments.scans.groups.sums import GroupSums
from ebpm.moments.scans.opening import Scan
from ebpm.moments.scans.streamed.row_errors import RowErrors, RowFit, scan_errors
from ebpm.stats.regression.clusters import working_kernel
from ebpm.stats.regression.covariance import Covariance
from ebpm.stats.regression.least_squares import solve


@dataclass(frozen=True, slots=True)
class RowRegression:
    """Combinations of the coefficients, shape (m,), their covariance, and the rows that alone determine a coefficient."""

    values: Floats
    covariance: Covariance
    saturated: int


def row_regression(
    scan: Scan,
    sums: GroupSums,
    numbers: Sequence[str],
    moments: ClusterMoments,
    *,
    names: Sequence[str],
    kind: str,
    contrasts: Floats,
) -> RowRegression:
    """Return combinations of the coefficients with a covariance for independent rows.

    Parameters
    ----------
    scan : the table.
    sums : of groups of its rows.
    numbers : the outcome, and then the covariates.
    moments : of the groups (`cluster_moments`), mapped to the design.
    names : of the columns.
    kind : "classical", "HC0" ... "HC3" or "HC2_BM".
    contrasts : shape (m, k).

    Raises
    ------
    DesignError : no more rows than columns, collinear columns.

    Formula, source: as `ebpm.stats.regression.covariance.robust` and `bell_mccaffrey`, with all sums over rows taken where the table lies.
    """
    n, k = sums.rows, len(names)
    if n <= k:
        raise DesignError("stats_too_few_rows", rows=n, columns=k)
    products, cross = moments.normal
    solution = solve(products.sum(axis=0), cross.sum(axis=0), names=tuple(names))
    maps = np.broadcast_to(moments.maps, (len(products), *moments.maps.shape[1:]))
    half: Floats = maps @ solution.root
    rows, q = contrasts @ solution.root, half.shape[1]
    squared = (
        np.einsum("gqk,gqr,grl->kl", half, moments.products[:, q:, q:], half) if moments.weighted else np.zeros((k, k))
    )
    fit = RowFit(
        sums=sums, outcome=numbers[0], covariates=tuple(numbers[1:]), slopes=maps @ solution.coefficients,
        leverages=half @ np.swapaxes(half, 1, 2), squared=half @ squared @ np.swapaxes(half, 1, 2),
        influence=np.swapaxes(half @ rows.T, 1, 2),
    )  # fmt: skip
    found = scan_errors(scan, fit, kind.removesuffix("_BM"))
    if kind == "classical":
        matrix = found.residual / (n - k) * (rows @ rows.T)
    else:
        matrix = np.einsum("gmq,gqr,glr->ml", fit.influence, found.meat, fit.influence) * (
            n / (n - k) if kind == "HC1" else 1.0
        )
    df = np.full(len(rows), float(n - k))
    if kind == "HC2_BM":
        df = _bell_mccaffrey(found, half, working_kernel(np.eye(k), squared if moments.weighted else None))
    return RowRegression(contrasts @ solution.coefficients, Covariance(matrix, df, kind), found.saturated)


def _bell_mccaffrey(found: RowErrors, half: Floats, working: Floats) -> Floats:
    """Satterthwaite's degrees of freedom of each combination, (sum P_ii)^2 / sum P_ij^2."""
    seen = np.einsum("gqk,mpgqr,grl->mpkl", half, found.blocks, half)
    squares = found.own_squared + 2.0 * found.crossed
    for place, blocks in enumerate(seen):
        whole = blocks[0] if len(blocks) == 1 else np.block([[blocks[0], blocks[1]], [blocks[1], blocks[2]]])
        spread = working @ whole
        squares[place] += (spread * spread.T).sum()
    return np.asarray(found.own**2 / squares)
