"""From a table to one or two complete series, in order of time, with the place of the intervention."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError, DesignError
from ebpm.its.periods.calendar import Calendar, listed, read_periods, refuse_holes
from ebpm.its.series.interventions import Intervention, read_interventions, refuse_unseen
from ebpm.moments.frame import Frame
from ebpm.moments.naming import named_columns
from ebpm.stats.given import number

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
    intervention : the one in question.
    transition : periods from its onset on that are left out of the fit.
    outcome : shape (S, T); row 0 is the exposed series, row 1 the comparison series.
    exposure : shape (S, T); ones where there is no exposure column.
    names : of the outcome, exposure and comparison columns; empty where there is none.
    others : further interventions, which are adjusted for.
    covariates : the same for all series, shape (T, c).
    covariate_names : of their columns.
    """

    calendar: Calendar
    intervention: Intervention
    transition: int
    outcome: Floats
    exposure: Floats
    names: tuple[str, str, str]
    others: tuple[Intervention, ...] = ()
    covariates: Floats = field(default_factory=lambda: np.empty((0, 0)))
    covariate_names: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.covariates.size:
            object.__setattr__(self, "covariates", np.empty((self.calendar.length, 0)))

    @property
    def start(self) -> int:
        """Place of the first period under the intervention."""
        return self.intervention.start

    @property
    def onset(self) -> int:
        """Place of the first period that the effect may touch: the start, and a lag that was declared."""
        return self.intervention.onset

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
        return self.onset + self.transition

    @property
    def used(self) -> Bools:
        """Which periods enter the fit, shape (T,)."""
        places = np.arange(self.calendar.length)
        return (places < self.onset) | (places >= self.origin)

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
        return self.first(self.start)

    def first(self, stop: int) -> Observed:
        """Return the first periods, with no place for an intervention yet."""
        return replace(
            self, calendar=self.calendar.before(stop), intervention=replace(self.intervention, start=stop, lag=0), transition=0,
            outcome=self.outcome[:, :stop], exposure=self.exposure[:, :stop],
            others=tuple(one for one in self.others if one.onset < stop), covariates=self.covariates[:stop],
        )  # fmt: skip


def observe(
    data: Any,
    outcome: str,
    *,
    time: str,
    intervention: Any,
    exposure: str | None,
    comparison: str | None,
    transition: int = 0,
    covariates: str | Sequence[str] = (),
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
        refuse_holes(calendar, places[series == code], f"{comparison} = {1 - code}" if comparison else outcome)
    shape = (int(series.max()) + 1, calendar.length)
    values, exposures = np.empty(shape), np.ones(shape)
    values[series, places] = frame.numbers(outcome, "outcome")
    if exposure is not None:
        exposures[series, places] = frame.numbers(exposure, "exposure")
        _refuse_no_exposure(calendar, exposures, exposure)
    own, *others = read_interventions(intervention, calendar)
    refuse_unseen(others, calendar)
    _refuse_too_short(calendar, own, transition)
    named = named_columns(covariates, "covariates")
    return Observed(
        calendar=calendar, intervention=own, transition=transition, outcome=values, exposure=exposures,
        names=(outcome, exposure or "", comparison or ""), others=tuple(others),
        covariates=_common(frame, named, series, places), covariate_names=named,
    )  # fmt: skip


def _common(frame: Frame, columns: tuple[str, ...], series: Ints, places: Ints) -> Floats:
    """Covariates by period, which all series must share."""
    found = np.full((int(places.max()) + 1, len(columns)), np.nan)
    numbers = frame.matrix(columns, "covariates")
    found[places[series == 0]] = numbers[series == 0]
    differing = (found[places] != numbers).any(axis=0)
    if differing.any():
        raise DesignError("its_own_covariate", column=columns[int(np.argmax(differing))])
    return found


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


def _refuse_no_exposure(calendar: Calendar, exposures: Floats, column: str) -> None:
    empty: Bools = np.any(exposures <= 0, axis=0)
    if empty.any():
        raise DesignError("its_no_exposure", column=column, count=int(empty.sum()), periods=listed(calendar, empty))


def _refuse_too_short(calendar: Calendar, own: Intervention, transition: int) -> None:
    last, onset = calendar.name(calendar.length - 1), own.onset
    if not 0 < onset < calendar.length:
        started = calendar.name(own.start)
        raise DesignError("its_outside", intervention=started, first=calendar.name(0), last=last)
    if not number(transition, "transition") >= 0 or transition % 1 != 0:
        raise DesignError("its_bad_transition", transition=transition)
    after = calendar.length - onset - transition
    if min(onset, after) < FEWEST:
        raise DesignError("its_too_few", before=onset, after=max(after, 0), fewest=FEWEST)


def refuse_logarithm(observed: Observed) -> None:
    """Refuse outcomes of zero or less, which have no logarithm.

    Raises
    ------
    DesignError : if there are some.
    """
    refuse_periods(observed, observed.outcome <= 0, "its_no_logarithm")


def refuse_periods(observed: Observed, wrong: Bools, code: str) -> None:
    """Refuse outcomes, naming the periods in which they are wrong; `wrong` is of shape (S, T).

    Raises
    ------
    DesignError : if some are wrong.
    """
    if wrong.any():
        periods: Bools = np.any(wrong, axis=0)
        raise DesignError(
            code, column=observed.names[0], count=int(periods.sum()), periods=listed(observed.calendar, periods)
        )
