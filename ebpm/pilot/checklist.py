"""The items of the reporting guideline, filled from what the pilot declares and found; what is missing is said."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ebpm.pilot.guidelines import Guideline, guideline
from ebpm.table import Table
from ebpm.texts import label, method, term

if TYPE_CHECKING:
    from ebpm.pilot.evaluation import Evaluation

Finder = Callable[["Evaluation", str | None], str]
RANDOM = re.compile(r"無作為|くじ|ランダム|random|\bdrawn?\b|\blot", re.IGNORECASE)
FOR_MISSING = {"rct.lee_bounds", "rct.worst_case", "rct.nonresponse_weighted", "survey.bounds", "survey.effect_bounds"}
DATED = re.compile(r"(?<!\d)(19|20)\d{2}(?!\d)|令和|平成")
PARTLY = frozenset({"background", "baseline", "delivery", "equivalence", "flow", "losses"})
"""Topics of which declaration and checks tell a part: a link instead of the literature, rows instead of persons by arm, a check instead of a table."""
BEFORE = {"rct.balance", "did.check_design"}


@dataclass(frozen=True, slots=True)
class Item:
    """An item of the guideline and what is said about it.

    Parameters
    ----------
    number : of the guideline.
    topic : `label.topic_<topic>` of the texts.
    said : what is known, in one language; empty where nothing is.
    partly : whether what is known is less than the item asks for.
    """

    number: str
    topic: str
    said: str
    partly: bool = False

    @property
    def reported(self) -> bool:
        """Whether all that the item asks for is said."""
        return bool(self.said) and not self.partly

    @property
    def status(self) -> str:
        """Label of its state: `items_reported`, `items_partly` or `items_absent`."""
        return "items_reported" if self.reported else "items_partly" if self.said else "items_absent"


@dataclass(frozen=True, slots=True)
class Checklist:
    """A guideline with its items, in one language."""

    guideline: Guideline
    items: tuple[Item, ...]
    lang: str | None

    @property
    def missing(self) -> tuple[Item, ...]:
        return tuple(one for one in self.items if not one.said)

    @property
    def partly(self) -> tuple[Item, ...]:
        return tuple(one for one in self.items if one.said and not one.reported)

    def sentence(self) -> str:
        """Return how many items are reported, and which are not or only in part."""
        facts = {"guideline": self.guideline.name, "citation": self.guideline.citation, "all": len(self.items)}
        known = sum(one.reported for one in self.items)
        if known == len(self.items):
            return label("items_complete", self.lang, **facts)
        wanting = {"items_missing": self._named(self.missing), "items_in_part": self._named(self.partly)}
        told = (label(code, self.lang, named=named) for code, named in wanting.items() if named)
        return label("items_counted", self.lang, known=known, wanting="".join(told), **facts)

    def _named(self, items: tuple[Item, ...]) -> str:
        parts = (
            label("items_one", self.lang, number=one.number, topic=label(f"topic_{one.topic}", self.lang))
            for one in items
        )
        return label("items_between", self.lang).join(parts)

    def table(self) -> Table:
        """Return number, topic, whether it is reported, and what is said."""
        rows = tuple(
            (one.number, label(f"topic_{one.topic}", self.lang),
             label(one.status, self.lang), one.said or "–")
            for one in self.items
        )  # fmt: skip
        caption = label("table_items", self.lang, guideline=self.guideline.name)
        return Table(("item", "item_topic", "item_status", "item_said"), rows, caption)

    def record(self) -> dict[str, Any]:
        """Return it as plain values."""
        items = [
            {
                "item": one.number,
                "topic": one.topic,
                "reported": one.reported,
                "partly": one.partly and bool(one.said),
                "said": one.said,
            }
            for one in self.items
        ]
        return {"guideline": self.guideline.name, "citation": self.guideline.citation, "items": items}


def checklist(evaluation: Evaluation, lang: str | None = None) -> Checklist:
    """Return the items of the guideline that fits the design.

    What pilot.yaml says under `reporting` comes first; the rest is taken from declaration, plan, checks and results.
    """
    chosen = guideline(evaluation.spec.design.type)
    given = evaluation.spec.reporting
    items = tuple(
        Item(number, topic, given[topic].words(lang))
        if topic in given
        else Item(number, topic, _found(topic, evaluation, lang), partly=topic in PARTLY)
        for number, topic in chosen.items
    )
    return Checklist(chosen, items, lang)


def _found(topic: str, evaluation: Evaluation, lang: str | None) -> str:
    finder = FINDERS.get(topic)
    return finder(evaluation, lang) if finder else ""


def _title(evaluation: Evaluation, lang: str | None) -> str:
    title = evaluation.spec.title.words(lang)
    return title if RANDOM.search(title) else ""


def _plan(evaluation: Evaluation, lang: str | None) -> str:
    lock = evaluation.pilot.lock
    return label("items_plan", lang, frozen=lock.frozen, digest=lock.digest[:12]) if lock else ""


def _sharing(evaluation: Evaluation, lang: str | None) -> str:
    return "; ".join(f"{one.title.words(lang)}: {one.licence}" for one in evaluation.spec.data)


def _background(evaluation: Evaluation, lang: str | None) -> str:
    link, model = evaluation.spec.link, evaluation.pilot.logic_model
    if link is None or model is None:
        return ""
    return label(
        "items_background",
        lang,
        model=model.model.title,
        start=model.node(link.from_).text,
        end=model.node(link.to).text,
    )


def _changes(evaluation: Evaluation, lang: str | None) -> str:
    if evaluation.pilot.lock is None:
        return ""
    return label("items_changes", lang, count=len(evaluation.pilot.deviations))


def _rule(evaluation: Evaluation, lang: str | None) -> str:
    assignment = evaluation.spec.design.assignment
    return assignment.rule.words(lang) if assignment else ""


def _restriction(evaluation: Evaluation, lang: str | None) -> str:
    assignment = evaluation.spec.design.assignment
    if not assignment or not assignment.strata:
        return ""
    return label("items_strata", lang, strata=_called(evaluation, assignment.strata, lang))


def _called(evaluation: Evaluation, column: str, lang: str | None) -> str:
    """Return what the contract calls a column."""
    known = {one.name: one.label.words(lang) for table in evaluation.spec.data for one in table.columns}
    return known.get(column, column)


def _methods(evaluation: Evaluation, lang: str | None) -> str:
    return "; ".join(dict.fromkeys(method(one.estimates.headline.method, lang) for one in evaluation.of("primary")))


def _missing(evaluation: Evaluation, lang: str | None) -> str:
    titles = [one.analysis.title.words(lang) for one in evaluation.results if one.analysis.routine in FOR_MISSING]
    return "; ".join(titles)


def _other_analyses(evaluation: Evaluation, lang: str | None) -> str:
    others = [one for one in evaluation.results if one.analysis.role != "primary"]
    return label("items_others", lang, count=len(others)) if others else ""


def _rows(evaluation: Evaluation, lang: str | None) -> str:
    titles = {one.id: one.title.words(lang) for one in evaluation.spec.data}
    return "; ".join(
        label("items_rows", lang, table=titles[name], rows=f"{one.rows_in:,}", used=f"{one.rows_used:,}")
        for name, one in evaluation.data.readings.items()
    )


def _checked(*names: str) -> Finder:
    def find(evaluation: Evaluation, lang: str | None) -> str:
        asked = [one for one in evaluation.spec.checks if one.routine in names]
        return (
            label(
                "items_checked",
                lang,
                checks=", ".join(f"{one.routine} ({_called(evaluation, one.column, lang)})" for one in asked),
            )
            if asked
            else ""
        )

    return find


def _analysed(evaluation: Evaluation, lang: str | None) -> str:
    return label("items_analysed", lang, n=f"{evaluation.headline.n:,}")


def _population(evaluation: Evaluation, lang: str | None) -> str:
    estimand = evaluation.spec.estimand
    return f"{term(estimand.term, lang)}: {estimand.population.words(lang)}"


def _dates(evaluation: Evaluation, lang: str | None) -> str:
    window = evaluation.spec.estimand.window
    return window.words(lang) if DATED.search(f"{window.words('ja')} {window.words('en')}") else ""


def _bias(evaluation: Evaluation, lang: str | None) -> str:
    return " ".join(one.words(lang) for one in evaluation.spec.design.assumptions)


FINDERS: Mapping[str, Finder] = MappingProxyType({
    "title": _title,
    "summary": lambda one, lang: f"{one.verdict.title(lang)}: {one.headline.interval(lang)}",
    "plan": _plan,
    "sharing": _sharing,
    "background": _background,
    "objectives": lambda one, lang: one.spec.question.words(lang),
    "design": lambda one, lang: one.spec.design.counterfactual.words(lang),
    "changes": _changes,
    "eligibility": lambda one, lang: one.spec.estimand.population.words(lang),
    "intervention": lambda one, lang: one.spec.estimand.treatment.words(lang),
    "outcomes": lambda one, lang: one.spec.estimand.outcome.words(lang),
    "sequence": _rule,
    "restriction": _restriction,
    "methods": _methods,
    "population": _population,
    "missing": _missing,
    "additional": _other_analyses,
    "ancillary": _other_analyses,
    "flow": _rows,
    "losses": _checked("rct.attrition"),
    "delivery": _checked("rct.compliance"),
    "baseline": _checked(*BEFORE),
    "equivalence": _checked(*BEFORE),
    "dates": _dates,
    "analysis_unit": lambda one, lang: one.spec.estimand.unit.words(lang),
    "analysed": _analysed,
    "estimates": lambda one, lang: one.headline.sentence(lang),
    "interpretation": lambda one, lang: one.verdict.sentence(lang),
    "limitations": lambda one, lang: " ".join(limit.words(lang) for limit in one.spec.limits),
    "variables": lambda one, lang: label("items_variables", lang, count=sum(len(table.columns) for table in one.spec.data)),
    "measurement": lambda one, lang: "; ".join(table.source.words(lang) for table in one.spec.data),
    "bias": _bias,
})  # fmt: skip
