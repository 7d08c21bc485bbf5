"""Generalised estimating equations with a working correlation, from sums by cluster."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from ebpm.errors import DesignError
from ebpm.stats.regression.glm import logit, poisson
from ebpm.stats.regression.least_squares import least_squares
from ebpm.stats.regression.working import Independent, Working, working

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

FAMILIES = ("gaussian", "binomial", "poisson")
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
    correlations : parameters of the working correlation: that of two rows, of two neighbours in time, or of each two waves in the
        order of `numpy.triu_indices`; none under independence, or where the estimate is below its range.
    dispersion : mean squared Pearson residual.
    clusters : their number.
    """

    coefficients: Floats
    covariance: Floats
    correlations: Floats
    dispersion: float
    clusters: int

    @property
    def correlation(self) -> float:
        """Mean of the parameters of the working correlation; 0 where there are none."""
        return float(self.correlations.mean()) if len(self.correlations) else 0.0


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
    """What does not change from step to step: an orthonormal basis of X, outcome, offset, and how rows go together."""

    basis: Floats
    outcome: Floats
    offset: Floats
    codes: Ints
    family: _Family
    working: Working


@dataclass(frozen=True, slots=True)
class _Sums:
    """X'R^-1 X and X'R^-1 r of each cluster, standardised, with the correlations and the dispersion."""

    information: Floats
    scores: Floats
    correlations: Floats
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
    waves: Ints | None = None,
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
    correlation : working correlation within clusters, one of `ebpm.stats.regression.working.CORRELATIONS`.
    errors : "LZ" (Liang and Zeger), "KC" (Kauermann and Carroll) or "MD" (Mancl and DeRouen).
    exposure : of a Poisson outcome, shape (n,); its logarithm is the offset.
    waves : whole-numbered time of each row, shape (n,), for "ar1" and "unstructured".
    names : of the columns, for messages.

    Raises
    ------
    DesignError : as `glm`; if there is one cluster only; if the correlation is estimated as one or more, or those of several
        waves as none that could be; if a cluster has two rows of one time.

    Formula: with z the product of two Pearson residuals of a cluster over the mean square, "exchangeable" is the mean z, or 0
    from then on where that is too far below zero for a cluster of the largest size; "unstructured" the mean z of each two
    waves; "ar1" minimises the sum of (z - alpha^d)^2 over pairs, d apart in time. The covariance is
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
        family=_MEANS[family], working=working(correlation, codes, np.zeros_like(codes) if waves is None else waves),
    )  # fmt: skip
    inner, sums = _solved(problem, np.asarray(np.linalg.solve(fit.root, start)))
    rows = contrasts @ fit.root
    return GEEFit(
        coefficients=rows @ inner, covariance=_sandwich(sums, rows, errors), correlations=sums.correlations,
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
        if not len(sums.correlations):
            problem = replace(problem, working=Independent(problem.codes))
        step = np.linalg.solve(sums.information.sum(axis=0), sums.scores.sum(axis=0))
        inner = inner + step
        if np.abs(step).max() <= TOLERANCE * np.abs(inner).max():
            return inner, _sums(problem, inner)
    raise DesignError("stats_gee_diverged", iterations=MOST_ITERATIONS)


def _sums(problem: _Problem, inner: Floats) -> _Sums:
    mean = problem.family.mean(problem.offset + problem.basis @ inner)
    root = np.sqrt(problem.family.variance(mean))
    pearson = (problem.outcome - mean) / root
    dispersion = float((pearson**2).mean())
    correlations = problem.working.estimated(pearson, dispersion)
    how = problem.working if len(correlations) else Independent(problem.codes)
    weighed = how.weighed(np.column_stack([problem.basis * root[:, None], pearson]), correlations)
    return _Sums(weighed[:, :-1, :-1], weighed[:, :-1, -1], correlations, dispersion)


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
