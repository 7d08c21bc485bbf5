"""Spells of persons one after another, with an event that comes again and one that ends them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ebpm.cohort.survival.follow_up import FollowUp, read_follow_up
from ebpm.errors import DataError
from ebpm.moments.frame import Codes, Frame
from ebpm.moments.labels import label_of
from ebpm.notices import Notice, Notices


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonTime:
    """Spells of persons; event 1 is counted, event 2 is terminal.

    Parameters
    ----------
    follow_up : the rows.
    removed_by : codes of terminal events; empty where there is none.
    """

    follow_up: FollowUp
    removed_by: tuple[int, ...]

    @property
    def method(self) -> str:
        """The method in the texts."""
        return "cohort.mean_frequency" if self.removed_by else "cohort.mean_cumulative"

    def within(self, codes: Codes, column: str) -> PersonTime:
        """Return the spells in groups that are constant in the person.

        Raises
        ------
        DataError : if a person is in several groups.
        """
        person = self.follow_up.spells.person
        first = np.empty(self.follow_up.spells.persons, dtype=np.int64)
        first[person] = codes.codes
        changed = codes.codes != first[person]
        if changed.any():
            raise DataError("recurrent_changes", column=column, row=int(np.argmax(changed)) + 1)
        return replace(self, follow_up=self.follow_up.within(codes))


def read_person_time(
    frame: Frame,
    time: str,
    *,
    event: str,
    person: str,
    entry: str,
    events: Mapping[Any, str] | None,
    cause: object,
    terminal: object,
    weights: str | None,
) -> PersonTime:
    """Read spells of persons; parameters as in `recurrent`.

    Raises
    ------
    DataError : if spells of a person overlap or follow a terminal event.
    """
    follow_up = read_follow_up(frame, time, event=event, events=events, entry=entry, weights=weights, cluster=person)
    spells = follow_up.spells
    ends = 0 if terminal is None else follow_up.kind(terminal, "terminal")
    counted = follow_up.cause(cause if terminal is None or cause is not None else _other(follow_up, ends))
    codes = np.select([spells.event == counted, (spells.event == ends) & (ends > 0)], [1, 2], 0)
    _refuse_disorder(follow_up, codes == 2, person)
    name = follow_up.kinds[counted - 1]
    said, others = follow_up.notices, int(((spells.event > 0) & (codes == 0)).sum())
    if others:
        kinds = [kind for place, kind in enumerate(follow_up.kinds, 1) if place not in (counted, ends)]
        said += Notices((Notice("C460", name, {"others": ", ".join(kinds), "count": others}),))
    kinds_kept = (name,) if ends == 0 else (name, follow_up.kinds[ends - 1])
    read = replace(follow_up, spells=spells.with_event(codes), kinds=kinds_kept, clustered=True, notices=said)
    return PersonTime(follow_up=read, removed_by=(2,) if ends else ())


def _other(follow_up: FollowUp, ends: int) -> str | None:
    """The one kind of event that is not terminal; None where there are several."""
    left = [kind for place, kind in enumerate(follow_up.kinds, 1) if place != ends]
    return left[0] if len(left) == 1 else None


def _refuse_disorder(follow_up: FollowUp, terminal: Any, person: str) -> None:
    spells = follow_up.spells
    order = np.lexsort((spells.entry, spells.person))
    same = spells.person[order][1:] == spells.person[order][:-1]
    for code, wrong in (
        ("recurrent_overlap", same & (spells.entry[order][1:] < spells.exit[order][:-1])),
        ("recurrent_after_end", same & terminal[order][:-1]),
    ):
        if wrong.any():
            row = int(order[1:][np.argmax(wrong)])
            raise DataError(code, column=label_of(person), row=row + 1, count=int(wrong.sum()))
