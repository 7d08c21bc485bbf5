"""Covariance that allows for heteroskedasticity and autocorrelation: Newey and West's, for one series or several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LagRule = Literal["fixed", "newey_west_1994"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HACMeat:
    """The middle of a sandwich covariance, and how its lags were chosen.

    Parameters
    ----------
    meat : shape (k, k), the long-run sum of squares of the scores; bread @ meat @ bread is the covariance.
    lags : the number of autocovariances used; the Bartlett weight of the j-th is 1 - j / (lags + 1).
    rule : "fixed" where the caller gave the lags, else the automatic rule.
    """

    meat: Floats
    lags: int
    rule: LagRule


def default_lags(periods: int) -> int:
    """Return floor(4 (T / 100)^(2/9)), the rule of thumb for T periods.

    Parameters
    ----------
    periods : length of the series, T.

    Source: Newey and West (1994), Review of Economic Studies 61(4), section 4, with their starting constant 4.

    Examples
    --------
    >>> [default_lags(periods) for periods in (24, 60, 100, 192)]
    [2, 3, 4, 4]
    """
    return int(4.0 * (periods / 100.0) ** (2.0 / 9.0))


def newey_west(scores: Floats, lags: int, *, times: Ints | None = None) -> HACMeat:
    """Return the Newey-West meat of scores with a fixed number of lags.

    Parameters
    ----------
    scores : shape (n, k), x_i e_i in order of time.
    lags : autocovariances to use, 0 <= lags < T.
    times : shape (n,), the period of each row, as integers. Rows of the same period are added together before
        anything is squared, so that several series may be dependent on each other at the same and at nearby periods.
        Periods without a row count as zeros: only rows that lie j periods apart enter the j-th autocovariance.

    Raises
    ------
    DesignError : if lags is negative or not below the number of periods.

    Formula: G_0 + sum_j (1 - j/(L+1)) (G_j + G_j'), G_j = sum_t h_t h_(t-j)', h_t = sum of the scores of period t.

    Source: Newey and West (1987), Econometrica 55(3); Driscoll and Kraay (1998), Review of Economics and Statistics
    80(4) for several series; Parzen (1963), Sankhya A 25(4) for gaps.

    Examples
    --------
    >>> import numpy as np
    >>> newey_west(np.array([[1.0], [2.0], [3.0]]), 1).meat.item()
    22.0
    """
    series = _by_period(scores, times)
    if not 0 <= lags < len(series):
        raise DesignError("hac_bad_lags", lags=lags, periods=len(series))
    return HACMeat(meat=_bartlett(series, lags), lags=lags, rule="fixed")


def newey_west_automatic(scores: Floats, weights: Floats, *, times: Ints | None = None) -> HACMeat:
    """Return the Newey-West meat of prewhitened scores with the lags chosen from the data.

    Parameters
    ----------
    scores : shape (n, k), x_i e_i in order of time.
    weights : shape (k,), of each score in the scalar series from which the lags are chosen: 0 for the constant, 1 for
        the others.
    times : as in `newey_west`.

    Raises
    ------
    DesignError : if there are too few periods to prewhiten k scores.

    Formula: a first-order vector autoregression h_t = A h_(t-1) + v_t by least squares; Bartlett meat M of v with
    floor(1.1447 ((s1/s0)^2 T)^(1/3)) lags, where s0 and s1 are the zeroth and first generalised derivative of the spectrum
    of weights'v at zero from its first floor(3 (T/100)^(2/9)) autocovariances; then D M D' with D = (I - A)^-1.

    Assumptions: the choice depends on the units of the regressors, because the scores are added with equal weight.

    Source: Newey and West (1994), Review of Economic Studies 61(4), sections 2 and 3; Andrews and Monahan (1992),
    Econometrica 60(4).
    """
    series = _by_period(scores, times)
    periods, k = series.shape
    if periods < 2 * k + 2:
        raise DesignError("hac_too_short", periods=periods, columns=k)
    A = np.linalg.lstsq(series[:-1], series[1:], rcond=None)[0].T
    white = series[1:] - series[:-1] @ A.T
    lags = min(_chosen_lags(white @ weights, periods), periods - 2)
    recolour = np.linalg.inv(np.eye(k) - A)
    return HACMeat(meat=recolour @ _bartlett(white, lags) @ recolour.T, lags=lags, rule="newey_west_1994")


def _chosen_lags(series: Floats, periods: int) -> int:
    window = np.arange(1, int(3.0 * (periods / 100.0) ** (2.0 / 9.0)) + 1)
    covariances = np.array([series[j:] @ series[:-j] for j in window])
    s0 = series @ series + 2.0 * covariances.sum()
    s1 = 2.0 * (window * covariances).sum()
    return int(1.1447 * ((s1 / s0) ** 2 * periods) ** (1.0 / 3.0))


def _by_period(scores: Floats, times: Ints | None) -> Floats:
    if times is None:
        return scores
    place = times - times.min()
    series = np.zeros((int(place.max()) + 1, scores.shape[1]))
    np.add.at(series, place, scores)
    return series


def _bartlett(series: Floats, lags: int) -> Floats:
    meat = series.T @ series
    for lag in range(1, lags + 1):
        weighted = (1.0 - lag / (lags + 1.0)) * (series[lag:].T @ series[:-lag])
        meat = meat + weighted + weighted.T
    return np.asarray(meat, dtype=np.float64)
