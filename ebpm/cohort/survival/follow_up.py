"""Follow-up as arrays: when each row is followed, how it ends, in which group, with what weight; refused where it contradicts itself."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ebpm.cohort.subjects import control_of
from ebpm.errors import DataError, DesignError, did_you_mean
from ebpm.moments.frame import Codes, Floats, Frame, Ints
from ebpm.moments.labels import label_of, labels_of, with_first
from ebpm.notices import Notice, Notices
from ebpm.stats.given import mapping
from ebpm.stats.survival.risk_sets import Spells

CENSORED = ("0", "false", "censored", "none", "打ち切り", "なし")
HAPPENED = ("1", "true")
EVENT = "event"
SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class FollowUp:
    """Rows of follow-up with their words.

    Parameters
    ----------
    spells : the rows; event j is `kinds[j - 1]`.
    kinds : labels of the events.
    groups : labels of the groups of `spells`.
    time : name of the column of the ends.
    clustered : whether persons have several rows or come in clusters.
    weighted : whether rows carry weights.
    notices : what reading found.
    """

    spells: Spells
    kinds: tuple[str, ...]
    groups: tuple[str, ...]
    time: str
    clustered: bool
    weighted: bool
    notices: Notices

    @property
    def n(self) -> int:
        """Rows."""
        return len(self.spells)

    @property
    def clusters(self) -> int:
        """Persons or clusters; 0 where every row is a person."""
        return self.spells.persons if self.clustered else 0

    def kind(self, name: object, argument: str) -> int:
        """Return the code of an event by its label.

        Raises
        ------
        DataError : if there is no such event.
        """
        wanted = label_of(name)
        if wanted not in self.kinds:
            near = did_you_mean(wanted, self.kinds)
            raise DataError("survival_no_such_event", argument=argument, event=wanted, near=near)
        return self.kinds.index(wanted) + 1

    def cause(self, name: object) -> int:
        """Return the code of the event meant; it may be None where there is only one kind.

        Raises
        ------
        DataError : if there is no such event.
        DesignError : if there are several kinds of events and none is named, or if the event never happened.
        """
        if name is None and len(self.kinds) > 1:
            raise DesignError("survival_name_cause", events=", ".join(self.kinds))
        place = 1 if name is None else self.kind(name, "cause")
        if not (self.spells.event == place).any():
            raise DesignError("survival_no_events", event=self.kinds[place - 1], rows=self.n)
        return place

    def with_events(self) -> FollowUp:
        """Return the same follow-up, in which something happened.

        Raises
        ------
        DesignError : if there is no event of any kind.
        """
        if not self.spells.event.any():
            raise DesignError("survival_no_events", event=", ".join(self.kinds), rows=self.n)
        return self

    def of_cause(self, cause: object, *, code: str = "C454") -> FollowUp:
        """Return the follow-up to one event, the others as ends without it.

        Parameters
        ----------
        cause : its label; may be None where there is only one kind of event.
        code : of the notice that other events end the follow-up.

        Raises
        ------
        DataError, DesignError : as `cause`.
        """
        place = self.cause(cause)
        others = int((~np.isin(self.spells.event, (0, place))).sum())
        said = self.notices
        if others:
            named = ", ".join(kind for kind in self.kinds if kind != self.kinds[place - 1])
            said += Notices((Notice(code, self.kinds[place - 1], {"others": named, "count": others}),))
        return replace(self.counting(place), notices=said)

    def counting(self, kind: int) -> FollowUp:
        """Return the follow-up in which only one kind of event counts."""
        mine = (self.spells.event == kind).astype(np.int64)
        return replace(self, spells=self.spells.with_event(mine), kinds=(self.kinds[kind - 1],))

    def within(self, codes: Codes) -> FollowUp:
        """Return the follow-up in other groups."""
        names = labels_of(codes)
        return replace(self, spells=replace(self.spells, group=codes.codes), groups=names)


def read_follow_up(
    frame: Frame,
    time: str,
    *,
    event: str,
    events: Mapping[Any, str] | None = None,
    entry: str | None = None,
    weights: str | None = None,
    cluster: str | None = None,
) -> FollowUp:
    """Read the columns of a follow-up, in one group.

    Parameters
    ----------
    frame : the table, one row a spell of follow-up.
    time : column of its end, zero or more, counted from time zero.
    event : column of how it ended.
    events : code -> label of each kind of event; every other code must be 0, False, "censored" or 打ち切り. Where None the column holds 0 and 1.
    entry : column of the start, where it is not time zero.
    weights : column of positive weights.
    cluster : column of persons with several rows, or of clusters of persons.

    Raises
    ------
    DataError : if a column is missing or has missing values, a time is negative, an entry is not before its exit, or a code is not declared.
    DesignError : if there is one cluster only.
    """
    ends, starts = frame.numbers(time, "time"), None
    _refuse(ends < 0, "survival_negative_time", column=time, values=ends)
    if entry is not None:
        starts = frame.numbers(entry, "entry")
        _refuse(starts >= ends, "survival_entry_after_exit", column=entry, values=starts, exits=ends, time=time)
    kinds, codes = _events(frame.codes(event, "event"), event, events)
    persons = None if cluster is None else frame.codes(cluster, "cluster").codes
    mass = None if weights is None else frame.weights(weights)
    spells = Spells.of(ends, codes, entry=starts, weights=mass, person=persons)
    if persons is not None and spells.persons < 2:
        raise DesignError("stats_one_cluster", clusters=1)
    zero = int(((ends == 0) & (codes > 0)).sum())
    said = (Notice("C457", time, {"count": zero}),) if zero else ()
    return FollowUp(
        spells=spells, kinds=kinds, groups=("",), time=time, clustered=persons is not None and spells.persons < len(spells),
        weighted=weights is not None, notices=Notices(said),
    )  # fmt: skip


def arms_of(codes: Codes, column: str, control: object = None) -> Codes:
    """Return arms with that of the control first.

    Parameters
    ----------
    codes : arm of each row.
    column : its name.
    control : its label; where None, the arm called 0, False, "control" or 対照.

    Raises
    ------
    DataError : if `control` is no arm.
    DesignError : if there is one arm only, or it is not clear which is the control.
    """
    if len(codes) < 2:
        raise DesignError("survival_one_arm", column=column, arm=label_of(codes.levels[0]))
    return with_first(codes, control_of(codes, column, control))


def _events(codes: Codes, column: str, events: Mapping[Any, str] | None) -> tuple[tuple[str, ...], Ints]:
    names = labels_of(codes)
    declared = (
        _declared(names)
        if events is None
        else {label_of(code): str(kind) for code, kind in mapping(events, "events").items()}
    )
    meaning = {code: kind for code, kind in declared.items() if kind.lower() not in CENSORED}
    kinds = tuple(dict.fromkeys(meaning.values()))
    unknown = [
        name
        for name in names
        if name not in meaning and name.lower() not in {*CENSORED, *(declared.keys() - meaning.keys())}
    ]
    if unknown or not kinds:
        known = ", ".join(f"{code} = {kind}" for code, kind in meaning.items()) or "-"
        raise DataError("survival_unknown_event", column=column, values=", ".join(unknown[:SHOWN]) or "-", known=known)
    places = np.array([kinds.index(meaning[name]) + 1 if name in meaning else 0 for name in names], dtype=np.int64)
    return kinds, places[codes.codes]


def _declared(names: Sequence[str]) -> dict[str, str]:
    """The code of a column of 0 and 1; a column that holds neither declares itself for an error."""
    happened = next((name for name in names if name.lower() in HAPPENED), HAPPENED[0])
    return {happened: EVENT}


def _refuse(wrong: Any, code: str, *, values: Floats, **facts: object) -> None:
    if wrong.any():
        row = int(np.argmax(wrong))
        named = {name: fact[row] if isinstance(fact, np.ndarray) else fact for name, fact in facts.items()}
        raise DataError(code, count=int(wrong.sum()), row=row + 1, value=f"{values[row]:g}", **named)
