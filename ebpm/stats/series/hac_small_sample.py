"""Newey-West in small samples: what the estimator would give under a reference process, and Satterthwaite's degrees of freedom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

LARGEST = 0.99
NOTHING = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """First-order autoregression as the reference for a Newey-West variance.

    Parameters
    ----------
    influence : shape (n, k), row i of X times bread: the weight of disturbance i in each coefficient.
    kernel : shape (n, n), Bartlett weight of each pair of rows.
    disturbances : shape (n, n), correlation of the disturbances.
    residuals : shape (n, n), what the disturbances make of the covariance of the residuals.
    autocorrelation : of the reference, at lag 1.
    """

    influence: Floats
    kernel: Floats
    disturbances: Floats
    residuals: Floats
    autocorrelation: float

    def correct(self, weights: Floats) -> tuple[float, float]:
        """Return true over expected variance of a combination of the coefficients, weights of shape (k,), and its df.

        Where no residual tells anything about the combination there are zero degrees of freedom.
        """
        w = self.influence @ weights
        form = (w[:, None] * self.kernel * w) @ self.residuals
        expected, true = float(np.trace(form)), float(w @ self.disturbances @ w)
        if expected <= NOTHING * true:
            return 1.0, 0.0
        return true / expected, expected**2 / float(np.sum(form * form.T))


def reference(
    X: Floats, bread: Floats, residuals: Floats, *, lags: int, times: Ints, series: Ints | None = None
) -> Reference:
    """Return the reference for the Newey-West variance of a regression.

    Parameters
    ----------
    X : shape (n, k); for a Poisson regression each row times the root of its fitted mean.
    bread : shape (k, k), (X'X)^-1.
    residuals : shape (n,), standardised: divided by the root of the variance function.
    lags : of the Bartlett kernel.
    times : shape (n,), integers; rows of several series may share a period.
    series : shape (n,), which series a row belongs to; disturbances of different series are independent in the reference.

    Formula: with e = Mu, M = I - X bread X', the estimator of the variance of a'b is e'Ge, G_ij = w_i w_j k(t_i - t_j),
    w = X bread a. Under u ~ (0, s^2 R), R_ij = r^|t_i - t_j|, its expectation is s^2 tr(GMRM) and the true variance s^2 w'Rw:
    the estimate is multiplied by w'Rw / tr(GMRM) and has tr(GMRM)^2 / tr((GMRM)^2) degrees of freedom. r is the value, 0 or
    more, at which the expected lag-1 autocorrelation of the residuals, tr(JMRM) / tr(MRM), is the one observed.

    Assumptions: the reference settles bias and degrees of freedom alone; where the process is another, the estimate stays that of
    Newey and West, times a factor.

    Source: the idea of Bell and McCaffrey (2002), Survey Methodology 28(2), and Imbens and Kolesar (2016), REStat 98(4), for
    clusters, carried over to autocorrelation; Satterthwaite (1946), Biometrics Bulletin 2(6).
    """
    distance = np.abs(times[:, None] - times[None, :])
    same = np.ones_like(distance, dtype=np.bool_) if series is None else series[:, None] == series[None, :]
    M = np.eye(len(X)) - X @ bread @ X.T
    rho = _autocorrelation(M, np.where(same, distance, -1), residuals)
    disturbances = np.where(same, rho ** distance.astype(np.float64), 0.0)
    return Reference(
        influence=X @ bread,
        kernel=np.maximum(0.0, 1.0 - distance / (lags + 1.0)),
        disturbances=disturbances,
        residuals=M @ disturbances @ M,
        autocorrelation=rho,
    )


def _autocorrelation(M: Floats, distance: Ints, residuals: Floats) -> float:
    neighbours = np.where(distance == 1, 0.5, 0.0)
    observed = float(residuals @ neighbours @ residuals) / (float(residuals @ residuals) or 1.0)
    numerator, denominator = _by_distance(M @ neighbours @ M, distance), _by_distance(M, distance)
    powers = np.arange(len(numerator), dtype=np.float64)

    def excess(rho: float) -> float:
        terms = rho**powers
        return float(numerator @ terms / (denominator @ terms)) - observed

    if excess(0.0) >= 0.0:
        return 0.0
    return LARGEST if excess(LARGEST) <= 0.0 else float(brentq(excess, 0.0, LARGEST, xtol=1e-14))


def _by_distance(matrix: Floats, distance: Ints) -> Floats:
    return np.bincount(distance.ravel() + 1, weights=matrix.ravel())[1:].astype(np.float64)
