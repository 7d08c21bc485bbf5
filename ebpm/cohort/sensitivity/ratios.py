"""Ratios with their limits, from estimates or from published numbers, on the scale of risk ratios."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ebpm.errors import DataError
from ebpm.estimate import Estimate, Unavailable
from ebpm.moments.frame import one_of
from ebpm.stats.given import number

MEASURES = ("risk_ratio", "odds_ratio", "hazard_ratio", "standardised_difference")
LOGARITHMS = ("log_risk_ratio", "log_odds_ratio", "log_hazard_ratio")


@dataclass(frozen=True, slots=True)
class Ratio:
    """A risk ratio with its limits.

    Parameters
    ----------
    value : more than 0.
    low, high : limits of its interval, or the value itself where none was given.
    """

    value: float
    low: float
    high: float

    @property
    def nearest(self) -> float:
        """The limit nearest to 1; 1 where the interval holds it."""
        if self.low <= 1.0 <= self.high:
            return 1.0
        return self.low if self.value > 1.0 else self.high

    def over(self, bias: float) -> Ratio:
        """Return the ratio divided by a bias."""
        return Ratio(self.value / bias, self.low / bias, self.high / bias)


def ratio_of(
    ratio: float | Estimate, *, conf_low: float | None, conf_high: float | None, measure: str, common: bool
) -> Ratio:
    """Return an effect on the scale of risk ratios.

    Parameters
    ----------
    ratio : the effect, or an estimate of a logarithm of one (its own measure is then read from its term or estimand).
    conf_low, conf_high : its limits; none where None.
    measure : "risk_ratio", "odds_ratio", "hazard_ratio" or "standardised_difference".
    common : whether more than about 15 % have the outcome by the end of follow-up; odds and hazard ratios are then no risk ratios.

    Raises
    ------
    DataError : if a ratio is not positive, or its limits do not enclose it.

    Formula: common odds ratio, its square root; common hazard ratio, (1 - 0.5^sqrt(HR)) / (1 - 0.5^sqrt(1 / HR)); standardised
    difference d, exp(0.91 d).

    Source: VanderWeele and Ding (2017), Annals of Internal Medicine 167(4), table 2; VanderWeele (2017), Biometrics 73(3).
    """
    if isinstance(ratio, Estimate):
        return _of_estimate(ratio, common=common)
    one_of(measure, MEASURES, "measure")
    low, high = ratio if conf_low is None else conf_low, ratio if conf_high is None else conf_high
    ends = tuple(map(number, (ratio, low, high), ("ratio", "conf_low", "conf_high")))
    if measure != "standardised_difference" and min(ends) <= 0.0:
        raise DataError("cohort_bad_ratio", value=f"{min(ends):g}", measure=measure)
    if not low <= ratio <= high:
        raise DataError("cohort_bad_limits", value=f"{ratio:g}", low=f"{low:g}", high=f"{high:g}")
    return Ratio(*(_risk_ratio(end, measure, common=common) for end in ends))


def _of_estimate(estimate: Estimate, *, common: bool) -> Ratio:
    kind = next((name for name in (estimate.term, estimate.estimand) if name in LOGARITHMS), None)
    if kind is None:
        raise DataError("cohort_not_a_ratio", term=estimate.term, known=", ".join(LOGARITHMS))
    limits = (estimate.conf_low, estimate.conf_high)
    ends = (estimate.estimate, *(estimate.estimate if isinstance(end, Unavailable) else end for end in limits))
    measure = kind.removeprefix("log_")
    return Ratio(*(_risk_ratio(math.exp(end), measure, common=common) for end in ends))


def _risk_ratio(value: float, measure: str, *, common: bool) -> float:
    if measure == "standardised_difference":
        return math.exp(0.91 * value)
    if not common or measure == "risk_ratio":
        return float(value)
    if measure == "odds_ratio":
        return math.sqrt(value)
    return float((1.0 - 0.5 ** math.sqrt(value)) / (1.0 - 0.5 ** math.sqrt(1.0 / value)))
