"""Intervals of shares: logit, Korn-Graubard, arcsine."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType

from scipy.special import betaincinv, expit, logit

from ebpm.errors import DesignError
from ebpm.estimate import Estimate, Unavailable
from ebpm.stats.inference import quantile

Limits = tuple[float, float]

INTERVALS = ("t", "logit", "korn_graubard", "arcsine")


def logit_limits(share: float, std_error: float, *, df: float, conf_level: float) -> Limits:
    """Return expit(logit(p) -+ t se / (p (1 - p))). Source: Korn and Graubard (1999), section 2.6."""
    half = quantile(0.5 + conf_level / 2, df) * std_error / (share * (1.0 - share))
    return float(expit(logit(share) - half)), float(expit(logit(share) + half))


def arcsine_limits(share: float, std_error: float, *, df: float, conf_level: float) -> Limits:
    """Return sin^2(arcsin(sqrt(p)) -+ t se / (2 sqrt(p (1 - p)))), kept between 0 and 1."""
    middle = math.asin(math.sqrt(share))
    half = quantile(0.5 + conf_level / 2, df) * std_error / (2.0 * math.sqrt(share * (1.0 - share)))
    return math.sin(max(0.0, middle - half)) ** 2, math.sin(min(math.pi / 2, middle + half)) ** 2


def effective_answers(share: float, std_error: float, *, n: int, df: float, conf_level: float) -> float:
    """Return the number of independent answers that would say as much, p (1 - p) / se^2, times (t_(n - 1) / t_df)^2.

    Where there is no sampling variation (p of 0 or 1) it is n. Source: Korn and Graubard (1998), Survey Methodology 24(2).
    """
    tail = 0.5 + conf_level / 2
    independent = share * (1.0 - share) / std_error**2 if std_error > 0.0 else float(n)
    return independent * (quantile(tail, n - 1) / quantile(tail, df)) ** 2


def korn_graubard_limits(share: float, answers: float, *, conf_level: float) -> Limits:
    """Return the Clopper-Pearson limits of a share of an effective number of answers.

    Source: Korn and Graubard (1998), Survey Methodology 24(2), 193-201.
    """
    tail, hits, misses = (1.0 - conf_level) / 2, answers * share, answers * (1.0 - share)
    low = float(betaincinv(hits, misses + 1.0, tail)) if hits > 0.0 else 0.0
    high = float(betaincinv(hits + 1.0, misses, 1.0 - tail)) if misses > 0.0 else 1.0
    return low, high


def _korn_graubard(share: float, std_error: float, *, n: int, df: float, conf_level: float) -> Limits:
    answers = effective_answers(share, std_error, n=n, df=df, conf_level=conf_level)
    return korn_graubard_limits(share, answers, conf_level=conf_level)


SMOOTH: Mapping[str, Callable[..., Limits]] = MappingProxyType({"logit": logit_limits, "arcsine": arcsine_limits})


def share_limits(
    share: float, std_error: float, *, interval: str, n: int, df: float, conf_level: float
) -> Limits | Unavailable:
    """Return the limits of a share; a smooth interval of 0 or 1 is unavailable.

    Parameters
    ----------
    share : between 0 and 1.
    std_error : its standard error.
    interval : "logit", "korn_graubard", "arcsine" or "t".
    n : answers.
    df : of the design.
    conf_level : level of the interval.
    """
    if interval == "korn_graubard":
        return _korn_graubard(share, std_error, n=n, df=df, conf_level=conf_level)
    if interval == "t":
        half = quantile(0.5 + conf_level / 2, df) * std_error
        return share - half, share + half
    if share in {0.0, 1.0}:
        return Unavailable("survey_logit_edge")
    return SMOOTH[interval](share, std_error, df=df, conf_level=conf_level)


def with_share_interval(one: Estimate, interval: str) -> Estimate:
    """Return the estimate of a share with the interval of shares.

    Raises
    ------
    DesignError : if it is no share.
    """
    if not -1e-12 <= one.estimate <= 1.0 + 1e-12:
        raise DesignError("survey_logit_outside", term=one.term, value=f"{one.estimate:.6g}")
    if isinstance(one.std_error, Unavailable) or isinstance(one.df, Unavailable):
        return one
    share = min(max(one.estimate, 0.0), 1.0)
    limits = share_limits(share, one.std_error, interval=interval, n=one.n, df=one.df, conf_level=one.conf_level)
    no_null = Unavailable("survey_no_zero_null")
    if isinstance(limits, Unavailable):
        return replace(one, p_value=no_null, conf_low=limits, conf_high=limits)
    return replace(one, p_value=no_null, conf_low=limits[0], conf_high=limits[1])
