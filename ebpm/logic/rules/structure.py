"""Is it a theory? Links that exist, go forward, and lead from what is done to what is wanted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ebpm.errors import did_you_mean
from ebpm.logic import graph
from ebpm.logic.rules.case import Finds, of_model
from ebpm.logic.rules.words import Phrase
from ebpm.notices import Rule

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel


def names(model: LogicModel) -> Finds:
    """Unknown and duplicate ids, and links from a node to itself."""
    for wanted, place, known in _references(model):
        if wanted not in known:
            yield (
                place,
                {"detail": Phrase("logic_unknown_id", (("id", wanted), ("near", did_you_mean(wanted, known) or "-")))},
            )
    parts = (model.nodes, model.assumptions, model.externals, model.harms, model.indicators, model.evidence)
    counts = Counter(part.id for group in parts for part in group)
    counts.update(edge.name for edge in model.edges)
    for name in (name for name, count in counts.items() if count > 1):
        yield name, {"detail": Phrase("logic_duplicate_id", (("id", name), ("count", counts[name])))}
    for edge in model.edges:
        if edge.from_ == edge.to:
            yield edge.name, {"detail": Phrase("logic_self_loop")}


def _references(model: LogicModel) -> Iterator[tuple[str, str, tuple[str, ...]]]:
    nodes, assumptions, indicators, evidence = (
        tuple(part.id for part in group) for group in (model.nodes, model.assumptions, model.indicators, model.evidence)
    )
    for edge in model.edges:
        yield from ((wanted, edge.name, nodes) for wanted in (edge.from_, edge.to))
        yield from ((wanted, edge.name, assumptions) for wanted in edge.assumptions)
        yield from ((wanted, edge.name, evidence) for wanted in edge.evidence)
    yield from ((wanted, external.id, nodes) for external in model.externals for wanted in external.affects)
    yield from ((indicator.node, indicator.id, nodes) for indicator in model.indicators)
    yield from ((one.indicator, f"{one.indicator} {one.fiscal_year}", indicators) for one in model.observations)
    yield from ((wanted, viewpoint.id, nodes) for viewpoint in model.viewpoints for wanted in viewpoint.nodes)
    yield from ((one.same_as, one.id, indicators) for one in model.indicators if one.same_as is not None)
    measured = ((part.indicator, part.id) for group in (model.assumptions, model.harms) for part in group)
    yield from ((wanted, name, indicators) for wanted, name in measured if wanted is not None)


def cycle(model: LogicModel) -> Finds:
    """Cycles of links that are not declared as feedback."""
    for names in graph.cycles(model.arcs()):
        yield names[0], {"path": " -> ".join(names)}


def orphan(model: LogicModel) -> Finds:
    """Nodes without any link."""
    joined = {name for edge in model.edges for name in (edge.from_, edge.to)}
    yield from ((node.id, {"text": node.text}) for node in model.nodes if node.id not in joined)


def activity_without_outcome(model: LogicModel) -> Finds:
    """Activities from which no outcome is reached."""
    outcomes = {node.id for node in model.nodes if node.stage == "outcome"}
    for node in model.nodes:
        if node.stage == "activity" and not outcomes & graph.reachable(model.arcs(), node.id):
            yield node.id, {"text": node.text}


def outcome_without_activity(model: LogicModel) -> Finds:
    """Outcomes and impacts that no activity reaches."""
    activities = [node.id for node in model.nodes if node.stage == "activity"]
    reached = {name for activity in activities for name in graph.reachable(model.arcs(), activity)}
    for node in model.nodes:
        if node.stage in {"outcome", "impact"} and node.id not in reached:
            yield node.id, {"text": node.text}


def leap(model: LogicModel) -> Finds:
    """Links that skip a stage and do not say why."""
    for edge in model.edges:
        start, end = model.node(edge.from_), model.node(edge.to)
        if end.step - start.step > 1 and edge.rationale is None and not edge.feedback:
            yield edge.name, {"start": start.text, "end": end.text}


def backwards(model: LogicModel) -> Finds:
    """Links against the order of stages and horizons that are not declared as feedback."""
    for edge in model.edges:
        start, end = model.node(edge.from_), model.node(edge.to)
        if end.step < start.step and not edge.feedback:
            yield edge.name, {"start": start.text, "end": end.text}


RULES = (
    Rule("LM001", of_model(names)),
    Rule("LM002", of_model(cycle), requires=("LM001",)),
    Rule("LM003", of_model(orphan), requires=("LM001",)),
    Rule("LM004", of_model(activity_without_outcome), requires=("LM001",)),
    Rule("LM005", of_model(outcome_without_activity), requires=("LM001",)),
    Rule("LM006", of_model(leap), requires=("LM001",)),
    Rule("LM007", of_model(backwards), requires=("LM001",)),
)
