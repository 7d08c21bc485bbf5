"""Errors of two-way fixed effects from exact sums of paths, other than those of one clustering."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ebpm.did.absorbed import LEVERED
from ebpm.did.group_regression import GroupRegression, cr1_scale
from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Ints
from ebpm.moments.scans.paths.stand_ins import centred
from ebpm.moments.scans.paths.sums import PathSums
from ebpm.moments.scans.paths.weighted_units import Units
from ebpm.moments.two_way import pseudo_inverse
from ebpm.stats.regression.clusters import Blocks, cluster_covariance
from ebpm.stats.regression.covariance import SATURATED


@dataclass(frozen=True, slots=True)
class Points:
    """Paths that stand for those of groups of units alike, with the same counts, means and scatters.

    Parameters
    ----------
    group : of each of P, shape (P,).
    mass : units that each stands for, shape (P,).
    residuals : of the regression, shape (P, T); zero in a period in which the group is not seen.
    """

    group: Ints
    mass: Floats
    residuals: Floats

    @classmethod
    def of(cls, sums: PathSums, found: GroupRegression) -> Points:
        """Return points of groups of which products are known."""
        means, scatters = centred(sums), sums.deviations()
        many = [
            Units.of(mean, scatter, count).paths
            for mean, scatter, count in zip(means, scatters, sums.counts, strict=True)
        ]
        group = np.repeat(np.arange(len(many)), [len(one) for one in many])
        mass = np.concatenate(
            [np.full(len(one), count / len(one)) for one, count in zip(many, sums.counts, strict=True)]
        )
        return cls(group, mass, np.concatenate(many) - found.fitted[group])


def small_sample(sums: PathSums, found: GroupRegression, kind: str) -> tuple[Floats, float]:
    """Return the covariance CR2 or CR3, by unit, or by cluster where these are kept apart, and the first
    coefficient's degrees of freedom (Satterthwaite).

    Parameters
    ----------
    found : the regression.
    kind : "CR2" or "CR3".

    Formula: units of a group share X, and thus the matrix by which their residuals are adjusted; clusters need X'X and X'e alone.

    Source: Pustejovsky and Tipton (2018), Journal of Business & Economic Statistics 36(4), equations 5-7 and theorem 2.
    """
    k = found.left.shape[2]
    counts = np.array(sums.counts, dtype=np.float64)
    V = np.concatenate([found.within, found.periods @ _basis(found, counts)], axis=2)
    products = np.einsum("gtj,gtk->gjk", V, V)
    bread = np.linalg.inv(np.tensordot(counts, products, axes=1))
    if sums.clustered:
        names, codes = np.unique([str(group.cluster) for group in sums.groups], return_inverse=True)
        own = np.einsum("gtk,gt->gk", V, centred(sums) - found.fitted)
        rows = counts * sums.seen.sum(axis=1)
        blocks = Blocks(
            rows=_by(rows, codes, len(names)).astype(np.int64), products=_by(counts[:, None, None] * products, codes, len(names)),
            scores=_by(counts[:, None] * own, codes, len(names)), maps=np.eye(V.shape[2])[None], weighted=False,
        )  # fmt: skip
    else:
        many = Points.of(sums, found)
        blocks = Blocks(
            rows=sums.seen.sum(axis=1)[many.group], products=products[many.group],
            scores=np.einsum("ptk,pt->pk", V[many.group], many.residuals), maps=np.eye(V.shape[2])[None], weighted=False, counts=many.mass,
        )  # fmt: skip
    covariance, df = cluster_covariance(blocks, bread, kind=kind, contrasts=np.eye(k, V.shape[2]))
    return covariance, float(df[0])


def _by(values: Floats, codes: Ints, size: int) -> Floats:
    found = np.zeros((size, *values.shape[1:]))
    np.add.at(found, codes, values)
    return found


def _basis(found: GroupRegression, counts: Floats) -> Floats:
    """Return combinations of the periods that are not collinear beside the effects of units, shape (T - 1, r)."""
    basis: Floats = pseudo_inverse(np.einsum("g,gtj,gtk->jk", counts, found.periods, found.periods, optimize=True))[1].T
    return basis


def classical(sums: PathSums, found: GroupRegression) -> tuple[Floats, float]:
    """Return the covariance of independent errors of one variance, and n - K degrees of freedom, K with the effects of units."""
    many, df = Points.of(sums, found), _spare(sums, found)
    squares = float(many.mass @ (many.residuals**2).sum(axis=1))
    return squares / df * found.bread, float(df)


def independent(sums: PathSums, found: GroupRegression, kind: str) -> tuple[Floats, float]:
    """Return the covariance HC0 to HC3 of independent rows, and n - K degrees of freedom, K with the effects of units.

    Formula: the rows of a group of units in a period share regressors and leverage, so that of their residuals only the sum of squares
    is needed.

    Source: MacKinnon and White (1985), Journal of Econometrics 29(3).
    """
    many, df = Points.of(sums, found), _spare(sums, found)
    squares = np.zeros(sums.seen.shape)
    np.add.at(squares, many.group, many.mass[:, None] * many.residuals**2)
    scale = found.rows / df if kind == "HC1" else 1.0
    if kind in LEVERED:
        spare = 1.0 - _leverages(sums, found)
        squares *= np.where(spare > SATURATED, np.maximum(spare, SATURATED) ** (2 * LEVERED[kind]), 0.0)
    meat: Floats = np.einsum("gt,gtj,gtk->jk", squares, found.left, found.left, optimize=True)
    return scale * found.bread @ meat @ found.bread, float(df)


def _leverages(sums: PathSums, found: GroupRegression) -> Floats:
    """Return the leverage of the rows of each group and period, shape (G, T): that of unit, periods, and regressors."""
    counts = np.array(sums.counts, dtype=np.float64)
    left, right = pseudo_inverse(np.einsum("g,gtj,gtk->jk", counts, found.periods, found.periods, optimize=True))
    periods = np.einsum("gtj,jk,gtk->gt", found.periods, left @ right, found.periods, optimize=True)
    own = np.einsum("gtj,jk,gtk->gt", found.left, found.bread, found.left, optimize=True)
    return np.asarray(1.0 / sums.seen.sum(axis=1)[:, None] + periods + own)


def _spare(sums: PathSums, found: GroupRegression) -> int:
    """Return the rows less regressors and the rank of all effects."""
    rank = _basis(found, np.array(sums.counts, dtype=np.float64)).shape[1]
    df: int = found.rows - (found.left.shape[2] + rank + sums.units)
    if df <= 0:
        raise DesignError("stats_too_few_rows", rows=found.rows, columns=found.rows - df)
    return df


def scaled(sums: PathSums, found: GroupRegression, kind: str) -> Floats:
    """Return the covariance of one clustering, shape (k, k): CR1 as it was found, CR0 without its factor, CR1S with all effects counted."""
    if kind == "CR1":
        return found.covariance
    scale = 1.0 if kind == "CR0" else cr1_scale(found.clusters, found.rows, found.rows - _spare(sums, found))
    return scale * found.bread @ found.meat @ found.bread


def two_way(sums: PathSums, found: GroupRegression, kind: str) -> tuple[Floats, float, int]:
    """Return the covariance V_1 + V_2 - V_12 of clusters (or units) and periods, its degrees of freedom, and the fewer of them.

    Source: Cameron, Gelbach and Miller (2011), Journal of Business & Economic Statistics 29(2).
    """
    counts, seen = np.array(sums.counts, dtype=np.float64), sums.seen
    residuals = centred(sums) - found.fitted
    each = found.left * (counts[:, None] * residuals)[:, :, None]
    by_period = each.sum(axis=0)[seen.any(axis=0)]
    if sums.clustered:
        names, codes = np.unique([str(group.cluster) for group in sums.groups], return_inverse=True)
        cells = _by(each, codes, len(names))
        both = np.einsum("ctj,ctk->jk", cells, cells)
    else:
        many = Points.of(sums, found)
        left = found.left[many.group]
        both = np.einsum("p,pt,ptj,ptk->jk", many.mass, many.residuals**2, left, left, optimize=True)
    groups = min(found.clusters, len(by_period))
    columns = found.rows - _spare(sums, found) if kind == "CR1S" else found.left.shape[2] + 1
    scale = cr1_scale(groups, found.rows, columns) if kind != "CR0" else 1.0
    meat = found.meat + by_period.T @ by_period - both
    matrix = found.bread @ meat @ found.bread
    values, vectors = np.linalg.eigh(matrix)
    if values[0] < 0:
        matrix = (vectors * np.maximum(values, 0.0)) @ vectors.T
    return scale * matrix, groups - 1.0, groups
