"""From a table to one or two complete series, in order of time, with the place of the intervention."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError, DesignError
from ebpm.its.calendar import Calendar, listed, read_periods, refuse_holes
from ebpm.moments.frame import Frame

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]
Ints = NDArray[np.int64]

FEWEST = 3


@dataclass(frozen=True, slots=True, kw_only=True)
class Observed:
    """One or two series over the same periods.

    Parameters
    ----------
    calendar : the T periods.
    start : place of the first period under the intervention.
    transition : periods from `start` on that are left out of the fit.
    outcome : shape (S, T); row 0 is the exposed series, row 1 the comparison series.
    exposure : shape (S, T); ones where there is no exposure column.
    names : of the outcome, exposure and comparison columns; empty where there is none.
    """

    calendar: Calendar
    start: int
    transition: int
    outcome: Floats
    exposure: Floats
    names: tuple[str, str, str]

    @property
    def controlled(self) -> bool:
        """Whether there is a comparison series."""
        return len(self.outcome) > 1

    @property
    def series(self) -> tuple[str, ...]:
        """Name of each series: the outcome where there is one, else the values of the comparison column."""
        outcome, _, comparison = self.names
        return (f"{comparison} = 1", f"{comparison} = 0") if self.controlled else (outcome,)

    @property
    def origin(self) -> int:
        """Place of the first period in which the effect is measured."""
        return self.start + self.transition

    @property
    def used(self) -> Bools:
        """Which periods enter the fit, shape (T,)."""
        places = np.arange(self.calendar.length)
        return (places < self.start) | (places >= self.origin)

    @property
    def after(self) -> Bools:
        """Which periods lie at or after the origin, shape (T,)."""
        return np.arange(self.calendar.length) >= self.origin

    @property
    def rate(self) -> Floats:
        """Outcome over exposure, shape (S, T)."""
        return self.outcome / self.exposure

    def before(self) -> Observed:
        """Return what was observed before the intervention, with no place for one yet."""
        stop, calendar = self.start, self.calendar
        return Observed(
            calendar=Calendar(calendar.kind, calendar.first, stop), start=stop, transition=0,
            outcome=self.outcome[:, :stop], exposure=self.exposure[:, :stop], names=self.names,
        )  # fmt: skip


def observe(
    data: Any,
    outcome: str,
    *,
    time: str,
    intervention: Any,
    exposure: str | None,
    comparison: str | None,
    transition: int,
) -> Observed:
    """Return the series of a table.

    Raises
    ------
    DataError : if a column is missing, holds no numbers or no periods, or does not tell two series apart.
    DesignError : if periods are missing or come twice, the intervention lies outside the series, fewer than three periods lie on
        either side of it, or an exposure is not positive.
    """
    frame = Frame.of(data)
    calendar, places = _periods(frame, time)
    series = _series(frame, comparison)
    for code in np.unique(series):
        refuse_holes(calendar, places[series == code], _called(code, comparison))
    shape = (int(series.max()) + 1, calendar.length)
    values, exposures = np.empty(shape), np.ones(shape)
    values[series, places] = frame.numbers(outcome, "outcome")
    if exposure is not None:
        exposures[series, places] = frame.numbers(exposure, "exposure")
        _refuse_no_exposure(calendar, exposures, exposure)
    start = calendar.place(intervention)
    _refuse_too_short(calendar, start, transition, intervention)
    names = (outcome, exposure or "", comparison or "")
    return Observed(
        calendar=calendar, start=start, transition=transition, outcome=values, exposure=exposures, names=names
    )


def _periods(frame: Frame, time: str) -> tuple[Calendar, Ints]:
    present = frame.present(time, "time")
    if not present.all():
        count, row = int((~present).sum()), int(np.argmin(present)) + 1
        raise DataError("missing_values", column=time, argument="time", count=count, row=row)
    return read_periods(frame.values(time, "time"), time)


def _series(frame: Frame, comparison: str | None) -> Ints:
    if comparison is None:
        return np.zeros(len(frame), dtype=np.int64)
    exposed = frame.numbers(comparison, "comparison")
    found = np.unique(exposed)
    if not np.array_equal(found, [0.0, 1.0]):
        raise DesignError(
            "its_comparison_codes", column=comparison, values=", ".join(f"{value:g}" for value in found[:6])
        )
    return np.where(exposed == 0.0, 1, 0).astype(np.int64)


def _called(code: int, comparison: str | None) -> str:
    return "-" if comparison is None else f"{comparison} = {1 - code}"


def _refuse_no_exposure(calendar: Calendar, exposures: Floats, column: str) -> None:
    empty: Bools = np.any(exposures <= 0, axis=0)
    if empty.any():
        raise DesignError("its_no_exposure", column=column, count=int(empty.sum()), periods=listed(calendar, empty))


def _refuse_too_short(calendar: Calendar, start: int, transition: int, intervention: Any) -> None:
    last = calendar.name(calendar.length - 1)
    if not 0 < start < calendar.length:
        raise DesignError("its_outside", intervention=intervention, first=calendar.name(0), last=last)
    if transition < 0:
        raise DesignError("its_bad_transition", transition=transition)
    after = calendar.length - start - transition
    if min(start, after) < FEWEST:
        raise DesignError("its_too_few", before=start, after=max(after, 0), fewest=FEWEST)
