"""What a segmented regression says an intervention added, on the scale of the outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from ebpm.its.regression.effects import effect_weights
from ebpm.its.series.impact import About, Added, Expected, Impact
from ebpm.stats.inference import quantile

if TYPE_CHECKING:
    from ebpm.its.regression.segmented import Segmented

Floats = NDArray[np.float64]


def mean_of(predictor: Floats, family: str) -> Floats:
    """Return the mean per unit of exposure from the linear predictor."""
    if family == "gaussian":
        return predictor
    return np.asarray(expit(predictor) if family == "binomial" else np.exp(predictor))


def impact_of(series: Segmented) -> Impact:
    """Return the impact of the intervention of a segmented regression.

    Formula: with exposure e, outcome y, linear predictor h and effect d, the amount added in a period is e d for a Gaussian outcome,
    y (1 - exp(-d)) for a logarithmic one with y as given, and e (expit(h) - expit(h - d)) for a binomial one; sums by the delta method.
    """
    observed, model = series.observed, series.model
    places = np.arange(observed.origin, observed.calendar.length)
    W = effect_weights(observed, model, places.astype(np.float64))
    own = np.zeros_like(W)
    own[:, 0] = model.design[places]
    flat, whole = W.reshape(len(places), -1), own.reshape(len(places), -1)
    y, e = observed.outcome[0, places], observed.exposure[0, places]

    def amounts(coefficients: Floats) -> Floats:
        effect, predictor = flat @ coefficients.T, whole @ coefficients.T
        if series.settings.family == "gaussian":
            return np.asarray((e * effect.T).T)
        if series.settings.family == "binomial":
            return np.asarray((e * (expit(predictor) - expit(predictor - effect)).T).T)
        return np.asarray((y * -np.expm1(-effect).T).T)

    center = model.coefficients.ravel()
    slopes = _slopes(series, flat, whole, y, e)

    def spread(weights: Floats) -> tuple[float, float]:
        found = model.contrast((weights @ slopes).reshape(model.coefficients.shape))
        return found.std_error, found.df

    def draw(rng: np.random.Generator, count: int) -> Floats:
        values, vectors = np.linalg.eigh(model.covariance)
        root = vectors * np.sqrt(np.maximum(values, 0.0))
        std_error, df = spread(np.ones(len(places)))
        total = (np.ones(len(places)) @ slopes) @ root
        factor = std_error / (float(np.sqrt(total @ total)) or 1.0)
        shocks = rng.standard_normal((count, len(center))) * np.sqrt(df / rng.chisquare(df, (count, 1)))
        return amounts(center + factor * shocks @ root.T).T

    return Impact(
        calendar=observed.calendar, start=observed.start, origin=observed.origin, outcome=observed.outcome[0],
        expected=_expected(series, whole - flat, places), added=Added(amounts=amounts(center), spread=spread, draw=draw),
        events=series.events, noticed=series.notices,
        about=About(name=observed.names[0], method=series.method, n=model.n, conf_level=series.conf_level),
    )  # fmt: skip


def _slopes(series: Segmented, flat: Floats, whole: Floats, y: Floats, e: Floats) -> Floats:
    """Derivatives of the amounts by the coefficients, shape (h, S p)."""
    center = series.model.coefficients.ravel()
    effect, predictor = flat @ center, whole @ center
    if series.settings.family == "gaussian":
        return np.asarray(e[:, None] * flat)
    if series.settings.family != "binomial":
        return np.asarray((y * np.exp(-effect))[:, None] * flat)
    with_it, without = expit(predictor), expit(predictor - effect)
    rises, falls = e * with_it * (1.0 - with_it), e * without * (1.0 - without)
    return np.asarray(rises[:, None] * whole - falls[:, None] * (whole - flat))


def _expected(series: Segmented, rows: Floats, places: NDArray[np.intp]) -> Expected:
    """The fit before and the counterfactual after, with the interval of its mean."""
    observed, model, family = series.observed, series.model, series.settings.family
    found = [model.contrast(row.reshape(model.coefficients.shape)) for row in rows]
    half = np.array(
        [quantile(0.5 + series.conf_level / 2, one.df) * one.std_error if one.df > 0 else np.inf for one in found]
    )
    center, exposure = np.array([one.value for one in found]), observed.exposure[0]
    mean, low, high = (exposure[places] * mean_of(center + move, family) for move in (0.0, -half, half))
    fitted = (exposure * mean_of(model.predictor[0], family))[: observed.origin]
    return Expected(fitted=np.where(observed.used[: observed.origin], fitted, np.nan), mean=mean, low=low, high=high)
