"""Outcome paths of a panel: one row a unit, one column a period, checked before anything is summed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError, DesignError
from ebpm.moments.frame import Codes, Floats, Frame, Ints

NAMED = 5


@dataclass(frozen=True, slots=True)
class Panel:
    """The outcome paths of units that are seen in every period.

    Parameters
    ----------
    units : label of each unit, length n, in order.
    periods : shape (T,), int64, ascending.
    paths : shape (n, T), outcome of each unit in each period.
    first_treated : shape (n,), first treated period; infinity for a unit that is never treated.
    covariates : shape (n, T, k).
    gaps : (units left out because they miss a period, those of them that are ever treated, rows left out).
    """

    units: tuple[Any, ...]
    periods: Ints
    paths: Floats
    first_treated: Floats
    covariates: Floats
    gaps: tuple[int, int, int] = (0, 0, 0)

    def __len__(self) -> int:
        return len(self.units)

    @property
    def rows(self) -> int:
        """Rows of the table that the paths stand for."""
        return int(self.paths.size)

    def where(self, keep: NDArray[np.bool_]) -> Panel:
        """Return the panel of some units."""
        units = tuple(label for label, kept in zip(self.units, keep, strict=True) if kept)
        return replace(
            self, units=units, paths=self.paths[keep],
            first_treated=self.first_treated[keep], covariates=self.covariates[keep],
        )  # fmt: skip

    def starting(self, first_treated: Floats) -> Panel:
        """Return the panel with other cohorts, shape (n,)."""
        return replace(self, first_treated=first_treated)


@dataclass(frozen=True, slots=True)
class PanelRows:
    """The rows of a panel in order of unit and period, gaps allowed.

    Parameters
    ----------
    units : code of the unit of each row, shape (n,), and their labels.
    periods : shape (T,), int64, ascending.
    period : place of each row among the periods, shape (n,).
    outcome : shape (n,).
    first_treated : shape (U,), first treated period of each unit; infinity for a unit that is never treated.
    order : place of each row in the table that was read, shape (n,).
    """

    units: Codes
    periods: Ints
    period: Ints
    outcome: Floats
    first_treated: Floats
    order: Ints

    def __len__(self) -> int:
        return len(self.outcome)

    @property
    def time(self) -> Ints:
        """Period of each row, shape (n,)."""
        time: Ints = self.periods[self.period]
        return time

    @property
    def cohort(self) -> Floats:
        """First treated period of the unit of each row, shape (n,)."""
        cohort: Floats = self.first_treated[self.units.codes]
        return cohort

    def where(self, keep: NDArray[np.bool_]) -> PanelRows:
        """Return some rows, with the units and periods that are left."""
        used, period = np.unique(self.period[keep], return_inverse=True)
        return PanelRows(
            self.units.of_rows(np.flatnonzero(keep)), self.periods[used], period.astype(np.int64), self.outcome[keep],
            self.first_treated[np.unique(self.units.codes[keep])], self.order[keep],
        )  # fmt: skip


def read_rows(data: Any, outcome: str, *, unit: str, time: str, first_treated: str) -> PanelRows:
    """Return the rows of a long table, one a unit and period; units may miss periods.

    Parameters
    ----------
    data, outcome, unit, time, first_treated : as in `read_panel`.

    Raises
    ------
    DataError : duplicated unit and period, periods or cohorts that are not whole numbers, a cohort that changes within a unit.
    DesignError : a single period.
    """
    frame = Frame.of(data)
    values, units = frame.numbers(outcome, "outcome"), frame.codes(unit, "unit")
    periods, time_codes, cohorts = _adoption(frame, units, time, first_treated)
    order = np.lexsort((time_codes, units.codes))
    return PanelRows(Codes(units.codes[order], units.levels), periods, time_codes[order], values[order], cohorts, order)


def read_panel(
    data: Any,
    outcome: str,
    *,
    unit: str,
    time: str,
    first_treated: str,
    covariates: Sequence[str] = (),
    drop_gaps: bool = False,
) -> Panel:
    """Return the panel of a long table, one row a unit and period.

    Parameters
    ----------
    data : a table that Narwhals knows; its row order does not matter.
    outcome, unit, time : columns; `time` holds whole numbers.
    first_treated : column with the first treated period of the unit; 0, infinite, null or later than
        the last period where it is never treated.
    covariates : columns.
    drop_gaps : leave out the units that miss a period, counted in `Panel.gaps`, instead of refusing the table.

    Raises
    ------
    DataError : duplicated unit and period, periods or cohorts that are not whole numbers, a cohort that changes within a unit.
    DesignError : a single period; units that miss a period, unless `drop_gaps`.
    """
    frame = Frame.of(data)
    values, units = frame.numbers(outcome, "outcome"), frame.codes(unit, "unit")
    periods, time_codes, cohorts = _adoption(frame, units, time, first_treated)
    complete = units.counts() == len(periods)
    if not complete.all() and not drop_gaps:
        _refuse_gaps(complete, units, len(periods))
    kept = complete[units.codes]
    place = ((np.cumsum(complete) - 1)[units.codes] * len(periods) + time_codes)[kept]
    shape = (int(complete.sum()), len(periods))
    paths = np.empty(shape[0] * shape[1])
    paths[place] = values[kept]
    adjusted = np.empty((len(paths), len(covariates)))
    adjusted[place] = frame.matrix(covariates, "covariates")[kept]
    left_out = (int((~complete).sum()), int(np.isfinite(cohorts[~complete]).sum()), int((~kept).sum()))
    labels = tuple(label for label, whole in zip(units.levels, complete, strict=True) if whole)
    return Panel(labels, periods, paths.reshape(shape), cohorts[complete], adjusted.reshape(*shape, -1), left_out)


def _adoption(frame: Frame, units: Codes, time: str, first_treated: str) -> tuple[Ints, Ints, Floats]:
    """Return the periods, the place of each row among them, and the cohort of each unit."""
    periods, places = np.unique(whole_numbers(frame, time), return_inverse=True)
    if len(periods) < 2:
        raise DesignError("panel_one_period", column=time, period=int(periods[0]))
    _refuse_duplicates(units.codes * len(periods) + places, units, periods)
    return periods, places.astype(np.int64), _constant(_cohorts(frame, first_treated, periods), units, first_treated)


def whole_numbers(frame: Frame, column: str, argument: str = "time") -> Ints:
    """Return a column of periods as whole numbers.

    Raises
    ------
    DataError : if a value is missing or is not a whole number (a date, a half year).
    """
    values = frame.values(column, argument)
    if values.dtype.kind in "Mm":
        raise DataError("panel_not_whole", column=column, argument=argument, value=values[0], row=1)
    numbers = frame.numbers(column, argument)
    broken = numbers != np.round(numbers)
    if broken.any():
        row = int(np.argmax(broken))
        raise DataError("panel_not_whole", column=column, argument=argument, value=numbers[row], row=row + 1)
    return numbers.astype(np.int64)


def _cohorts(frame: Frame, column: str, periods: Ints) -> Floats:
    present, raw = frame.present(column, "first_treated"), frame.values(column, "first_treated")
    if raw.dtype.kind in "Mm":
        raise DataError("panel_not_whole", column=column, argument="first_treated", value=raw[0], row=1)
    cohorts = np.full(len(raw), np.inf)
    try:
        cohorts[present] = raw[present].astype(np.float64)
    except (TypeError, ValueError):
        raise DataError(
            "panel_not_whole", column=column, argument="first_treated", value=raw[present][0], row=1
        ) from None
    if periods[0] <= 0 and (cohorts == 0).any():
        raise DataError("panel_zero_cohort", column=column, period=int(periods[0]))
    cohorts[cohorts == 0] = np.inf
    broken = np.isfinite(cohorts) & (cohorts != np.round(cohorts))
    if broken.any():
        row = int(np.argmax(broken))
        raise DataError("panel_not_whole", column=column, argument="first_treated", value=cohorts[row], row=row + 1)
    return cohorts


def _constant(values: Floats, units: Codes, column: str) -> Floats:
    of_unit = np.empty(len(units))
    of_unit[units.codes] = values
    broken = np.unique(units.codes[values != of_unit[units.codes]])
    if len(broken):
        raise DataError("panel_cohort_changes", column=column, count=len(broken), units=_named(units, broken))
    return of_unit


def _refuse_duplicates(key: Ints, units: Codes, periods: Ints) -> None:
    counts = np.bincount(key)
    twice = np.flatnonzero(counts > 1)
    if len(twice):
        unit, period = units.levels[twice[0] // len(periods)], int(periods[twice[0] % len(periods)])
        raise DataError("panel_duplicates", count=len(twice), unit=unit, period=period, rows=int(counts[twice[0]]))


def _refuse_gaps(complete: NDArray[np.bool_], units: Codes, length: int) -> None:
    broken = np.flatnonzero(~complete)
    raise DesignError("panel_gaps", count=len(broken), total=len(units), periods=length, units=_named(units, broken))


def _named(units: Codes, places: Ints) -> str:
    shown = ", ".join(str(units.levels[place]) for place in places[:NAMED])
    return shown + (", …" if len(places) > NAMED else "")
