"""What stands above and below the graph: title, problem and goal; assumptions, external factors and harms; the legend."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ebpm.figures.style import GREY, INK
from ebpm.logic.drawing.links import draw_badge, marked
from ebpm.logic.drawing.marks import KINDS
from ebpm.logic.drawing.notes import reasons
from ebpm.logic.drawing.sheet import BARE, HEAD, MARGIN, SMALL, STROKES, TITLE, Sheet, Stroke, extent, height, wrapped
from ebpm.texts import label

if TYPE_CHECKING:
    from ebpm.logic.drawing.plan import Look
    from ebpm.logic.model import LogicModel

PANEL_GAP, SAMPLE, ROW = 0.3, 0.5, 0.22
SQUARE = Stroke(GREY, "solid", 1.0, " ")
Panel = tuple[str, tuple[str, ...]]


def head_height(model: LogicModel, wide: float, lang: str | None) -> float:
    """Return the height of title, problem and goal."""
    return MARGIN + height(1, TITLE) + height(len(_statement(model, wide, lang)), SMALL) + 0.12


def draw_head(model: LogicModel, sheet: Sheet, lang: str | None, *, page: tuple[int, int] = (0, 1)) -> None:
    """Set title, source, problem and goal at the top of the sheet; `page` is its place from 0, and how many there are."""
    top = sheet.tall - MARGIN
    source = _source(model, lang)
    if page[1] > 1:
        source = label("drawing_page", lang, source=source, page=page[0] + 1, pages=page[1])
    sheet.text((MARGIN, top - height(1, TITLE) / 2), model.model.title.words(lang), TITLE)
    sheet.text((sheet.wide - MARGIN, top - height(1, TITLE) / 2), source, SMALL, colour=GREY, align="right")
    sheet.block((MARGIN, top - height(1, TITLE) - 0.04), _statement(model, sheet.wide, lang), SMALL)


def _source(model: LogicModel, lang: str | None) -> str:
    about = model.model
    facts = {"bureau": about.owner.bureau.words(lang), "fiscal_year": about.fiscal_year, "version": about.version}
    return label("logic_source_line", lang, status=label(f"logic_status_{about.status}", lang), **facts)


def _statement(model: LogicModel, wide: float, lang: str | None) -> tuple[str, ...]:
    about = model.model
    texts = (("logic_problem", about.problem), ("logic_goal", about.goal))
    return tuple(
        line
        for code, text in texts
        for line in wrapped(
            label("logic_named", lang, name=label(code, lang), text=text.words(lang)), wide - 2 * MARGIN, SMALL
        )
    )


def _panels(model: LogicModel, wide: float, look: Look) -> tuple[Panel, ...]:
    lang = look.lang
    externals = [
        label("drawing_external", lang, number=at, text=one.text, direction=label(f"drawing_{one.direction or 'unclear'}", lang))
        for at, one in enumerate(model.externals, start=1)
    ]  # fmt: skip
    stated = reasons(model) if look.indicators else ()
    parts = {
        "logic_assumptions": [f"・{one.text.words(lang)}" for one in model.assumptions],
        "logic_externals": externals,
        "logic_harms": [f"・{one.text.words(lang)}" for one in model.harms],
        "drawing_reasons": [
            label("drawing_reason", lang, number=at, text=one) for at, one in enumerate(stated, start=1)
        ],
    }
    shown = {code: texts for code, texts in parts.items() if texts}
    each = _each(wide, len(shown)) - 0.15
    return tuple((label(code, lang), tuple(_items(texts, each))) for code, texts in shown.items())


def has_panels(model: LogicModel, look: Look) -> bool:
    """Return whether there is anything beside the graph to be said."""
    return bool(model.assumptions or model.externals or model.harms or (look.indicators and reasons(model)))


def _each(wide: float, panels: int) -> float:
    return (wide - 2 * MARGIN - PANEL_GAP * (max(panels, 3) - 1)) / max(panels, 3)


def _items(texts: Iterable[str], wide: float) -> Iterator[str]:
    for text in texts:
        first, *rest = wrapped(text, wide, SMALL)
        yield first
        yield from (f"　{line}" for line in rest)


def legend_height(model: LogicModel, wide: float, look: Look) -> float:
    """Return the height of the legend."""
    return MARGIN + ROW * len(_rows(model, wide, look))


def foot_height(model: LogicModel, wide: float, look: Look) -> float:
    """Return the height of everything below the graph."""
    return legend_height(model, wide, look) + _panels_height(model, wide, look) + 0.34


def _panels_height(model: LogicModel, wide: float, look: Look) -> float:
    rows = max((len(lines) for _, lines in _panels(model, wide, look)), default=0)
    return height(rows, SMALL) + height(1, HEAD)


def draw_foot(model: LogicModel, sheet: Sheet, look: Look, *, panels: bool = True) -> None:
    """Set the panels and the legend at the bottom of the sheet."""
    top = foot_height(model, sheet.wide, look) - 0.14
    if panels and has_panels(model, look):
        sheet.rule(top + 0.06)
        draw_panels(model, sheet, look, top)
    else:
        sheet.rule(legend_height(model, sheet.wide, look) - 0.02)
    _legend(model, sheet, look)


def draw_panels(model: LogicModel, sheet: Sheet, look: Look, top: float) -> None:
    """Set assumptions, external factors, harms and reasons side by side."""
    panels = _panels(model, sheet.wide, look)
    for place, (title, lines) in enumerate(panels):
        left = MARGIN + place * (_each(sheet.wide, len(panels)) + PANEL_GAP)
        below = sheet.block((left, top), (title,), HEAD, colour=GREY)
        sheet.block((left, below), lines, SMALL)


@dataclass(frozen=True, slots=True)
class Entry:
    """A sample of the legend and its words."""

    stroke: Stroke
    text: str
    key: bool = False
    synthetic: bool = False


def entries(model: LogicModel, look: Look) -> tuple[Entry, ...]:
    """Return what the legend names: only what is drawn."""
    lang = look.lang
    shown = [model.evidence_on(edge)[-1] for edge in model.edges if edge.evidence and look.evidence]
    verdicts = {evidence.verdict for evidence in shown}
    known = [Entry(stroke, label(f"verdict_{code}", lang)) for code, stroke in STROKES.items() if code in verdicts]
    made_up = [Entry(SQUARE, label("logic_legend_synthetic", lang), synthetic=True)]
    bare = any(not edge.evidence for edge in model.edges)
    links = [Entry(BARE, label("logic_legend_none", lang))] if bare and look.evidence else []
    if any(edge.key for edge in model.edges):
        links.append(Entry(BARE, label("logic_legend_key", lang), key=True))
    kinds = {*look.marks.nodes.values(), *look.marks.edges.values()}
    changes = [Entry(marked(BARE, kind), label(f"drawing_{kind}", lang)) for kind in KINDS if kind in kinds]
    return (*known, *(made_up if any(one.synthetic for one in shown) else ()), *links, *changes)


def _rows(model: LogicModel, wide: float, look: Look) -> tuple[tuple[tuple[float, Entry], ...], ...]:
    """Return the legend's entries with their left ends, in as many rows as they need."""
    start = MARGIN + extent(label("logic_legend", look.lang), SMALL) + 0.25
    rows: list[list[tuple[float, Entry]]] = [[]]
    left = start
    for entry in entries(model, look):
        across = SAMPLE + 0.08 + extent(entry.text, SMALL) + 0.2
        if rows[-1] and left + across > wide - MARGIN:
            rows.append([])
            left = start
        rows[-1].append((left, entry))
        left += across
    return tuple(map(tuple, rows))


def _legend(model: LogicModel, sheet: Sheet, look: Look) -> None:
    rows = _rows(model, sheet.wide, look)
    for at, row in enumerate(rows):
        y = MARGIN + ROW * (len(rows) - 1 - at)
        if at == 0 and row:
            sheet.text((MARGIN, y), label("logic_legend", look.lang), SMALL, colour=GREY)
        for left, entry in row:
            _sample(sheet, entry, left, y)


def _sample(sheet: Sheet, entry: Entry, left: float, y: float) -> None:
    stroke = entry.stroke
    width = stroke.width * (2.2 if entry.key else 1.0) * sheet.scale
    sheet.ax.plot([left, left + SAMPLE], [y, y], color=stroke.colour, linestyle=stroke.style, linewidth=width, zorder=3)
    if stroke.sign:
        draw_badge(sheet, (left + SAMPLE / 2, y), stroke, synthetic=entry.synthetic)
    sheet.text((left + SAMPLE + 0.08, y), entry.text, SMALL, colour=INK)
