"""The report as one HTML file: no external request, headings in order, a table beside every figure."""

from __future__ import annotations

from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from ebpm.pilot.results import PACKAGES
from ebpm.reports.figure import Figure, forest_figure, logic_model_figure, result_figure
from ebpm.table import Table
from ebpm.texts import entries, label, language, speaking, term, words

if TYPE_CHECKING:
    from ebpm.pilot import Evaluation

DRAWN = ("primary", "placebo", "secondary")


def html(evaluation: Evaluation, lang: str | None = None) -> str:
    """Return the report in one language.

    Parameters
    ----------
    evaluation : what `Pilot.evaluate` gave.
    lang : "ja" or "en"; the current language where None.
    """
    environment = Environment(
        loader=PackageLoader("ebpm.reports"), autoescape=True, undefined=StrictUndefined,
        trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    with speaking(lang) as spoken:
        return environment.get_template("report.html.j2").render(**_content(evaluation, spoken)) + "\n"


def _content(evaluation: Evaluation, lang: str) -> dict[str, Any]:
    spec = evaluation.spec
    return {
        "lang": language(lang),
        "say": lambda code, **facts: label(code, lang, **facts),
        "words": lambda text: text.words(lang),
        "estimand": term(spec.estimand.term, lang),
        "html": lambda table: Markup(table.to_html(lang)),  # noqa: S704  # Table escapes every cell
        "evaluation": evaluation,
        "spec": spec,
        "logic": logic_model_figure(evaluation, lang),
        "figures": _figures(evaluation, lang),
        "tables": _tables(evaluation, lang),
        "methods": _methods(evaluation, lang),
        "versions": {name: version(name) for name in PACKAGES},
    }


def _figures(evaluation: Evaluation, lang: str) -> tuple[Figure, ...]:
    drawn = [result for role in DRAWN for result in evaluation.of(role) if result.has_figure]
    return (forest_figure(evaluation, lang), *(result_figure(result, lang) for result in drawn))


def _tables(evaluation: Evaluation, lang: str) -> dict[str, Table]:
    readings = evaluation.data.readings
    rows = tuple((name, one.rows_in, one.rows_used, one.rows_in - one.rows_used) for name, one in readings.items())
    notices = tuple(
        (one.code, label(f"severity_{one.severity}", lang), one.place, one.message(lang), one.remedy(lang))
        for one in evaluation.notices
    )
    return {
        "all": evaluation.table(lang),
        "rows": Table(("data_set", "rows_in", "rows_used", "rows_refused"), rows, label("table_rows", lang)),
        "notices": Table(("code", "severity", "about", "message", "remedy"), notices, label("table_notices", lang)),
        "published": evaluation.published(lang),
    }


def _methods(evaluation: Evaluation, lang: str) -> tuple[tuple[str, tuple[str, ...]], ...]:
    codes = dict.fromkeys(item.method for result in evaluation.results for item in result.estimates)
    known = entries("method")
    return tuple((words(known[code]["name"], lang), tuple(known[code]["references"])) for code in codes)
