"""Regressions of sites over the same periods whose errors share shocks: restricted likelihood from two small matrices.

With S sites in every period the covariance of all errors is I (x) A + J (x) B, A that of a site over time, B that of what all sites
share. An orthonormal turn of the sites splits it in S - 1 contrasts with covariance A and one mean with A + S B.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.optimize import minimize

from ebpm.errors import DesignError
from ebpm.stats.regression.least_squares import least_squares

Floats = NDArray[np.float64]

LARGEST = 0.98
STEP = 1e-3
FLOOR, TOP = -12.0, 9.0
STARTS = ((-2.0, 0.3), (1.0, 0.8))


@dataclass(frozen=True, slots=True, kw_only=True)
class SitesFit:
    """A regression of sites over time.

    Parameters
    ----------
    coefficients : shape (k,).
    covariance : shape (k, k).
    variances : of the errors of a site, of the shocks that all share, and of each random effect, shape (2 + m,).
    autocorrelations : of the errors of a site, and of the shared shocks, shape (2,).
    """

    problem: _Sites
    free: Floats
    coefficients: Floats
    covariance: Floats
    variances: Floats
    autocorrelations: Floats
    uncertainty: Floats

    def df(self, weights: Floats) -> float:
        """Return Satterthwaite's degrees of freedom of a weighted sum of the coefficients."""
        variance = float(weights @ self.covariance @ weights)
        moves = STEP * np.eye(len(self.free))
        slopes = [
            (self.problem.variance(self.free + one, weights) - self.problem.variance(self.free - one, weights))
            / (2 * STEP)
            for one in moves
        ]
        slope = np.r_[variance, slopes]
        spread = float(slope @ self.uncertainty @ slope)
        return 2.0 * variance**2 / spread if spread > 0 else math.inf


def sites_regression(y: Floats, X: Floats, random: Floats, *, names: tuple[str, ...] = ()) -> SitesFit:
    """Fit by restricted maximum likelihood.

    Parameters
    ----------
    y : shape (S, T).
    X : shape (S, T, k).
    random : regressors with random coefficients, the same for every site and independent of each other, shape (T, m).
    names : of the columns of X.

    Raises
    ------
    DesignError : fewer than two sites, or collinear columns.

    Formula: errors of site i are sum of random effects times their regressor + e_it + u_t, e and u autoregressions of first order with
    autocorrelations of their own, u the same for all sites. Satterthwaite's degrees of freedom from the curvature of the likelihood.

    Source: Harville (1977), Journal of the American Statistical Association 72(358); Satterthwaite (1946), Biometrics Bulletin 2(6).
    """
    sites, k = len(X), X.shape[2]
    if sites < 2:
        raise DesignError("stats_one_cluster", clusters=sites)
    line = least_squares(X.reshape(-1, k), y.reshape(-1), names=names)
    scale = float(line.residuals @ line.residuals) / line.df_residual
    if not scale > 1e-20 * float((y**2).mean()):
        raise DesignError("stats_no_residuals", rows=y.size, columns=k)
    problem = _Sites.of(y, X, random)
    count = 3 + random.shape[1]
    best = min((problem.searched(np.r_[start[0], np.full(count - 3, start[0]), start[1], start[1]]) for start in STARTS),
               key=lambda free: problem.at(free)[0])  # fmt: skip
    return problem.described(best)


@dataclass(frozen=True, slots=True)
class _Sites:
    mean: Floats
    contrasts: Floats
    random: Floats
    sites: int

    @classmethod
    def of(cls, y: Floats, X: Floats, random: Floats) -> _Sites:
        rows = np.concatenate([X, y[:, :, None]], axis=2)
        turn = _helmert(len(y))
        turned = np.einsum("rs,stk->rtk", turn, rows)
        return cls(turned[0], turned[1:], random, len(y))

    @property
    def rows(self) -> int:
        return self.sites * len(self.mean)

    def parts(self, free: Floats) -> tuple[Floats, Floats]:
        """Covariances of a contrast and of the mean, over the variance of a site's errors."""
        m, T = self.random.shape[1], len(self.mean)
        ratios = np.exp(np.clip(free[: 1 + m], FLOOR, TOP))
        own, shared = (_autoregression(LARGEST * math.tanh(one), T) for one in free[1 + m :])
        A = own + (self.random * ratios[1:]) @ self.random.T
        return A, A + self.sites * ratios[0] * shared

    def at(self, free: Floats) -> tuple[float, float, Floats, Floats, float]:
        """Loss, squares, coefficients, bread, sizes."""
        A, whole = self.parts(free)
        k = self.mean.shape[1] - 1
        inner, outer = np.linalg.cholesky(A), np.linalg.cholesky(whole)
        flat = self.contrasts.transpose(1, 0, 2).reshape(len(A), -1)
        white = np.concatenate([
            solve_triangular(outer, self.mean, lower=True),
            solve_triangular(inner, flat, lower=True).reshape(len(A), self.sites - 1, k + 1).reshape(-1, k + 1),
        ])  # fmt: skip
        products = white.T @ white
        factor = np.linalg.cholesky(products[:k, :k])
        root = solve_triangular(factor, products[:k, k], lower=True)
        squares = float(products[k, k] - root @ root)
        sizes = 2.0 * float(
            np.log(np.diag(outer)).sum()
            + (self.sites - 1) * np.log(np.diag(inner)).sum()
            + np.log(np.diag(factor)).sum()
        )
        inverse = solve_triangular(factor, np.eye(k), lower=True)
        free_rows = self.rows - k
        return 0.5 * (sizes + free_rows * math.log(squares)), squares, inverse.T @ root, inverse.T @ inverse, sizes

    def variance(self, free: Floats, weights: Floats) -> float:
        """Variance of a weighted sum of the coefficients at the scale of the fit's optimum, up to the scale itself."""
        scale = self.at(free)[1] / (self.rows - len(weights))
        return scale * float(weights @ self.at(free)[3] @ weights)

    def searched(self, start: Floats) -> Floats:
        bounds = [(FLOOR, TOP)] * (len(start) - 2) + [(-2.3, 2.3)] * 2
        found = minimize(lambda free: self.at(free)[0], start, method="L-BFGS-B", bounds=bounds, options={"gtol": 1e-6})
        return np.asarray(found.x, dtype=np.float64)

    def described(self, free: Floats) -> SitesFit:
        _, squares, coefficients, bread, _ = self.at(free)
        count = len(coefficients)
        scale = squares / (self.rows - count)
        ratios = np.exp(free[: len(free) - 2])
        return SitesFit(
            problem=self, free=free, coefficients=coefficients, covariance=scale * bread, variances=scale * np.r_[1.0, ratios],
            autocorrelations=LARGEST * np.tanh(free[-2:]), uncertainty=self._uncertainty(free, count),
        )  # fmt: skip

    def _uncertainty(self, free: Floats, count: int) -> Floats:
        """Covariance of the log scale, given the ratios, and of the ratios and autocorrelations that are inside their bounds."""
        live = [place for place in range(len(free)) if self._inside(place, free)]
        moves = STEP * np.eye(len(free))[live]
        middle = self.at(free)[0]
        ups, downs = [self.at(free + one)[0] for one in moves], [self.at(free - one)[0] for one in moves]
        curved = np.zeros((len(live), len(live)))
        for i, one in enumerate(moves):
            curved[i, i] = (ups[i] - 2.0 * middle + downs[i]) / STEP**2
            for j, other in enumerate(moves[:i]):
                both = self.at(free + one + other)[0] - ups[i] - ups[j] + middle
                back = self.at(free - one - other)[0] - downs[i] - downs[j] + middle
                curved[i, j] = curved[j, i] = 0.5 * (both + back) / STEP**2
        found = np.zeros((len(free) + 1, len(free) + 1))
        found[0, 0] = 2.0 / (self.rows - count)
        kept = np.array([place + 1 for place in live], dtype=np.intp)
        found[np.ix_(kept, kept)] = np.linalg.pinv(curved, hermitian=True)
        return found

    def _inside(self, place: int, free: Floats) -> bool:
        ratios = len(free) - 2
        if place < ratios:
            return bool(FLOOR + 3.0 < free[place] < TOP - 1.0)
        return bool(abs(free[place]) < 2.2) and (place == ratios or free[0] > FLOOR + 3.0)


def _helmert(size: int) -> Floats:
    """An orthonormal matrix whose first row is the mean."""
    square = np.eye(size)
    square[:, 0] = 1.0
    turn = np.linalg.qr(square)[0].T
    return np.asarray(turn * np.sign(turn[0, 0]), dtype=np.float64)


def _autoregression(rho: float, length: int) -> Floats:
    lags = np.abs(np.subtract.outer(np.arange(length), np.arange(length)))
    return np.asarray(rho**lags, dtype=np.float64)
