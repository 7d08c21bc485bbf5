"""Generalised estimating equations with independent or exchangeable working correlation, from sums by cluster.

The inverse of an exchangeable correlation weighs what varies within a cluster by 1 / (1 - alpha) and its total by
1 / (1 + (n_g - 1) alpha), so that no matrix of the size of a cluster is formed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from ebpm.errors import DesignError
from ebpm.stats.glm import logit, poisson
from ebpm.stats.groups import group_products, group_sums
from ebpm.stats.least_squares import least_squares

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FAMILIES = ("gaussian", "binomial", "poisson")
CORRELATIONS = ("exchangeable", "independence")
SANDWICHES = ("LZ", "KC", "MD")
TOLERANCE = 1e-12
MOST_ITERATIONS = 200
SATURATED = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True)
class GEEFit:
    """Estimating equations, solved.

    Parameters
    ----------
    coefficients : on the scale of the linear predictor, of the contrasts, shape (m,).
    covariance : of the contrasts, shape (m, m).
    correlation : of two rows of a cluster; 0 under independence, or where its estimate is below its range.
    dispersion : mean squared Pearson residual.
    clusters : their number.
    """

    coefficients: Floats
    covariance: Floats
    correlation: float
    dispersion: float
    clusters: int


@dataclass(frozen=True, slots=True)
class _Family:
    """Mean and variance as functions of the linear predictor and of the mean; the link is canonical."""

    mean: Callable[[Floats], Floats]
    variance: Callable[[Floats], Floats]


_MEANS = {
    "gaussian": _Family(lambda eta: eta, np.ones_like),
    "binomial": _Family(expit, lambda mean: mean * (1.0 - mean)),
    "poisson": _Family(np.exp, lambda mean: mean),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Problem:
    """What does not change from step to step: an orthonormal basis of X, outcome, offset, clusters and their sizes."""

    basis: Floats
    outcome: Floats
    offset: Floats
    codes: Ints
    sizes: Floats
    family: _Family
    exchangeable: bool


@dataclass(frozen=True, slots=True)
class _Sums:
    """X'R^-1 X and X'R^-1 r of each cluster, standardised, with the correlation and the dispersion."""

    information: Floats
    scores: Floats
    correlation: float
    dispersion: float


def gee(
    design: Floats,
    outcome: Floats,
    *,
    codes: Ints,
    contrasts: Floats,
    family: str = "gaussian",
    correlation: str = "exchangeable",
    errors: str = "KC",
    exposure: Floats | None = None,
    names: tuple[str, ...] = (),
) -> GEEFit:
    """Solve sum_g D_g'V_g^-1 (y_g - m_g) = 0.

    Parameters
    ----------
    design : X, shape (n, k).
    outcome : y, shape (n,).
    codes : cluster of each row, in 0 .. G - 1, shape (n,).
    contrasts : linear combinations of the coefficients, shape (m, k).
    family : "gaussian" (identity), "binomial" (logit) or "poisson" (log).
    correlation : working correlation within clusters.
    errors : "LZ" (Liang and Zeger), "KC" (Kauermann and Carroll) or "MD" (Mancl and DeRouen).
    exposure : of a Poisson outcome, shape (n,); its logarithm is the offset.
    names : of the columns, for messages.

    Raises
    ------
    DesignError : as `glm`; if there is one cluster only; if the correlation is estimated as one or more.

    Formula: alpha is the mean product of two Pearson residuals of a cluster over the mean square, or 0 from then on
    where that is too far below zero for a cluster of the largest size; the covariance is
    M (sum_g u_g u_g') M, M = (sum_g A_g)^-1, A_g = D_g'V_g^-1 D_g, u_g the score of cluster g, times (I - A_g M)^(-1/2) for KC and
    (I - A_g M)^-1 for MD.

    Source: Liang and Zeger (1986), Biometrika 73(1); Mancl and DeRouen (2001), Biometrics 57(1); Kauermann and Carroll (2001),
    JASA 96(456).
    """
    groups = int(codes.max()) + 1
    if groups < 2:
        raise DesignError("stats_one_cluster", clusters=groups)
    start, offset = _start(design, outcome, family, exposure)
    fit = least_squares(design, outcome, names=names)
    problem = _Problem(
        basis=design @ fit.root, outcome=outcome, offset=offset, codes=codes,
        sizes=np.bincount(codes, minlength=groups).astype(np.float64), family=_MEANS[family],
        exchangeable=correlation == "exchangeable",
    )  # fmt: skip
    inner, sums = _solved(problem, np.asarray(np.linalg.solve(fit.root, start)))
    rows = contrasts @ fit.root
    return GEEFit(
        coefficients=rows @ inner, covariance=_sandwich(sums, rows, errors), correlation=sums.correlation,
        dispersion=sums.dispersion, clusters=groups,
    )  # fmt: skip


def _start(design: Floats, outcome: Floats, family: str, exposure: Floats | None) -> tuple[Floats, Floats]:
    zero = np.zeros(len(outcome))
    if family == "binomial":
        return logit(outcome, design).coefficients, zero
    if family == "poisson":
        offset = zero if exposure is None else np.log(exposure)
        return poisson(outcome, design, exposure=exposure).coefficients, offset
    return least_squares(design, outcome).coefficients, zero


def _solved(problem: _Problem, start: Floats) -> tuple[Floats, _Sums]:
    inner = start
    for _ in range(MOST_ITERATIONS):
        sums = _sums(problem, inner)
        if sums.correlation == 0.0:
            problem = replace(problem, exchangeable=False)
        step = np.linalg.solve(sums.information.sum(axis=0), sums.scores.sum(axis=0))
        inner = inner + step
        if np.abs(step).max() <= TOLERANCE * np.abs(inner).max():
            return inner, _sums(problem, inner)
    raise DesignError("stats_gee_diverged", iterations=MOST_ITERATIONS)


def _sums(problem: _Problem, inner: Floats) -> _Sums:
    mean = problem.family.mean(problem.offset + problem.basis @ inner)
    root = np.sqrt(problem.family.variance(mean))
    pearson = (problem.outcome - mean) / root
    columns, groups = np.column_stack([problem.basis * root[:, None], pearson]), len(problem.sizes)
    products = group_products(columns, problem.codes, groups=groups)
    totals = group_sums(columns, problem.codes, groups=groups)
    dispersion = float((pearson**2).mean())
    alpha = _alpha(problem, products, totals, dispersion) if problem.exchangeable else 0.0
    shared = alpha / (1.0 + (problem.sizes - 1.0) * alpha)
    weighed = (products - shared[:, None, None] * totals[:, :, None] * totals[:, None, :]) / (1.0 - alpha)
    return _Sums(weighed[:, :-1, :-1], weighed[:, :-1, -1], alpha, dispersion)


def _alpha(problem: _Problem, products: Floats, totals: Floats, dispersion: float) -> float:
    pairs = float((problem.sizes * (problem.sizes - 1.0)).sum())
    if pairs == 0.0 or dispersion == 0.0:
        return 0.0
    alpha = float((totals[:, -1] ** 2 - products[:, -1, -1]).sum()) / (pairs * dispersion)
    if alpha >= 1.0:
        raise DesignError("stats_gee_correlation", alpha=f"{alpha:.3g}", largest=int(problem.sizes.max()))
    return alpha if alpha > -1.0 / (problem.sizes.max() - 1.0) else 0.0


def _sandwich(sums: _Sums, rows: Floats, errors: str) -> Floats:
    values, vectors = np.linalg.eigh(sums.information.sum(axis=0))
    half = vectors / np.sqrt(values)
    scores = sums.scores @ half
    if errors != "LZ":
        own, axes = np.linalg.eigh(half.T @ sums.information @ half)
        spare, power = 1.0 - own, {"KC": -0.5, "MD": -1.0}[errors]
        raised = np.where(spare > SATURATED, np.maximum(spare, SATURATED) ** power, 0.0)
        scores = np.einsum("gij,gj,gkj,gk->gi", axes, raised, axes, scores, optimize=True)
    influence = scores @ half.T @ rows.T
    return np.asarray(influence.T @ influence)
