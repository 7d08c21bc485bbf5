"""The E-value: how strong an unmeasured confounder must be to explain a result away."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ebpm.cohort.sensitivity.ratios import Ratio, ratio_of
from ebpm.errors import DataError
from ebpm.estimate import Estimate
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.stats.given import number
from ebpm.table import Table
from ebpm.texts import LANGUAGES, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True)
class EValue(Shown):
    """What it takes to explain a result away.

    Parameters
    ----------
    ratio : the effect as a risk ratio, with its limits.
    true : the risk ratio to which the result is to be moved.
    value : least strength, as a risk ratio, that an unmeasured confounder must have with both treatment and outcome.
    limit : the same for the limit of the interval nearest to `true`; 1 where the interval holds it.
    """

    ratio: Ratio
    true: float
    value: float
    limit: float

    @property
    def notices(self) -> Notices:
        """None."""
        return Notices()

    def lines(self, lang: str | None = None) -> list[str]:
        """Return what the numbers mean."""
        facts = {"ratio": f"{self.ratio.value:.3g}", "value": f"{self.value:.2f}", "limit": f"{self.limit:.2f}"}
        return [label("cohort_e_value_sentence", lang, true=f"{self.true:g}", **facts)]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return the E-values of the estimate and of the limit."""
        nearest = self.ratio.over(self.true).nearest * self.true
        rows = [("estimate", self.ratio.value, self.value), ("limit", nearest, self.limit)]
        records = [
            {
                "term": {code: label(f"cohort_e_value_{name}", code) for code in LANGUAGES},
                "sensitivity_ratio": ratio,
                "e_value": value,
            }
            for name, ratio, value in rows
        ]
        return (Table.of(records, label("cohort_e_value_caption", lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the confounders that would explain the result away."""
        from ebpm.figures.e_value import draw_e_value

        return draw_e_value(self, ax, lang=lang)


def e_value(
    ratio: float | Estimate,
    *,
    conf_low: float | None = None,
    conf_high: float | None = None,
    measure: str = "risk_ratio",
    common: bool = False,
    true: float = 1.0,
) -> EValue:
    """Return how strong an unmeasured confounder must be, with treatment and with outcome, to explain a result away.

    Parameters
    ----------
    ratio : the effect; or an estimate of the logarithm of a ratio, of which the limits and the measure are read.
    conf_low, conf_high : its limits.
    measure : "risk_ratio", "odds_ratio", "hazard_ratio" or "standardised_difference" (in standard deviations of the outcome).
    common : whether more than about 15 % have the outcome by the end of follow-up.
    true : the risk ratio to which the result would be moved; 1 is no effect.

    Raises
    ------
    DataError : if a ratio is not positive, its limits do not enclose it, or the estimate is none of a ratio.

    Formula: R + sqrt(R (R - 1)), R the risk ratio over `true`, or its reciprocal where that is below 1; of the limit nearest to
    `true`, and 1 where the interval holds it. Odds ratios, hazard ratios and differences are turned into risk ratios first.

    Assumptions: the covariates that were measured have been adjusted for; nothing else is wrong (selection, measurement). A large
    E-value does not say that there is no such confounder.

    Source: VanderWeele and Ding (2017), Annals of Internal Medicine 167(4).

    Examples
    --------
    >>> found = e_value(3.9, conf_low=1.8, conf_high=8.7)
    >>> round(found.value, 2), round(found.limit, 2)
    (7.26, 3.0)
    """
    if not number(true, "true") > 0.0:
        raise DataError("cohort_bad_ratio", value=f"{true:g}", measure="true")
    given = ratio_of(ratio, conf_low=conf_low, conf_high=conf_high, measure=measure, common=common)
    moved = given.over(true)
    return EValue(given, float(true), _strength(moved.value), _strength(moved.nearest))


def _strength(ratio: float) -> float:
    apart = max(ratio, 1.0 / ratio)
    return apart + math.sqrt(apart * (apart - 1.0))
