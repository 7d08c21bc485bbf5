"""What the effect can be, whatever the missing outcomes were: Horowitz and Manski's bounds by arm."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.errors import DesignError
from ebpm.estimate import Estimate, Estimates
from ebpm.moments.frame import Floats, Frame
from ebpm.notices import Notices
from ebpm.rct.means.comparison import compare
from ebpm.rct.missing.attrition import attrition
from ebpm.rct.missing.bound_items import ArmBounds, bound_estimates, bound_table
from ebpm.rct.trial import trial_of
from ebpm.shown import Shown
from ebpm.stats.given import number
from ebpm.stats.identified import imbens_manski
from ebpm.table import Table, rounded
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstBound(ArmBounds):
    """The bounds of one arm against control, whatever those who are missing would have shown; fields as `ArmBounds`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorstCase(Shown):
    """The bounds of every arm against control.

    Parameters
    ----------
    items : one an arm.
    low, high : the values that an outcome can have.
    notices : what the guard rails found.
    """

    items: tuple[WorstBound, ...]
    low: float
    high: float
    notices: Notices

    @property
    def headline(self) -> WorstBound:
        return self.items[0]

    @property
    def estimates(self) -> Estimates:
        """The differences among those who were observed, each with the interval of its bounds."""
        return bound_estimates(self.items, method="rct.worst_case", notices=self.notices)

    def lines(self, lang: str | None = None) -> list[str]:
        """Return each arm's bounds in words."""
        return [
            label(
                "rct_worst_sentence", lang, term=one.term, low=rounded(one.low), high=rounded(one.high),
                conf_low=rounded(one.conf_low), conf_high=rounded(one.conf_high), level=f"{100 * one.conf_level:g}",
                least=f"{self.low:g}", most=f"{self.high:g}",
            )
            for one in self.items
        ]  # fmt: skip

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row an arm."""
        return (bound_table(self.items, label("rct_worst_caption", lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw bounds, their interval, and the difference among those who were observed."""
        from ebpm.figures.attrition_bounds import draw_attrition_bounds

        return draw_attrition_bounds(self, ax, lang=lang, code="rct_worst_bounds")


def worst_case(
    data: Any,
    outcome: str,
    *,
    treatment: str,
    low: float = 0.0,
    high: float = 1.0,
    control: object = None,
    cluster: str | None = None,
    strata: str | None = None,
    conf_level: float = 0.95,
) -> WorstCase:
    """Bound the effect with every missing outcome at the end of its range that is worst, or best, for the programme.

    Parameters
    ----------
    data : any frame that Narwhals knows, with a row for everybody who was assigned.
    outcome : column of numbers, missing where not observed: yes or no, or on a scale with ends.
    treatment : column of the assigned arm.
    low, high : the values that an outcome can have.
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    cluster : column of the unit that was assigned, where that was not the row.
    strata : column of the strata within which units were assigned.
    conf_level : level of the interval.

    Raises
    ------
    DesignError : if an outcome lies outside its range, and as `difference_in_means`.

    Formula: the differences of `difference_in_means` with missing outcomes low in the arm and high in control, and the reverse;
    their standard errors likewise.

    Assumptions: assignment was random; of the missing outcomes nothing but their range.

    Source: Horowitz and Manski (2000), JASA 95(449); Imbens and Manski (2004), Econometrica 72(6).

    Examples
    --------
    >>> import pandas as pd
    >>> trial = pd.DataFrame({"y": [1, 1, None, 0, 1, 0, 0, None], "arm": [1] * 4 + [0] * 4})
    >>> found = worst_case(trial, "y", treatment="arm").headline
    >>> found.low, found.high
    (0.0, 0.5)
    """
    frame = Frame.of(data)
    present = frame.present(outcome, "outcome")
    values = np.full(len(frame), float(number(low, "low")))
    values[present] = frame.rows(present).numbers(outcome, "outcome")
    beyond = ~((values >= low) & (values <= number(high, "high")))
    if beyond.any():
        raise DesignError("rct_beyond_range", column=outcome, low=low, high=high, value=float(values[beyond][0]))
    columns = {"treatment": treatment, "control": control, "cluster": cluster, "strata": strata}
    index = trial_of(frame, np.arange(len(frame), dtype=np.float64), outcome=outcome, **columns)  # type: ignore[arg-type]

    def filled(arms: float, control_arm: float) -> Estimates:
        worst = np.where(present, values, np.where(index.arm > 0, arms, control_arm))
        return compare(trial_of(frame, worst, outcome=outcome, **columns), conf_level)  # type: ignore[arg-type]

    pairs = zip(filled(low, high), filled(high, low), strict=True)
    items = tuple(
        _bound(least, most, _difference(values, present, index.arm, place))
        for place, (least, most) in enumerate(pairs, 1)
    )
    missing = () if present.all() else attrition(frame, outcome, **columns)  # type: ignore[arg-type]
    return WorstCase(items=items, low=low, high=high, notices=Notices() + missing)


def _difference(values: Floats, present: Any, arm: Any, place: int) -> float:
    return float(values[present & (arm == place)].mean() - values[present & (arm == 0)].mean())


def _bound(least: Estimate, most: Estimate, difference: float) -> WorstBound:
    errors = [float(one.std_error) for one in (least, most)]  # type: ignore[arg-type]
    c = imbens_manski(
        most.estimate - least.estimate, std_error_low=errors[0], std_error_high=errors[1], conf_level=least.conf_level
    )
    return WorstBound(
        term=least.term, low=least.estimate, high=most.estimate, std_error_low=errors[0], std_error_high=errors[1],
        conf_low=least.estimate - c * errors[0], conf_high=most.estimate + c * errors[1], conf_level=least.conf_level,
        difference=difference, n=least.n, clusters=least.clusters,
    )  # fmt: skip
