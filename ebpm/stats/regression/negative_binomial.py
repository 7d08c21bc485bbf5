"""Negative binomial regression with log link by maximum likelihood, its dispersion estimated."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar
from scipy.special import gammaln

from ebpm.errors import DesignError
from ebpm.stats.regression.glm import poisson

Floats = NDArray[np.float64]

LEAST, MOST = -18.0, 6.0
GRID = np.linspace(LEAST, MOST, 25)
SETTLED, STEPS = 1e-12, 200


@dataclass(frozen=True, slots=True, kw_only=True)
class NegativeBinomialFit:
    """A negative binomial regression.

    Parameters
    ----------
    coefficients : shape (k,), on the log scale.
    fitted : means, shape (n,).
    bread : inverse of the expected information, shape (k, k); the coefficients are orthogonal to the shape.
    shape : a in Var(y) = m + a m^2.
    dispersion : Pearson's chi-square over n - k; 1 where the variance is right.
    log_likelihood : with its constants.
    """

    coefficients: Floats
    fitted: Floats
    bread: Floats
    shape: float
    dispersion: float
    log_likelihood: float


def negative_binomial(y: Floats, X: Floats, *, exposure: Floats | None = None) -> NegativeBinomialFit:
    """Fit by maximum likelihood.

    Parameters
    ----------
    y : counts, shape (n,).
    X : with its own constant column, shape (n, k).
    exposure : positive, shape (n,); its logarithm is the offset.

    Raises
    ------
    DesignError : as `poisson`, whose fit is where this one starts and what it comes to where the counts vary no more than their mean.

    Formula: sum of (y - m) / (1 + a m) x = 0, m = e exp(x'b), and a the maximiser of the profile likelihood.

    Assumptions: the mean is right; standard errors from `bread` need Var(y) = m + a m^2, and independent rows.

    Source: Lawless (1987), Canadian Journal of Statistics 15(3).

    Examples
    --------
    >>> import numpy as np
    >>> from ebpm.stats.regression.negative_binomial import negative_binomial
    >>> fit = negative_binomial(np.array([0.0, 9, 2, 1, 12, 3, 0, 5]), np.ones((8, 1)))
    >>> round(float(np.exp(fit.coefficients[0])), 6), round(fit.shape, 3)
    (4.0, 1.166)
    """
    start = poisson(y, X, exposure=exposure)
    offset = np.zeros(len(y)) if exposure is None else np.log(exposure)
    problem = _Problem(y, X, offset, start.coefficients)
    best = int(np.argmin([problem.loss(one) for one in GRID]))
    around = (GRID[max(best - 1, 0)], GRID[min(best + 1, len(GRID) - 1)])
    found = minimize_scalar(problem.loss, bounds=around, method="bounded", options={"xatol": 1e-11})
    shape = float(np.exp(found.x))
    coefficients = problem.coefficients(shape)
    mean = np.exp(offset + X @ coefficients)
    working = mean / (1.0 + shape * mean)
    squares = (y - mean) ** 2 / (mean + shape * mean**2)
    return NegativeBinomialFit(
        coefficients=coefficients, fitted=mean, bread=np.asarray(np.linalg.inv(X.T @ (working[:, None] * X)), dtype=np.float64), shape=shape,
        dispersion=float(squares.sum()) / (len(y) - X.shape[1]), log_likelihood=problem.log_likelihood(mean, shape),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Problem:
    y: Floats
    X: Floats
    offset: Floats
    start: Floats

    def loss(self, log_shape: float) -> float:
        shape = float(np.exp(log_shape))
        return -self.log_likelihood(np.exp(self.offset + self.X @ self.coefficients(shape)), shape)

    def coefficients(self, shape: float) -> Floats:
        found = self.start
        for _ in range(STEPS):
            mean = np.exp(self.offset + self.X @ found)
            working = mean / (1.0 + shape * mean)
            score = self.X.T @ ((self.y - mean) / (1.0 + shape * mean))
            step = np.linalg.solve(self.X.T @ (working[:, None] * self.X), score)
            found = found + step
            if np.abs(self.X @ step).max() < SETTLED * (1.0 + np.abs(self.X @ found).max()):
                return found
        raise DesignError("glm_separation", iterations=STEPS)

    def log_likelihood(self, mean: Floats, shape: float) -> float:
        size = 1.0 / shape
        terms = (
            gammaln(self.y + size) - gammaln(size) - gammaln(self.y + 1.0) - (self.y + size) * np.log1p(shape * mean)
        )
        return float(np.sum(terms + self.y * np.log(shape * mean)))
