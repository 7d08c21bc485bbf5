"""Lee's bounds: the effect on those who would be observed in either arm, whoever went missing."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError
from ebpm.estimate import Estimates
from ebpm.moments.frame import Floats, Frame, Ints, one_of
from ebpm.moments.labels import label_of
from ebpm.moments.naming import named_columns
from ebpm.notices import Notice, Notices
from ebpm.rct.missing.attrition import attrition
from ebpm.rct.missing.bound_items import ArmBounds, bound_estimates, bound_table
from ebpm.rct.missing.trimmed_cells import average, trimmed_cell
from ebpm.rct.trial import Trial, trial_of
from ebpm.shown import Shown
from ebpm.stats.identified import imbens_manski
from ebpm.table import Table, rounded
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Flags = NDArray[np.bool_]

TIES = ("fraction", "count", "quantile")


@dataclass(frozen=True, slots=True, kw_only=True)
class LeeBound(ArmBounds):
    """The bounds of one arm against control, by trimming.

    Parameters
    ----------
    trimmed_arm : the arm of which more were observed.
    trimmed_share : the share of its observed outcomes that is trimmed.
    observed : share observed in the arm and in control.
    cells : within which outcomes were trimmed.

    The others are those of `ArmBounds`.
    """

    trimmed_arm: str
    trimmed_share: float
    observed: tuple[float, float]
    cells: int = 1

    def sentence(self, lang: str | None = None) -> str:
        """Return the bounds in words."""
        numbers = {
            name: rounded(getattr(self, name)) for name in ("low", "high", "conf_low", "conf_high", "difference")
        }
        return label(
            "rct_lee_sentence", lang, term=self.term, arm=self.trimmed_arm, share=f"{100 * self.trimmed_share:.1f}",
            level=f"{100 * self.conf_level:g}", **numbers,
        )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class LeeBounds(Shown):
    """The bounds of every arm against control.

    Parameters
    ----------
    items : one an arm.
    ties : how outcomes at the edge are trimmed.
    notices : what the guard rails found.
    """

    items: tuple[LeeBound, ...]
    ties: str
    notices: Notices

    @property
    def headline(self) -> LeeBound:
        return self.items[0]

    @property
    def estimates(self) -> Estimates:
        """The differences among those who were observed, each with the interval of its bounds."""
        return bound_estimates(self.items, method=f"rct.lee_{self.ties}", notices=self.notices)

    def lines(self, lang: str | None = None) -> list[str]:
        """Return each arm's bounds in words."""
        return [one.sentence(lang) for one in self.items]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row an arm."""
        return (bound_table(self.items, label("rct_lee_caption", lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw bounds, their interval, and the difference among those who were observed."""
        from ebpm.figures.attrition_bounds import draw_attrition_bounds

        return draw_attrition_bounds(self, ax, lang=lang)


def lee_bounds(
    data: Any,
    outcome: str,
    *,
    treatment: str,
    control: object = None,
    cluster: str | None = None,
    strata: str | None = None,
    cells: str | Sequence[str] = (),
    ties: str = "fraction",
    conf_level: float = 0.95,
) -> LeeBounds:
    """Bound the effect on those who would be observed in either arm, by trimming the arm of which more were observed.

    Parameters
    ----------
    data : any frame that Narwhals knows, with a row for everybody who was assigned.
    outcome : column of numbers, missing where not observed.
    treatment : column of the assigned arm.
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    cluster : column of the unit that was assigned, where that was not the row.
    strata : column of the strata within which units were assigned; bounds are taken within them.
    cells : columns of few values, known before assignment, within whose combinations bounds are taken, which makes them tighter.
    ties : "fraction" (trims the share exactly, the outcome at the edge in part), "count" (drops whole rows, as many as the share
        allows), "quantile" (keeps all up to the quantile, as Stata's leebounds); they differ where outcomes are discrete.
    conf_level : level of the interval.

    Raises
    ------
    DataError : if an outcome is not a number.
    DesignError : if fewer than two outcomes were observed in an arm (of a cell), and as `difference_in_means`.

    Formula: with observed shares a > a', trim p = (a - a') / a of the outcomes of the arm that was observed more, from above for
    one bound and from below for the other. Var = [v + p (q - m)^2] / (n (1 - p)) + ((q - m) / (1 - p))^2 Var(p) + Var(other
    mean), m and v the mean and variance of what is kept, q the quantile; in clusters, the sum over clusters of their squared
    influences, times G / (G - 1). Over cells (strata are such) the bounds are averaged by who was observed in the arm of which less
    were, with the variance of these weights; where the other arm was observed more in a cell, nothing is trimmed there (R122).

    Assumptions: assignment was random; being assigned to the arm makes either nobody go missing who would otherwise be observed,
    or nobody be observed who would otherwise go missing.

    Source: Lee (2009), Review of Economic Studies 76(3), propositions 1-3 and its narrowing by covariates; Imbens and Manski (2004), Econometrica 72(6).

    Examples
    --------
    >>> import pandas as pd
    >>> outcomes = [5.0, 6, 7, 8, 9, 3, 4, 5, 6, None]
    >>> trial = pd.DataFrame({"y": outcomes, "arm": [1] * 5 + [0] * 5})
    >>> found = lee_bounds(trial, "y", treatment="arm").headline
    >>> round(found.trimmed_share, 3), found.low, found.high
    (0.2, 2.0, 3.0)
    """
    one_of(ties, TIES, "ties")
    frame = Frame.of(data)
    present = frame.present(outcome, "outcome")
    trial = trial_of(
        frame,
        np.arange(len(frame), dtype=np.float64),
        outcome=outcome,
        treatment=treatment,
        control=control,
        cluster=cluster,
        strata=strata,
    )
    values = np.zeros(len(frame))
    values[present] = frame.rows(present).numbers(outcome, "outcome")
    columns = named_columns(cells, "cells")
    case = _Case(trial, values, present, *_cells(frame, (*columns, strata) if strata else columns))
    _refuse_unobserved(case, outcome)
    notices = Notices()
    if not present.all():
        notices = attrition(frame, outcome, treatment=treatment, control=control, cluster=cluster, strata=strata)
    found = [_bound(case, arm, ties, conf_level) for arm in range(1, len(trial.arms))]
    notices = sum((more for _, more in found), notices)
    return LeeBounds(items=tuple(item for item, _ in found), ties=ties, notices=notices)


@dataclass(frozen=True, slots=True)
class _Case:
    """A trial, its outcomes, which of them were observed, and the cell of each row with the names of the cells."""

    trial: Trial
    values: Floats
    present: Flags
    cell: Ints
    names: tuple[str, ...]

    def cells(self) -> Iterator[Flags]:
        """Yield the rows of each cell."""
        for place in range(len(self.names)):
            yield self.cell == place


def _cells(frame: Frame, columns: Sequence[str]) -> tuple[Ints, tuple[str, ...]]:
    if not columns:
        return np.zeros(len(frame), dtype=np.int64), ("",)
    codes = [frame.codes(column, "cells") for column in columns]
    observed, cell = np.unique(np.column_stack([one.codes for one in codes]), axis=0, return_inverse=True)
    names = (
        ", ".join(
            f"{column} = {label_of(one.levels[code])}" for column, one, code in zip(columns, codes, row, strict=True)
        )
        for row in observed.tolist()
    )
    return cell.reshape(-1).astype(np.int64), tuple(names)


def _refuse_unobserved(case: _Case, outcome: str) -> None:
    for inside, cell in zip(case.cells(), case.names, strict=True):
        for arm, name in enumerate(case.trial.arms):
            count = int((inside & case.present & (case.trial.arm == arm)).sum())
            if count < 2:
                named = f"{name} ({cell})" if cell else name
                raise DesignError("rct_unobserved_arm", column=outcome, arm=named, count=count)


def _bound(case: _Case, arm: int, ties: str, conf_level: float) -> tuple[LeeBound, Notices]:
    trial, values, present = case.trial, case.values, case.present
    own, other = trial.arm == arm, trial.arm == 0
    rates = float(present[own].mean()), float(present[other].mean())
    sign = 1.0 if rates[0] >= rates[1] else -1.0
    more, less = (own, other) if sign > 0 else (other, own)
    found = [
        trimmed_cell(trial, values, present, rows=(more & inside, less & inside), sign=sign, ties=ties)
        for inside in case.cells()
    ]
    (low, high), inside = average(found), own | other
    errors = [end.std_error(trial, inside) for end in (low, high)]
    width = max(0.0, high.value - low.value)
    c = imbens_manski(width, std_error_low=errors[0], std_error_high=errors[1], conf_level=conf_level)
    item = LeeBound(
        term=trial.arms[arm], low=low.value, high=high.value, std_error_low=errors[0], std_error_high=errors[1],
        conf_low=low.value - c * errors[0], conf_high=high.value + c * errors[1], conf_level=conf_level,
        difference=float(values[own & present].mean() - values[other & present].mean()),
        trimmed_arm=trial.arms[arm if sign > 0 else 0], trimmed_share=1.0 - min(rates) / max(rates), observed=rates,
        n=int(inside.sum()), clusters=len(np.unique(trial.unit[inside])) if trial.clustered else 0, cells=len(found),
    )  # fmt: skip
    back = sum(one.reversed for one in found) if len(found) > 1 else 0
    facts = {"cells": len(found), "reversed": back}
    return item, Notices((Notice("R122", item.term, MappingProxyType(facts)),)) if back else Notices()
