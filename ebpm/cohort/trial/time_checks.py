"""Guard rails of time itself: immortal time, prevalent users, follow-up, censoring, small cells (C401-C407, C412)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ebpm.cohort.trial.declaration import TargetTrial
from ebpm.cohort.trial.spells import PersonSpells
from ebpm.cohort.trial.timeline import Timeline
from ebpm.notices import Facts, Notices, Rule, run
from ebpm.stats.inference import two_sided_p

Finds = Iterator[tuple[str, Facts]]

SMALL_CELL = 10
UNEQUAL_LOSS, UNEQUAL_LOSS_P = 0.05, 0.01
MANY_LATER = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """What the rules look at.

    Parameters
    ----------
    timeline : of the persons in the analysis.
    eligible : of all who met the criteria.
    spells : person-time of those in the analysis.
    trial : the declaration.
    """

    timeline: Timeline
    eligible: Timeline
    spells: PersonSpells
    trial: TargetTrial


def person_time_notices(timeline: Timeline, eligible: Timeline, spells: PersonSpells, trial: TargetTrial) -> Notices:
    """Return what the dates say against the analysis; parameters as in `Case`."""
    return run(RULES, Case(timeline, eligible, spells, trial))


def _immortal(case: Case) -> Finds:
    begun = case.timeline.begun
    if case.trial.treatment.handling != "naive" or not begun.any():
        return
    waited = case.timeline.started[begun]
    share = waited.sum() / case.timeline.exit[begun].sum()
    if waited.max() > 0:
        yield case.trial.treatment.started, {
            "persons": int((waited > 0).sum()), "treated": int(begun.sum()), "days": f"{waited.mean():.0f}",
            "share": f"{100 * share:.0f}",
        }  # fmt: skip


def _prevalent(case: Case) -> Finds:
    count = int((case.eligible.started < 0).sum())
    if count:
        yield case.trial.treatment.started, {"count": count, "n": case.eligible.n}


def _after_the_end(case: Case) -> Finds:
    late = np.isfinite(case.eligible.outcome) & (case.eligible.outcome > case.eligible.observed)
    if late.any():
        yield (
            case.trial.outcome.date,
            {"count": int(late.sum()), "events": int(np.isfinite(case.eligible.outcome).sum())},
        )


def _no_time(case: Case) -> Finds:
    found = case.eligible
    first = np.min([found.outcome, found.competing, found.observed, found.recorded], axis=0)
    if (first <= 0).any():
        yield case.trial.time_zero, {"negative": int((first < 0).sum()), "zero": int((first == 0).sum())}


def _unequal_loss(case: Case) -> Finds:
    """Rates of loss over person-time, so that an arm with more outcomes is not taken for one with less loss."""
    if case.trial.treatment.handling not in {"landmark", "naive"}:
        return
    treated, length = case.spells.treated == 1, case.spells.stop
    counts = np.array([(case.timeline.lost & rows).sum() for rows in (~treated, treated)], dtype=np.float64)
    times = np.array([length[rows].sum() for rows in (~treated, treated)])
    if not (times > 0).all() or not counts.any():
        return
    rates, horizon = counts / times, float(case.trial.horizon)
    spread = float(np.sqrt((counts / times**2).sum()))
    shares = 1.0 - np.exp(-rates * horizon)
    gap = float(shares[1] - shares[0])
    if abs(gap) > UNEQUAL_LOSS and two_sided_p(float(rates[1] - rates[0]) / spread) < UNEQUAL_LOSS_P:
        treated_share, untreated_share = (f"{100 * float(one):.1f}" for one in reversed(shares))
        yield "", {"treated": treated_share, "untreated": untreated_share, "gap": f"{100 * gap:+.1f}"}


def _small_cells(case: Case) -> Finds:
    for arm, name in enumerate(case.trial.arms):
        own = case.spells.treated == arm
        persons, events = len(np.unique(case.spells.person[own])), int((case.spells.event[own] == 1).sum())
        if min(persons, events) < SMALL_CELL:
            yield "", {"arm": name, "persons": persons, "events": events, "least": SMALL_CELL}


def _begun_later(case: Case) -> Finds:
    if case.trial.treatment.handling != "landmark":
        return
    untreated = case.spells.treated == 0
    later = untreated & case.timeline.begun
    if later.sum() > MANY_LATER * untreated.sum():
        share = f"{100 * later.sum() / untreated.sum():.0f}"
        yield (
            "",
            {"count": int(later.sum()), "untreated": int(untreated.sum()), "share": share, "day": case.trial.start},
        )


RULES = (
    Rule("C401", _immortal),
    Rule("C402", _prevalent),
    Rule("C403", _after_the_end),
    Rule("C405", _no_time),
    Rule("C406", _unequal_loss),
    Rule("C407", _small_cells),
    Rule("C412", _begun_later),
)
