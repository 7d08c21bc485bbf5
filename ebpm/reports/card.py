"""One page in plain words, and slides for a committee: the same numbers, fewer words."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ebpm.estimate import Unavailable
from ebpm.pilot.per_cent import per_cent
from ebpm.reports.blocks import Block, Bullets, Document, Numbers, Picture, Prose, Section
from ebpm.reports.content import answer, document, limits, notices_table, section, verdict_is
from ebpm.reports.figure import answer_figure, arms
from ebpm.table import Table, rounded
from ebpm.texts import label, words

if TYPE_CHECKING:
    from ebpm.pilot import Evaluation

MOST = 6
NUMBERS = ("estimate", "conf_low", "conf_high")


def card(evaluation: Evaluation, lang: str) -> Document:
    """Return what was done, what was found, how sure it is and what it does not say, on one page in plain words."""
    spec = evaluation.spec
    done = section(
        "card_done", lang, Prose(spec.question.words(lang), tone="question"),
        Prose(spec.estimand.treatment.words(lang), lead=label("card_treatment", lang)),
        Prose(spec.estimand.contrast.words(lang), lead=label("card_compared", lang)),
        Prose(spec.estimand.population.words(lang), lead=label("card_people", lang)),
        Prose(spec.estimand.window.words(lang), lead=label("card_when", lang)),
    )  # fmt: skip
    found = section("card_found", lang, *_found(evaluation, lang), Picture(answer_figure(evaluation, lang)))
    unsaid = Section("card_unsaid", label("section_card_unsaid", lang), limits(evaluation, lang).blocks)
    return document(evaluation, lang, (done, found, _sure(evaluation, lang), unsaid), shape="card")


def _found(evaluation: Evaluation, lang: str) -> Iterator[Block]:
    verdict, head = evaluation.verdict, evaluation.headline
    yield Prose(label(f"card_{verdict.code}", lang), lead=verdict_is(evaluation, lang), tone="verdict")
    if isinstance(head.conf_low, Unavailable) or isinstance(head.conf_high, Unavailable):
        yield Prose(head.sentence(lang))
        return
    yield Prose(_number(evaluation, lang), lead=head.called(lang) if len(arms(evaluation)) > 1 else "")
    if per_cent(evaluation):
        yield Prose(label("card_logarithms", lang, unit=words(head.unit, lang)))
    if verdict.code in {"supports", "against"} and min(abs(head.conf_low), abs(head.conf_high)) < verdict.margin:
        yield Prose(label("card_also_small", lang))


def _number(evaluation: Evaluation, lang: str) -> str:
    """Return estimate and interval in words; in per cent where the unit is a logarithm."""
    head, percent = evaluation.headline, per_cent(evaluation)
    code = "card_number_level" if evaluation.verdict.code == "no_effect_claim" else "card_number"
    unit = words(head.unit, lang)
    told = {name: str(rounded(getattr(head, name))) for name in NUMBERS}
    if percent:
        code, told = "card_percent", {name: f"{getattr(percent, name):+.1f}" for name in NUMBERS}
    scope = "card_clusters" if head.clusters else "card_rows"
    return label(
        code, lang, unit=label("card_unit", lang, unit=unit) if unit else "", level=f"{100 * head.conf_level:g}",
        scope=label(scope, lang, n=f"{head.n:,}", clusters=f"{head.clusters:,}"), **told,
    )  # fmt: skip


def _sure(evaluation: Evaluation, lang: str) -> Section:
    grade, raised = evaluation.grade, evaluation.notices.of("error", "warning")
    told = (
        label("card_grade", lang, level=grade.level, ceiling=grade.step.ceiling),
        label("card_warnings", lang, count=len(raised)) if raised else label("no_notices", lang),
    )
    return section("card_sure", lang, Bullets(told))


def slides(evaluation: Evaluation, lang: str) -> Document:
    """Return slides: question and answer, comparison, the figure, what the checks found, what is not said."""
    spec = evaluation.spec
    compared = section(
        "design", lang, Prose(spec.estimand.population.words(lang), lead=label("estimand_population", lang)),
        Prose(spec.estimand.contrast.words(lang), lead=label("estimand_contrast", lang)), Prose(spec.design.counterfactual.words(lang)),
    )  # fmt: skip
    drawn = section("results", lang, Picture(answer_figure(evaluation, lang)))
    return document(
        evaluation, lang, (answer(evaluation, lang), compared, drawn, _graver(evaluation, lang), limits(evaluation, lang)), shape="slides"
    )  # fmt: skip


def _graver(evaluation: Evaluation, lang: str) -> Section:
    graver = evaluation.notices.of("error", "warning")
    if not graver:
        return section("checks", lang, Prose(label("no_notices", lang)))
    table = notices_table(evaluation, lang)
    codes = {notice.code for notice in tuple(graver)[:MOST]}
    rows = tuple((row[0], row[3]) for row in table.rows if row[0] in codes)[:MOST]
    rest = len(graver) - len(rows)
    more = [Prose(label("slides_rest", lang, count=rest))] if rest > 0 else []
    return section("checks", lang, Numbers(Table(("code", "message"), rows, table.caption)), *more)
