"""Shares: their interval, the interval of their difference, and what they can be when some did not answer."""

from __future__ import annotations

import math

from ebpm.stats.inference import level, quantile

LOW_RESPONSE = 0.5


def worst_case(mean: float, response_rate: float, *, low: float = 0.0, high: float = 1.0) -> tuple[float, float]:
    """Return the lowest and the highest mean of all who were asked: r m + (1 - r) low and r m + (1 - r) high.

    Parameters
    ----------
    mean : of those who answered.
    response_rate : share of those asked who answered, between 0 and 1.
    low, high : the values that one answer can have.

    Assumptions: of those who did not answer nothing but the range of their values.

    Source: Manski (1989), Journal of Human Resources 24(3).

    Examples
    --------
    >>> from ebpm.stats.proportions import worst_case
    >>> [round(end, 3) for end in worst_case(0.599, 0.264)]
    [0.158, 0.894]
    """
    known, missing = response_rate * mean, 1.0 - response_rate
    return known + missing * low, known + missing * high


def wilson(share: float, n: float, *, conf_level: float = 0.95) -> tuple[float, float]:
    """Return the score interval of a share.

    Parameters
    ----------
    share : between 0 and 1.
    n : answers that it was computed from, more than 0.
    conf_level : level of the interval.

    Assumptions: independent answers of a simple random sample.

    Source: Wilson (1927), Journal of the American Statistical Association 22(158).

    Examples
    --------
    >>> from ebpm.stats.proportions import wilson
    >>> [round(end, 4) for end in wilson(81 / 263, 263)]
    [0.2553, 0.3662]
    """
    z = quantile(0.5 + level(conf_level) / 2)
    centre = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    return max(0.0, centre - half), min(1.0, centre + half)


def newcombe(
    before: tuple[float, float], after: tuple[float, float], *, conf_level: float = 0.95
) -> tuple[float, float]:
    """Return the hybrid score interval of the change of a share, after less before.

    Parameters
    ----------
    before, after : each a share and the number of answers that it was computed from.
    conf_level : level of the interval.

    Assumptions: two independent simple random samples. People who answered both times would make the interval shorter.

    Source: Newcombe (1998), Statistics in Medicine 17(8), method 10.

    Examples
    --------
    >>> from ebpm.stats.proportions import newcombe
    >>> [round(end, 4) for end in newcombe((48 / 80, 80), (56 / 70, 70))]
    [0.0524, 0.3339]
    """
    (share_0, n_0), (share_1, n_1) = before, after
    low_0, high_0 = wilson(share_0, n_0, conf_level=conf_level)
    low_1, high_1 = wilson(share_1, n_1, conf_level=conf_level)
    change = share_1 - share_0
    return (
        change - math.hypot(share_1 - low_1, high_0 - share_0),
        change + math.hypot(high_1 - share_1, share_0 - low_0),
    )
