"""Serial correlation of residuals: autocorrelations, and the tests of Durbin and Watson, Breusch and Godfrey, Box, Ljung and Pierce."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from scipy.special import ndtr

from ebpm.stats.regression.least_squares import least_squares
from ebpm.stats.regression.specification import Test

Floats = NDArray[np.float64]

EXACT = 1000
NODES, REACH = 1001, 21.0


def autocorrelations(residuals: Floats, lags: int) -> Floats:
    """Return the autocorrelations of lags 1 .. `lags` of a series of shape (n,); zeros where it does not vary.

    Examples
    --------
    >>> import numpy as np
    >>> autocorrelations(np.array([1.0, -1.0, 1.0, -1.0]), 2).tolist()
    [-0.75, 0.5]
    """
    centred = residuals - residuals.mean()
    products = np.array([centred[lag:] @ centred[:-lag] for lag in range(1, lags + 1)], dtype=np.float64)
    return products / (float(centred @ centred) or 1.0)


def partial_autocorrelations(residuals: Floats, lags: int) -> Floats:
    """Return the partial autocorrelations of lags 1 .. `lags` by the recursion of Levinson and Durbin.

    Examples
    --------
    >>> import numpy as np
    >>> partial_autocorrelations(np.array([1.0, -1.0, 1.0, -1.0]), 2).round(6).tolist()
    [-0.75, -0.142857]
    """
    every, found = autocorrelations(residuals, lags), np.zeros(lags)
    coefficients = np.zeros(0)
    for lag in range(lags):
        own = (every[lag] - coefficients @ every[:lag][::-1]) / (1.0 - coefficients @ every[:lag])
        coefficients = np.append(coefficients - own * coefficients[::-1], own)
        found[lag] = own
    return found


def ljung_box(residuals: Floats, lags: int, *, allowed: int = 0, estimated: int = 0) -> Test:
    """Test that the autocorrelations of lags allowed + 1 .. lags are zero.

    Parameters
    ----------
    residuals : shape (n,), in order of time.
    lags : the last lag, below n.
    allowed : lags up to this one may be anything, because the errors allow for them.
    estimated : parameters of a process that was fitted to the errors; so many degrees of freedom are lost.

    Formula: n (n + 2) sum_j r_j^2 / (n - j), over Bartlett's factor 1 + 2 sum_i r_i^2 with i = 1 .. allowed.

    Source: Ljung and Box (1978), Biometrika 65(2); Bartlett (1946), Supplement to the Journal of the Royal Statistical Society 8(1).
    """
    n, wanted = len(residuals), np.arange(allowed + 1, lags + 1)
    squares = autocorrelations(residuals, lags) ** 2
    factor = 1.0 + 2.0 * float(squares[:allowed].sum())
    return Test(float(n * (n + 2) * np.sum(squares[allowed:] / (n - wanted))) / factor, lags - allowed - estimated)


def box_pierce(residuals: Floats, lags: int) -> Test:
    """Test that the autocorrelations of lags 1 .. lags are zero, by n sum_j r_j^2.

    Source: Box and Pierce (1970), Journal of the American Statistical Association 65(332).
    """
    return Test(float(len(residuals) * np.sum(autocorrelations(residuals, lags) ** 2)), lags)


def breusch_godfrey(residuals: Floats, X: Floats, lags: int, *, filled: bool = True, f: bool = False) -> Test:
    """Test that residuals of a regression on X do not depend on their own `lags` last values.

    Parameters
    ----------
    residuals, X : shapes (n,) and (n, k).
    lags : how many.
    filled : whether values before the first are zeros; otherwise the first rows are left out.
    f : whether the test is an F test; otherwise chi-square.

    Formula: n R^2 of the residuals on X and the lagged residuals, or F of the latter.

    Source: Godfrey (1978), Econometrica 46(6); Breusch (1978), Australian Economic Papers 17; Kiviet (1986), Review of Economic
    Studies 53(2), for the F test.
    """
    lagged = [np.concatenate([np.zeros(lag), residuals[:-lag]]) for lag in range(1, lags + 1)]
    first = 0 if filled else lags
    own = residuals[first:]
    line = least_squares(np.column_stack([X, *lagged])[first:], own)
    left, squares = float(line.residuals @ line.residuals), float(own @ own)
    if not f:
        return Test(max(len(own) * (1.0 - left / squares), 0.0), lags)
    before = squares if filled else float(np.sum(least_squares(X[first:], own).residuals ** 2))
    return Test(max(before - left, 0.0) / lags / (left / line.df_residual), lags, float(line.df_residual))


def durbin_watson(residuals: Floats) -> float:
    """Return the sum of squared first differences over the sum of squares: 2 without autocorrelation.

    Source: Durbin and Watson (1950), Biometrika 37(3/4).
    """
    squares = float(residuals @ residuals)
    return float(np.sum(np.diff(residuals) ** 2)) / squares if squares > 0 else 2.0


def durbin_watson_test(residuals: Floats, X: Floats) -> tuple[float, float]:
    """Return the chances of a Durbin-Watson statistic as small and as large without autocorrelation, when errors are normal.

    Parameters
    ----------
    residuals : of a regression on X, shape (n,).
    X : regressors, shape (n, k).

    Formula: P(sum_j (v_j - d) z_j^2 < 0) with v_j the eigenvalues of MA outside the null space of M; by its moment generating function,
    integrated through the saddle point. Above 1,000 rows the normal distribution with the mean and variance of d.

    Source: Durbin and Watson (1971), Biometrika 58(1), for the form; Rice (1980), SIAM Journal on Scientific and Statistical Computing
    1(4), for the contour.
    """
    n, k = X.shape
    statistic = durbin_watson(residuals)
    basis, _ = np.linalg.qr(X, mode="complete" if n <= EXACT else "reduced")
    if n > EXACT:
        place = _normal_place(statistic, basis)
        return float(ndtr(place)), float(ndtr(-place))
    A = np.diag(np.r_[1.0, np.full(n - 2, 2.0), 1.0]) - np.eye(n, k=1) - np.eye(n, k=-1)
    rest = basis[:, k:]
    values = np.linalg.eigvalsh(rest.T @ A @ rest) - statistic
    return (
        (_positive(-values), 1.0 - _positive(-values))
        if values.sum() > 0
        else (1.0 - _positive(values), _positive(values))
    )


def _normal_place(statistic: float, basis: Floats) -> float:
    """The statistic less its mean, over its standard deviation, by the traces of MA and (MA)^2."""
    n, k = basis.shape
    moved = 2.0 * basis
    moved[[0, -1]] -= basis[[0, -1]]
    moved[1:] -= basis[:-1]
    moved[:-1] -= basis[1:]
    inner = basis.T @ moved
    first = 2.0 * (n - 1) - float(np.trace(inner))
    second = 2.0 * (3 * n - 4) - 2.0 * float(np.sum(moved**2)) + float(np.sum(inner * inner.T))
    mean = first / (n - k)
    return float((statistic - mean) / np.sqrt(2.0 * (second - first * mean) / ((n - k) * (n - k + 2))))


def _positive(values: Floats) -> float:
    """P(sum_j m_j z_j^2 > 0) of independent standard normal z, for a sum whose mean is not positive."""
    if values.max() <= 0.0:
        return 0.0
    end = 0.5 / float(values.max())

    def slope(point: float) -> float:
        return float(np.sum(values / (1.0 - 2.0 * point * values))) - 1.0 / point

    saddle = float(brentq(slope, 1e-12 * end, end * (1.0 - 1e-12), xtol=1e-300, rtol=1e-12))
    scale = (2.0 * float(np.sum((values / (1.0 - 2.0 * saddle * values)) ** 2)) + saddle**-2) ** -0.5
    angles = np.linspace(0.0, REACH, NODES)
    points = saddle + 1j * scale * np.sinh(angles)
    logs = -0.5 * np.log(1.0 - 2.0 * points[:, None] * values).sum(axis=1) - np.log(points)
    heights = (np.exp(logs) * np.cosh(angles)).real
    return float((2.0 * heights.sum() - heights[0]) * angles[1] * scale / (2.0 * np.pi))
