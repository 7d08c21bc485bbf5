"""Rules P5xx: what the declaration itself tells a careful reader."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from ebpm.evidence import WITHOUT_COUNTERFACTUAL
from ebpm.notices import Facts, Rule
from ebpm.pilot.planning.deviations import Deviation, Deviations
from ebpm.pilot.planning.lock import PlanLock
from ebpm.pilot.published import Comparison
from ebpm.pilot.result import Failure, Result
from ebpm.pilot.spec import PilotSpec

Finds = Iterator[tuple[str, Facts]]


@dataclass(frozen=True)
class Case:
    """What the rules look at."""

    spec: PilotSpec
    results: tuple[Result, ...]
    failures: tuple[Failure, ...]
    comparisons: tuple[Comparison, ...]
    lock: PlanLock | None = None
    deviations: Deviations = field(default_factory=Deviations)
    unfrozen: str = ""


def _concurrent_event(case: Case) -> Finds:
    for event in case.spec.design.concurrent_events:
        if not event.separable:
            yield event.date, {"event": event.text, "affects": event.affects}


def _no_margin(case: Case) -> Finds:
    for analysis in case.spec.primary:
        if analysis.margin is None and case.spec.design.type not in WITHOUT_COUNTERFACTUAL:
            yield analysis.id, {}


def _synthetic(case: Case) -> Finds:
    for dataset in case.spec.data:
        if dataset.synthetic:
            yield dataset.id, {}


def _many_primaries(case: Case) -> Finds:
    if len(case.spec.primary) > 2:
        yield "plan", {"count": len(case.spec.primary)}


def _no_counterfactual(case: Case) -> Finds:
    if case.spec.design.type in WITHOUT_COUNTERFACTUAL:
        yield "design", {"type": case.spec.design.type}


def _not_reproduced(case: Case) -> Finds:
    for one in case.comparisons:
        if not one.reproduced:
            place = f"{one.published.analysis}.{one.published.term}.{one.published.column}"
            yield place, {"ours": one.ours, "theirs": one.published.value, "source": one.published.source}


def _not_run(case: Case) -> Finds:
    for failure in case.failures:
        yield failure.analysis.id, {"reason": failure.error}


def _frozen_late(case: Case) -> Finds:
    if case.lock is not None and case.lock.outcomes_seen:
        forced = "; ".join(f"{one.on}: {one.reason}" for one in case.lock.reads)
        yield "plan.lock", {"frozen": case.lock.frozen, "reason": case.lock.seen_because or forced}


def _not_frozen(case: Case) -> Finds:
    if case.unfrozen:
        yield "plan.lock", {"reason": case.unfrozen}


def _departed(case: Case, *, primary: bool, explained: bool) -> Iterator[Deviation]:
    for one in case.deviations:
        if one.kind != "reworded" and (one.reason is not None) == explained and (explained or one.primary == primary):
            yield one


def _primary_without_reason(case: Case) -> Finds:
    for one in _departed(case, primary=True, explained=False):
        yield one.path, {"kind": one.said_kind}


def _other_without_reason(case: Case) -> Finds:
    for one in _departed(case, primary=False, explained=False):
        yield one.path, {"kind": one.said_kind}


def _with_reason(case: Case) -> Finds:
    for one in _departed(case, primary=True, explained=True):
        yield one.path, {"kind": one.said_kind, "reason": one.reason}


def _idle_reason(case: Case) -> Finds:
    for path in case.deviations.idle:
        yield path, {}


RULES = (
    Rule("P501", _concurrent_event),
    Rule("P502", _no_margin),
    Rule("P503", _synthetic),
    Rule("P504", _many_primaries),
    Rule("P505", _no_counterfactual),
    Rule("P506", _not_reproduced),
    Rule("P507", _not_run),
    Rule("P508", _frozen_late),
    Rule("P509", _not_frozen),
    Rule("P510", _primary_without_reason),
    Rule("P511", _other_without_reason),
    Rule("P512", _with_reason),
    Rule("P513", _idle_reason),
)
