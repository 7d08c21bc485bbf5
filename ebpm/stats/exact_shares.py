"""Exact power of tests of two shares: Fisher's, and Boschloo's unconditional one."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammaln, xlog1py, xlogy

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

NUISANCE = np.linspace(0.001, 0.999, 999)
SAME = 1e-7
KEPT = 64


def exact_power(n0: int, n1: int, *, share0: float, share1: float, error: float = 0.05, rule: str = "fisher") -> float:
    """Return the chance that a two-sided exact test of two shares rejects.

    Parameters
    ----------
    n0, n1 : people in each arm.
    share0, share1 : their true shares.
    error : level of the test.
    rule : "fisher" (conditional) or "boschloo" (Fisher's p value as the statistic of an unconditional test, which never has less
        power).

    Formula: the probability of all tables that the test rejects. Fisher's p value adds up the tables of the same margins that are
    no more likely; Boschloo's test rejects the tables whose Fisher p value is at most the largest c with P(p <= c) <= error
    for every common share, on a grid of 0.001.

    Source: Fisher (1935), JRSS 98(1); Boschloo (1970), Statistica Neerlandica 24(1).

    Examples
    --------
    >>> round(exact_power(20, 20, share0=0.5, share1=0.9), 4), round(exact_power(20, 20, share0=0.5, share1=0.9, rule="boschloo"), 4)
    (0.7424, 0.8217)
    """
    rejected = _rejected(n0, n1, error, rule)
    return float(_binomial(n0, share0) @ rejected @ _binomial(n1, share1))


@lru_cache(maxsize=KEPT)
def _rejected(n0: int, n1: int, error: float, rule: str) -> Flags:
    p_values = _fisher(n0, n1)
    if rule == "fisher":
        return p_values <= error * (1.0 + SAME)
    return p_values <= _boschloo_limit(p_values, n0, n1, error)


def _fisher(n0: int, n1: int) -> Floats:
    """Two-sided p values of all tables, shape (n0 + 1, n1 + 1)."""
    first, second = np.arange(n0 + 1.0), np.arange(n1 + 1.0)
    chances = _log_choose(n0, first)[:, None] + _log_choose(n1, second)[None, :]
    p_values = np.empty(chances.shape)
    flipped = chances[:, ::-1]
    for total in range(n0 + n1 + 1):
        place = n1 - total
        logs = np.diagonal(flipped, offset=place)
        relative = np.exp(logs - logs.max())
        order = np.argsort(relative)
        sums = np.cumsum(relative[order])
        upper = np.searchsorted(relative[order], relative * (1.0 + SAME), side="right")
        rows = np.arange(max(0, -place), max(0, -place) + len(logs))
        p_values[rows, total - rows] = sums[upper - 1] / sums[-1]
    return p_values


def _boschloo_limit(p_values: Floats, n0: int, n1: int, error: float) -> float:
    near = np.unique(p_values[p_values <= min(1.0, 4.0 * error + 0.05)])
    low, high = 0, len(near)
    while low < high:
        middle = (low + high) // 2
        fine = _size(p_values <= near[middle] * (1.0 + SAME), n0, n1) <= error
        low, high = (middle + 1, high) if fine else (low, middle)
    return float(near[low - 1]) * (1.0 + SAME) if low else -1.0


def _size(rejected: Flags, n0: int, n1: int) -> float:
    """The largest chance of rejection over common shares."""
    first = np.exp(_log_binomial(n0))
    second = np.exp(_log_binomial(n1))
    return float(((first @ rejected) * second).sum(axis=1).max())


def _log_choose(n: int, k: Floats) -> Floats:
    logs: Floats = gammaln(n + 1.0) - gammaln(k + 1.0) - gammaln(n - k + 1.0)
    return logs


@lru_cache(maxsize=KEPT)
def _log_binomial(n: int) -> Floats:
    """Log probabilities of 0 .. n at every share of the grid, shape (shares, n + 1)."""
    k = np.arange(n + 1.0)
    logs: Floats = _log_choose(n, k) + np.outer(np.log(NUISANCE), k) + np.outer(np.log1p(-NUISANCE), n - k)
    return logs


def _binomial(n: int, share: float) -> Floats:
    k = np.arange(n + 1.0)
    return np.asarray(np.exp(_log_choose(n, k) + xlogy(k, share) + xlog1py(n - k, -share)))
