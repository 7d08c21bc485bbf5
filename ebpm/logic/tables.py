"""The logic model in words: the table of its links, and the page that a notebook shows."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from html import escape
from typing import TYPE_CHECKING

from ebpm.logic.parts import Edge, Evidence
from ebpm.table import Table
from ebpm.texts import label

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel
    from ebpm.spec import Text


def links(model: LogicModel, lang: str | None = None) -> Table:
    """Return one row a link: from, to, why, what must hold, what is known."""
    columns = ("link_from", "link_to", "link_key", "rationale", "assumptions", "link_evidence")
    caption = label("logic_table_caption", lang, title=model.model.title.words(lang))
    return Table(columns, tuple(_row(model, edge, lang) for edge in model.edges), caption)


def nodes(model: LogicModel, lang: str | None = None) -> Table:
    """Return one row a node: stage, words, who acts, for whom, what acts on it from outside."""
    columns = ("node_stage", "node_text", "node_actor", "node_beneficiary", "node_externals")
    rows = tuple(
        (
            label(f"logic_step_{node.step}", lang), node.text.words(lang),
            node.actor.words(lang) if node.actor else "", node.beneficiary.words(lang) if node.beneficiary else "",
            label("logic_semicolon", lang).join(one.text.words(lang) for one in model.externals if node.id in one.affects),
        )
        for node in sorted(model.nodes, key=lambda node: node.step)
    )  # fmt: skip
    return Table(columns, rows, label("drawing_nodes_caption", lang, title=model.model.title))


def indicators(model: LogicModel, lang: str | None = None) -> Table:
    """Return one row an indicator: of what, its name and unit, from where to where or why not, what was observed last."""
    from ebpm.logic.drawing.notes import baseline, named, observed, target

    columns = (
        "indicator_node",
        "indicator_name",
        "indicator_baseline",
        "indicator_target",
        "indicator_observed",
        "indicator_source",
    )
    rows = tuple(
        (
            stepped(model, one.node, lang), named(one, lang),
            baseline(model, one, lang) or absent(one.no_baseline, lang), target(one, lang) or absent(one.no_target, lang),
            observed(model, one, lang), one.source.words(lang) if one.source else "",
        )
        for one in model.indicators
    )  # fmt: skip
    return Table(columns, rows, label("drawing_indicators_caption", lang, title=model.model.title))


def absent(reason: Text | None, lang: str | None) -> str:
    """Return that there is none, with the stated reason."""
    stated = label("page_reason", lang, reason=reason) if reason else ""
    return label("drawing_absent", lang, reason=stated)


def _row(model: LogicModel, edge: Edge, lang: str | None) -> tuple[str, ...]:
    assumed = [part.text.words(lang) for part in model.assumptions if part.id in edge.assumptions]
    return (
        stepped(model, edge.from_, lang),
        stepped(model, edge.to, lang),
        label("logic_key_link", lang) if edge.key else "",
        edge.rationale.words(lang) if edge.rationale else "",
        label("logic_semicolon", lang).join(assumed),
        label("logic_semicolon", lang).join(told(item, lang) for item in model.evidence_on(edge))
        or label("logic_no_evidence", lang),
    )


def stepped(model: LogicModel, name: str, lang: str | None) -> str:
    """Return a node's words behind its stage."""
    node = model.node(name)
    stage = label(f"logic_step_{node.step}", lang)
    return label("logic_staged", lang, stage=stage, text=node.text.words(lang))


def told(evidence: Evidence, lang: str | None) -> str:
    """Return what a piece of evidence says: verdict, scale and level, source, and that it is synthetic where it is."""
    parts = {
        "verdict": label(f"verdict_{evidence.verdict}", lang),
        "scale": evidence.scale.name,
        "level": evidence.scale.level,
    }
    made_up = label("logic_synthetic", lang) if evidence.synthetic else ""
    return label("logic_told", lang, **parts, citation=evidence.citation.words(lang), synthetic=made_up)


def described(model: LogicModel, lang: str | None = None) -> str:
    """Return the drawing in one sentence: how many boxes a stage, how many links, how many with evidence."""
    steps = sorted({node.step for node in model.nodes})
    counts = [f"{label(f'logic_step_{step}', lang)} {sum(node.step == step for node in model.nodes)}" for step in steps]
    known = sum(bool(edge.evidence) for edge in model.edges)
    facts = {"title": model.model.title.words(lang), "links": len(model.edges), "known": known}
    return label("logic_described", lang, stages=label("logic_comma", lang).join(counts), **facts)


def page(model: LogicModel, lang: str | None = None) -> str:
    """Return the drawing with its alternative text, and the table of links below it."""
    return "".join(_page(model, lang))


def _page(model: LogicModel, lang: str | None) -> Iterator[str]:
    picture = b64encode(model.to_svg(lang).encode()).decode()
    title = escape(model.model.title.words(lang))
    alt = escape(label("logic_table_below", lang, text=described(model, lang)), quote=True)
    yield f'<figure><img alt="{alt}" style="max-width:100%" src="data:image/svg+xml;base64,{picture}">'
    yield f"<figcaption>{title}</figcaption></figure>{model.table(lang).to_html(lang)}"
