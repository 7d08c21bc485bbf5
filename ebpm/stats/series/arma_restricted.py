"""Regressions with seasonal ARMA errors by restricted likelihood, for series too short for maximum likelihood."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ebpm.stats.series.arima import ArimaFit, Order
from ebpm.stats.series.arma import filtered
from ebpm.stats.series.autocorrelation import Autoregression, Process
from ebpm.stats.series.autoregression import restricted

Floats = NDArray[np.float64]

STEP = 1e-4


@dataclass(frozen=True, slots=True)
class Mixed:
    """A seasonal autoregressive moving average by the partial autocorrelations of its polynomials.

    Parameters
    ----------
    order : of the process; its differences have been taken.
    """

    order: Order

    def plain(self, parameters: Floats, length: int) -> Floats:
        """Return the autocorrelations at lags 0 .. length - 1, shape (length,)."""
        found = self.order.arma(self.order.natural(parameters)).autocovariances(length)
        return np.asarray(found / found[0], dtype=np.float64)

    def slopes(self, parameters: Floats, length: int) -> tuple[Floats, Floats]:
        """Return their first and second derivatives by central differences, shapes (p, length) and (p, p, length)."""
        moves, middle = STEP * np.eye(len(parameters)), self.plain(parameters, length)
        ups = np.array([self.plain(parameters + one, length) for one in moves]).reshape(-1, length)
        downs = np.array([self.plain(parameters - one, length) for one in moves]).reshape(-1, length)
        second = np.zeros((len(moves), len(moves), length))
        for i, one in enumerate(moves):
            second[i, i] = ups[i] - 2.0 * middle + downs[i]
            for j, other in enumerate(moves[:i]):
                both, back = (self.plain(parameters + sign * (one + other), length) for sign in (1.0, -1.0))
                second[i, j] = second[j, i] = 0.5 * (both - ups[i] - ups[j] + 2.0 * middle - downs[i] - downs[j] + back)
        return (ups - downs) / (2.0 * STEP), second / STEP**2


def mixed_process(order: int, moving: int) -> Process:
    """Return the process of an autoregression of some order, with a moving average where `moving` is above zero."""
    return Mixed(Order(p=order, q=moving)) if moving else Autoregression()


def restricted_arima(y: Floats, X: Floats, fit: ArimaFit) -> ArimaFit:
    """Return a fit with coefficients, polynomials and covariance by restricted likelihood.

    Parameters
    ----------
    y : shape (T,), no gaps.
    X : regressors, shape (T, k).
    fit : of the same model by maximum likelihood, without a rate of decay.

    Raises
    ------
    DesignError : as in `autoregressive`.

    Formula: the covariance of the coefficients is that of Kenward and Roger, with Satterthwaite's degrees of freedom; of the
    polynomials the inverse of the expected information. See `Autoregressive`.

    Assumptions: normal errors; the process is the one declared. A moving average that ends at -1 has no interval here: its
    information is none there.

    Source: Harville (1977), Journal of the American Statistical Association 72(358); Kenward and Roger (1997), Biometrics 53(3).
    """
    order, moved = fit.order, filtered(fit.order.difference, np.column_stack([X, y]))
    found = restricted(moved[:, :-1], moved[:, -1:].T, Mixed(order), len(order.names), places=np.arange(len(moved)))
    k, r, natural = X.shape[1], len(order.names), order.natural(found.partial)
    moves = STEP * np.eye(r)
    turns = [(order.natural(found.partial + one) - order.natural(found.partial - one)) / (2.0 * STEP) for one in moves]
    turn = np.array(turns).reshape(r, r).T
    covariance = np.zeros((k + r, k + r))
    covariance[:k, :k] = found.spread[0, 0] * (found.bread + found.adjustment)
    covariance[k:, k:] = turn @ found.uncertainty @ turn.T
    variance = float(found.spread[0, 0] / order.arma(natural).autocovariances(1)[0])
    return replace(
        fit, coefficients=found.coefficients[0], natural=natural, covariance=covariance, variance=variance,
        whitened=found.whitened[0] / np.sqrt(found.spread[0, 0]), restricted=(found,),
    )  # fmt: skip
