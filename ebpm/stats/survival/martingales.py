"""Integrals over the counting processes of persons less what they were expected to be, and their cross-products over time."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ebpm.stats.survival.risk_sets import Bools, Floats, Ints, RiskSets, Spells

CELLS = 4_000_000


@dataclass(frozen=True, slots=True)
class Integral:
    """X_i(t) = J_i 1(exit_i <= t) - sum of D(s) over the times s <= t at which row i is at risk.

    With J = g at the exit of a row with an event and D = g dH this is the integral of g dM_i, M_i = N_i - the integral of Y_i dH.

    Parameters
    ----------
    jump : J, shape (n,).
    drift : D, shape (m,), at the times of risk sets made of all exits.
    """

    jump: Floats
    drift: Floats

    @classmethod
    def of(cls, sets: RiskSets, *, event: Bools, integrand: Floats, hazard: Floats) -> Integral:
        """Return the integral of a function of time over the martingales of one kind of event.

        Parameters
        ----------
        sets : risk sets made of all exits.
        event : rows that end with that event, shape (n,).
        integrand, hazard : at the times, shape (m,).
        """
        return cls(np.where(event, integrand[sets.last - 1], 0.0), integrand * hazard)

    def __sub__(self, other: Integral) -> Integral:
        return Integral(self.jump - other.jump, self.drift - other.drift)

    def until(self, sets: RiskSets, time: float) -> Floats:
        """Return X(t), shape (n,)."""
        drift = np.where(sets.times <= time, self.drift, 0.0)
        return np.where(sets.times[sets.last - 1] <= time, self.jump, 0.0) - sets.spread(drift)


def cross_products(sets: RiskSets, spells: Spells, integrals: Sequence[Integral]) -> Floats:
    """Return, at each time, sum over persons of X_a X_b with X summed over a person's rows under their weights, shape (m, q, q).

    Parameters
    ----------
    sets : risk sets made of all exits of the spells, m times.
    spells : n rows; persons stay in one group.
    integrals : X_1 ... X_q.
    """
    chain = _chained(sets, spells)
    if chain is not None:
        return _of_chains(sets, spells, integrals, chain)
    found = np.empty((len(sets), len(integrals), len(integrals)))
    for places, values in _by_person(sets, spells, integrals):
        found[places] = np.einsum("aij,bij->jab", values, values)
    return found


@dataclass(frozen=True, slots=True)
class _Chain:
    """Rows ordered by group, person and entry, and which of them follow another of the same person, shape (n,)."""

    order: Ints
    follows: Bools

    def before(self, values: Floats) -> Floats:
        """Sums of values over the earlier rows of the same person, shape (n,)."""
        total = np.cumsum(values[self.order])
        starts = np.flatnonzero(~self.follows)
        base = np.repeat(total[starts] - values[self.order][starts], np.diff(np.r_[starts, len(total)]))
        found = np.empty_like(total)
        found[self.order] = total - values[self.order] - base
        return found


def _chained(sets: RiskSets, spells: Spells) -> _Chain | None:
    """The rows as chains, where those of a person follow one another; None where they overlap."""
    order = np.lexsort((sets.last, spells.person, spells.group))
    person, group = spells.person[order], spells.group[order]
    follows = np.r_[False, (person[1:] == person[:-1]) & (group[1:] == group[:-1])]
    overlap = follows[1:] & (sets.first[order][1:] < sets.last[order][:-1])
    return None if overlap.any() else _Chain(order, follows)


def _of_chains(sets: RiskSets, spells: Spells, integrals: Sequence[Integral], chain: _Chain) -> Floats:
    """By running sums: a person is at risk in one row, or waits with what the rows so far have brought."""
    q, weights, every = len(integrals), spells.weights, np.ones(len(spells), dtype=bool)
    so_far = [sets.forward(one.drift) for one in integrals]
    own = [weights * (one.jump - sets.spread(one.drift)) for one in integrals]
    brought = [chain.before(values) for values in own]
    start = [one + weights * _before(sets, total) for one, total in zip(brought, so_far, strict=True)]
    follower = chain.order[chain.follows]

    def active(values: Floats) -> Floats:
        return sets.sums(values) - sets.at_exit(values, every)

    def waiting(after: Floats, again: Floats) -> Floats:
        begins = np.bincount(sets.first[follower], again[follower], minlength=len(sets))
        return sets.forward(sets.at_exit(after, every) - begins)

    here, sums = active(weights**2), [active(weights * values) for values in start]
    found = np.empty((len(sets), q, q))
    for a in range(q):
        for b in range(a + 1):
            moving = (
                here * so_far[a] * so_far[b] - so_far[a] * sums[b] - so_far[b] * sums[a] + active(start[a] * start[b])
            )
            after = (brought[a] + own[a]) * (brought[b] + own[b])
            found[:, a, b] = found[:, b, a] = moving + waiting(after, brought[a] * brought[b])
        found[:, a, a] = np.maximum(found[:, a, a], 0.0)
    return found


def _before(sets: RiskSets, total: Floats) -> Floats:
    """Running sums as they stood when a row entered, shape (n,)."""
    starts = np.isin(sets.first, [start for start, _ in sets.bounds])
    return np.where(starts, 0.0, total[sets.first - 1])


def _by_person(sets: RiskSets, spells: Spells, integrals: Sequence[Integral]) -> Iterator[tuple[slice, Floats]]:
    """Yield places of some times and X of each person at them, shape (q, persons, times)."""
    for start, stop in sets.bounds:
        rows = np.flatnonzero(spells.group == sets.group[start])
        rows = rows[np.argsort(spells.person[rows], kind="stable")]
        heads = np.flatnonzero(np.r_[True, np.diff(spells.person[rows]) != 0])
        first, last, weights = sets.first[rows, None], sets.last[rows, None], spells.weights[rows, None]
        width = max(1, CELLS // (len(rows) * len(integrals)))
        for begin in range(start, stop, width):
            places = np.arange(begin, min(begin + width, stop))
            values = np.empty((len(integrals), len(heads), len(places)))
            for one, out in zip(integrals, values, strict=True):
                total = np.r_[0.0, np.cumsum(one.drift[start:stop])]
                drift = total[np.minimum(places + 1, last) - start] - total[np.minimum(places + 1, first) - start]
                moved = weights * (np.where(last - 1 <= places, one.jump[rows, None], 0.0) - drift)
                np.add.reduceat(moved, heads, axis=0, out=out)
            yield slice(begin, places[-1] + 1), values
