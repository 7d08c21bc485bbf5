"""A fitted segmented regression of one or two series, and what is inferred from it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ebpm.stats.series.autoregression import Autoregressive
from ebpm.stats.series.autoregression_averaged import Averaged
from ebpm.stats.series.hac_small_sample import Reference

Floats = NDArray[np.float64]

ROUNDING = 1e-13


@dataclass(frozen=True, slots=True)
class Ordinary:
    """Standard errors as they come, all with the same degrees of freedom.

    Parameters
    ----------
    df : of the t distribution.
    """

    df: float

    def correct(self, weights: Floats) -> tuple[float, float]:
        """Return the factor of the variance, and the degrees of freedom."""
        del weights
        return 1.0, float(self.df)


@dataclass(frozen=True, slots=True)
class Combination:
    """A number made from the coefficients.

    Parameters
    ----------
    value, std_error : in the unit of the number.
    df : of the t distribution.
    """

    value: float
    std_error: float
    df: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Model:
    """A fitted segmented regression; each series has its own p coefficients.

    Parameters
    ----------
    names : of the p coefficients of a series.
    design : shape (T, p), of every period, used or not.
    effect : places of the coefficients of the intervention in question.
    coefficients : shape (S, p).
    covariance : shape (S p, S p), of the coefficients of row 0, then of row 1.
    residuals : shape (S, U), standardised by the family's variance, of the U used periods; with the autoregression taken out
        where there is one.
    dispersion : residual variance; for Poisson in multiples of the mean.
    inference : degrees of freedom and small-sample factor. Ordinary degrees are rows less coefficients; with Newey-West errors
        periods less coefficients of one series, because rows of the same period are one draw there.
    lags : of Newey and West that were used; -1 where the errors have none.
    n : rows used.
    autoregression : partial autocorrelations of the errors; empty where they are not modelled.
    shape : of a negative binomial, its variance less the mean over the mean squared; 0 for other families.
    bandwidth : of the kernel of Newey and West or Andrews, of which the lags are the whole part where a rule chose it.
    """

    names: tuple[str, ...]
    design: Floats
    effect: tuple[int, ...]
    coefficients: Floats
    covariance: Floats
    residuals: Floats
    dispersion: float
    inference: Ordinary | Reference | Autoregressive | Averaged
    lags: int
    n: int
    autoregression: tuple[float, ...] = ()
    shape: float = 0.0
    bandwidth: float = 0.0

    @property
    def predictor(self) -> Floats:
        """The fitted linear predictor (per unit of exposure), shape (S, T)."""
        return np.asarray(self.coefficients @ self.design.T, dtype=np.float64)

    def contrast(self, weights: Floats) -> Combination:
        """Return a weighted sum of the coefficients, weights of shape (S, p).

        The standard error is not a number where the small-sample correction leaves no variance, as it may where the two parts of an
        autoregressive moving average all but cancel each other.
        """
        flat = weights.ravel()
        variance = float(flat @ self.covariance @ flat)
        largest = float(np.abs(flat) @ np.sqrt(np.maximum(np.diag(self.covariance), 0.0))) ** 2
        factor, df = self.inference.correct(flat)
        if not factor > 0.0:
            return Combination(float(flat @ self.coefficients.ravel()), math.nan, df)
        std_error = math.sqrt(factor * variance) if variance > ROUNDING * largest else 0.0
        return Combination(float(flat @ self.coefficients.ravel()), std_error, df)
