"""Differences in differences of two groups, and triple differences, from sums by group, time and cluster, wherever the rows lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from itertools import combinations, product
from math import prod

import numpy as np

from ebpm.did.constant_outcome import refuse_constant_groups
from ebpm.did.interaction import named_errors
from ebpm.did.regression_checks import CORRECTED, Clusters, check_clusters
from ebpm.errors import DataError, DesignError
from ebpm.estimate import Estimates
from ebpm.moments.frame import Floats, Ints
from ebpm.moments.regression import ClusterMoments, regress
from ebpm.moments.scans.checks import check_steps
from ebpm.moments.scans.groups.moments import cluster_moments
from ebpm.moments.scans.groups.sums import GroupSums
from ebpm.moments.scans.opening import Scan
from ebpm.moments.scans.streamed.row_regression import row_regression
from ebpm.notices import Notices
from ebpm.stats.inference import t_estimate

TERM = "treated:post"


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How the difference is reported.

    Parameters
    ----------
    cluster : column; empty where rows are independent.
    errors, conf_level : as the routine was asked.
    scan : the table, where it is at hand.
    term, method : of the estimate.
    factors : columns of 0 and 1 whose product is the term: treated and post, or treated, eligible and post.
    """

    cluster: str
    errors: str
    conf_level: float
    scan: Scan | None
    term: str = TERM
    method: str = "did.two_by_two"
    factors: int = 2

    @property
    def products(self) -> list[tuple[int, ...]]:
        """Places of the factors of each product, none of the constant, all of the term."""
        return [one for size in range(self.factors + 1) for one in combinations(range(self.factors), size)]

    @property
    def contrast(self) -> Floats:
        """Where the term is among the products."""
        contrast: Floats = np.eye(len(self.products))[-1]
        return contrast

    def cells(self, sums: GroupSums) -> Ints:
        """Return the factors of each group of rows, shape (G, m).

        Raises
        ------
        DataError : factors other than 0 and 1.
        DesignError : a cell that has no rows.
        """
        for key in sums.keys[: self.factors]:
            labels = sums.labels(key)
            if any(label not in (0, 1) for label in labels):
                raise DataError("scan_not_binary", column=key, low=min(labels, key=str), high=max(labels, key=str))
        found = [tuple(int(label) for label in group[: self.factors]) for group in sums.groups]
        for cell in product((0, 1), repeat=self.factors):
            if cell not in found:
                raise empty_cell(sums.keys, cell)
        return np.array(found, dtype=np.int64)

    def design(self, cell: Ints, covariates: int) -> Floats:
        """Return the map from (1, covariates) to (products, covariates) in one cell, shape (1 + c, 2^m + c)."""
        own = [prod(cell[list(one)].tolist()) for one in self.products]
        design = np.zeros((1 + covariates, len(own) + covariates))
        design[0, : len(own)] = own
        design[1:, len(own) :] = np.eye(covariates)
        return design

    def names(self, sums: GroupSums, covariates: Sequence[str]) -> tuple[str, ...]:
        """Return the names of products and covariates."""
        inner = [":".join(sums.keys[place] for place in one) for one in self.products[1:-1]]
        return ("constant", *inner, self.term, *covariates)


def empty_cell(columns: Sequence[str], cell: Sequence[int]) -> DesignError:
    """Return the refusal of a cell of 0 and 1 that has no rows."""
    if len(cell) == 2:
        return DesignError("did_empty_cell", treated=cell[0], post=cell[1])
    named = ", ".join(f"{column} = {value}" for column, value in zip(columns, cell, strict=False))
    return DesignError("did_empty_cell_of_three", cell=named)


def summed_two_by_two(sums: GroupSums, outcome: str, covariates: Sequence[str], asked: Asked) -> Estimates:
    """Return the estimate of `did.two_by_two` or `did.triple`.

    Parameters
    ----------
    sums : of outcome and covariates, by the factors and, where it is named, cluster.
    outcome, covariates : columns; with covariates, rows that are independent are gone through again.
    asked : how it is reported.

    Raises
    ------
    DataError : factors other than 0 and 1, an unknown `errors`.
    DesignError : a cell that has no rows; covariates are collinear; too few rows or clusters.
    """
    kind = named_errors(asked.errors, asked.cluster or None)
    cells, numbers, columns = asked.cells(sums), (outcome, *covariates), 2**asked.factors + len(covariates)
    refuse_constant_groups(sums, outcome)
    if sums.rows <= columns:
        raise DesignError("stats_too_few_rows", rows=sums.rows, columns=columns)
    groups, notices = 0, Notices()
    if asked.cluster:
        value, variance, df, found = _clustered(sums, cells, numbers, kind, asked)
        groups, notices = found.treated + found.comparison, check_clusters(found)
    elif covariates:
        value, variance, df = _adjusted(sums, cells, numbers, kind, asked)
    else:
        value, variance, df = _independent(sums, cells, outcome, kind)
    estimate = t_estimate(
        value, float(np.sqrt(variance)), df=df, conf_level=asked.conf_level, floor=_rounding(sums, outcome), term=asked.term, n=sums.rows,
        clusters=groups, estimand="att", method=asked.method,
    )  # fmt: skip
    for column, fixed in zip(sums.numbers, sums.fixed, strict=True):
        notices += check_steps(column, fixed)
    return Estimates(items=(estimate,), headline_term=asked.term, covariance=np.array([[variance]]), notices=notices)


def _rounding(sums: GroupSums, outcome: str) -> float:
    """Return the largest standard error that rounding of the outcome alone may leave."""
    means = [float(one / n) for one, n in zip(sums.totals(outcome), sums.totals(), strict=True)]
    return sums.fixed[sums.numbers.index(outcome)].rounding(np.array(means))


def _independent(sums: GroupSums, cells: Ints, outcome: str, kind: str) -> tuple[float, float, float]:
    """Return the estimate, its variance and degrees of freedom where rows are independent.

    Formula: b = sum of +-(mean of a cell); variance sum of a S / n^2 over the cells, S the squares about the mean of n rows, a = 1 (HC0),
    N/(N - K) (HC1), n/(n - 1) (HC2), its square (HC3); classical: sum of S / (N - K) times the sum of 1 / n; K cells.
    """
    found = sums.about({outcome: sums.mean(outcome)})[:, 0]
    n, total, squares = found[:, 0, 0], found[:, 0, 1], found[:, 1, 1]
    df, means = n.sum() - float(len(n)), total / n
    left = np.maximum(squares - n * means**2, 0.0)
    signs = (2 * cells - 1).prod(axis=1)
    spare = np.where(n > 1, 1.0 - 1.0 / n, np.inf)
    inflation = {"HC0": 1.0, "HC1": n.sum() / df, "HC2": 1.0 / spare, "HC3": 1.0 / spare**2}
    variance = left.sum() / df * (1.0 / n).sum() if kind == "classical" else (inflation[kind] * left / n**2).sum()
    return float(signs @ means), float(variance), float(df)


def _adjusted(
    sums: GroupSums, cells: Ints, numbers: Sequence[str], kind: str, asked: Asked
) -> tuple[float, float, float]:
    """Return the same beside covariates."""
    maps, scan = np.array([asked.design(cell, len(numbers) - 1) for cell in cells]), asked.scan
    if scan is None:
        raise DesignError("scan_only_sums", argument="covariates")
    moments = cluster_moments(sums, numbers[0], numbers[1:]).mapped(maps)
    contrast, names = np.pad(asked.contrast, (0, len(numbers) - 1))[None], asked.names(sums, numbers[1:])
    found = row_regression(scan, sums, numbers, moments, names=names, kind=kind, contrasts=contrast)
    return float(found.values[0]), float(found.covariance.matrix[0, 0]), float(found.covariance.df[0])


def _clustered(
    sums: GroupSums, cells: Ints, numbers: Sequence[str], kind: str, asked: Asked
) -> tuple[float, float, float, Clusters]:
    centres: dict[str, Fraction] = {number: sums.mean(number) for number in numbers}
    found = sums.about(centres)[:, 0]
    order = [0, *(sums.numbers.index(number) + 1 for number in (*numbers[1:], numbers[0]))]
    found = found[:, order][:, :, order]
    codes = sums.codes(asked.cluster)
    groups, k = len(codes), len(asked.products) + len(numbers) - 1
    products, cross, squares = np.zeros((groups, k, k)), np.zeros((groups, k)), np.zeros(groups)
    for code, cell, one in zip(codes.codes, cells, found, strict=True):
        design = asked.design(cell, len(numbers) - 1)
        products[code] += design.T @ one[:-1, :-1] @ design
        cross[code] += design.T @ one[:-1, -1]
        squares[code] += one[-1, -1]
    rows = np.bincount(codes.codes, sums.counts).astype(np.int64)
    moments = ClusterMoments(
        rows=rows, products=products, cross=cross, squares=squares, maps=np.eye(k)[None], weighted=False
    )
    contrast = np.pad(asked.contrast, (0, len(numbers) - 1))[None]
    fit = regress(moments, kind=kind, contrasts=contrast, names=asked.names(sums, numbers[1:]))
    treated_clusters = Clusters.of(codes.codes, cells[:, 0] > 0, corrected=kind in CORRECTED)
    covariance = fit.covariance
    return (
        float(fit.coefficients @ contrast[0]),
        float(covariance.matrix[0, 0]),
        float(covariance.df[0]),
        treated_clusters,
    )
