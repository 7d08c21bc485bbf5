"""Uncertain numbers as distributions: seeded draws and quantiles of the declared shape."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from ebpm.logic.economics.parts import Uncertain
from ebpm.stats.inference import quantile as t_quantile

Array = NDArray[np.float64]


def draw(name: str, amount: Uncertain, *, draws: int, seed: int) -> Array:
    """Return draws of an uncertain number, shape (draws,); each name has a stream of its own.

    Parameters
    ----------
    name : of the input; the same name and seed give the same draws, whatever other inputs there are.
    amount : its declared distribution.
    draws, seed : of the numpy Generator.
    """
    uniform = np.random.default_rng([seed, *name.encode()]).random(draws)
    return quantile(amount, uniform)


def quantile(amount: Uncertain, probability: Array) -> Array:
    """Return quantiles of the declared distribution, of the shape of `probability`.

    Normal: value + s z(p) with s = (high - low) / (2 z); lognormal: the same in logarithms; triangular: the inverse of its
    distribution function with ends low and high and mode `value`.

    Examples
    --------
    >>> import numpy as np
    >>> from ebpm.logic.economics.draws import quantile
    >>> from ebpm.logic.economics.parts import Uncertain
    >>> quantile(Uncertain(value=2, low=1, high=3, shape="triangular"), np.array([0.5]))
    array([2.])
    """
    from scipy.special import ndtri

    if amount.low is None or amount.high is None:
        return np.full(np.shape(probability), amount.value)
    if amount.shape == "triangular":
        return _triangular(amount.low, amount.value, amount.high, probability)
    width = 2 * t_quantile(0.5 + amount.level / 2)
    normal = np.asarray(ndtri(np.clip(probability, 1e-16, 1 - 1e-16)))
    if amount.shape == "lognormal":
        return amount.value * np.exp(math.log(amount.high / amount.low) / width * normal)
    return np.asarray(amount.value + (amount.high - amount.low) / width * normal)


def _triangular(low: float, mode: float, high: float, probability: Array) -> Array:
    width, rising = high - low, (mode - low) / (high - low)
    left = low + np.sqrt(probability * width * (mode - low))
    right = high - np.sqrt((1 - probability) * width * (high - mode))
    return np.where(probability < rising, left, right)
