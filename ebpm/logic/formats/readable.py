"""The logic model as one Markdown page that can be read from top to bottom."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ebpm.logic.formats import indicators
from ebpm.logic.formats.layouts import escaped, table
from ebpm.texts import label

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel


def to_markdown(model: LogicModel, lang: str | None = None) -> str:
    """Return the model in words: what it is of, its picture as Mermaid, its links, indicators, assumptions and evidence."""
    return "\n\n".join(_parts(model, lang)) + "\n"


def _parts(model: LogicModel, lang: str | None) -> Iterator[str]:
    about = model.model
    yield f"# {escaped(about.title.words(lang))}"
    yield escaped(label("formats_owner", lang, bureau=about.owner.bureau.words(lang), year=about.fiscal_year))
    for code, text in (
        ("logic_problem", about.problem),
        ("logic_goal", about.goal),
        ("formats_key_target_population", about.target_population),
    ):
        yield f"**{label(code, lang)}**: {escaped(text.words(lang))}"
    yield f"```mermaid\n{model.to_mermaid(lang)}```"
    yield f"## {label('formats_sheet_links', lang)}"
    links = model.table(lang)
    yield table(links.headings(lang), links.cells(lang))
    yield f"## {label('formats_sheet_indicators', lang)}"
    yield _indicators(model, lang)
    for title, said in _lists(model, lang):
        if said:
            yield f"## {label(title, lang)}"
            yield "\n".join(f"- {escaped(text)}" for text in said)


def _indicators(model: LogicModel, lang: str | None) -> str:
    codes = (
        "formats_what",
        "formats_indicator",
        "formats_key_unit",
        "formats_baseline",
        "formats_target",
        "formats_observed",
        "formats_reason",
    )
    rows = tuple(
        (
            model.node(one.node).text.words(lang),
            one.name.words(lang),
            one.unit.words(lang) if one.unit else "",
            indicators.baseline(model, one, lang),
            indicators.targets(one, lang),
            indicators.observed(model, one, lang),
            indicators.reasons(model, one, lang),
        )
        for one in model.indicators
    )
    return table(tuple(label(code, lang) for code in codes), rows)


def _lists(model: LogicModel, lang: str | None) -> Iterator[tuple[str, list[str]]]:
    checks = [(one.text, one.how_to_check) for one in model.assumptions]
    yield (
        "logic_assumptions",
        [_with(text.words(lang), more.words(lang) if more else "", lang) for text, more in checks],
    )
    yield (
        "logic_externals",
        [
            _with(one.text.words(lang), one.observed_by.words(lang) if one.observed_by else "", lang)
            for one in model.externals
        ],
    )
    yield (
        "logic_harms",
        [_with(one.text.words(lang), one.who.words(lang) if one.who else "", lang) for one in model.harms],
    )
    evidence = [(one, label(f"verdict_{one.verdict}", lang)) for one in model.evidence]
    yield (
        "formats_sheet_evidence",
        [
            label("formats_evidence", lang, citation=one.citation, verdict=verdict, scale=one.scale.name, level=one.scale.level, design=one.design, applicability=one.applicability)
            for one, verdict in evidence
        ],
    )  # fmt: skip


def _with(text: str, more: str, lang: str | None) -> str:
    return label("formats_with", lang, text=text, more=more) if more else text
