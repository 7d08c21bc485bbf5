"""Intervals for a parameter of which only bounds are known."""

from __future__ import annotations

from scipy.optimize import brentq
from scipy.special import ndtr, ndtri

from ebpm.stats.given import not_negative
from ebpm.stats.inference import level


def imbens_manski(width: float, *, std_error_low: float, std_error_high: float, conf_level: float = 0.95) -> float:
    """Return C with Phi(C + width / max(se_low, se_high)) - Phi(-C) = level: the interval is [low - C se_low, high + C se_high].

    Parameters
    ----------
    width : distance between the bounds, not negative.
    std_error_low, std_error_high : of the bounds.
    conf_level : probability with which the interval covers the parameter, wherever it lies between the bounds.

    Source: Imbens and Manski (2004), Econometrica 72(6), equations 6-7.

    Examples
    --------
    >>> from ebpm import survey
    >>> [round(survey.imbens_manski(width, std_error_low=0.1, std_error_high=0.1), 3) for width in (0.0, 1.0)]
    [1.96, 1.645]
    """
    errors = map(not_negative, (std_error_low, std_error_high), ("std_error_low", "std_error_high"))
    wanted, largest = level(conf_level), max(errors)
    one_sided, two_sided = float(ndtri(wanted)), float(ndtri(0.5 + wanted / 2))
    if largest == 0.0:
        return one_sided
    shift = not_negative(width, "width") / largest

    def excess(c: float) -> float:
        return float(ndtr(c + shift) - ndtr(-c)) - wanted

    return (
        one_sided
        if excess(one_sided) >= 0.0
        else float(brentq(excess, one_sided, two_sided + 1e-9, xtol=1e-14, rtol=1e-14))
    )
