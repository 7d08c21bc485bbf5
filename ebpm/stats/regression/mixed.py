"""Random-intercept models: (restricted) maximum likelihood as a problem in one number, from cluster moments.

With y = Xb + u_g + e the covariance of a cluster is s I + a J, J a matrix of ones. Every power of it weighs what varies within
the cluster and what varies between clusters apart, so that sums within and totals by cluster are all that is needed.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from ebpm.errors import DesignError
from ebpm.stats.groups import group_sums
from ebpm.stats.regression.least_squares import least_squares

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

RATIOS = np.r_[0.0, np.logspace(-8.0, 8.0, 161)]
EXACT = 1e-14


@dataclass(frozen=True, slots=True, kw_only=True)
class MixedFit:
    """A random-intercept model, fitted.

    Parameters
    ----------
    coefficients : of the contrasts, shape (m,).
    covariance : of the contrasts, shape (m, m).
    df : Satterthwaite's, of each contrast, shape (m,).
    between, within : variances of the clusters' intercepts and of the rows about them.
    log_likelihood : restricted where the fit is.
    """

    coefficients: Floats
    covariance: Floats
    df: Floats
    between: float
    within: float
    log_likelihood: float

    @property
    def icc(self) -> float:
        """Share of the variance that lies between clusters."""
        return self.between / (self.between + self.within)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Moments:
    """Cross-products of [Q, e], Q an orthonormal basis of X and e the least-squares residuals, shape (k + 1, k + 1) or rows.

    Parameters
    ----------
    within : within clusters.
    totals : of each cluster over the root of its size, shape (G, k + 1).
    sizes : shape (G,).
    restricted : whether the likelihood is.
    """

    within: Floats
    totals: Floats
    sizes: Floats
    restricted: bool

    @property
    def rows(self) -> float:
        return float(self.sizes.sum())

    @property
    def spare(self) -> float:
        """The number that divides the sum of squares: n - k, or n."""
        return self.rows - self.restricted * (len(self.within) - 1)

    def weighed(self, within: float, between: Floats) -> Floats:
        """Return within * W + sum_g between_g B_g."""
        return within * self.within + (self.totals * between[:, None]).T @ self.totals


def random_intercept(
    design: Floats,
    outcome: Floats,
    *,
    codes: Ints,
    contrasts: Floats,
    restricted: bool = True,
    names: tuple[str, ...] = (),
) -> MixedFit:
    """Fit y = Xb + u_g + e by restricted maximum likelihood, or by maximum likelihood.

    Parameters
    ----------
    design : X, shape (n, k).
    outcome : y, shape (n,).
    codes : cluster of each row, in 0 .. G - 1, shape (n,).
    contrasts : linear combinations of b, shape (m, k).
    restricted : whether the likelihood is restricted.
    names : of the columns, for messages.

    Raises
    ------
    DesignError : if columns are collinear, if there is one cluster only, if every cluster is one row, or if X fits exactly.

    Formula: with l = a / s the likelihood is a function of l alone; its best value is bracketed on a grid from 1e-8 to 1e8 (and
    zero) and found as the root of the derivative. Satterthwaite's df: 2 (c'Cc)^2 / (g'Ag), g the gradient of c'Cc in (a, s) and A
    twice the inverse of the second derivatives of -2 log likelihood; n - k where the clusters' variance is estimated as zero.

    Assumptions: intercepts and errors are normal, independent of X and of the size of the cluster, and of equal variance.

    Source: Laird and Ware (1982), Biometrics 38(4); Bates, Maechler, Bolker and Walker (2015), Journal of Statistical Software
    67(1), section 3; Giesbrecht and Burns (1985), Biometrics 41(2); Kuznetsova, Brockhoff and Christensen (2017), JSS 82(13).

    Examples
    --------
    >>> import numpy as np
    >>> y, school = np.array([1.0, 2, 2, 3, 7, 8, 8, 9]), np.array([0, 0, 1, 1, 2, 2, 3, 3])
    >>> fit = random_intercept(np.ones((8, 1)), y, codes=school, contrasts=np.eye(1))
    >>> round(float(fit.coefficients[0]), 6), round(fit.within, 6), round(fit.between, 4)
    (5.0, 0.5, 12.0833)
    """
    fit = least_squares(design, outcome, names=names)
    spread = float(np.sqrt((fit.residuals**2).mean()))
    if spread <= EXACT * float(np.abs(outcome).max()):
        raise DesignError("stats_mixed_exact", rows=fit.n)
    moments = _moments(design @ fit.root, fit.residuals / spread, codes, restricted=restricted)
    ratio = _best(moments)
    solved = _solved(moments, 1.0, 1.0 / (1.0 + ratio * moments.sizes))
    within = solved.squares / moments.spare
    rows = contrasts @ fit.root
    covariance, df = _inference(moments, ratio * within, within, rows)
    likelihood = -_deviance(moments, ratio) / 2.0 + restricted * float(np.linalg.slogdet(fit.root)[1])
    return MixedFit(
        coefficients=contrasts @ fit.coefficients + spread * rows @ solved.coefficients,
        covariance=spread**2 * covariance, df=df, between=ratio * within * spread**2, within=within * spread**2,
        log_likelihood=likelihood - moments.spare * math.log(spread),
    )  # fmt: skip


def _moments(basis: Floats, residuals: Floats, codes: Ints, *, restricted: bool) -> _Moments:
    columns, groups = np.column_stack([basis, residuals]), int(codes.max()) + 1
    sizes = np.bincount(codes, minlength=groups).astype(np.float64)
    if groups < 2 or (sizes == 1.0).all():
        raise DesignError("stats_mixed_clusters", clusters=groups, rows=len(codes))
    totals = group_sums(columns, codes, groups=groups)
    inside = columns - (totals / sizes[:, None])[codes]
    return _Moments(
        within=inside.T @ inside, totals=totals / np.sqrt(sizes)[:, None], sizes=sizes, restricted=restricted
    )


@dataclass(frozen=True, slots=True)
class _Solved:
    """Generalised least squares of e on Q: coefficients, (Q'V^-1Q)^-1, residual sum of squares, and v = (-coefficients, 1)."""

    coefficients: Floats
    bread: Floats
    squares: float
    residual: Floats


def _solved(moments: _Moments, within: float, between: Floats) -> _Solved:
    everything = moments.weighed(within, between)
    bread = np.asarray(np.linalg.inv(everything[:-1, :-1]))
    coefficients = bread @ everything[:-1, -1]
    residual = np.r_[-coefficients, 1.0]
    return _Solved(coefficients, bread, float(residual @ everything @ residual), residual)


def _deviance(moments: _Moments, ratio: float) -> float:
    """-2 log likelihood at a / s, s profiled out, in the coordinates of Q."""
    inverse = 1.0 / (1.0 + ratio * moments.sizes)
    solved, spare = _solved(moments, 1.0, inverse), moments.spare
    value = spare * (math.log(2.0 * math.pi * solved.squares / spare) + 1.0) - float(np.log(inverse).sum())
    return value - moments.restricted * float(np.linalg.slogdet(solved.bread)[1])


def _slope(ratio: float, moments: _Moments) -> float:
    """Derivative of the deviance in a / s."""
    inverse = 1.0 / (1.0 + ratio * moments.sizes)
    solved = _solved(moments, 1.0, inverse)
    change = -moments.weighed(0.0, moments.sizes * inverse**2)
    value = (
        float((moments.sizes * inverse).sum())
        + moments.spare * float(solved.residual @ change @ solved.residual) / solved.squares
    )
    return value + moments.restricted * float(np.trace(solved.bread @ change[:-1, :-1]))


def _best(moments: _Moments) -> float:
    """The ratio a / s of the highest likelihood."""
    place = int(np.argmin([_deviance(moments, ratio) for ratio in RATIOS]))
    low, high = RATIOS[max(place - 1, 0)], RATIOS[min(place + 1, len(RATIOS) - 1)]
    if _slope(low, moments) >= 0.0 or _slope(high, moments) <= 0.0:
        return float(RATIOS[place]) if place else 0.0
    return float(brentq(_slope, low, high, args=(moments,), xtol=1e-300, rtol=4.0 * np.finfo(float).eps))


def _inference(moments: _Moments, a: float, s: float, rows: Floats) -> tuple[Floats, Floats]:
    """Covariance of the contrasts and Satterthwaite's degrees of freedom."""
    inverse = 1.0 / (s + a * moments.sizes)
    bread = _solved(moments, 1.0 / s, inverse).bread
    covariance = rows @ bread @ rows.T
    if a == 0.0:
        return covariance, np.full(len(rows), moments.rows - len(bread))
    spread = 2.0 * np.linalg.inv(_curvature(moments, s, inverse))
    seen = rows @ bread
    gradients = np.stack([np.einsum("mi,ij,mj->m", seen, one[:-1, :-1], seen) for one in _firsts(moments, s, inverse)])
    return covariance, 2.0 * np.diag(covariance) ** 2 / np.einsum("im,ij,jm->m", gradients, spread, gradients)


def _firsts(moments: _Moments, s: float, inverse: Floats) -> tuple[Floats, Floats]:
    """Z'V^-1 V_i V^-1 Z for the derivatives V_a = J and V_s = I of V."""
    return moments.weighed(0.0, moments.sizes * inverse**2), moments.weighed(s**-2, inverse**2)


def _curvature(moments: _Moments, s: float, inverse: Floats) -> Floats:
    """Second derivatives of -2 log likelihood in (a, s), shape (2, 2)."""
    solved, sizes = _solved(moments, 1.0 / s, inverse), moments.sizes
    firsts, bread, residual = _firsts(moments, s, inverse), solved.bread, solved.residual
    powers, within = (sizes, np.ones_like(sizes)), (0.0, 1.0)
    result = np.empty((2, 2))
    for i in range(2):
        for j in range(2):
            both, inside = powers[i] * powers[j], within[i] * within[j]
            second = moments.weighed(inside * s**-3, both * inverse**3)
            trace = float((both * inverse**2).sum() + inside * (sizes - 1.0).sum() / s**2)
            seen = [(firsts[place] @ residual)[:-1] for place in (i, j)]
            value = 2.0 * float(residual @ second @ residual - seen[0] @ bread @ seen[1]) - trace
            if moments.restricted:
                left, right = (bread @ firsts[place][:-1, :-1] for place in (i, j))
                value += 2.0 * float(np.trace(bread @ second[:-1, :-1])) - float(np.trace(left @ right))
            result[i, j] = value
    return result
