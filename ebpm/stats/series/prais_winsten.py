"""Feasible generalised least squares with first-order autoregressive errors: Prais and Winsten, Cochrane and Orcutt."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError
from ebpm.stats.regression.least_squares import least_squares

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CONVERGED = 1e-13
MOST = 500


@dataclass(frozen=True, slots=True, kw_only=True)
class Transformed:
    """A regression of S series after the autoregression is taken out.

    Parameters
    ----------
    coefficients : shape (S, k).
    spread : covariance of the transformed residuals, shape (S, S).
    bread : (X*'X*)^-1 of the transformed regressors, shape (k, k).
    autocorrelation : of the errors at lag 1.
    whitened : transformed residuals, the first row among them, shape (S, n).
    residuals : y - Xb, shape (S, n).
    n : rows of a series that were fitted: all but the first, with Cochrane and Orcutt.
    """

    coefficients: Floats
    spread: Floats
    bread: Floats
    autocorrelation: float
    whitened: Floats
    residuals: Floats
    n: int

    @property
    def df(self) -> int:
        """Rows of a series less coefficients."""
        return self.n - len(self.bread)


def prais_winsten(
    X: Floats, y: Floats, *, places: Ints, keep_first: bool = True, iterate: bool = True, names: tuple[str, ...] = ()
) -> Transformed:
    """Fit with the autocorrelation estimated from residuals.

    Parameters
    ----------
    X : regressors of each series, shape (n, k).
    y : outcomes, shape (S, n).
    places : period of each row, ascending whole numbers; gaps are allowed; shape (n,).
    keep_first : keep the first row, scaled (Prais and Winsten), or drop it (Cochrane and Orcutt).
    iterate : go on until the autocorrelation changes by less than 1e-13, or stop after one step from ordinary least squares.
    names : of the columns of X, for the message about collinear ones.

    Raises
    ------
    DesignError : too few rows; an autocorrelation that reaches one or does not settle within 500 steps.

    Formula: r = sum u_t u_(t-1) / sum u_(t-1)^2 over neighbouring periods of all series; y*_t = y_t - r y_(t-1), the first row
    times sqrt(1 - r^2); after a gap of g periods (y_t - r^g y_(t-g)) sqrt((1 - r^2) / (1 - r^2g)).

    Source: Prais and Winsten (1954), Cowles Commission Discussion Paper 383; Cochrane and Orcutt (1949), JASA 44(245).
    """
    correlation, steps = 0.0, 0
    gaps = np.diff(places)
    found = _fitted(X, y, gaps, correlation, keep_first=True, names=names)
    while steps < (MOST if iterate else 1):
        last, steps = correlation, steps + 1
        correlation = _correlation(found.residuals, gaps)
        if not abs(correlation) < 1.0:
            raise DesignError("stats_no_stationary", value=correlation)
        found = _fitted(X, y, gaps, correlation, keep_first=keep_first, names=names)
        if abs(correlation - last) < CONVERGED:
            return found
    if iterate:
        raise DesignError("stats_not_settled", steps=MOST, value=correlation)
    return found


def _correlation(residuals: Floats, gaps: Ints) -> float:
    before, after = residuals[:, :-1][:, gaps == 1], residuals[:, 1:][:, gaps == 1]
    return float(np.sum(before * after) / np.sum(before * before))


def _fitted(
    X: Floats, y: Floats, gaps: Ints, correlation: float, *, keep_first: bool, names: tuple[str, ...]
) -> Transformed:
    rows = np.column_stack([X, y.T])
    power = correlation ** gaps.astype(np.float64)
    scale = np.sqrt((1.0 - correlation**2) / (1.0 - power**2))
    moved = (rows[1:] - power[:, None] * rows[:-1]) * scale[:, None]
    white = np.vstack([np.sqrt(1.0 - correlation**2) * rows[:1], moved])
    used, k = white if keep_first else white[1:], X.shape[1]
    fits = [least_squares(used[:, :k], column, names=names) for column in used[:, k:].T]
    coefficients, left = np.array([one.coefficients for one in fits]), np.array([one.residuals for one in fits])
    return Transformed(
        coefficients=coefficients, spread=left @ left.T / fits[0].df_residual, bread=fits[0].bread, autocorrelation=correlation,
        whitened=white[:, k:].T - coefficients @ white[:, :k].T, residuals=y - coefficients @ X.T, n=len(used),
    )  # fmt: skip
