"""A pilot as the rules of logic models see it."""

from __future__ import annotations

from ebpm.data.contract import DataSet
from ebpm.evidence import WITHOUT_COUNTERFACTUAL
from ebpm.logic.facts import ConcurrentEvent, EvaluationFacts
from ebpm.pilot.spec import PilotSpec

PROTECTED = frozenset({"sensitive", "quasi_identifier"})


def evaluation_facts(spec: PilotSpec) -> EvaluationFacts:
    """Return what the rules ask about a pilot; synthetic tables hold nobody and need no protection."""
    design = spec.design
    events = (
        ConcurrentEvent(date=one.date, text=one.text, separable=one.separable) for one in design.concurrent_events
    )
    return EvaluationFacts(
        id=spec.id,
        question=spec.question,
        link=(spec.link.from_, spec.link.to) if spec.link else None,
        claims_effect=any(analysis.expected != "none" or analysis.margin is not None for analysis in spec.primary),
        counterfactual=None if design.type in WITHOUT_COUNTERFACTUAL else design.counterfactual,
        assumptions=design.assumptions,
        events=tuple(events),
        protected=tuple(name for dataset in spec.data if not dataset.synthetic for name in _protected(dataset)),
        tier=spec.disclosure.tier,
        min_cell=spec.disclosure.min_cell,
    )


def _protected(dataset: DataSet) -> tuple[str, ...]:
    return tuple(column.name for column in dataset.columns if column.role in PROTECTED)
