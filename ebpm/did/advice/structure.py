"""The declared structure of a design of difference in differences, as far as the choice of an estimator depends on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from ebpm.did.advice.panel_view import Adoption, adoption
from ebpm.did.advice.screening import Amounts, treated_clusters
from ebpm.did.regression_checks import ENOUGH_CLUSTERS
from ebpm.errors import DataError, DesignError
from ebpm.moments.cohorts import cohorts_of_rows
from ebpm.moments.frame import Floats, Frame
from ebpm.moments.layout import read_periods, whole_numbers

FEW = 15
Columns = Mapping[str, str | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Structure:
    """What is known before anything is estimated.

    Parameters
    ----------
    panel : whether the same units are seen again.
    balanced : whether each of them is seen in every period.
    absorbing : whether treatment, once begun, never ends.
    dates : dates at which treatment begins.
    never : whether some unit is never treated.
    treated, others : clusters with treatment at any time, and without; where all are treated the others are those of the last date.
    before : periods before the last date at which treatment begins.
    multiplicative : whether the outcome holds counts or skewed amounts with zeros.
    dose : whether the treatment has more values than 0 and 1.
    """

    panel: bool
    balanced: bool
    absorbing: bool
    dates: int
    never: bool
    treated: int
    others: int
    before: int
    multiplicative: bool
    dose: bool

    @property
    def few(self) -> bool:
        """Whether treated or other clusters are so few that asymptotic errors are too small."""
        return min(self.treated, self.others) < ENOUGH_CLUSTERS

    @classmethod
    def of(cls, data: Any, outcome: str, columns: Columns) -> Structure:
        """Read the structure.

        Parameters
        ----------
        data, outcome : as in `did.advise`.
        columns : by the names of its arguments: unit, time, first_treated, treatment, dose, cluster.
        """
        frame = Frame.of(data)
        amounts = Amounts.of(frame.numbers(outcome, "outcome"))
        dose = columns["dose"] is not None or _more_than_two(frame, columns["treatment"])
        if columns["unit"] is None:
            return _cross_sections(frame, columns, multiplicative=amounts.multiplicative, dose=dose)
        grid = adoption(
            frame.native, unit=columns["unit"], time=str(columns["time"]), first_treated=columns["first_treated"],
            treatment=columns["treatment"] if columns["first_treated"] is None else None, outcome=outcome,
        )  # fmt: skip
        return _panel(frame, grid, columns, multiplicative=amounts.multiplicative, dose=dose)


def _panel(frame: Frame, grid: Adoption, columns: Columns, *, multiplicative: bool, dose: bool) -> Structure:
    unit, cluster = str(columns["unit"]), columns["cluster"]
    treated = treated_clusters(frame, grid.units, grid.first_treated, unit, cluster)
    never, last = bool(np.isinf(grid.cohorts).any()), grid.first_treated.max()
    if grid.absorbing and len(grid.cohorts) == 1 and not never:
        raise DesignError("did_no_comparison", cohorts=f"{last:g}")
    later = np.where(grid.first_treated == last, 0.0, np.inf)
    others = (
        len(frame.codes(cluster or unit, "cluster")) - treated
        if never
        else treated_clusters(frame, grid.units, later, unit, cluster)
    )
    return Structure(
        panel=True, balanced=grid.balanced, absorbing=grid.absorbing, dates=int(np.isfinite(grid.cohorts).sum()),
        never=never, treated=treated, others=others,
        before=_before(grid.first_treated, grid.periods.astype(np.float64)), multiplicative=multiplicative, dose=dose,
    )  # fmt: skip


def _cross_sections(frame: Frame, columns: Columns, *, multiplicative: bool, dose: bool) -> Structure:
    if columns["first_treated"] is None:
        raise DataError("did_advice_cross_sections", treatment=columns["treatment"])
    periods, _ = read_periods(whole_numbers(frame, str(columns["time"])), str(columns["time"]))
    first = cohorts_of_rows(frame, columns["first_treated"], periods)
    ever, cluster = np.isfinite(first) & (first <= periods[-1]), columns["cluster"]
    codes = np.arange(len(first)) if cluster is None else frame.codes(cluster, "cluster").codes
    treated, never = len(np.unique(codes[ever])), bool((~ever).any())
    others = len(np.unique(codes)) - treated if never else len(np.unique(codes[first == first.max()]))
    return Structure(
        panel=False, balanced=False, absorbing=True, dates=len(np.unique(first[ever])), never=never, treated=treated,
        others=others, before=_before(np.where(ever, first, np.inf), periods.astype(np.float64)),
        multiplicative=multiplicative, dose=dose,
    )  # fmt: skip


def _before(first: Floats, periods: Floats) -> int:
    known = first[np.isfinite(first)]
    return int((periods < known.max()).sum()) if len(known) else 0


def _more_than_two(frame: Frame, treatment: str | None) -> bool:
    return treatment is not None and len(np.unique(frame.numbers(treatment, "treatment"))) > 2
