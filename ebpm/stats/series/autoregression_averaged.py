"""First-order autoregressive errors whose autocorrelation is averaged over rather than estimated."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import gammaln, stdtr, stdtrit

from ebpm.errors import DesignError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

GRID = np.linspace(-0.99, 0.99, 199)
FAINT = 1e-12
HALF, MOST = 0.5, 0.975
WIDEST, NARROWEST = 1e6, 0.2
STEPS, SETTLED = 200, 1e-12


@dataclass(frozen=True, slots=True, kw_only=True)
class Averaged:
    """A regression of S series, averaged over the autocorrelation of its errors.

    Parameters
    ----------
    coefficients : their mean, shape (S, k).
    spread, bread : at the mean autocorrelation, shapes (S, S) and (k, k).
    autocorrelation : its mean.
    whitened : residuals after the mean autocorrelation is taken out, shape (S, n).
    n : periods used.
    weights : of each autocorrelation on the grid, shape (m,).
    every : coefficients at each of them, shape (m, S, k).
    spreads, breads : at each of them, shapes (m, S, S) and (m, k, k).
    """

    coefficients: Floats
    spread: Floats
    bread: Floats
    autocorrelation: float
    whitened: Floats
    n: int
    weights: Floats
    every: Floats
    spreads: Floats
    breads: Floats

    def correct(self, weights: Floats) -> tuple[float, float]:
        """Return the factor of the variance of a weighted sum of the coefficients, and its degrees of freedom.

        Parameters
        ----------
        weights : shape (S k,).

        Formula: the t distribution about the mean whose central halves and central 95 % are those of the average.
        """
        W = weights.reshape(len(self.spread), -1)
        centres = np.einsum("msk,sk->m", self.every, W)
        variances = np.einsum("sk,mkl,tl,mst->m", W, self.breads, W, self.spreads)
        plain, df = float(np.einsum("sk,kl,tl,st->", W, self.bread, W, self.spread)), self.n - len(self.bread)
        if not plain > 0:
            return 1.0, float(df)
        apart, scales = centres - float(self.weights @ centres), np.sqrt(variances)
        std_error, matched = matched_t(self.weights, apart, scales, df=df)
        return std_error**2 / plain, matched


def averaged(X: Floats, y: Floats, *, places: Ints) -> Averaged:
    """Average over the autocorrelation with the restricted likelihood times the density (1 + r) / 2 as weights.

    Parameters
    ----------
    X : regressors of each series, shape (n, k).
    y : outcomes, shape (S, n).
    places : period of each row, ascending; shape (n,).

    Raises
    ------
    DesignError : too few rows, or a fit without residuals.

    Formula: given r the coefficients have a t distribution about b(r) with n - k degrees of freedom; its mixture over r, weighted by
    |R|^(-S/2) |X'R^-1X|^(-S/2) |E'R^-1E|^(-(n - k)/2) (1 + r), is read off a grid.

    Assumptions: normal errors, autocorrelation of first order; the density leans to positive values, as series do.

    Source: Zellner and Tiao (1964), Journal of the American Statistical Association 59(307); the density is chosen so that the
    intervals cover over autocorrelations from 0 to 0.8, see docs/coverage.md.
    """
    n, k = X.shape
    if n - k <= 1:
        raise DesignError("stats_too_few_rows", rows=n, columns=k + 1)
    fits = [_Given.of(X, y, places, rho) for rho in GRID]
    logs = np.array([one.log_weight for one in fits]) + np.log1p(GRID)
    if not np.isfinite(logs).all():
        raise DesignError("stats_no_residuals", rows=n, columns=k)
    weights = np.exp(logs - logs.max())
    weights = weights / weights.sum()
    every = np.array([one.coefficients for one in fits])
    middle = _Given.of(X, y, places, float(weights @ GRID))
    return Averaged(
        coefficients=np.einsum("m,msk->sk", weights, every), spread=middle.spread, bread=middle.bread,
        autocorrelation=float(weights @ GRID), whitened=middle.whitened, n=n, weights=weights, every=every,
        spreads=np.array([one.spread for one in fits]), breads=np.array([one.bread for one in fits]),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Given:
    coefficients: Floats
    spread: Floats
    bread: Floats
    whitened: Floats
    log_weight: float

    @classmethod
    def of(cls, X: Floats, y: Floats, places: Ints, rho: float) -> _Given:
        power = rho ** np.diff(places).astype(np.float64)
        rows = np.column_stack([X, y.T])
        white = rows.copy()
        white[1:] = (rows[1:] - power[:, None] * rows[:-1]) / np.sqrt(1.0 - power**2)[:, None]
        n, k = X.shape
        Q, upper = np.linalg.qr(white[:, :k])
        inner = Q.T @ white[:, k:]
        left = white[:, k:] - Q @ inner
        inverse = np.linalg.solve(upper, np.eye(k))
        spread = left.T @ left / (n - k)
        sizes = float(np.log1p(-(power**2)).sum()) + 2.0 * float(np.log(np.abs(np.diag(upper))).sum())
        sign, size = np.linalg.slogdet(spread)
        log_weight = -0.5 * (len(y) * sizes + (n - k) * float(size)) if sign > 0 else -np.inf
        return cls((inverse @ inner).T, spread, inverse @ inverse.T, left.T, log_weight)


def matched_t(weights: Floats, apart: Floats, scales: Floats, *, df: int) -> tuple[float, float]:
    """Return scale and degrees of freedom of the t distribution whose central halves and central 95 % are those of a mixture.

    Parameters
    ----------
    weights : of the mixture, shape (m,).
    apart, scales : where each t distribution lies from the mean of the mixture, and its scale, shape (m,).
    df : of each of them.
    """
    kept = weights > FAINT * weights.max()
    weights, apart, scales = weights[kept], apart[kept], scales[kept]
    wide = _within(weights, apart, scales, df, MOST - (1.0 - MOST))
    half = _within(weights, apart, scales, df, HALF)
    found = _matched(wide / half)
    return wide / float(stdtrit(found, MOST)), found


def _within(weights: Floats, apart: Floats, scales: Floats, df: int, level: float) -> float:
    """Half the width of the interval about zero that holds a share of the mixture, by Newton's steps inside a bracket."""
    constant = math.exp(float(gammaln(0.5 * (df + 1)) - gammaln(0.5 * df))) / math.sqrt(df * math.pi)
    heights, lines = constant * weights / scales, np.array([[1.0], [-1.0]])
    low, high = 0.0, math.inf
    half = float(stdtrit(df, 0.5 + 0.5 * level)) * math.sqrt(float(weights @ (scales**2 + apart**2)))
    for _ in range(STEPS):
        ends = (half * lines - apart) / scales
        upper, lower = stdtr(df, ends) @ weights
        missing = level - float(upper - lower)
        slope = float(((1.0 + ends**2 / df) ** (-0.5 * (df + 1)) @ heights).sum())
        low, high = (half, high) if missing > 0.0 else (low, half)
        step = half + missing / slope if slope > 0.0 else high
        if not low <= step <= high or step == math.inf:
            step = 2.0 * half if high == math.inf else 0.5 * (low + high)
        if abs(step - half) <= SETTLED * half:
            return step
        half = step
    return half


def _matched(ratio: float) -> float:
    """Degrees of freedom at which the quantiles .975 and .75 of t have a ratio."""
    every, ratios = _ratios()
    if ratio >= ratios[0] or ratio <= ratios[-1]:
        return NARROWEST if ratio >= ratios[0] else WIDEST
    place = int(np.searchsorted(-ratios, -ratio))
    return float(brentq(lambda df: _ratio(df) - ratio, every[place - 1], every[place], xtol=1e-9))


@cache
def _ratios() -> tuple[Floats, Floats]:
    every = np.geomspace(NARROWEST, WIDEST, 400)
    return every, _ratio(every)


def _ratio(df: Any) -> Any:
    return stdtrit(df, MOST) / stdtrit(df, 0.5 + HALF / 2.0)
