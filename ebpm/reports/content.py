"""What a report says: sections made from an evaluation in one language; every number is the evaluation's."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.metadata import version
from typing import TYPE_CHECKING

from ebpm.pilot.results import PACKAGES, digests
from ebpm.reports import trust
from ebpm.reports.blocks import Block, Bullets, Document, Numbers, Pairs, Picture, Prose, Section, Subheading
from ebpm.reports.figure import Figure, forest_figure, logic_model_figure, result_figure
from ebpm.table import Table
from ebpm.texts import entries, label, term, words

if TYPE_CHECKING:
    from ebpm.pilot import Evaluation

DRAWN = ("primary", "placebo", "secondary")
SHORT = 12
PARTS = ("population", "treatment", "outcome", "contrast", "window")


def full(evaluation: Evaluation, lang: str) -> Document:
    """Return the whole report."""
    written = (
        answer(evaluation, lang), trust.items(evaluation, lang), trust.plan(evaluation, lang), _estimand(evaluation, lang), _logic(evaluation, lang), _design(evaluation, lang),
        _data(evaluation, lang), _results(evaluation, lang), _published(evaluation, lang), _checks(evaluation, lang),
        limits(evaluation, lang), _reproduction(evaluation, lang),
    )  # fmt: skip
    return document(evaluation, lang, tuple(one for one in written if one.blocks), shape="full")


def document(evaluation: Evaluation, lang: str, sections: tuple[Section, ...], *, shape: str) -> Document:
    """Return sections as a page about an evaluation: its title, what kind of page, and the banner of synthetic data."""
    spec = evaluation.spec
    banner = " ".join(evaluation.banners(lang))
    kicker = f"{label(f'kind_{spec.kind}', lang)} · {spec.id}"
    footer = f"{label('report_footer', lang)} {traced(evaluation, lang)}"
    return Document(lang, spec.title.words(lang), kicker, banner, sections, footer, shape, tuple(came_from(evaluation)))


def traced(evaluation: Evaluation, lang: str) -> str:
    """Return how the digests begin, in one line."""
    short: dict[str, list[str]] = {}
    for name, sha in came_from(evaluation):
        short.setdefault(name.partition(".")[0], []).append(sha[:SHORT])
    return label("digests_short", lang, **{f"of_{name}": ", ".join(many) for name, many in short.items()})


def came_from(evaluation: Evaluation) -> Iterator[tuple[str, str]]:
    """Yield the digests of plan, data, code and environment as results.json has them: "plan", "data.pupils", "code" ..."""
    for name, one in digests(evaluation).items():
        yield from ((f"{name}.{table}", sha) for table, sha in one.items()) if name == "data" else [(name, one)]


def section(name: str, lang: str, *blocks: Block) -> Section:
    """Return a section whose heading is `label.section_<name>` of the texts."""
    return Section(name, label(f"section_{name}", lang), blocks)


def answer(evaluation: Evaluation, lang: str) -> Section:
    """Return question, verdict, headline and grade."""
    verdict = evaluation.verdict
    return section(
        "answer", lang, Prose(evaluation.spec.question.words(lang), tone="question"),
        Prose(verdict.sentence(lang), lead=verdict_is(evaluation, lang), tone="verdict"), Prose(evaluation.headline.sentence(lang)),
        Prose(evaluation.grade.sentence(lang), lead=label("grade", lang)),
    )  # fmt: skip


def verdict_is(evaluation: Evaluation, lang: str) -> str:
    """Return the verdict with the word that says what it is."""
    return label("verdict_is", lang, verdict=evaluation.verdict.title(lang))


def _estimand(evaluation: Evaluation, lang: str) -> Section:
    estimand = evaluation.spec.estimand
    first = (label("estimand_term", lang), f"{term(estimand.term, lang)} ({estimand.unit.words(lang)})")
    parts = tuple((label(f"estimand_{part}", lang), getattr(estimand, part).words(lang)) for part in PARTS)
    return section("estimand", lang, Pairs((first, *parts)))


def _logic(evaluation: Evaluation, lang: str) -> Section:
    drawn = logic_model_figure(evaluation, lang)
    return section("logic", lang, *([Picture(drawn)] if drawn else []))


def _design(evaluation: Evaluation, lang: str) -> Section:
    design = evaluation.spec.design
    blocks: list[Block] = [Prose(design.counterfactual.words(lang))]
    if design.assignment:
        blocks.append(Prose(design.assignment.rule.words(lang)))
    if design.assumptions:
        told = tuple(one.words(lang) for one in design.assumptions)
        blocks += [Subheading(label("assumptions", lang)), Bullets(told)]
    if design.concurrent_events:
        told = tuple(
            f"{one.date} {one.text.words(lang)} – {one.affects.words(lang)}" for one in design.concurrent_events
        )
        blocks += [Subheading(label("concurrent_events", lang)), Bullets(told)]
    return section("design", lang, *blocks)


def _data(evaluation: Evaluation, lang: str) -> Section:
    readings = evaluation.data.readings
    rows = tuple((name, one.rows_in, one.rows_used, one.rows_in - one.rows_used) for name, one in readings.items())
    table = Table(("data_set", "rows_in", "rows_used", "rows_refused"), rows, label("table_rows", lang))
    told = tuple(
        f"{one.title.words(lang)} – {one.row_is.words(lang)}; {one.source.words(lang)}; {one.licence}"
        for one in evaluation.spec.data
    )
    read = Numbers(table) if rows else Prose(label("report_from_moments", lang))
    return section("data", lang, read, Bullets(told))


def _results(evaluation: Evaluation, lang: str) -> Section:
    return section(
        "results", lang, Numbers(evaluation.table(lang)), *_failed(evaluation, lang), *_drawn(evaluation, lang)
    )


def _failed(evaluation: Evaluation, lang: str) -> Iterator[Block]:
    if evaluation.failures:
        yield Subheading(label("section_failures", lang))
        yield Bullets(
            tuple(f"{one.analysis.title.words(lang)}: {one.error.explain(lang)}" for one in evaluation.failures)
        )


def _drawn(evaluation: Evaluation, lang: str) -> Iterator[Block]:
    for one in figures(evaluation, lang):
        yield Subheading(one.title)
        yield Picture(one)


def figures(evaluation: Evaluation, lang: str) -> tuple[Figure, ...]:
    """Return the headlines in one figure, then the figures of the analyses that have one."""
    drawn = [result for role in DRAWN for result in evaluation.of(role) if result.has_figure]
    return (forest_figure(evaluation, lang), *(result_figure(evaluation, result, lang) for result in drawn))


def _published(evaluation: Evaluation, lang: str) -> Section:
    return section("published", lang, *([Numbers(evaluation.published(lang))] if evaluation.comparisons else []))


def _checks(evaluation: Evaluation, lang: str) -> Section:
    if not evaluation.notices:
        return section("checks", lang, Prose(label("no_notices", lang)))
    return section("checks", lang, Numbers(notices_table(evaluation, lang)))


def notices_table(evaluation: Evaluation, lang: str) -> Table:
    """Return what checks and estimators raised: code, severity, about what, message, cheapest next step."""
    rows = tuple(
        (one.code, label(f"severity_{one.severity}", lang), one.place, one.message(lang), one.remedy(lang))
        for one in evaluation.notices
    )
    return Table(("code", "severity", "about", "message", "remedy"), rows, label("table_notices", lang))


def limits(evaluation: Evaluation, lang: str) -> Section:
    """Return what the evaluation does not say."""
    return section("limits", lang, Bullets(tuple(one.words(lang) for one in evaluation.spec.limits)))


def _reproduction(evaluation: Evaluation, lang: str) -> Section:
    versions = ", ".join(f"{name} {version(name)}" for name in PACKAGES)
    found = ((*name.partition("."), sha) for name, sha in came_from(evaluation))
    pairs = [(f"{label(f'digest_{kind}', lang)} {table}".strip(), sha) for kind, _, table, sha in found]
    return section(
        "reproduction", lang, Prose(f"ebpm run {evaluation.spec.id}", lead=label("how_to_rerun", lang), tone="code"),
        Pairs((*pairs, (label("versions", lang), versions))),
        Subheading(label("methods", lang)), Bullets(tuple(_methods(evaluation, lang))),
    )  # fmt: skip


def _methods(evaluation: Evaluation, lang: str) -> Iterator[str]:
    known = entries("method")
    for code in dict.fromkeys(item.method for result in evaluation.results for item in result.estimates):
        yield f"{words(known[code]['name'], lang)}: {'; '.join(known[code]['references'])}"
    yield from evaluation.spec.references
