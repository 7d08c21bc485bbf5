"""Covariance that allows for heteroskedasticity and autocorrelation: Newey and West's, for one series or several."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
LagRule = Literal["fixed", "newey_west_1994", "andrews_1991"]


@dataclass(frozen=True, slots=True, kw_only=True)
class HACMeat:
    """The middle of a sandwich covariance, and how its lags were chosen.

    Parameters
    ----------
    meat : shape (k, k), the long-run sum of squares of the scores; bread @ meat @ bread is the covariance.
    lags : the number of autocovariances used; the Bartlett weight of the j-th is 1 - j / (lags + 1).
    rule : "fixed" where the caller gave the lags, else the automatic rule.
    bandwidth : what the rule said, of which `lags` is the whole part; the lags where they were given.
    """

    meat: Floats
    lags: int
    rule: LagRule
    bandwidth: float


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
    return HACMeat(meat=_bartlett(series, lags), lags=lags, rule="fixed", bandwidth=float(lags))


def newey_west_automatic(scores: Floats, weights: Floats, *, times: Ints | None = None, whiten: bool = True) -> HACMeat:
    """Return the Newey-West meat of prewhitened scores with the lags chosen from the data.

    Parameters
    ----------
    scores : shape (n, k), x_i e_i in order of time.
    weights : shape (k,), of each score in the scalar series from which the lags are chosen: 0 for the constant, 1 for
        the others.
    times : as in `newey_west`.
    whiten : whether a first-order autoregression is taken out of the scores first.

    Raises
    ------
    DesignError : if there are too few periods to prewhiten k scores.

    Formula: a first-order vector autoregression h_t = A h_(t-1) + v_t by least squares; Bartlett meat M of v with
    floor(1.1447 ((s1/s0)^2 T)^(1/3)) lags, where s0 and s1 are the zeroth and first generalised derivative of the spectrum
    of weights'v at zero from its first floor(c (T/100)^(2/9)) autocovariances, c = 3, or 4 without prewhitening; then D M D' with
    D = (I - A)^-1.

    Assumptions: the choice depends on the units of the regressors, because the scores are added with equal weight.

    Source: Newey and West (1994), Review of Economic Studies 61(4), sections 2 and 3; Andrews and Monahan (1992),
    Econometrica 60(4).
    """
    series = _by_period(scores, times)
    periods = len(series)
    if not series.any():
        return HACMeat(meat=series.T @ series, lags=0, rule="newey_west_1994", bandwidth=0.0)
    white, recolour = _whitened(series) if whiten else (series, np.eye(series.shape[1]))
    bandwidth = _newey_west_bandwidth(white @ weights, periods, 3.0 if whiten else 4.0)
    lags = min(int(bandwidth), periods - 2)
    meat = recolour @ _bartlett(white, lags) @ recolour.T
    return HACMeat(meat=meat, lags=lags, rule="newey_west_1994", bandwidth=bandwidth)


def quadratic_spectral(scores: Floats, weights: Floats, *, times: Ints | None = None, whiten: bool = True) -> HACMeat:
    """Return the meat of prewhitened scores with the quadratic spectral kernel and the bandwidth of Andrews.

    Parameters
    ----------
    scores, times : as in `newey_west`.
    weights : shape (k,), of each score in the choice of the bandwidth: 0 for the constant, 1 for the others.
    whiten : whether a first-order autoregression is taken out of the scores first.

    Raises
    ------
    DesignError : if there are too few periods to prewhiten k scores.

    Formula: as in `newey_west_automatic`, with weights 25 / (12 pi^2 x^2) (sin(z) / z - cos(z)), z = 6 pi x / 5, x = j / B on all
    autocovariances, B = 1.3221 (a T)^(1/5), a = sum_i w_i 4 r_i^2 s_i^4 / (1 - r_i)^8 over sum_i w_i s_i^4 / (1 - r_i)^4, r_i and s_i those of
    first-order autoregressions of the prewhitened scores.

    Source: Andrews (1991), Econometrica 59(3), equations 6.2 and 6.4; Andrews and Monahan (1992), Econometrica 60(4).
    """
    series = _by_period(scores, times)
    if not series.any():
        return HACMeat(meat=series.T @ series, lags=0, rule="andrews_1991", bandwidth=0.0)
    white, recolour = _whitened(series) if whiten else (series, np.eye(series.shape[1]))
    periods = len(white)
    bandwidth = 1.3221 * (_curvature(white, weights) * periods) ** 0.2
    x = np.arange(1, periods) / max(bandwidth, 1e-10)
    z = 1.2 * np.pi * x
    kernel = 25.0 / (12.0 * np.pi**2 * x**2) * (np.sin(z) / z - np.cos(z))
    meat = recolour @ _weighted(white, kernel) @ recolour.T
    return HACMeat(meat=meat, lags=min(int(bandwidth), periods - 1), rule="andrews_1991", bandwidth=bandwidth)


def _whitened(series: Floats) -> tuple[Floats, Floats]:
    """What a first-order vector autoregression leaves of the scores, and the matrix that puts it back."""
    periods, k = series.shape
    if periods < 2 * k + 2:
        raise DesignError("hac_too_short", periods=periods, columns=k)
    A = np.linalg.lstsq(series[:-1], series[1:], rcond=None)[0].T
    return series[1:] - series[:-1] @ A.T, np.linalg.inv(np.eye(k) - A)


def _newey_west_bandwidth(series: Floats, periods: int, constant: float) -> float:
    window = np.arange(1, int(constant * (periods / 100.0) ** (2.0 / 9.0)) + 1)
    covariances = np.array([series[j:] @ series[:-j] for j in window])
    s0 = series @ series + 2.0 * covariances.sum()
    s1 = 2.0 * (window * covariances).sum()
    return float(1.1447 * ((s1 / s0) ** 2 * periods) ** (1.0 / 3.0))


def _curvature(white: Floats, weights: Floats) -> float:
    """The second generalised derivative of the spectra at zero over the spectra, squared and weighted."""
    before, after = white[:-1] - white[:-1].mean(axis=0), white[1:] - white[1:].mean(axis=0)
    r = (before * after).sum(axis=0) / (before**2).sum(axis=0)
    fourth = weights * ((after - r * before) ** 2).sum(axis=0) ** 2
    return float((4.0 * r**2 * fourth / (1.0 - r) ** 8).sum() / (fourth / (1.0 - r) ** 4).sum())


def _by_period(scores: Floats, times: Ints | None) -> Floats:
    if times is None:
        return scores
    place = times - times.min()
    series = np.zeros((int(place.max()) + 1, scores.shape[1]))
    np.add.at(series, place, scores)
    return series


def _bartlett(series: Floats, lags: int) -> Floats:
    return _weighted(series, 1.0 - np.arange(1, lags + 1) / (lags + 1.0))


def _weighted(series: Floats, kernel: Floats) -> Floats:
    """The sum of squares and the weighted autocovariances, both ways round; kernel of shape (lags,)."""
    meat = series.T @ series
    for lag, weight in enumerate(kernel, start=1):
        weighted = weight * (series[lag:].T @ series[:-lag])
        meat = meat + weighted + weighted.T
    return np.asarray(meat, dtype=np.float64)
