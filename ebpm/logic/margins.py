"""What stands above and below the graph: title, problem and goal; assumptions, external factors and harms; the legend."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ebpm.figures.style import GREY, INK
from ebpm.logic.links import draw_badge
from ebpm.logic.sheet import BARE, HEAD, MARGIN, SMALL, STROKES, TITLE, WIDTH, Sheet, Stroke, extent, height, wrapped
from ebpm.spec import Text
from ebpm.texts import label

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel

ACROSS = WIDTH - 2 * MARGIN
PANEL_GAP, SAMPLE = 0.3, 0.5
SQUARE = Stroke(GREY, "solid", 1.0, " ")
PANEL = (ACROSS - 2 * PANEL_GAP) / 3


def head_height(model: LogicModel, lang: str | None) -> float:
    """Return the height of title, problem and goal."""
    return MARGIN + height(1, TITLE) + height(len(_statement(model, lang)), SMALL) + 0.12


def draw_head(model: LogicModel, sheet: Sheet, lang: str | None) -> None:
    """Set title, source, problem and goal at the top of the sheet."""
    top = sheet.tall - MARGIN
    sheet.text((MARGIN, top - height(1, TITLE) / 2), model.model.title.words(lang), TITLE)
    sheet.text((WIDTH - MARGIN, top - height(1, TITLE) / 2), _source(model, lang), SMALL, colour=GREY, align="right")
    sheet.block((MARGIN, top - height(1, TITLE) - 0.04), _statement(model, lang), SMALL)


def _source(model: LogicModel, lang: str | None) -> str:
    about = model.model
    facts = {"bureau": about.owner.bureau.words(lang), "fiscal_year": about.fiscal_year, "version": about.version}
    return label("logic_source_line", lang, status=label(f"logic_status_{about.status}", lang), **facts)


def _statement(model: LogicModel, lang: str | None) -> tuple[str, ...]:
    about = model.model
    texts = (("logic_problem", about.problem), ("logic_goal", about.goal))
    return tuple(
        line
        for code, text in texts
        for line in wrapped(label("logic_named", lang, name=label(code, lang), text=text.words(lang)), ACROSS, SMALL)
    )


def _panels(model: LogicModel, lang: str | None) -> tuple[tuple[str, tuple[str, ...]], ...]:
    parts: tuple[tuple[str, Iterable[Text]], ...] = (
        ("logic_assumptions", (part.text for part in model.assumptions)),
        ("logic_externals", (part.text for part in model.externals)),
        ("logic_harms", (part.text for part in model.harms)),
    )
    return tuple((label(code, lang), tuple(_bullets(texts, lang))) for code, texts in parts)


def _bullets(texts: Iterable[Text], lang: str | None) -> Iterator[str]:
    for text in texts:
        first, *rest = wrapped(text.words(lang), PANEL - 0.15, SMALL)
        yield f"・{first}"
        yield from (f"　{line}" for line in rest)


def foot_height(model: LogicModel, lang: str | None) -> float:
    """Return the height of everything below the graph."""
    rows = max(len(lines) for _, lines in _panels(model, lang))
    return MARGIN + 0.2 + height(rows, SMALL) + height(1, HEAD) + 0.14 + 0.22 * len(_rows(model, lang))


def draw_foot(model: LogicModel, sheet: Sheet, lang: str | None) -> None:
    """Set the panels and the legend at the bottom of the sheet."""
    top = foot_height(model, lang) - 0.14
    sheet.rule(top + 0.06)
    for place, (title, lines) in enumerate(_panels(model, lang)):
        left = MARGIN + place * (PANEL + PANEL_GAP)
        below = sheet.block((left, top), (title,), HEAD, colour=GREY)
        sheet.block((left, below), lines, SMALL)
    _legend(model, sheet, lang)


@dataclass(frozen=True, slots=True)
class Entry:
    """A sample of the legend and its words."""

    stroke: Stroke
    text: str
    key: bool = False
    synthetic: bool = False


def _entries(model: LogicModel, lang: str | None) -> tuple[Entry, ...]:
    shown = [model.evidence_on(edge)[-1] for edge in model.edges if edge.evidence]
    verdicts = {evidence.verdict for evidence in shown}
    known = tuple(
        Entry(stroke, label(f"verdict_{verdict}", lang)) for verdict, stroke in STROKES.items() if verdict in verdicts
    )
    made_up = (
        (Entry(SQUARE, label("logic_legend_synthetic", lang), synthetic=True),)
        if any(one.synthetic for one in shown)
        else ()
    )
    return (
        *known,
        *made_up,
        Entry(BARE, label("logic_legend_none", lang)),
        Entry(BARE, label("logic_legend_key", lang), key=True),
    )


def _rows(model: LogicModel, lang: str | None) -> tuple[tuple[tuple[float, Entry], ...], ...]:
    """Return the legend's entries with their left ends, in as many rows as they need."""
    start = MARGIN + extent(label("logic_legend", lang), SMALL) + 0.25
    rows: list[list[tuple[float, Entry]]] = [[]]
    left = start
    for entry in _entries(model, lang):
        wide = SAMPLE + 0.08 + extent(entry.text, SMALL) + 0.2
        if rows[-1] and left + wide > WIDTH - MARGIN:
            rows.append([])
            left = start
        rows[-1].append((left, entry))
        left += wide
    return tuple(map(tuple, rows))


def _legend(model: LogicModel, sheet: Sheet, lang: str | None) -> None:
    rows = _rows(model, lang)
    for at, row in enumerate(rows):
        y = MARGIN + 0.22 * (len(rows) - 1 - at)
        if at == 0:
            sheet.text((MARGIN, y), label("logic_legend", lang), SMALL, colour=GREY)
        for left, entry in row:
            _sample(sheet, entry, left, y)


def _sample(sheet: Sheet, entry: Entry, left: float, y: float) -> None:
    stroke = entry.stroke
    width = stroke.width * (2.2 if entry.key else 1.0) * sheet.scale
    sheet.ax.plot([left, left + SAMPLE], [y, y], color=stroke.colour, linestyle=stroke.style, linewidth=width, zorder=3)
    if stroke.sign:
        draw_badge(sheet, (left + SAMPLE / 2, y), stroke, synthetic=entry.synthetic)
    sheet.text((left + SAMPLE + 0.08, y), entry.text, SMALL, colour=INK)
