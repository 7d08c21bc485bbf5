"""All that a model says of a node or of a link, in the order in which a reader asks for it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ebpm.logic.drawing.notes import baseline, named, observed, shown, target
from ebpm.logic.parts import Edge, Evidence, Indicator, Node
from ebpm.logic.tables import absent, stepped, told
from ebpm.texts import label

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel
    from ebpm.spec import Text


@dataclass(frozen=True, slots=True)
class Fact:
    """A heading and what stands under it; `url` where it can be looked up."""

    name: str
    text: str
    url: str = ""


@dataclass(frozen=True, slots=True)
class Detail:
    """What is said of one node or link."""

    id: str
    title: str
    facts: tuple[Fact, ...]


def details(model: LogicModel, lang: str) -> tuple[tuple[Detail, ...], tuple[Detail, ...]]:
    """Return what is said of the nodes, and of the links."""
    nodes = tuple(
        Detail(node.id, stepped(model, node.id, lang), tuple(_node(model, node, lang))) for node in model.nodes
    )
    links = tuple(
        Detail(f"{edge.from_}--{edge.to}", _between(model, edge, lang), tuple(_edge(model, edge, lang)))
        for edge in model.edges
    )
    return nodes, links


def _between(model: LogicModel, edge: Edge, lang: str) -> str:
    start, end = model.node(edge.from_).text, model.node(edge.to).text
    return label("page_arrow", lang, start=start, end=end)


def _said(lang: str, code: str, text: Text | str | None) -> Iterator[Fact]:
    if text:
        yield Fact(label(code, lang), text if isinstance(text, str) else text.words(lang))


def _node(model: LogicModel, node: Node, lang: str) -> Iterator[Fact]:
    yield from _said(lang, "page_actor", node.actor)
    yield from _said(lang, "page_beneficiary", node.beneficiary)
    for one in model.indicators:
        if one.node == node.id:
            yield Fact(label("page_indicator", lang), _indicator(model, one, lang))
    yield from _said(lang, "page_unmeasured", node.unmeasured)
    for edge in model.edges:
        if edge.to == node.id:
            yield from _said(lang, "page_because_of", model.node(edge.from_).text)
    for edge in model.edges:
        if edge.from_ == node.id:
            yield from _said(lang, "page_leads_to", model.node(edge.to).text)
    for external in model.externals:
        if node.id in external.affects:
            yield from _said(lang, "page_external", external.text)


def _indicator(model: LogicModel, one: Indicator, lang: str) -> str:
    start = baseline(model, one, lang) or absent(one.no_baseline, lang)
    goal = target(one, lang) or absent(one.no_target, lang)
    parts = [named(one, lang), label("drawing_progress", lang, start=start, goal=goal), observed(model, one, lang)]
    return label("logic_semicolon", lang).join(part for part in parts if part)


def _edge(model: LogicModel, edge: Edge, lang: str) -> Iterator[Fact]:
    if edge.key:
        yield from _said(lang, "page_key", label("page_key_why", lang))
    yield from _said(lang, "page_rationale", edge.rationale)
    for one in model.assumptions:
        if one.id in edge.assumptions:
            yield from _said(lang, "page_assumption", one.text)
            yield from _said(lang, "page_check", one.how_to_check)
    known = model.evidence_on(edge)
    for evidence in reversed(known):
        yield from _evidence(evidence, lang)
    if not known:
        yield from _said(lang, "page_evidence", edge.no_evidence or label("logic_no_evidence", lang))


def _evidence(evidence: Evidence, lang: str) -> Iterator[Fact]:
    link = evidence.url or (f"https://doi.org/{evidence.doi}" if evidence.doi else "")
    yield Fact(
        label("page_evidence", lang), told(evidence, lang), link if link.startswith(("https://", "http://")) else ""
    )
    yield from _said(lang, "page_design", evidence.design)
    yield from _said(lang, "page_estimate", _estimate(evidence, lang))
    yield from _said(lang, "page_population", evidence.population)
    yield from _said(lang, "page_applicability", evidence.applicability)
    yield from _said(lang, "page_limits", evidence.limits)


def _estimate(evidence: Evidence, lang: str) -> str:
    found = evidence.estimate
    if found is None:
        return ""
    facts = {"value": shown(found.value), "unit": found.unit}
    if found.conf_low is None or found.conf_high is None or found.conf_level is None:
        return label("page_value", lang, **facts)
    level = f"{100 * found.conf_level:g}"
    return label(
        "page_interval", lang, **facts, low=f"{found.conf_low:.6g}", high=f"{found.conf_high:.6g}", level=level
    )
