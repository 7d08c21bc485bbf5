"""The stages of the Administrative Project Review sheet (行政事業レビューシート): activity, output, outcomes, why each leads to the next, self-check."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ebpm.logic.formats import indicators
from ebpm.logic.formats.layouts import Block, Page
from ebpm.logic.lint import lint
from ebpm.logic.parts import Indicator, Node
from ebpm.texts import label

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel

FIRST, LAST = 1, 6


def page(model: LogicModel, lang: str | None = None) -> Page:
    """Return the model stage by stage; what is not known stays blank, with the reason beside it.

    Notes
    -----
    Source of the layout: Cabinet Secretariat, Administrative Project Review sheets as renewed for FY2024: activity, output, short-,
    mid- and long-term outcome with a quantitative indicator each and the reason why one leads to the next. The sheet has more fields.
    """
    about = model.model
    lines = (
        label("formats_owner", lang, bureau=about.owner.bureau.words(lang), year=about.fiscal_year),
        label("formats_named", lang, name=label("logic_problem", lang), text=about.problem.words(lang)),
        label("formats_named", lang, name=label("logic_goal", lang), text=about.goal.words(lang)),
        label("formats_review_note", lang),
    )
    steps = sorted({node.step for node in model.nodes if FIRST <= node.step <= LAST})
    blocks = tuple(_stage(model, step, lang) for step in steps)
    return Page(label("formats_review", lang), about.title.words(lang), lines, (*blocks, _check(model, lang)))


def _stage(model: LogicModel, step: int, lang: str | None) -> Block:
    codes = (
        "formats_what",
        "formats_indicator",
        "formats_values",
        "formats_key_source",
        "formats_link_reason",
        "formats_reason",
    )
    rows = tuple(row for node in model.nodes if node.step == step for row in _rows(model, node, lang))
    return Block(
        label(f"logic_step_{step}", lang), tuple(label(code, lang) for code in codes), rows, (2, 2, 2.5, 1.5, 2.5, 2)
    )


def _rows(model: LogicModel, node: Node, lang: str | None) -> Iterator[tuple[str, ...]]:
    found = indicators.of_node(model, node)
    rationale = _rationale(model, node, lang)
    if not found:
        why = node.unmeasured.words(lang) if node.unmeasured else label("formats_no_reason", lang)
        blank = label("formats_why", lang, what=label("formats_indicator", lang), why=why) if node.step > FIRST else ""
        yield (node.text.words(lang), "", "", "", rationale, blank)
    for place, indicator in enumerate(found):
        yield (
            node.text.words(lang),
            *_values(model, indicator, lang),
            "" if place else rationale,
            indicators.reasons(model, indicator, lang),
        )


def _values(model: LogicModel, indicator: Indicator, lang: str | None) -> tuple[str, str, str]:
    unit = label("formats_in_unit", lang, unit=indicator.unit.words(lang)) if indicator.unit else ""
    values = (
        ("formats_baseline", indicators.baseline(model, indicator, lang)),
        ("formats_target", indicators.targets(indicator, lang)),
        ("formats_observed", indicators.observed(model, indicator, lang)),
    )
    said = (
        label("formats_named", lang, name=label(code, lang), text=text.replace("\n", label("logic_semicolon", lang)))
        for code, text in values
    )
    return (
        indicator.name.words(lang) + unit,
        indicators.joined(said),
        indicator.source.words(lang) if indicator.source else "",
    )


def _rationale(model: LogicModel, node: Node, lang: str | None) -> str:
    """Return, for each link onwards, where it leads and why it should hold."""
    said = []
    for edge in model.edges:
        if edge.from_ == node.id and not edge.feedback:
            why = edge.rationale.words(lang) if edge.rationale else label("formats_no_rationale", lang)
            said.append(label("formats_onwards", lang, text=model.node(edge.to).text.words(lang), why=why))
    return "\n".join(said)


def _check(model: LogicModel, lang: str | None) -> Block:
    """Return what the rules find; an officer's own judgement is left blank."""
    rows = [
        (notice.code, notice.message(lang), notice.remedy(lang), "") for notice in lint(model, profile="review-sheet")
    ]
    rows = rows or [("", label("formats_check_clean", lang), "", "")]
    codes = ("formats_check_code", "formats_check_found", "formats_check_remedy", "formats_check_own")
    return Block(label("formats_check", lang), tuple(label(code, lang) for code in codes), tuple(rows), (1, 5, 4, 2))
