"""The difference in differences of two groups from sums by group, time and cluster, wherever the rows lie."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

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

TERM, PLACE = "treated:post", 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """How the difference is reported.

    Parameters
    ----------
    cluster : column; empty where rows are independent.
    errors, conf_level : as the routine was asked.
    scan : the table, where it is at hand.
    """

    cluster: str
    errors: str
    conf_level: float
    scan: Scan | None


def summed_two_by_two(sums: GroupSums, outcome: str, covariates: Sequence[str], asked: Asked) -> Estimates:
    """Return the estimate of `did.two_by_two`.

    Parameters
    ----------
    sums : of outcome and covariates, by treated, post and, where it is named, cluster.
    outcome, covariates : columns; with covariates, rows that are independent are gone through again.
    asked : how it is reported.

    Raises
    ------
    DataError : groups or times other than 0 and 1, an unknown `errors`.
    DesignError : one of the four cells has no rows; covariates are collinear; too few rows or clusters.
    """
    kind = named_errors(asked.errors, asked.cluster or None)
    cells, numbers = _cells(sums), (outcome, *covariates)
    for treated in (0, 1):
        for post in (0, 1):
            if not (cells == (treated, post)).all(axis=1).any():
                raise DesignError("did_empty_cell", treated=treated, post=post)
    refuse_constant_groups(sums, outcome)
    if sums.rows <= 4 + len(covariates):
        raise DesignError("stats_too_few_rows", rows=sums.rows, columns=4 + len(covariates))
    groups, notices = 0, Notices()
    if asked.cluster:
        value, variance, df, found = _clustered(sums, cells, numbers, asked.cluster, kind)
        groups, notices = found.treated + found.comparison, check_clusters(found)
    elif covariates and asked.scan is not None:
        value, variance, df = _adjusted(sums, cells, numbers, kind, asked.scan)
    else:
        value, variance, df = _independent(sums, cells, outcome, kind)
    estimate = t_estimate(
        value, float(np.sqrt(variance)), df=df, conf_level=asked.conf_level, floor=_rounding(sums, outcome), term=TERM, n=sums.rows,
        clusters=groups, estimand="att", method="did.two_by_two",
    )  # fmt: skip
    for column, fixed in zip(sums.numbers, sums.fixed, strict=True):
        notices += check_steps(column, fixed)
    return Estimates(items=(estimate,), headline_term=TERM, covariance=np.array([[variance]]), notices=notices)


def _rounding(sums: GroupSums, outcome: str) -> float:
    """Return the largest standard error that rounding of the outcome alone may leave."""
    means = [float(one / n) for one, n in zip(sums.totals(outcome), sums.totals(), strict=True)]
    return sums.fixed[sums.numbers.index(outcome)].rounding(np.array(means))


def _cells(sums: GroupSums) -> Ints:
    """Return treated and post of each group, shape (G, 2)."""
    for key in sums.keys[:2]:
        labels = sums.labels(key)
        other = [label for label in labels if label not in (0, 1)]
        if other:
            raise DataError("scan_not_binary", column=key, low=min(labels, key=str), high=max(labels, key=str))
    return np.array([[int(label) for label in group[:2]] for group in sums.groups], dtype=np.int64)


def _independent(sums: GroupSums, cells: Ints, outcome: str, kind: str) -> tuple[float, float, float]:
    """Return the estimate, its variance and degrees of freedom where rows are independent.

    Formula: b = sum of +-(mean of a cell); variance sum of a S / n^2 over the cells, S the squares about the mean of n rows, a = 1 (HC0),
    N/(N - 4) (HC1), n/(n - 1) (HC2), its square (HC3); classical: sum of S / (N - 4) times the sum of 1 / n.
    """
    found = sums.about({outcome: sums.mean(outcome)})[:, 0]
    n, total, squares = found[:, 0, 0], found[:, 0, 1], found[:, 1, 1]
    df, means = n.sum() - 4.0, total / n
    left = np.maximum(squares - n * means**2, 0.0)
    signs = (2 * cells[:, 0] - 1) * (2 * cells[:, 1] - 1)
    spare = np.where(n > 1, 1.0 - 1.0 / n, np.inf)
    inflation = {"HC0": 1.0, "HC1": n.sum() / df, "HC2": 1.0 / spare, "HC3": 1.0 / spare**2}
    variance = left.sum() / df * (1.0 / n).sum() if kind == "classical" else (inflation[kind] * left / n**2).sum()
    return float(signs @ means), float(variance), float(df)


def _adjusted(
    sums: GroupSums, cells: Ints, numbers: Sequence[str], kind: str, scan: Scan
) -> tuple[float, float, float]:
    """Return the same beside covariates."""
    maps = np.array([_design(treated, post, len(numbers) - 1) for treated, post in cells])
    moments = cluster_moments(sums, numbers[0], numbers[1:]).mapped(maps)
    contrast = (np.arange(maps.shape[2]) == PLACE).astype(np.float64)[None]
    names = _names(sums, numbers)
    found = row_regression(scan, sums, numbers, moments, names=names, kind=kind, contrasts=contrast)
    return float(found.values[0]), float(found.covariance.matrix[0, 0]), float(found.covariance.df[0])


def _clustered(
    sums: GroupSums, cells: Ints, numbers: Sequence[str], cluster: str, kind: str
) -> tuple[float, float, float, Clusters]:
    centres: dict[str, Fraction] = {number: sums.mean(number) for number in numbers}
    found = sums.about(centres)[:, 0]
    order = [0, *(sums.numbers.index(number) + 1 for number in (*numbers[1:], numbers[0]))]
    found = found[:, order][:, :, order]
    codes = sums.codes(cluster)
    groups, k = len(codes), 3 + len(numbers)
    products, cross, squares = np.zeros((groups, k, k)), np.zeros((groups, k)), np.zeros(groups)
    for code, (treated, post), one in zip(codes.codes, cells, found, strict=True):
        design = _design(treated, post, len(numbers) - 1)
        products[code] += design.T @ one[:-1, :-1] @ design
        cross[code] += design.T @ one[:-1, -1]
        squares[code] += one[-1, -1]
    rows = np.bincount(codes.codes, sums.counts).astype(np.int64)
    moments = ClusterMoments(
        rows=rows, products=products, cross=cross, squares=squares, maps=np.eye(k)[None], weighted=False
    )
    contrast = (np.arange(k) == PLACE).astype(np.float64)[None]
    fit = regress(moments, kind=kind, contrasts=contrast, names=_names(sums, numbers))
    treated_clusters = Clusters.of(codes.codes, cells[:, 0] > 0, corrected=kind in CORRECTED)
    covariance = fit.covariance
    return float(fit.coefficients[PLACE]), float(covariance.matrix[0, 0]), float(covariance.df[0]), treated_clusters


def _names(sums: GroupSums, numbers: Sequence[str]) -> tuple[str, ...]:
    return ("constant", sums.keys[1], sums.keys[0], TERM, *numbers[1:])


def _design(treated: int, post: int, covariates: int) -> Floats:
    """Return the map from (1, covariates) to (1, post, treated, both, covariates) in one cell, shape (1 + m, 4 + m)."""
    design = np.zeros((1 + covariates, 4 + covariates))
    design[0, :4] = 1.0, post, treated, treated * post
    design[1:, 4:] = np.eye(covariates)
    return design
