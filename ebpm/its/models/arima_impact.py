"""What a regression with ARIMA errors says an intervention added."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ebpm.its.series.impact import About, Added, Expected, Impact
from ebpm.stats.inference import quantile

if TYPE_CHECKING:
    from ebpm.its.models.arima import Arima

Floats = NDArray[np.float64]

STEP = 1e-5


def arima_impact(result: Arima, method: str) -> Impact:
    """Return the impact of the intervention.

    Formula: the effect d in a period is the sum of the shapes times their coefficients; the counterfactual is the outcome without it,
    y - e d, or y exp(-d) for a logarithm. Intervals by the delta method from the covariance of coefficients and rate of decay.

    Assumptions: the errors of the series would have been the same without the intervention.
    """
    observed, fit, first = result.observed, result.fit, result.observed.onset
    count, rates = len(result.transfer.effect_names), len(fit.decay)
    own, k = fit.coefficients[-count:], len(fit.coefficients)
    places = np.r_[np.arange(k - count, k), np.arange(len(fit.covariance) - rates, len(fit.covariance))].astype(np.intp)
    covariance = fit.covariance[np.ix_(places, places)]
    y, e = observed.outcome[0], observed.exposure[0]

    def effects(values: Floats) -> Floats:
        return np.asarray(result.transfer.shapes(values[count:])[first:] @ values[:count], dtype=np.float64)

    def amounts(values: Floats) -> Floats:
        path = effects(values)
        return np.asarray(y[first:] * -np.expm1(-path) if result.logarithmic else e[first:] * path)

    center = np.concatenate([own, fit.decay])
    moves = STEP * np.eye(len(center))
    slopes = np.array([(amounts(center + one) - amounts(center - one)) / (2.0 * STEP) for one in moves]).T

    def spread(weights: Floats) -> tuple[float, float]:
        row = np.zeros(len(fit.covariance))
        row[places] = weights @ slopes
        return fit.spread(row)

    def draw(rng: np.random.Generator, times: int) -> Floats:
        values, vectors = np.linalg.eigh(covariance)
        df = spread(np.ones(len(slopes)))[1]
        shocks = rng.standard_normal((times, len(center))) * np.sqrt(df / rng.chisquare(df, (times, 1)))
        moved = center + shocks @ (vectors * np.sqrt(np.maximum(values, 0.0))).T
        moved[:, count:] = np.clip(moved[:, count:], 0.0, 1.0)
        return np.array([amounts(one) for one in moved])

    found = amounts(center)
    half = np.array([quantile(0.5 + result.conf_level / 2, df) * one for one, df in map(spread, np.eye(len(found)))])
    without = y[first:] - found
    return Impact(
        calendar=observed.calendar, start=observed.start, origin=first, outcome=y,
        expected=Expected(fitted=np.full(first, np.nan), mean=without, low=without - half, high=without + half),
        added=Added(amounts=found, spread=spread, draw=draw), events=result.events, noticed=result.notices,
        about=About(name=observed.names[0], method=method, n=fit.n, conf_level=result.conf_level),
    )  # fmt: skip
