"""From a value and its standard error to an `Estimate`; quantiles and tails by scipy.special."""

from __future__ import annotations

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import gammainc, gammaln, ndtr, ndtri, stdtr, stdtrit

from ebpm.errors import DesignError
from ebpm.estimate import Estimate, Number, Unavailable
from ebpm.stats.given import number
from ebpm.stats.normal.largest_normal import largest_normal

DRAWS_OF_T = 20_000
ALONE = 1e-9
ROUNDING = 2.0**-48
RANK = 1e-12
MOST_STEPS, CLOSE, EVERY = 50, 1e-7, 25


def quantile(probability: float, df: float = math.inf) -> float:
    """Return the quantile of the t distribution with `df` degrees of freedom; normal where infinite."""
    return float(ndtri(probability) if math.isinf(df) else stdtrit(df, probability))


def two_sided_p(statistic: float, df: float = math.inf) -> float:
    """Return P(|T| >= |statistic|)."""
    return 2.0 * float(ndtr(-abs(statistic)) if math.isinf(df) else stdtr(df, -abs(statistic)))


def combined_df(variances: NDArray[np.float64], dfs: NDArray[np.float64]) -> float:
    """Return Satterthwaite's degrees of freedom of a sum of independent variances, (sum v)^2 / sum (v^2 / df).

    Parameters
    ----------
    variances, dfs : of any one shape.
    """
    spread = (variances**2 / dfs).sum()
    return float(variances.sum() ** 2 / spread) if spread > 0 else float(dfs.sum())


def dfs_of_means(shares: NDArray[np.float64], cells: NDArray[np.int64], count: int) -> NDArray[np.float64]:
    """Return Satterthwaite's degrees of freedom of the CR2 variance of the mean of each cell, shape (count,); 1 of a lone unit.

    Parameters
    ----------
    shares : of each unit in the weights of its cell, shape (units,).
    cells : cell of each unit, in 0 .. count - 1, shape (units,).
    count : number of cells, each with a unit.

    Formula: with h the shares and u = h^2 / (1 - h), 1 / (sum h^2 + (sum u)^2 - sum u^2); of m units alike it is m - 1.

    Source: Bell and McCaffrey (2002), Survey Methodology 28(2), for a mean.

    Examples
    --------
    >>> dfs_of_means(np.array([0.25, 0.25, 0.25, 0.25, 1.0]), np.array([0, 0, 0, 0, 1]), 2).round(6).tolist()
    [3.0, 1.0]
    """
    spare = 1.0 - shares
    alone = spare <= ALONE
    u = np.where(alone, 0.0, shares**2 / np.where(alone, 1.0, spare))
    own, sums, squares = (np.bincount(cells, one, minlength=count) for one in (shares**2, u, u**2))
    found: NDArray[np.float64] = 1.0 / (own + sums**2 - squares)
    return found


def level(conf_level: float) -> float:
    """Return the level, checked.

    Raises
    ------
    DesignError : if it does not lie strictly between 0 and 1.
    """
    if not 0.0 < number(conf_level, "conf_level") < 1.0:
        raise DesignError("bad_level", value=conf_level)
    return float(conf_level)


def rounding(values: NDArray[np.float64]) -> float:
    """Return the largest standard error that rounding alone may leave: 16 units in the last place of the largest value.

    Parameters
    ----------
    values : outcomes, of any shape; missing ones are passed over.
    """
    largest = max(np.fmax.reduce(values, axis=None), -np.fmin.reduce(values, axis=None))
    return ROUNDING * float(largest)


def t_estimate(
    value: float, std_error: float, *, df: float = math.inf, conf_level: float = 0.95, floor: float = 0.0, **what: Any
) -> Estimate:
    """Return the estimate with its t (or normal) interval and two-sided p value.

    Parameters
    ----------
    value, std_error : in the unit of the estimand; a standard error that is not finite gives `Unavailable`.
    df : degrees of freedom.
    conf_level : level of the interval.
    floor : standard errors up to it are `rounding` and zero, so that there is no p value.
    what : the fields `term n clusters estimand unit method` of `Estimate`.
    """
    conf_level = level(conf_level)
    if not math.isfinite(std_error) or not df > 0:
        none = Unavailable("no_standard_error")
        return Estimate(
            estimate=float(value),
            std_error=none,
            df=none,
            p_value=none,
            conf_low=none,
            conf_high=none,
            conf_level=conf_level,
            **what,
        )
    std_error = std_error if std_error > floor else 0.0
    half = quantile(0.5 + conf_level / 2, df) * std_error
    p_value: Number = two_sided_p(value / std_error, df) if std_error > 0 else Unavailable("no_variation")
    low, high = float(value - half), float(value + half)
    return Estimate(
        estimate=float(value), std_error=float(std_error), df=float(df), p_value=p_value,
        conf_low=low, conf_high=high, conf_level=conf_level, **what,
    )  # fmt: skip


def sup_t(
    covariance: NDArray[np.float64],
    *,
    conf_level: float = 0.95,
    df: float = math.inf,
    accuracy: float = 0.003,
    seed: int = 20190401,
) -> float:
    """Return the critical value c with P(max |Z_j| / (s se_j) <= c) = level, Z ~ N(0, covariance), df s^2 ~ chi-square(df).

    Parameters
    ----------
    covariance : shape (k, k); rows of zero variance are left out.
    df : degrees of freedom of the standard errors, which all share s; normal (s = 1) where infinite.
    accuracy : standard error that drawing may leave in c.
    seed : of the numpy Generator; the same seed gives the same value.

    Formula: `ebpm.stats.normal.largest_normal`. With finite df, the mean over draws of Z of P(s < max / c).

    Source: Montiel Olea and Plagborg-Moller (2019), Journal of Applied Econometrics 34(1), for the band; Adler, Blanchet and Liu (2012),
    Annals of Applied Probability 22(3), for the sampling.
    """
    deviations = np.sqrt(np.diag(covariance))
    kept = deviations > 0
    if not math.isinf(df):
        return _sup_multivariate_t(covariance[np.ix_(kept, kept)], level(conf_level), df, seed)
    correlation = covariance[np.ix_(kept, kept)] / np.outer(deviations[kept], deviations[kept])
    return _sup_t(correlation.tobytes(), int(kept.sum()), level(conf_level), accuracy, seed)


def _sup_multivariate_t(covariance: NDArray[np.float64], conf_level: float, df: float, seed: int) -> float:
    least = quantile(0.5 + conf_level / 2, df)
    if len(covariance) < 2:
        return least
    half_squares = 0.5 * df * largest_normals(covariance, draws=DRAWS_OF_T, seed=seed) ** 2
    most = quantile(0.5 + conf_level / 2 + (1 - conf_level) * (1 - 1 / len(covariance)) / 2, df)
    few = _root(half_squares[::EVERY], df, 1 - conf_level, (least, most), least)
    return _root(half_squares, df, 1 - conf_level, (least, most), few)


def _root(
    half_squares: NDArray[np.float64], df: float, chance: float, between: tuple[float, float], start: float
) -> float:
    """Return c at which the mean over draws of P(s < max / c) is a chance: Newton's steps in its logarithm, or halves of what is left.

    Parameters
    ----------
    half_squares : df max^2 / 2 of each draw, shape (n,).
    between : least and largest c; one of them where there is none in between.
    """
    (least, most), shape, c = between, df / 2, start
    for _ in range(MOST_STEPS):
        x = half_squares / c**2
        beyond = float(gammainc(shape, x).mean())
        slope = 2.0 / c * float(np.exp(shape * np.log(x) - x - gammaln(shape)).mean())
        least, most = (c, most) if beyond > chance else (least, c)
        before, c = c, c + beyond / slope * math.log(beyond / chance) if slope > 0 else most
        c = c if least < c < most else 0.5 * (least + most)
        if abs(c - before) <= CLOSE * c:
            break
    return c


@lru_cache(maxsize=64)
def _sup_t(correlation: bytes, size: int, conf_level: float, accuracy: float, seed: int) -> float:
    if size < 2:
        return quantile(0.5 + conf_level / 2)
    matrix = np.frombuffer(correlation).reshape(size, size)
    return largest_normal(matrix, 1 - conf_level, accuracy=accuracy, seed=seed)


def largest_normals(
    covariance: NDArray[np.float64], *, draws: int = 100_000, seed: int = 20190401
) -> NDArray[np.float64]:
    """Return draws of max |Z_j| / se_j, Z ~ N(0, covariance), shape (draws,); zeros where every variance is zero.

    Parameters
    ----------
    covariance : shape (k, k); rows of zero variance are left out.
    draws : simulated vectors.
    seed : of the numpy Generator.
    """
    deviations = np.sqrt(np.diag(covariance))
    kept = deviations > 0
    if not kept.any():
        return np.zeros(draws)
    values, vectors = np.linalg.eigh(covariance[np.ix_(kept, kept)] / np.outer(deviations[kept], deviations[kept]))
    root = vectors * np.sqrt(np.where(values > RANK * values[-1], values, 0.0))
    return np.asarray(np.abs(_normals(draws, root.shape[1], seed) @ root.T).max(axis=1))


@lru_cache(maxsize=2)
def _normals(draws: int, size: int, seed: int) -> NDArray[np.float64]:
    """Return independent standard normal numbers, shape (draws, size), which must not be changed."""
    return np.random.default_rng(seed).standard_normal((draws, size))
