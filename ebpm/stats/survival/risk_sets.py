"""Follow-up as spells from entry to exit, and who is at risk when: sums over risk sets and their transpose, by running sums.

Every estimator of time to event is a functional of the weights of the rows. Its influence values are the derivatives of the estimate with
respect to these weights; the sum over persons of (weight x influence)^2 is the infinitesimal jackknife, and a weight that was itself
estimated adds (derivative of the weight) x influence to what its own equations contribute.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

DENSE = 20_000_000
SAME_TIME = float(np.sqrt(np.finfo(np.float64).eps))


@dataclass(frozen=True, slots=True, kw_only=True)
class Spells:
    """Rows of follow-up; a person may have several, one after another.

    Parameters
    ----------
    entry : start of each spell, not included; minus infinity where it is followed from the beginning, shape (n,).
    exit : its end, included, shape (n,).
    event : what happened at the end: 0 nothing (censored), 1, 2, ... kinds of events, shape (n,).
    weights : positive, shape (n,).
    group : codes of the groups that are followed apart (curves, strata), shape (n,).
    person : codes of those whose rows belong together, in 0 .. persons - 1, shape (n,).
    """

    entry: Floats
    exit: Floats
    event: Ints
    weights: Floats
    group: Ints
    person: Ints

    @classmethod
    def of(
        cls, exit: Floats, event: Ints, *, entry: Floats | None = None, weights: Floats | None = None,  # noqa: A002
        group: Ints | None = None, person: Ints | None = None,
    ) -> Spells:  # fmt: skip
        """Return spells; rows start at the beginning, weigh one, form one group, and are a person each, where nothing else is said."""
        n = len(exit)
        begins = np.full(n, -np.inf) if entry is None else entry
        begins, ends = same_times(begins, np.asarray(exit, dtype=np.float64))
        return cls(
            entry=begins, exit=ends, event=np.asarray(event, dtype=np.int64),
            weights=np.ones(n) if weights is None else weights,
            group=np.zeros(n, dtype=np.int64) if group is None else group,
            person=np.arange(n) if person is None else person,
        )  # fmt: skip

    def __len__(self) -> int:
        return len(self.exit)

    @property
    def groups(self) -> int:
        """Their number."""
        return int(self.group.max()) + 1

    @property
    def persons(self) -> int:
        """Their number."""
        return int(self.person.max()) + 1

    def with_event(self, event: Ints) -> Spells:
        """Return the same spells with other codes of events."""
        return replace(self, event=np.asarray(event, dtype=np.int64))

    def by_person(self, influence: Floats) -> Floats:
        """Return sums of weight x influence, shape (persons, k).

        Parameters
        ----------
        influence : shape (n, k).
        """
        weighted = influence * self.weights[:, None]
        if self.persons == len(self):
            sums = np.empty_like(weighted)
            sums[self.person] = weighted
            return sums
        return np.stack([np.bincount(self.person, column, minlength=self.persons) for column in weighted.T], axis=1)

    def covariance(self, influence: Floats) -> Floats:
        """Return the infinitesimal jackknife, the cross-products of `by_person`, shape (k, k)."""
        sums = self.by_person(influence)
        return np.asarray(sums.T @ sums)


def same_times(entry: Floats, exit: Floats) -> tuple[Floats, Floats]:  # noqa: A002
    """Return times in which those that differ by rounding alone are equal.

    Parameters
    ----------
    entry, exit : shape (n,).

    Formula: a time is joined to the one before it where they differ by at most 1.5e-8, or 1.5e-8 of the mean absolute time.
    Source: Therneau, survival 3, vignette "Roundoff error and tied times".
    """
    begins = np.isfinite(entry)
    times = np.unique(np.concatenate([exit, entry[begins]]))
    if len(times) < 2 or np.diff(times).min() > SAME_TIME * max(1.0, float(np.abs(times).mean())):
        return entry, exit
    kept = times[np.r_[True, np.diff(times) > SAME_TIME * max(1.0, float(np.abs(times).mean()))]]
    joined = entry.copy()
    joined[begins] = kept[np.searchsorted(kept, entry[begins], side="right") - 1]
    return joined, kept[np.searchsorted(kept, exit, side="right") - 1]


@dataclass(frozen=True)
class RiskSets:
    """The distinct times of each group, and between which of them each row is at risk.

    Parameters
    ----------
    times : distinct times, ascending within each group, shape (m,).
    group : group of each, shape (m,).
    first, last : a row is at risk at the places first .. last - 1, shape (n,).
    end : the place after the last of its group, shape (n,).
    tail : shape (m,), by which rows whose `share` is above zero stay at risk after their end; see `stats.fine_gray`.
    share : shape (n,).
    """

    times: Floats
    group: Ints
    first: Ints
    last: Ints
    end: Ints
    tail: Floats = field(default_factory=lambda: np.empty(0))
    share: Floats = field(default_factory=lambda: np.empty(0))

    @classmethod
    def of(cls, spells: Spells, *, at: Bools | None = None) -> RiskSets:
        """Return the risk sets at the exits of the rows.

        Parameters
        ----------
        spells : n rows.
        at : rows whose exits make the times, shape (n,); all where None.
        """
        clock, code = np.unique(spells.exit, return_inverse=True)
        width = len(clock)
        key = spells.group * width + code
        present, rank = _ranked(key if at is None else key[at], width * spells.groups)
        base = spells.group * width
        first = base if np.isneginf(spells.entry).all() else base + np.searchsorted(clock, spells.entry, side="right")
        return cls(clock[present % width], present // width, rank(first), rank(key + 1), rank(base + width))

    def __len__(self) -> int:
        return len(self.times)

    @cached_property
    def bounds(self) -> tuple[tuple[int, int], ...]:
        """Where the times of each group begin and end."""
        starts = np.flatnonzero(np.r_[True, np.diff(self.group) != 0]) if len(self) else np.empty(0, dtype=np.int64)
        return tuple(zip(starts.tolist(), [*starts[1:].tolist(), len(self)], strict=True))

    @cached_property
    def _late(self) -> Bools:
        """Rows that enter after the first time of their group."""
        return np.isin(self.first, [start for start, _ in self.bounds], invert=True) & (self.first < self.last)

    @cached_property
    def _ends(self) -> Ints:
        """The last place at which a row is at risk; beyond all places where it never is."""
        return np.where(self.first < self.last, self.last - 1, len(self))

    def at_exit(self, values: Floats, rows: Bools) -> Floats:
        """Return the sums of values over rows at their exits, shape (m,) or (m, k)."""
        return _binned(values, np.where(rows, self.last - 1, len(self)), len(self))

    def sums(self, values: Floats) -> Floats:
        """Return, at each time, the sum of values over the rows at risk, shape (m,) or (m, k).

        Parameters
        ----------
        values : shape (n,) or (n, k).
        """
        total = self._backward(_binned(values, self._ends, len(self)))
        if self._late.any():
            total = total - self._backward(_binned(values, np.where(self._late, self.first - 1, len(self)), len(self)))
        if len(self.tail):
            stay = (self.share > 0) & (self.last < self.end)
            shares = self.share if values.ndim == 1 else self.share[:, None]
            total += _times(
                self.tail, self.forward(_binned(values * shares, np.where(stay, self.last, len(self)), len(self)))
            )
        return total

    def spread(self, increments: Floats) -> Floats:
        """Return, for each row, the sum of increments over the times at which it is at risk, shape (n,) or (n, k).

        Parameters
        ----------
        increments : shape (m,) or (m, k).
        """
        total = _running(increments)
        found = total[self.last] - total[self.first]
        if len(self.tail):
            later = _running(_times(self.tail, increments))
            found = found + _times(self.share, later[self.end] - later[self.last])
        return found

    def forward(self, increments: Floats) -> Floats:
        """Return running sums within each group, shape as given."""
        total = np.empty_like(increments)
        for start, stop in self.bounds:
            np.cumsum(increments[start:stop], axis=0, out=total[start:stop])
        return total

    def _backward(self, increments: Floats) -> Floats:
        total = np.empty_like(increments)
        for start, stop in self.bounds:
            total[start:stop] = np.cumsum(increments[start:stop][::-1], axis=0)[::-1]
        return total

    def before(self, values: Floats, first: float) -> Floats:
        """Return values as they stand just before each time; `first` before the first of each group."""
        shifted = np.empty_like(values)
        shifted[1:] = values[:-1]
        shifted[[start for start, _ in self.bounds]] = first
        return shifted

    def places(self, group: int) -> slice:
        """Return where the times of a group stand."""
        return slice(*np.searchsorted(self.group, [group, group + 1]).tolist())


def _ranked(keys: Ints, size: int) -> tuple[Ints, Callable[[Ints], Ints]]:
    """Return the distinct keys in order, and a function that counts those below a key; keys lie in 0 .. size - 1."""
    if size > DENSE:
        distinct = np.unique(keys)
        return distinct, lambda key: np.searchsorted(distinct, key)
    present = np.zeros(size, dtype=bool)
    present[keys] = True
    below = np.r_[0, np.cumsum(present)]
    return np.flatnonzero(present), lambda key: np.asarray(below[key])


def _binned(values: Floats, places: Ints, length: int) -> Floats:
    """Sums by place, shape (length,) or (length, k); rows whose place is `length` are left out."""
    if values.ndim == 1:
        return np.asarray(np.bincount(places, values, minlength=length + 1)[:length], dtype=np.float64)
    columns = [np.bincount(places, column, minlength=length + 1)[:length] for column in values.T]
    return np.stack(columns, axis=1) if columns else np.zeros((length, 0))


def _running(increments: Floats) -> Floats:
    """Running sums with a zero in front."""
    total = np.zeros((len(increments) + 1, *increments.shape[1:]))
    np.cumsum(increments, axis=0, out=total[1:])
    return total


def _times(scale: Floats, values: Floats) -> Floats:
    return scale * values if values.ndim == 1 else scale[:, None] * values
