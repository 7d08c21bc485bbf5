"""Structural time series: level, slope and season as random walks, by the exact diffuse likelihood of the differenced series.

Random walks of level, slope and season are removed by a polynomial D(B): w = D(B) y is a sum of moving averages, whose covariance is
banded, and its likelihood is that of y with diffuse starting values. Forecasts come back through the same polynomial.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import product

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky_banded, solve_triangular, solveh_banded, toeplitz
from scipy.linalg.lapack import dtbtrs
from scipy.optimize import minimize

from ebpm.errors import DesignError
from ebpm.stats.regression.least_squares import least_squares
from ebpm.stats.series.arma import filtered
from ebpm.stats.series.structure import Structure, operator, shares

Floats = NDArray[np.float64]

GRID = (-8.0, -4.0, -1.5, 1.0)
BOUND = 22.0
NOTHING = 1e-7
STEP = 1e-3


@dataclass(frozen=True, slots=True, kw_only=True)
class StructuralFit:
    """A structural time series.

    Parameters
    ----------
    variances : of the components in the order of `structure.names`.
    coefficients : of the regressors, shape (k,).
    covariance : (X'V^-1X)^-1, shape (k, k).
    log_likelihood : of the values after those that the diffuse start takes up; restricted where regressors are integrated out too.
    whitened : standardised errors of the differenced series, shape (n,).
    innovations : errors of the forecasts one period ahead, shape (n,).
    """

    problem: _Problem
    logs: Floats
    variances: Floats
    coefficients: Floats
    covariance: Floats
    log_likelihood: float
    whitened: Floats
    innovations: Floats
    uncertainty: Floats

    @property
    def structure(self) -> Structure:
        return self.problem.structure

    def df(self, variance: float, slopes: Floats) -> float:
        """Return Satterthwaite's degrees of freedom, 2 v^2 / Var(v), of a variance v with slopes by log scale and log ratios.

        Parameters
        ----------
        slopes : shape (m,), as `coefficient_slopes` or `Forecast.slopes` hold them.
        """
        spread = float(slopes @ self.uncertainty @ slopes)
        return 2.0 * variance**2 / spread if spread > 0 else math.inf

    def coefficient_slopes(self, weights: Floats) -> Floats:
        """Return the slopes of the variance of a weighted sum of the coefficients, shape (m,)."""

        def variance(logs: Floats) -> float:
            bread = self.problem.at(logs).bread
            return float(weights @ bread @ weights)

        scale = float(self.variances.sum())
        moved = [scale * (variance(up) - variance(down)) / (2 * STEP) for up, down in self._neighbours()]
        return np.array([scale * variance(self.logs), *moved])

    def forecast(self, regressors: Floats) -> Forecast:
        """Return the forecast of the periods that follow.

        Parameters
        ----------
        regressors : of those periods, shape (h, k).
        """
        scale = float(self.variances.sum())
        mean, own = self.problem.forecast(self.logs, regressors)
        around = [
            (self.problem.forecast(up, regressors)[1] - self.problem.forecast(down, regressors)[1]) / (2 * STEP)
            for up, down in self._neighbours()
        ]
        return Forecast(mean=mean, covariance=scale * own, slopes=scale * np.array([own, *around]), fit=self)

    def _neighbours(self) -> list[tuple[Floats, Floats]]:
        moves = STEP * np.eye(len(self.logs))
        return [(self.logs + move, self.logs - move) for move in moves]


@dataclass(frozen=True, slots=True, kw_only=True)
class Forecast:
    """What the series would be in h periods.

    Parameters
    ----------
    mean : shape (h,).
    covariance : of the errors, shape (h, h).
    slopes : derivatives of the covariance by log scale and log ratios of the variances, shape (m, h, h).
    fit : that it comes from.
    """

    mean: Floats
    covariance: Floats
    slopes: Floats
    fit: StructuralFit

    def draws(self, rng: np.random.Generator, count: int) -> Floats:
        """Draw errors of the forecasts from the t distribution of their sum, shape (count, h)."""
        values, vectors = np.linalg.eigh(self.covariance)
        df = self.spread(np.ones(len(self.mean)))[1]
        heavy = np.sqrt(df / rng.chisquare(df, (count, 1))) if math.isfinite(df) else 1.0
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        return np.asarray(heavy * rng.standard_normal((count, len(values))) @ root.T)

    def spread(self, weights: Floats) -> tuple[float, float]:
        """Return the standard error of a weighted sum of the forecasts, and its degrees of freedom."""
        variance = float(weights @ self.covariance @ weights)
        slopes = np.einsum("i,mij,j->m", weights, self.slopes, weights)
        return math.sqrt(max(variance, 0.0)), self.fit.df(variance, slopes)


def structural(
    y: Floats, X: Floats, structure: Structure, *, integrated: int, names: tuple[str, ...] = ()
) -> StructuralFit:
    """Fit by maximum likelihood.

    Parameters
    ----------
    y : shape (T,), no gaps.
    X : regressors without a constant, shape (T, k).
    structure : what moves at random.
    integrated : of the first so many regressors the likelihood is restricted (they have a diffuse prior, as starting values have);
        the others are estimated by maximum likelihood, and taken as known in forecasts.
    names : of the regressors, for the message about collinear ones.

    Raises
    ------
    DesignError : too few periods, collinear regressors, or a series that is explained without a residual.

    Formula: -(1/2) ((n - j) log 2 pi + log|V| + log|X_j'V^-1X_j| + e'V^-1e) + log|X_1|, w = D(B) y, V = sum of variance times moving
    average of each component, X_j the integrated regressors, X_1 their first j rows: the likelihood of what follows the
    first values, which the diffuse start takes up. The scale is profiled out.

    Source: Harvey (1989), Forecasting, Structural Time Series Models and the Kalman Filter, sections 2.4 and 4.4; Patterson and
    Thompson (1971), Biometrika 58(3).
    """
    moved = filtered(structure.difference, np.column_stack([X, y]))
    if len(moved) <= X.shape[1] + len(structure.names):
        raise DesignError("stats_too_few_rows", rows=len(moved), columns=X.shape[1] + len(structure.names))
    left = least_squares(moved[:, :-1], moved[:, -1], names=names).residuals if X.shape[1] else moved[:, -1]
    if float(left @ left) <= 1e-20 * float(y @ y):
        raise DesignError("stats_no_residuals", rows=len(moved), columns=X.shape[1])
    problem = _Problem(y, X, moved, structure, structure.kernels, integrated)
    return problem.described(problem.lowest())


@dataclass(frozen=True, slots=True)
class _At:
    """Generalised least squares at some ratios of the variances, the sum of which is 1."""

    loss: float
    squares: float
    coefficients: Floats
    bread: Floats
    white: Floats
    roots: Floats
    sizes: float


@dataclass(frozen=True, slots=True)
class _Problem:
    y: Floats
    X: Floats
    moved: Floats
    structure: Structure
    kernels: Floats
    integrated: int

    @property
    def free(self) -> int:
        return len(self.moved) - self.integrated

    def band(self, logs: Floats) -> Floats:
        return np.asarray(shares(logs) @ self.kernels, dtype=np.float64)

    def at(self, logs: Floats) -> _At:
        n, j = len(self.moved), self.integrated
        factor = cholesky_banded(np.repeat(self.band(logs)[:, None], n, axis=1), lower=True, check_finite=False)
        white, _ = dtbtrs(factor, self.moved, uplo="L")
        Q, upper = np.linalg.qr(white[:, :-1])
        inner = Q.T @ white[:, -1]
        left = white[:, -1] - Q @ inner
        inverse = solve_triangular(upper, np.eye(len(upper))) if len(upper) else upper
        sizes = 2.0 * float(np.log(factor[0]).sum() + np.log(np.abs(np.diag(upper)[:j])).sum())
        squares = float(left @ left)
        loss = 0.5 * (sizes + self.free * math.log(squares))
        return _At(loss, squares, inverse @ inner, inverse @ inverse.T, left, factor[0], sizes)

    def lowest(self) -> Floats:
        count = len(self.kernels) - 1
        best = min((np.array(logs) for logs in product(GRID, repeat=count)), key=lambda logs: self.at(logs).loss)
        found = minimize(
            lambda logs: self.at(logs).loss, best, method="L-BFGS-B", jac="3-point", bounds=[(-BOUND, BOUND)] * count,
            options={"gtol": 1e-7, "ftol": 1e-14},
        )  # fmt: skip
        return np.asarray(found.x, dtype=np.float64)

    def described(self, logs: Floats) -> StructuralFit:
        at = self.at(logs)
        scale = at.squares / self.free
        start = np.linalg.slogdet(self.moved[: self.integrated, : self.integrated])[1] if self.integrated else 0.0
        constant = self.free * (math.log(2.0 * math.pi * scale) + 1.0) + at.sizes
        return StructuralFit(
            problem=self, logs=logs, variances=scale * shares(logs), coefficients=at.coefficients,
            covariance=scale * at.bread, log_likelihood=-0.5 * constant + (float(start) if math.isfinite(start) else 0.0),
            whitened=at.white / math.sqrt(scale), innovations=at.white * at.roots, uncertainty=self._uncertainty(logs, scale),
        )  # fmt: skip

    def _uncertainty(self, logs: Floats, scale: float) -> Floats:
        """Covariance of log scale and log ratios, zero for components that are not there."""
        live = np.flatnonzero((shares(logs)[1:] > NOTHING) & (np.abs(logs) < BOUND - 1.0))
        moves = STEP * np.eye(len(logs))[live]

        def value(free: Floats) -> tuple[float, float]:
            at = self.at(free)
            return 0.5 * (at.sizes + at.squares / scale), at.squares / scale

        ups, downs, middle = [value(logs + one) for one in moves], [value(logs - one) for one in moves], value(logs)
        information = np.zeros((len(live) + 1, len(live) + 1))
        information[0, 0] = self.free / 2.0
        for i, one in enumerate(moves):
            information[0, i + 1] = information[i + 1, 0] = -(ups[i][1] - downs[i][1]) / (4.0 * STEP)
            information[i + 1, i + 1] = (ups[i][0] - 2.0 * middle[0] + downs[i][0]) / STEP**2
            for j, other in enumerate(moves[:i]):
                both = value(logs + one + other)[0] - ups[i][0] - ups[j][0] + middle[0]
                back = value(logs - one - other)[0] - downs[i][0] - downs[j][0] + middle[0]
                information[i + 1, j + 1] = information[j + 1, i + 1] = 0.5 * (both + back) / STEP**2
        kept = np.r_[0, live + 1]
        whole = np.zeros((len(logs) + 1, len(logs) + 1))
        whole[np.ix_(kept, kept)] = np.linalg.pinv(information, hermitian=True)
        return whole

    def forecast(self, logs: Floats, regressors: Floats) -> tuple[Floats, Floats]:
        """Mean of the periods that follow, and the covariance of their errors over the scale."""
        at, (h, k), n = self.at(logs), regressors.shape, len(self.moved)
        degree = len(self.structure.difference) - 1
        later = filtered(self.structure.difference, np.vstack([self.X[len(self.X) - degree :], regressors]))
        band = self.band(logs)
        near = min(degree, h)
        across = toeplitz(np.r_[np.zeros(n - degree), band[:0:-1]], np.zeros(near)) if degree else np.zeros((n, 0))
        gain, own = np.zeros((h, n)), toeplitz(np.pad(band, (0, max(0, h - degree - 1)))[:h])
        lower = np.repeat(band[:, None], n, axis=1)
        gain[:near] = solveh_banded(lower, across, lower=True).T
        own[:near, :near] -= gain[:near] @ across
        apart = later - gain @ self.moved[:, :k]
        ahead = apart @ at.coefficients + gain @ self.moved[:, k]
        known = apart[:, : self.integrated]
        spread = np.linalg.inv(np.linalg.inv(at.bread)[: self.integrated, : self.integrated])
        back = operator(self.structure.difference, degree + h)[degree:]
        root, past = back[:, degree:], back[:, :degree] @ self.y[len(self.y) - degree :]
        mean = solve_triangular(root, ahead - past, lower=True)
        inverse = solve_triangular(root, np.eye(h), lower=True)
        return mean, inverse @ (own + known @ spread @ known.T) @ inverse.T
