"""From the columns of a table to what happened when to the persons of a target trial, and who is left out and why."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.cohort.trial.dates import NEVER, day_number, days_of
from ebpm.cohort.trial.declaration import Criterion, TargetTrial
from ebpm.errors import DataError, DesignError
from ebpm.moments.frame import Floats, Frame, Ints
from ebpm.texts import LANGUAGES, Words, entry, label

Flags = NDArray[np.bool_]
Compare = Callable[[Any, Any], Any]

OPERATORS: MappingProxyType[str, Compare] = MappingProxyType({
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
})  # fmt: skip
DATE = re.compile(r"\d{4}(-\d{2}){0,2}")
DATED = ("cohort_out_prevalent", "cohort_out_event", "cohort_out_ended")


@dataclass(frozen=True, slots=True, eq=False)
class Timeline:
    """What happened when to the persons of a trial, in days since time zero; infinite where it did not.

    Parameters
    ----------
    rows : of the table, shape (n,).
    started : treatment began, shape (n,).
    outcome, competing : happened, shape (n,).
    observed : observation ends for another reason, shape (n,).
    recorded : the records end, shape (n,).
    changed : when persons changed, in the order of the declared columns, shape (n, q).
    horizon : days of follow-up.
    excluded : reasons and numbers of those left out.
    """

    rows: Ints
    started: Floats
    outcome: Floats
    competing: Floats
    observed: Floats
    recorded: Floats
    changed: Floats
    horizon: float
    excluded: tuple[tuple[Words, int], ...]

    @property
    def n(self) -> int:
        """Persons."""
        return len(self.rows)

    @property
    def exit(self) -> Floats:
        """The end of each person's follow-up, shape (n,)."""
        ends = (self.outcome, self.competing, self.observed, self.recorded, np.full(self.n, self.horizon))
        return np.asarray(np.min(ends, axis=0), dtype=np.float64)

    @property
    def event(self) -> Ints:
        """How it ends: 1 with the outcome, 2 with a competing event, 0 without either, shape (n,); the outcome first on one day."""
        return np.where(self.outcome <= self.exit, 1, np.where(self.competing <= self.exit, 2, 0)).astype(np.int64)

    @property
    def begun(self) -> Flags:
        """Whether treatment began before the end of follow-up, shape (n,)."""
        return np.asarray(self.started < self.exit)

    @property
    def lost(self) -> Flags:
        """Whether observation ended before the horizon and the end of the records, without an event, shape (n,)."""
        return np.asarray((self.event == 0) & (self.observed < np.minimum(self.recorded, self.horizon)))

    def of(self, keep: Flags, excluded: tuple[tuple[Words, int], ...]) -> Timeline:
        """Return some of the persons."""
        names = ("rows", "started", "outcome", "competing", "observed", "recorded", "changed")
        columns: dict[str, Any] = {name: getattr(self, name)[keep] for name in names}
        return replace(self, **columns, excluded=(*self.excluded, *excluded))


def read_timeline(frame: Frame, trial: TargetTrial) -> tuple[Timeline, Timeline]:
    """Return the timeline of the persons in the analysis, and that of all who were eligible by the criteria.

    Parameters
    ----------
    frame : the table, one row a person.
    trial : the declaration.

    Raises
    ------
    DataError : if a column is missing or holds no dates, or a person has two rows.
    DesignError : if nobody is left.
    """
    _refuse_twice(frame, trial.person)
    zero = days_of(frame, trial.time_zero, "time_zero")
    found = _all_rows(frame, trial, zero)
    reasons: list[tuple[Words, Flags]] = [(entry("label", "cohort_out_no_time_zero"), ~np.isfinite(zero))]
    reasons += [(_unmet(one), ~_met(frame, one)) for one in trial.eligibility]
    eligible = _without(found, reasons)
    dated = zip((entry("label", code) for code in DATED), _out_of_time(eligible), strict=True)
    kept = _without(eligible, list(dated))
    if trial.treatment.handling == "landmark":
        kept = _without(kept, _before_landmark(kept, trial.treatment.days))
    if kept.n < 2:
        raise DesignError("cohort_nobody_left", records=len(frame), left=kept.n)
    return kept, eligible


def _all_rows(frame: Frame, trial: TargetTrial, zero: Floats) -> Timeline:
    since = np.where(np.isfinite(zero), zero, 0.0)

    def days(column: str, argument: str) -> Floats:
        return days_of(frame, column, argument) - since if column else np.full(len(frame), NEVER)

    observed = np.full(len(frame), NEVER)
    for column in trial.follow_up.ends:
        observed = np.minimum(observed, days(column, "ends"))
    changed = [days(column, "changes") for column in trial.follow_up.changes]
    return Timeline(
        np.arange(len(frame)), days(trial.treatment.started, "started"), days(trial.outcome.date, "outcome"),
        days(trial.outcome.competing, "competing"), observed, day_number(trial.follow_up.until) - since,
        np.column_stack([np.empty((len(frame), 0)), *changed]), float(trial.follow_up.days), (),
    )  # fmt: skip


def _refuse_twice(frame: Frame, person: str) -> None:
    codes = frame.codes(person, "person")
    twice = np.flatnonzero(codes.counts() > 1)
    if len(twice):
        named = ", ".join(str(codes.levels[place]) for place in twice[:5])
        raise DataError("cohort_person_twice", column=person, count=len(twice), named=named)


def _unmet(criterion: Criterion) -> Words:
    return {lang: label("cohort_out_criterion", lang, text=criterion.text.words(lang)) for lang in LANGUAGES}


def _met(frame: Frame, criterion: Criterion) -> Flags:
    """Whether each row meets a criterion; a missing value does not."""
    compare, right = OPERATORS[criterion.op], criterion.right
    met, present = np.zeros(len(frame), dtype=np.bool_), frame.present(criterion.left, "eligibility")
    other = isinstance(right, str) and right in frame.native.columns
    if other:
        present = present & frame.present(str(right), "eligibility")
    inside = frame.rows(present)
    if not present.any():
        return met
    values = inside.values(criterion.left, "eligibility")
    if values.dtype.kind == "M":
        days = days_of(inside, criterion.left, "eligibility")
        bound = days_of(inside, str(right), "eligibility") if other else _bound(criterion)
        met[present] = compare(days, bound)
        return met
    wanted = inside.values(str(right), "eligibility") if other else right
    try:
        met[present] = compare(values, wanted)
    except TypeError:
        raise DataError("cohort_cannot_compare", left=criterion.left, op=criterion.op, right=right) from None
    return met


def _bound(criterion: Criterion) -> float:
    """The day with which dates are compared; of a month or year the first or the last, as the operator wants it."""
    date = str(criterion.right)
    if not DATE.fullmatch(date):
        raise DataError("cohort_cannot_compare", left=criterion.left, op=criterion.op, right=date)
    return day_number(date, first=criterion.op in {"<", ">="})


def _without(found: Timeline, reasons: list[tuple[Words, Flags]]) -> Timeline:
    """Leave out those to whom a reason applies; who is counted under the first."""
    keep = np.ones(found.n, dtype=np.bool_)
    excluded = []
    for why, applies in reasons:
        if count := int((keep & applies).sum()):
            excluded.append((why, count))
        keep &= ~applies
    return found.of(keep, tuple(excluded))


def _out_of_time(found: Timeline) -> tuple[Flags, Flags, Flags]:
    happened = np.minimum(found.outcome, found.competing) <= 0.0
    return found.started < 0.0, happened, np.minimum(found.observed, found.recorded) <= 0.0


def _before_landmark(found: Timeline, days: int) -> list[tuple[Words, Flags]]:
    early, event = found.exit <= days, found.event
    codes = ("cohort_out_landmark_ended", "cohort_out_landmark_outcome", "cohort_out_landmark_competing")
    return [(entry("label", code), early & (event == kind)) for kind, code in enumerate(codes)]
