"""Serial correlation of residuals: autocorrelations, Durbin-Watson, Ljung-Box, Breusch-Godfrey."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc

from ebpm.stats.regression.least_squares import least_squares

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

SHOWN = 24


@dataclass(frozen=True, slots=True)
class SerialTest:
    """A test of the null that residuals are not correlated over time.

    Parameters
    ----------
    statistic : chi-square with `df` degrees of freedom under the null.
    df : how many autocorrelations are tested.
    p_value : upper tail.
    """

    statistic: float
    df: int

    @property
    def p_value(self) -> float:
        return float(chdtrc(self.df, self.statistic))


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


def durbin_watson(residuals: Floats) -> float:
    """Return the sum of squared first differences over the sum of squares: 2 without autocorrelation.

    Source: Durbin and Watson (1950), Biometrika 37(3/4).
    """
    squares = float(residuals @ residuals)
    return float(np.sum(np.diff(residuals) ** 2)) / squares if squares > 0 else 2.0


def ljung_box(residuals: Floats, lags: int, *, allowed: int = 0, estimated: int = 0) -> SerialTest:
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
    return SerialTest(
        float(n * (n + 2) * np.sum(squares[allowed:] / (n - wanted))) / factor, lags - allowed - estimated
    )


def breusch_godfrey(residuals: Floats, X: Floats, lags: int) -> SerialTest:
    """Test that residuals of a regression on X do not depend on their own `lags` last values, zeros before the first.

    Formula: n R^2 of the residuals on X and the lagged residuals.

    Source: Godfrey (1978), Econometrica 46(6); Breusch (1978), Australian Economic Papers 17.
    """
    n = len(residuals)
    lagged = [np.concatenate([np.zeros(lag), residuals[:-lag]]) for lag in range(1, lags + 1)]
    rest = least_squares(np.column_stack([X, *lagged]), residuals).residuals
    return SerialTest(float(n * (1.0 - rest @ rest / (residuals @ residuals))), lags)


def correlogram(residuals: Floats, ax: Axes | None, lang: str | None) -> Axes:
    """Draw the autocorrelations of residuals up to lag 24, or half their number."""
    from ebpm.figures.impact import draw_correlogram

    lags = min(SHOWN, len(residuals) // 2)
    return draw_correlogram(autocorrelations(residuals, lags), ax, rows=len(residuals), lang=lang)
