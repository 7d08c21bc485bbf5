"""Guard rails of estimators that look at windows around treatment: who is left out, and whether the cohorts stay the same."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ebpm.notices import Facts, Notices, Rule, run

Finds = Iterator[tuple[str, Facts]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stacks:
    """What a stack leaves out.

    Parameters
    ----------
    cohorts : number of treated cohorts in the data.
    unseen : cohorts that are not seen in the whole window.
    alone : cohorts without treated or clean comparison units that are seen in the whole window.
    gaps : units, counted once a sub-experiment, that miss a period of its window.
    last : last event time.
    """

    cohorts: int
    unseen: tuple[int, ...]
    alone: tuple[int, ...]
    gaps: int
    last: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizons:
    """Which cohorts speak at which horizon, from 0 on.

    Parameters
    ----------
    cohorts : those that have clean comparison units, by horizon.
    alone : cohorts that are seen but have no clean comparison unit, by horizon.
    """

    cohorts: dict[int, frozenset[int]]
    alone: dict[int, frozenset[int]]


def _trimmed(subject: Stacks) -> Finds:
    if subject.unseen or subject.gaps:
        named = ", ".join(map(str, subject.unseen)) or "0"
        yield "", {"left_out": len(subject.unseen), "cohorts": subject.cohorts, "named": named, "units": subject.gaps}


def _stack_alone(subject: Stacks) -> Finds:
    for cohort in subject.alone:
        yield str(cohort), {"horizon": subject.last}


def _changing(subject: Horizons) -> Finds:
    every = frozenset().union(*subject.cohorts.values())
    lost = every - frozenset.intersection(*subject.cohorts.values())
    if lost:
        named = ", ".join(map(str, sorted(lost)))
        yield "", {"cohorts": len(every), "lost": len(lost), "named": named, "last": max(subject.cohorts)}


def _horizon_alone(subject: Horizons) -> Finds:
    since: dict[int, int] = {}
    for horizon, cohorts in sorted(subject.alone.items()):
        for cohort in sorted(cohorts):
            since.setdefault(cohort, horizon)
    for cohort, horizon in sorted(since.items()):
        yield str(cohort), {"horizon": horizon}


STACKS: tuple[Rule[Stacks], ...] = (Rule("D223", _trimmed), Rule("D225", _stack_alone))
HORIZONS: tuple[Rule[Horizons], ...] = (Rule("D224", _changing), Rule("D225", _horizon_alone))


def check_stacks(subject: Stacks) -> Notices:
    """Return the notices on what a stack leaves out."""
    return run(STACKS, subject)


def check_horizons(subject: Horizons) -> Notices:
    """Return the notices on the cohorts that speak at each horizon."""
    return run(HORIZONS, subject)
