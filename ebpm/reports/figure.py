"""A figure of a report: its picture, the words for those who cannot see it, and the table of its numbers."""

from __future__ import annotations

import base64
import io
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, cast

from ebpm.estimate import Estimate, Estimates
from ebpm.figures.style import style
from ebpm.table import Table
from ebpm.texts import label, words

PERIODS = frozenset({"month", "year", "fiscal_year"})

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure as MatplotlibFigure

    from ebpm.pilot import Evaluation, Result


@dataclass(frozen=True, slots=True)
class Figure:
    """A picture with its title, alternative text and table.

    Parameters
    ----------
    title : one line.
    caption : what a reader who sees the picture needs beside it.
    alt : what the picture shows, in a sentence with its numbers.
    png : the picture.
    table : the numbers of the picture.
    """

    title: str
    caption: str
    alt: str
    png: bytes
    table: Table

    @property
    def source(self) -> str:
        """The picture as a data URI."""
        return "data:image/png;base64," + base64.b64encode(self.png).decode()


def logic_model_figure(evaluation: Evaluation, lang: str) -> Figure | None:
    """Return the logic model with the evidence painted on its links, where there is a model."""
    model = evaluation.logic_model
    if model is None:
        return None
    title = label("figure_logic_model", lang)
    alt = label(
        "alt_logic_model", lang, title=evaluation.spec.title.words(lang), verdict=evaluation.verdict.title(lang)
    )
    return Figure(title, title, alt, png(lambda: model.draw(lang=lang)), model.table(lang))


def forest_figure(evaluation: Evaluation, lang: str) -> Figure:
    """Return the primary headline beside its sensitivity analyses and placebos."""
    estimates, title = evaluation.forest(), label("figure_forest", lang)
    shown = "; ".join(f"{one.called(lang)} {one.interval(lang)}" for one in estimates)
    return _points(evaluation, estimates, f"{title}: {shown}", _numbers(estimates, title, lang), lang, title=title)


def arms(evaluation: Evaluation) -> tuple[Estimate, ...]:
    """Return the headline; of a trial with several arms, what the primary analysis says of each."""
    primary, head = evaluation.primary, evaluation.headline
    if not primary.analysis.routine.startswith("rct."):
        return (head,)
    return tuple(one for one in primary.estimates if (one.estimand, one.unit) == (head.estimand, head.unit))


def answer_figure(evaluation: Evaluation, lang: str) -> Figure:
    """Return the primary headline alone, or all its arms, against the smallest effect that matters; its table has no more than the picture."""
    analysis, found = evaluation.primary.analysis, arms(evaluation)
    title = analysis.title.words(lang)
    if len(found) == 1:
        found = (replace(found[0], term=analysis.id, name=analysis.title),)
    rows = tuple(
        (one.called(lang), one.estimate, one.conf_low, one.conf_high, words(one.unit, lang), one.n) for one in found
    )
    columns = ("analysis" if len(found) == 1 else "term", "estimate", "conf_low", "conf_high", "unit", "n")
    table = Table(columns, rows, label("table_of_figure", lang, title=title))
    head = found[0].term if len(found) == 1 else evaluation.headline.term
    shown = "; ".join(
        one.interval(lang) if len(found) == 1 else f"{one.called(lang)} {one.interval(lang)}" for one in found
    )
    return _points(
        evaluation, Estimates(items=found, headline_term=head), f"{title}: {shown}", table, lang, title=title
    )


def _points(evaluation: Evaluation, estimates: Estimates, alt: str, table: Table, lang: str, *, title: str) -> Figure:
    """Return points with intervals, and the band of what is too small to matter where one is declared: in picture, caption and words."""
    declared = evaluation.primary.analysis.margin
    level = f"{100 * estimates.headline.conf_level:g}"
    if declared is None:
        picture = png(lambda: estimates.plot(lang=lang))
        return Figure(title, label("caption_forest_no_margin", lang, level=level), alt, picture, table)
    margin = f"{declared.value:g} {declared.unit.words(lang)}"
    caption = label("caption_forest", lang, level=level, margin=margin)
    picture = png(lambda: estimates.plot(lang=lang, margin=declared.value))
    return Figure(title, caption, f"{alt}. {label('alt_margin', lang, margin=margin)}", picture, table)


def result_figure(evaluation: Evaluation, result: Result, lang: str) -> Figure:
    """Return the figure of one analysis; where it goes by periods since treatment, its caption says what a period is."""
    title, sentence = result.analysis.title.words(lang), result.estimates.headline.sentence(lang)
    by_time, head = result.drawn, result.estimates.headline
    if by_time.headline.estimate != head.estimate and by_time.kind == "event":
        average = by_time.headline.interval(lang)
        sentence = f"{sentence} {label('caption_by_time', lang, average=average)}"
    if by_time.kind == "event" and (period := _period(evaluation, result)):
        sentence = f"{sentence} {label(f'caption_period_{period}', lang)}"
    alt = label("alt_result", lang, title=title, sentence=sentence)
    return Figure(title, sentence, alt, png(lambda: result.plot(lang=lang)), _numbers(result.drawn, title, lang))


def _period(evaluation: Evaluation, result: Result) -> str:
    """Return what a period of the analysis is: "month", "year" or "fiscal_year"; empty where the contract has no such column of time."""
    time, data = result.analysis.arguments.get("time"), result.analysis.data
    columns = next(one.columns for one in evaluation.spec.data if one.id == data)
    kind = next((one.type for one in columns if one.name == time), "")
    return kind if kind in PERIODS else ""


def _numbers(estimates: Estimates, title: str, lang: str) -> Table:
    return estimates.table(label("table_of_figure", lang, title=title))


def png(draw: Callable[[], Axes]) -> bytes:
    """Return what a drawing function draws, as PNG bytes that are the same on every run."""
    import matplotlib.pyplot as plt

    buffer = io.BytesIO()
    with style():
        figure = cast("MatplotlibFigure", draw().get_figure(root=True))
        figure.savefig(buffer, format="png", dpi=130, metadata={"Software": None})
        plt.close(figure)
    return buffer.getvalue()
