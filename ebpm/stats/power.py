"""Power, smallest detectable effect and size of a comparison of two groups, in closed form or by the noncentral t."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
from scipy.optimize import brentq
from scipy.special import gammainccinv, gammaincinv, ndtr, stdtr

from ebpm.stats.inference import quantile

REFERENCES = ("t", "normal", "central_t")
MOST = 1e9
NODES = np.linspace(-9.0, 9.0, 361)
SHARES = np.exp(-(NODES**2) / 2.0) / math.sqrt(2.0 * math.pi) * (NODES[1] - NODES[0])


def power_of(ratio: float, *, df: float = math.inf, error: float = 0.05, reference: str = "t") -> float:
    """Return the chance that a two-sided test rejects, either tail.

    Parameters
    ----------
    ratio : the effect over its standard error.
    df : degrees of freedom of the test.
    error : its level.
    reference : "t" (noncentral t), "normal", or "central_t" (t quantiles on both sides, as Duflo, Glennerster and Kremer).

    Formula: the noncentral t as the mean of P(|Z + ratio| >= critical s) over s = sqrt(chi-square / df), by the trapezoid rule on its normal score.

    Source: Cohen (1988), Statistical Power Analysis, chapter 2; Duflo, Glennerster and Kremer (2007), Handbook of Development
    Economics 4, section 4.
    """
    size = abs(ratio)
    if reference == "normal" or math.isinf(df):
        critical = quantile(1.0 - error / 2)
        return float(ndtr(size - critical) + ndtr(-size - critical))
    critical = quantile(1.0 - error / 2, df)
    if reference == "central_t":
        return float(stdtr(df, size - critical))
    low, high = gammaincinv(df / 2.0, ndtr(NODES)), gammainccinv(df / 2.0, ndtr(-NODES))
    spread = np.sqrt(2.0 * np.where(NODES < 0.0, low, high) / df)
    return float(SHARES @ (ndtr(size - critical * spread) + ndtr(-size - critical * spread)))


def detectable_ratio(power: float, *, df: float = math.inf, error: float = 0.05, reference: str = "t") -> float:
    """Return the effect over its standard error that a two-sided test finds with a given chance.

    Parameters
    ----------
    power : the chance, above the level of the test and below one.
    df, error, reference : as in `power_of`; with "normal" the far tail is left out, as in the usual formula.

    Source: Bloom (1995), Evaluation Review 19(5).
    """
    if reference in {"normal", "central_t"} or math.isinf(df):
        spread = math.inf if reference == "normal" else df
        return quantile(1.0 - error / 2, spread) + quantile(power, spread)
    start = quantile(1.0 - error / 2, df)

    def short(ratio: float) -> float:
        return power_of(ratio, df=df, error=error) - power

    return float(brentq(short, 0.0, 2.0 * start + 50.0, xtol=1e-13, rtol=1e-14))


def least_size(margin_at: Callable[[float], float], *, start: float) -> float:
    """Return the smallest size at which a margin is reached, not rounded; infinite where it never is.

    Parameters
    ----------
    margin_at : size -> margin, increasing through zero.
    start : smallest size that can be.
    """
    if margin_at(start) >= 0.0:
        return start
    high = 2.0 * start
    while margin_at(high) < 0.0:
        high *= 2.0
        if high > MOST:
            return math.inf
    return float(brentq(margin_at, high / 2.0, high, xtol=1e-10, rtol=1e-13))
