"""Forecasts of a structural time series, averaged over how much the level moves rather than taken at one estimate of it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ebpm.stats.series.autoregression_averaged import matched_t
from ebpm.stats.series.structural import StructuralFit

Floats = NDArray[np.float64]

GRID = np.linspace(-14.0, 6.0, 41)
SCALE = 0.3
FAINT = 1e-5


@dataclass(frozen=True, slots=True, kw_only=True)
class AveragedForecast:
    """What the series would be in h periods, as a mixture of t distributions.

    Parameters
    ----------
    mean : of the mixture, shape (h,).
    covariance : of the mixture, its t distributions taken for normal ones, shape (h, h).
    weights : of its parts, shape (m,).
    means : shape (m, h).
    covariances : squared scales of the errors, shape (m, h, h).
    df : of each part.
    """

    mean: Floats
    covariance: Floats
    weights: Floats
    means: Floats
    covariances: Floats
    df: int

    def spread(self, weights: Floats) -> tuple[float, float]:
        """Return the standard error of a weighted sum of the forecasts, and its degrees of freedom: of the t distribution that matches."""
        variances = np.einsum("i,mij,j->m", weights, self.covariances, weights)
        if not variances.max() > 0:
            return 0.0, float(self.df)
        return matched_t(self.weights, (self.means - self.mean) @ weights, np.sqrt(variances), df=self.df)

    def draws(self, rng: np.random.Generator, count: int) -> Floats:
        """Draw errors of the forecasts from the mixture, shape (count, h)."""
        part = rng.choice(len(self.weights), count, p=self.weights)
        roots = [_root(one) for one in self.covariances]
        found = rng.standard_normal((count, len(self.mean))) * np.sqrt(self.df / rng.chisquare(self.df, (count, 1)))
        for place, root in enumerate(roots):
            rows = part == place
            found[rows] = found[rows] @ root.T + (self.means[place] - self.mean)
        return found


def averaged_forecast(fit: StructuralFit, regressors: Floats) -> AveragedForecast:
    """Average forecasts over the ratio of the level's variance to the irregular one.

    Parameters
    ----------
    fit : whose other ratios of variances are kept.
    regressors : of the periods that follow, shape (h, k).

    Formula: weights are the restricted likelihood times a half-Cauchy density of scale 0.3 of the ratio of standard deviations. Given
    the ratio the forecast has a t distribution, scale integrated out.

    Assumptions: the density leans to levels that move less than the irregular; intervals then hold their level for levels that stand
    still and for such that move as much as the irregular, see tests/coverage/test_its_models.py.

    Source: Gelman (2006), Bayesian Analysis 1(3), for the density; Shephard and Harvey (1990), Journal of Time Series Analysis
    11(4), for what an estimate of the ratio does that falls on zero.
    """
    problem = fit.problem
    places = [np.r_[ratio, fit.logs[1:]] for ratio in GRID]
    ats = [problem.at(logs) for logs in places]
    steps = np.exp(GRID / 2.0)
    logs = np.log(steps / (SCALE**2 + steps**2)) - np.array([at.loss for at in ats])
    weights = np.exp(logs - logs.max())
    kept = np.flatnonzero(weights > FAINT)
    found = [problem.forecast(places[place], regressors) for place in kept]
    scales = np.array([ats[place].squares / problem.free for place in kept])
    shares = weights[kept] / weights[kept].sum()
    means = np.array([mean for mean, _ in found])
    covariances = np.array([own for _, own in found]) * scales[:, None, None]
    mean = shares @ means
    apart = means - mean
    covariance = np.einsum("m,mij->ij", shares, covariances) + np.einsum("m,mi,mj->ij", shares, apart, apart)
    return AveragedForecast(
        mean=mean, covariance=covariance, weights=shares, means=means, covariances=covariances, df=problem.free
    )


def _root(covariance: Floats) -> Floats:
    values, vectors = np.linalg.eigh(covariance)
    return np.asarray(vectors * np.sqrt(np.maximum(values, 0.0)), dtype=np.float64)
