"""Person-time under each strategy: who follows it from when to when, and how that ends."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Any

import numpy as np

from ebpm.cohort.trial.declaration import HISTORIES, TargetTrial
from ebpm.cohort.trial.timeline import Flags, Timeline
from ebpm.moments.frame import Floats, Ints

DEPARTED = -1


@dataclass(frozen=True, slots=True, eq=False)
class PersonSpells:
    """Rows of person-time.

    Parameters
    ----------
    person : place of the person in the timeline, shape (r,).
    treated : 1 under treatment (or its strategy), 0 without, shape (r,).
    start, stop : from and to, in days since the comparison begins, shape (r,).
    event : at the end: 1 outcome, 2 competing event, 0 neither, shape (r,).
    departed : whether the row ends because the clone departed from its strategy, shape (r,).
    """

    person: Ints
    treated: Ints
    start: Floats
    stop: Floats
    event: Ints
    departed: Flags

    def of(self, keep: Flags | Ints) -> PersonSpells:
        """Return some of the rows, by a mask or by their places."""
        columns: dict[str, Any] = {one.name: getattr(self, one.name)[keep] for one in fields(self)}
        return PersonSpells(**columns)

    def then(self, other: PersonSpells) -> PersonSpells:
        """Return these rows and others after them."""
        columns: dict[str, Any] = {
            one.name: np.concatenate([getattr(self, one.name), getattr(other, one.name)]) for one in fields(self)
        }
        return PersonSpells(**columns)


def person_spells(found: Timeline, trial: TargetTrial) -> PersonSpells:
    """Return the person-time of a timeline, as the declaration handles treatment that begins after time zero."""
    interval, handling = trial.follow_up.interval, trial.treatment.handling
    if handling in HISTORIES:
        cloned = handling == "clone_censor_weight"
        rows = _clones(found, trial.treatment.days, interval) if cloned else _switching(found, interval)
        return split(rows, interval) if trial.follow_up.lost == "weighted" else rows
    start = float(trial.start)
    treated = found.started <= start if handling == "landmark" else found.begun
    whole = np.zeros(found.n)
    return PersonSpells(
        np.arange(found.n), treated.astype(np.int64), whole, found.exit - start, found.event,
        np.zeros(found.n, dtype=np.bool_),
    )  # fmt: skip


def split(rows: PersonSpells, interval: int) -> PersonSpells:
    """Return rows of no more than one step of time each; how a row ends is told by its last."""
    first = np.floor_divide(rows.start, interval).astype(np.int64)
    count = np.maximum(np.ceil(rows.stop / interval).astype(np.int64) - first, 1)
    place = np.repeat(np.arange(len(count)), count)
    step = first[place] + np.arange(len(place)) - np.repeat(np.cumsum(count) - count, count)
    parts, final = rows.of(place), step + 1 == (first + count)[place]
    return replace(
        parts, start=np.maximum(parts.start, step * float(interval)), stop=np.minimum(parts.stop, (step + 1.0) * interval),
        event=np.where(final, parts.event, 0), departed=final & parts.departed,
    )  # fmt: skip


def _switching(found: Timeline, interval: int) -> PersonSpells:
    """Untreated until treatment begins, in steps of the interval, and treated from then on."""
    until = np.where(found.begun, found.started, found.exit)
    before = _stepped(until, interval, int(np.ceil(found.horizon / interval)))
    late = np.flatnonzero(found.begun)
    after = PersonSpells(
        late, np.ones(len(late), dtype=np.int64), found.started[late], found.exit[late], found.event[late],
        np.zeros(len(late), dtype=np.bool_),
    )  # fmt: skip
    ends = before.stop == found.exit[before.person]
    event = np.where(ends, found.event[before.person], 0)
    return replace(before, event=event).then(after)


def _clones(found: Timeline, grace: int, interval: int) -> PersonSpells:
    """Everybody twice: as one who shall not begin within the grace period, and as one who shall."""
    begins = found.begun & (found.started <= grace)
    until = np.where(begins, found.started, found.exit)
    control = _stepped(until, interval, grace // interval, rest=True)
    ends = control.stop == until[control.person]
    gone = begins[control.person]
    event = np.where(ends & ~gone, found.event[control.person], 0)
    control = replace(control, event=event, departed=ends & gone)
    return control.then(_treated_clones(found, float(grace), begins))


def _treated_clones(found: Timeline, grace: float, begins: Flags) -> PersonSpells:
    everybody, ended = np.arange(found.n), found.exit <= grace
    ones = np.ones(found.n, dtype=np.int64)
    first = PersonSpells(
        everybody, ones, np.zeros(found.n), np.minimum(found.exit, grace), np.where(ended, found.event, 0),
        ~ended & ~begins,
    )  # fmt: skip
    later = np.flatnonzero(~ended & begins)
    second = PersonSpells(
        later, ones[later], np.full(len(later), grace), found.exit[later], found.event[later],
        np.zeros(len(later), dtype=np.bool_),
    )  # fmt: skip
    return first.then(second)


def _stepped(until: Floats, interval: int, steps: int, *, rest: bool = False) -> PersonSpells:
    """Untreated rows of each person up to a day, a row a step; with `rest`, one row for all that follows the last."""
    edges = np.r_[np.arange(steps) * interval, steps * interval].astype(np.float64)
    bounds = np.r_[edges, np.inf] if rest else np.r_[edges[:-1], np.inf]
    places = [np.flatnonzero(until > low) for low in bounds[:-1]]
    person = np.concatenate(places)
    step = np.repeat(np.arange(len(places)), [len(one) for one in places])
    stop = np.minimum(until[person], bounds[step + 1])
    zeros = np.zeros(len(person), dtype=np.int64)
    return PersonSpells(person, zeros, bounds[step], stop, zeros, np.zeros(len(person), dtype=np.bool_))
