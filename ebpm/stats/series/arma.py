"""Autoregressive moving averages: polynomials, autocovariances, and a banded root of their covariance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import cholesky_banded
from scipy.linalg.lapack import dtbtrs

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Arma:
    """phi(B) u_t = theta(B) e_t with innovations of variance 1.

    Parameters
    ----------
    phi : 1, -phi_1 .. -phi_p, shape (p + 1,).
    theta : 1, theta_1 .. theta_q, shape (q + 1,).
    """

    phi: Floats
    theta: Floats

    @property
    def reach(self) -> int:
        """The larger of the two orders."""
        return max(len(self.phi), len(self.theta)) - 1

    def crossed(self) -> Floats:
        """Return the covariances of u_s with theta(B) e_(s + h), h = 0 .. reach, shape (reach + 1,)."""
        q = len(self.theta) - 1
        weights = response(self.phi, self.theta, q + 1)
        found = np.zeros(self.reach + 1)
        found[: q + 1] = [self.theta[h:] @ weights[: q + 1 - h] for h in range(q + 1)]
        return found

    def autocovariances(self, length: int) -> Floats:
        """Return the autocovariances at lags 0 .. length - 1.

        Source: Brockwell and Davis (1991), Time Series: Theory and Methods, 2nd ed., section 3.3, third method.
        """
        p, crossed = len(self.phi) - 1, self.crossed()
        own = np.pad(crossed, (0, max(0, max(length, p + 1) - len(crossed))))
        rows, lags = np.indices((p + 1, p + 1))
        system = np.zeros((p + 1, p + 1))
        np.add.at(system, (rows, np.abs(rows - lags)), np.broadcast_to(self.phi, (p + 1, p + 1)))
        found = np.zeros(max(length, p + 1))
        found[: p + 1] = np.linalg.solve(system, own[: p + 1])
        for lag in range(p + 1, length):
            found[lag] = own[lag] - self.phi[1:] @ found[lag - p : lag][::-1]
        return found[:length]

    def whiten(self, columns: Floats) -> tuple[Floats, float]:
        """Return the columns multiplied by a root of the inverse covariance, and the logarithm of its determinant.

        Parameters
        ----------
        columns : shape (n, k), n above the reach.

        Formula: z_t = u_t for t up to m, the reach, and phi(B) u_t after it have a covariance of bandwidth m.

        Source: Ansley (1979), Biometrika 66(1).
        """
        m, n = self.reach, len(columns)
        moved = columns.copy()
        moved[m:] = filtered(self.phi, columns)[m - len(self.phi) + 1 :]
        factor = cholesky_banded(self._band(n), lower=True, check_finite=False)
        white, _ = dtbtrs(factor, moved, uplo="L")
        return white, 2.0 * float(np.log(factor[0]).sum())

    def _band(self, n: int) -> Floats:
        m, q = self.reach, len(self.theta) - 1
        before, across = self.autocovariances(m), self.crossed()
        band = np.zeros((m + 1, n))
        for lag in range(m + 1):
            inner = self.theta[lag:] @ self.theta[: q + 1 - lag] if lag <= q else 0.0
            band[lag, : n - lag] = inner
            band[lag, max(m - lag, 0) : min(m, n - lag)] = across[lag]
            if lag < m:
                band[lag, : m - lag] = before[lag]
        return band


def response(phi: Floats, theta: Floats, length: int) -> Floats:
    """Return the first weights of theta(B) / phi(B), shape (length,)."""
    found = np.zeros(length)
    for lag in range(length):
        past = phi[1 : lag + 1]
        found[lag] = (theta[lag] if lag < len(theta) else 0.0) - past @ found[lag - len(past) : lag][::-1]
    return found


def filtered(polynomial: Floats, columns: Floats) -> Floats:
    """Return polynomial(B) applied to each column, without the first rows that have no past, shape (n - degree, k)."""
    degree, n = len(polynomial) - 1, len(columns)
    kept = [lag for lag in range(degree + 1) if polynomial[lag] != 0.0]
    return np.asarray(sum(polynomial[lag] * columns[degree - lag : n - lag] for lag in kept), dtype=np.float64)


def from_partial(partial: Floats) -> Floats:
    """Return the polynomial 1, -phi_1 .. -phi_p of an autoregression with these partial autocorrelations.

    Source: Barndorff-Nielsen and Schou (1973), Journal of Multivariate Analysis 3(4).
    """
    polynomial = np.ones(1)
    for one in partial:
        longer = np.append(polynomial, 0.0)
        polynomial = longer - one * longer[::-1]
    return polynomial


def spread(polynomial: Floats, cycle: int) -> Floats:
    """Return the polynomial in B to the power of the cycle."""
    found = np.zeros((len(polynomial) - 1) * cycle + 1)
    found[::cycle] = polynomial
    return found


def differences(order: int, seasonal: int, cycle: int) -> Floats:
    """Return (1 - B)^order (1 - B^cycle)^seasonal.

    Examples
    --------
    >>> from ebpm.stats.series.arma import differences
    >>> differences(1, 1, 4).tolist()
    [1.0, -1.0, 0.0, 0.0, -1.0, 1.0]
    """
    found = np.ones(1)
    for one in [np.array([1.0, -1.0])] * order + [spread(np.array([1.0, -1.0]), cycle)] * seasonal:
        found = np.convolve(found, one)
    return found
