"""The chain of the City of Yokohama's project plan sheet (事業計画書, from FY2024): budget, project, indicator of output, of outcome."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ebpm.logic.formats import indicators
from ebpm.logic.formats.layouts import Block, Page
from ebpm.logic.parts import Budget, Indicator, Node
from ebpm.texts import label

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel


def page(model: LogicModel, lang: str | None = None) -> Page:
    """Return the model in the four steps of the sheet; amounts and values that are not known stay blank.

    Notes
    -----
    Source of the layout: City of Yokohama, accounts of its policy evaluation (note.com/yokohamads and note.com/gyo_innovation),
    予算額(インプット) → 事業概要(アクティビティ) → 事業指標①(アウトプット) → 事業指標②(アウトカム). The sheet itself has more fields.
    """
    about = model.model
    lines = (
        label("formats_owner", lang, bureau=about.owner.bureau.words(lang), year=about.fiscal_year),
        label("formats_named", lang, name=label("logic_problem", lang), text=about.problem.words(lang)),
        label("formats_named", lang, name=label("logic_goal", lang), text=about.goal.words(lang)),
        label("formats_jigyo_note", lang),
    )
    blocks = (
        _budget(model, lang),
        _activities(model, lang),
        _measures(model, "output", lang),
        _measures(model, "outcome", lang),
    )
    return Page(label("formats_jigyo", lang), about.title.words(lang), lines, blocks)


def _budget(model: LogicModel, lang: str | None) -> Block:
    headings = ("formats_year", "formats_amount", "formats_fte", "formats_remarks")
    amounts = tuple(_amount(budget, lang) for budget in model.model.budget) or (
        (str(model.model.fiscal_year), "", "", _unsaid(lang)),
    )
    inputs = tuple(("", "", "", node.text.words(lang)) for node in model.nodes if node.stage == "input")
    return Block(label("formats_jigyo_input", lang), _labels(headings, lang), amounts + inputs, (2, 3, 2, 5))


def _amount(budget: Budget, lang: str | None) -> tuple[str, ...]:
    known = budget.amount_jpy is not None
    amount = f"{budget.amount_jpy:,}" if known else ""
    fte = "" if budget.fte is None else f"{budget.fte:g}"
    return (str(budget.fy), amount, fte, budget.note.words(lang) if budget.note else "" if known else _unsaid(lang))


def _unsaid(lang: str | None) -> str:
    return label("formats_why", lang, what=label("formats_amount", lang), why=label("formats_no_reason", lang))


def _activities(model: LogicModel, lang: str | None) -> Block:
    rows = tuple(
        (
            node.text.words(lang),
            node.actor.words(lang) if node.actor else "",
            node.beneficiary.words(lang) if node.beneficiary else "",
        )
        for node in model.nodes
        if node.stage == "activity"
    )
    headings = ("formats_activity", "formats_key_actor", "formats_key_beneficiary")
    return Block(label("formats_jigyo_activity", lang), _labels(headings, lang), rows, (6, 3, 3))


def _measures(model: LogicModel, stage: str, lang: str | None) -> Block:
    headings = (
        "formats_what",
        "formats_indicator",
        "formats_key_unit",
        "formats_baseline",
        "formats_target",
        "formats_observed",
        "formats_reason",
    )
    nodes = [node for node in model.nodes if node.stage == stage or (node.stage == "impact" and stage == "outcome")]
    rows = tuple(row for node in nodes for row in _rows(model, node, lang))
    return Block(
        label(f"formats_jigyo_{stage}", lang), _labels(headings, lang), rows, (2.2, 2.2, 1, 1.8, 1.6, 1.8, 3.4)
    )


def _rows(model: LogicModel, node: Node, lang: str | None) -> tuple[tuple[str, ...], ...]:
    found = indicators.of_node(model, node)
    if not found:
        why = node.unmeasured.words(lang) if node.unmeasured else label("formats_no_reason", lang)
        reason = label("formats_why", lang, what=label("formats_indicator", lang), why=why)
        return ((node.text.words(lang), "", "", "", "", "", reason),)
    return tuple((node.text.words(lang), *_values(model, indicator, lang)) for indicator in found)


def _values(model: LogicModel, indicator: Indicator, lang: str | None) -> tuple[str, ...]:
    return (
        indicator.name.words(lang),
        indicator.unit.words(lang) if indicator.unit else "",
        indicators.baseline(model, indicator, lang),
        indicators.targets(indicator, lang),
        indicators.observed(model, indicator, lang),
        indicators.reasons(model, indicator, lang),
    )


def _labels(codes: tuple[str, ...], lang: str | None) -> tuple[str, ...]:
    return tuple(label(code, lang) for code in codes)
