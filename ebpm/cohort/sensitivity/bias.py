"""What a confounder of given strength would leave of a result: the bounding factor, and the formula for a binary confounder."""

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

SIDES = ("observed", "corrected")


@dataclass(frozen=True, slots=True)
class BiasCorrected(Shown):
    """A result before and after the correction for an unmeasured confounder.

    Parameters
    ----------
    observed : the effect as a risk ratio.
    bias : by which it is divided.
    corrected : observed over bias; with a bounding factor, the value nearest to 1 that such a confounder can leave.
    bound : whether the bias is the largest possible rather than known.
    """

    observed: Ratio
    bias: float
    corrected: Ratio
    bound: bool

    @property
    def notices(self) -> Notices:
        """None."""
        return Notices()

    def lines(self, lang: str | None = None) -> list[str]:
        """Return what is left."""
        facts = {"bias": f"{self.bias:.3g}", "observed": _said(self.observed), "corrected": _said(self.corrected)}
        return [label("cohort_bias_bound" if self.bound else "cohort_bias_sentence", lang, **facts)]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return the ratio before and after."""
        records = [
            {
                "term": {code: label(f"cohort_bias_{side}", code) for code in LANGUAGES}, "sensitivity_ratio": one.value,
                "conf_low": one.low, "conf_high": one.high,
            }
            for side, one in zip(SIDES, (self.observed, self.corrected), strict=True)
        ]  # fmt: skip
        return (Table.of(records, label("cohort_bias_caption", lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the ratio before and after."""
        from ebpm.figures.e_value import draw_corrected

        return draw_corrected(self, ax, lang=lang)


def bias_bound(
    ratio: float | Estimate,
    *,
    treatment_ratio: float,
    outcome_ratio: float,
    conf_low: float | None = None,
    conf_high: float | None = None,
    measure: str = "risk_ratio",
    common: bool = False,
) -> BiasCorrected:
    """Return the least that an unmeasured confounder of given strength, of any kind, can leave of a result.

    Parameters
    ----------
    ratio, conf_low, conf_high, measure, common : as in `e_value`.
    treatment_ratio : largest ratio of the confounder's prevalence (at any level) between the treated and the untreated, 1 or more.
    outcome_ratio : largest risk ratio of the outcome between two levels of the confounder, in either arm, 1 or more.

    Raises
    ------
    DataError : as `e_value`; if a strength is below 1.

    Formula: bias = R_T R_Y / (R_T + R_Y - 1); ratios above 1 are divided by it, those below 1 multiplied.

    Assumptions: as `e_value`; the confounder may have any number of levels.

    Source: Ding and VanderWeele (2016), Epidemiology 27(3).

    Examples
    --------
    >>> round(bias_bound(2.0, treatment_ratio=2.0, outcome_ratio=2.0).corrected.value, 6)
    1.5
    """
    for name, strength in (("treatment_ratio", treatment_ratio), ("outcome_ratio", outcome_ratio)):
        if not number(strength, name) >= 1.0:
            raise DataError("cohort_bad_strength", argument=name, value=f"{strength:g}")
    given = ratio_of(ratio, conf_low=conf_low, conf_high=conf_high, measure=measure, common=common)
    factor = treatment_ratio * outcome_ratio / (treatment_ratio + outcome_ratio - 1.0)
    bias = factor if given.value >= 1.0 else 1.0 / factor
    return BiasCorrected(given, bias, given.over(bias), bound=True)


def bias_formula(
    ratio: float | Estimate,
    *,
    outcome_ratio: float,
    prevalence_treated: float,
    prevalence_untreated: float,
    conf_low: float | None = None,
    conf_high: float | None = None,
    measure: str = "risk_ratio",
    common: bool = False,
) -> BiasCorrected:
    """Correct a result for an unmeasured confounder that is present or not, of which strength and prevalences are supposed.

    Parameters
    ----------
    ratio, conf_low, conf_high, measure, common : as in `e_value`.
    outcome_ratio : risk ratio of the outcome with and without the confounder, the same in both arms.
    prevalence_treated, prevalence_untreated : share of persons with the confounder in each arm, given the covariates.

    Raises
    ------
    DataError : as `e_value`; if a share lies outside 0 to 1, or the strength is not positive.

    Formula: bias = (p_1 (G - 1) + 1) / (p_0 (G - 1) + 1), G the outcome ratio; the ratio is divided by it.

    Assumptions: as `e_value`; the confounder does not change the effect of treatment.

    Source: Lin, Psaty and Kronmal (1998), Biometrics 54(3).

    Examples
    --------
    >>> found = bias_formula(0.82, outcome_ratio=2.0, prevalence_treated=0.2, prevalence_untreated=0.4)
    >>> round(found.bias, 4), round(found.corrected.value, 4)
    (0.8571, 0.9567)
    """
    for name, share in (("prevalence_treated", prevalence_treated), ("prevalence_untreated", prevalence_untreated)):
        if not 0.0 <= number(share, name) <= 1.0:
            raise DataError("cohort_bad_prevalence", argument=name, value=f"{share:g}")
    if not number(outcome_ratio, "outcome_ratio") > 0.0 or math.isinf(outcome_ratio):
        raise DataError("cohort_bad_ratio", value=f"{outcome_ratio:g}", measure="outcome_ratio")
    given = ratio_of(ratio, conf_low=conf_low, conf_high=conf_high, measure=measure, common=common)
    excess = outcome_ratio - 1.0
    bias = (prevalence_treated * excess + 1.0) / (prevalence_untreated * excess + 1.0)
    return BiasCorrected(given, bias, given.over(bias), bound=False)


def _said(ratio: Ratio) -> str:
    return f"{ratio.value:.3g} [{ratio.low:.3g}, {ratio.high:.3g}]"
