"""Tests of a regression fitted by least squares: variance that depends on the regressors, curvature left out, errors that are not normal."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import chdtrc, fdtrc

from ebpm.stats.regression.least_squares import least_squares

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Test:
    """A test whose large values speak against the null.

    Parameters
    ----------
    statistic : chi-square with `df` degrees of freedom under the null, or F where the denominator has a finite number of them.
    df : degrees of freedom of chi-square, or of the numerator.
    denominator : degrees of freedom of the denominator of F; infinity for chi-square.
    """

    __test__ = False

    statistic: float
    df: int
    denominator: float = math.inf

    @property
    def p_value(self) -> float:
        """Upper tail."""
        if math.isinf(self.denominator):
            return float(chdtrc(self.df, self.statistic))
        return float(fdtrc(self.df, self.denominator, self.statistic))


def breusch_pagan(residuals: Floats, X: Floats, *, studentised: bool = True) -> Test:
    """Test that the variance of errors does not depend on the regressors.

    Parameters
    ----------
    residuals : of a regression on X, shape (n,).
    X : regressors, a constant among them, shape (n, k).
    studentised : without the assumption of normal errors.

    Formula: n R^2 of e^2 on X, or without it half the explained sum of squares of e^2 / mean(e^2); chi-square with k - 1.

    Source: Breusch and Pagan (1979), Econometrica 47(5); Koenker (1981), Journal of Econometrics 17(1), for the studentised form.
    """
    n, relative = len(residuals), residuals**2 / float(residuals @ residuals / len(residuals)) - 1.0
    left = least_squares(X, relative).residuals
    explained, total = float(relative @ relative - left @ left), float(relative @ relative)
    return Test(max(n * explained / total if studentised else 0.5 * explained, 0.0), X.shape[1] - 1)


def reset(residuals: Floats, X: Floats, fitted: Floats, powers: tuple[int, ...] = (2, 3)) -> Test:
    """Test that powers of the fitted values add nothing to a regression.

    Parameters
    ----------
    residuals, fitted : of a regression on X, shape (n,).
    X : regressors, a constant among them, shape (n, k).
    powers : of the fitted values.

    Formula: F of the regression with the powers against the one without.

    Source: Ramsey (1969), Journal of the Royal Statistical Society B 31(2).
    """
    spread = float(np.std(fitted)) or 1.0
    scaled = (fitted - fitted.mean()) / spread
    more = scaled[:, None] ** np.arange(2, max(powers) + 1)
    if powers != tuple(range(2, max(powers) + 1)):
        more = (fitted / float(np.abs(fitted).max()))[:, None] ** np.array(powers, dtype=np.float64)
    fit = least_squares(np.column_stack([X, more]), residuals)
    left, spare = float(fit.residuals @ fit.residuals), fit.df_residual
    gained = float(residuals @ residuals) - left
    return Test(max(gained, 0.0) / len(powers) / (left / spare), len(powers), float(spare))


def jarque_bera(residuals: Floats) -> Test:
    """Test that skewness and kurtosis are those of a normal distribution.

    Parameters
    ----------
    residuals : shape (n,).

    Formula: n (skewness^2 / 6 + (kurtosis - 3)^2 / 24), with moments about the mean over n; chi-square with 2.

    Source: Jarque and Bera (1980), Economics Letters 6(3).
    """
    apart = residuals - residuals.mean()
    second, third, fourth = (float(np.mean(apart**power)) for power in (2, 3, 4))
    return Test(len(residuals) * (third**2 / second**3 / 6.0 + (fourth / second**2 - 3.0) ** 2 / 24.0), 2)
