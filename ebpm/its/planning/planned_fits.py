"""Many simulated series on the same regressors, fitted together: errors of the estimate, and half the width of the interval."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import stdtrit

from ebpm.errors import DesignError
from ebpm.stats.series.autoregression import held_at
from ebpm.stats.series.autoregression_averaged import GRID as FINE
from ebpm.stats.series.autoregression_averaged import matched_t

Floats = NDArray[np.float64]

GRID = np.linspace(-0.975, 0.975, 79)


@dataclass(frozen=True, slots=True)
class Drawn:
    """What the simulated series say about an effect of zero.

    Parameters
    ----------
    values : estimates, shape (draws,).
    halves : half the width of each interval, shape (draws,).
    """

    values: Floats
    halves: Floats

    def seen(self, effect: float) -> float:
        """Return the share of series whose interval excludes zero with an effect, up or down alike."""
        up, down = np.abs(self.values + effect) > self.halves, np.abs(self.values - effect) > self.halves
        return float(0.5 * (up.mean() + down.mean()))


def fits(X: Floats, y: Floats, weights: Floats, *, errors: str, conf_level: float) -> Drawn:
    """Fit every series.

    Parameters
    ----------
    X : shape (n, k).
    y : one series a row, shape (draws, n).
    weights : of the coefficients, shape (k,).
    errors : "ols", "reml" or "reml_averaged".
    conf_level : of the intervals.

    Raises
    ------
    DesignError : too few periods for the regressors.

    Formula: of "reml" the restricted likelihood is taken on a grid of autocorrelations, and estimate, variance, Kenward and Roger's
    factor and Satterthwaite's degrees of freedom, which depend on the autocorrelation alone, are read off at its top.
    """
    n, k = X.shape
    if n - k < 2:
        raise DesignError("stats_too_few_rows", rows=n, columns=k + 1)
    upper = 0.5 + conf_level / 2.0
    if errors == "ols":
        Q, R = np.linalg.qr(X)
        row = Q @ np.linalg.solve(R.T, weights)
        left = y - (y @ Q) @ Q.T
        scale = np.sqrt((left**2).sum(axis=1) / (n - k))
        return Drawn(y @ row, float(stdtrit(n - k, upper)) * scale * float(np.sqrt(row @ row)))
    if errors == "reml_averaged":
        return _averaged(X, y, weights, upper)
    return _restricted(X, y, weights, upper)


@dataclass(frozen=True, slots=True)
class _Given:
    """All series given an autocorrelation: loss, estimates and their squared standard errors, each of shape (draws,)."""

    loss: Floats
    values: Floats
    squares: Floats

    @classmethod
    def of(cls, X: Floats, y: Floats, weights: Floats, rho: float) -> _Given:
        n, k = X.shape
        white = np.column_stack([X, y.T])
        white[1:] = (white[1:] - rho * white[:-1]) / np.sqrt(1.0 - rho**2)
        Q, R = np.linalg.qr(white[:, :k])
        inner = Q.T @ white[:, k:]
        left = (white[:, k:] ** 2).sum(axis=0) - (inner**2).sum(axis=0)
        row = np.linalg.solve(R.T, weights)
        sizes = (n - 1) * np.log1p(-(rho**2)) + 2.0 * np.log(np.abs(np.diag(R))).sum()
        return cls(sizes + (n - k) * np.log(left), row @ inner, left / (n - k) * float(row @ row))


def _averaged(X: Floats, y: Floats, weights: Floats, upper: float) -> Drawn:
    given = [_Given.of(X, y, weights, rho) for rho in FINE]
    logs = np.log1p(FINE)[:, None] - 0.5 * np.array([one.loss for one in given])
    shares = np.exp(logs - logs.max(axis=0))
    shares /= shares.sum(axis=0)
    values, scales = np.array([one.values for one in given]), np.sqrt([one.squares for one in given])
    means = (shares * values).sum(axis=0)
    found = [
        matched_t(share, apart, scale, df=X.shape[0] - X.shape[1])
        for share, apart, scale in zip(shares.T, (values - means).T, scales.T, strict=True)
    ]
    return Drawn(means, np.array([float(stdtrit(df, upper)) * std_error for std_error, df in found]))


def _restricted(X: Floats, y: Floats, weights: Floats, upper: float) -> Drawn:
    places = np.arange(len(X))
    given = [_Given.of(X, y, weights, rho) for rho in GRID]
    rules = [held_at(X, y[:1], np.array([rho]), places=places).correct(weights) for rho in GRID]
    at = _top(np.array([one.loss for one in given]))
    reach = [np.sqrt(factor) * float(stdtrit(df, upper)) for factor, df in rules]
    halves = np.sqrt(_read(np.array([one.squares for one in given]), at)) * np.interp(at, np.arange(len(GRID)), reach)
    return Drawn(_read(np.array([one.values for one in given]), at), halves)


def _top(losses: Floats) -> Floats:
    """Where on the grid each series' loss is least, by a parabola through the three nearest points; shape (draws,)."""
    best = np.clip(np.argmin(losses, axis=0), 1, len(losses) - 2)
    series = np.arange(losses.shape[1])
    low, middle, high = (losses[best + move, series] for move in (-1, 0, 1))
    bend = low - 2.0 * middle + high
    move = np.where(bend > 0, 0.5 * (low - high) / np.where(bend > 0, bend, 1.0), 0.0)
    return np.asarray(np.clip(best + np.clip(move, -1.0, 1.0), 0.0, len(losses) - 1.0))


def _read(rows: Floats, at: Floats) -> Floats:
    """Rows of a grid read between its points, shape (draws,)."""
    below = np.minimum(at.astype(np.intp), len(rows) - 2)
    share, series = at - below, np.arange(rows.shape[1])
    return np.asarray((1.0 - share) * rows[below, series] + share * rows[below + 1, series])
