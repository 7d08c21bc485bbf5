"""The drawing as SVG shapes with words in them: for a page on which nodes and links can be reached one by one."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ebpm.logic.drawing.links import Course, arrowhead, courses
from ebpm.logic.drawing.plan import BAND, SPACE, Box, Look, Plan, planned
from ebpm.logic.drawing.sheet import BARE, EDGES, FILLS, PADDING, STROKES, Paper, Stroke, extent, height
from ebpm.logic.parts import Edge
from ebpm.logic.tables import stepped
from ebpm.texts import label

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel

UNIT = 100.0
"""SVG units to an inch of the sheet."""
SCREEN = Paper(11.69, 6.6)


@dataclass(frozen=True, slots=True)
class Words:
    """A line of text: its left end and middle height, its length and size, in SVG units."""

    text: str
    x: float
    y: float
    length: float
    size: float


@dataclass(frozen=True, slots=True)
class Shape:
    """A node: its box, its words, and where the arrow keys lead."""

    id: str
    name: str
    x: float
    y: float
    wide: float
    tall: float
    fill: str
    line: str
    key: bool
    words: tuple[Words, ...]
    before: str
    after: str
    column: int


@dataclass(frozen=True, slots=True)
class Line:
    """A link: its path and arrowhead, its look, and the place of its badge."""

    id: str
    name: str
    path: str
    head: str
    stroke: Stroke
    dash: str
    key: bool
    badge: tuple[float, float] | None
    level: str
    synthetic: bool


@dataclass(frozen=True, slots=True)
class Scene:
    """All shapes of the graph, nodes column by column from top to bottom, and the size of the picture."""

    wide: float
    tall: float
    headings: tuple[tuple[Words, str, str, float], ...]
    shapes: tuple[Shape, ...]
    lines: tuple[Line, ...]


def scene(model: LogicModel, lang: str) -> Scene:
    """Return what is to be drawn."""
    plan = planned(model, Look(lang), paper=SCREEN)
    boxes = sorted(plan.boxes.values(), key=lambda box: (box.left, -box.top))
    top = plan.top + SPACE + BAND + 0.05
    bottom = min(box.top - box.tall for box in boxes) - 0.35
    links = tuple(_line(model, edge, course, top, lang) for edge, course in courses(model, plan))
    shapes = tuple(_shape(model, box, plan, top, lang) for box in boxes)
    return Scene(SCREEN.wide * UNIT, (top - bottom) * UNIT, tuple(_headings(plan, top, lang)), shapes, links)


def _words(lines: Sequence[str], left: float, upper: float, size: float) -> Iterable[Words]:
    for row, line in enumerate(lines):
        y = (upper + height(1, size) * (row + 0.5)) * UNIT
        yield Words(line, left * UNIT, y, extent(line, size) * UNIT, size * UNIT / 72)


def _headings(plan: Plan, top: float, lang: str) -> Iterable[tuple[Words, str, str, float]]:
    names = [label(f"logic_step_{step}", lang) for step in plan.steps]
    size = 9.5 * min(1.0, *((plan.wide - PADDING) / extent(name, 9.5) for name in names))
    for step, left, name in zip(plan.steps, plan.lefts, names, strict=True):
        wide = extent(name, size)
        (words,) = _words((name,), left + (plan.wide - wide) / 2, top - plan.top - SPACE - BAND + 0.05, size)
        yield words, FILLS[step], EDGES[step], left * UNIT


def _shape(model: LogicModel, box: Box, plan: Plan, top: float, lang: str) -> Shape:
    node, upper = box.node, top - box.top
    spare = box.tall - height(len(box.lines), plan.size)
    near = [(edge.from_, edge.to) for edge in model.edges]
    return Shape(
        node.id, stepped(model, node.id, lang), box.left * UNIT, upper * UNIT, box.wide * UNIT, box.tall * UNIT,
        FILLS[node.step], EDGES[node.step], any(edge.key for edge in model.edges if node.id in {edge.from_, edge.to}),
        tuple(_words(box.lines, box.left + PADDING, upper + spare / 2, plan.size)),
        " ".join(start for start, end in near if end == node.id), " ".join(end for start, end in near if start == node.id),
        plan.steps.index(node.step),
    )  # fmt: skip


def _line(model: LogicModel, edge: Edge, course: Course, top: float, lang: str) -> Line:
    known = model.evidence_on(edge)
    stroke = STROKES[known[-1].verdict] if known else BARE
    level = f"{known[-1].scale.name} {known[-1].scale.level}" if known else ""
    verdict = (
        label("page_verdict", lang, verdict=label(f"verdict_{known[-1].verdict}", lang), level=f"{stroke.sign} {level}")
        if known
        else label("logic_no_evidence", lang)
    )
    ends = (model.node(edge.from_).text.words(lang), model.node(edge.to).text.words(lang))
    said = label("page_link", lang, start=ends[0], end=ends[1], verdict=verdict)
    name = label("page_key_link", lang, link=said) if edge.key else said
    points = [f"{x * UNIT:.1f} {(top - y) * UNIT:.1f}" for x, y in course.points]
    path = f"M{points[0]}" + "".join(f"C{' '.join(points[at : at + 3])}" for at in range(1, len(points), 3))
    head = " ".join(f"{x * UNIT:.1f},{(top - y) * UNIT:.1f}" for x, y in arrowhead(course, key=edge.key))
    spot = (course.spots[0][0] * UNIT, (top - course.spots[0][1]) * UNIT) if known else None
    return Line(
        f"{edge.from_}--{edge.to}", name, path, head, stroke, _dash(stroke), edge.key, spot, level,
        bool(known) and known[-1].synthetic,
    )  # fmt: skip


def _dash(stroke: Stroke) -> str:
    """Return the dashes in SVG units; matplotlib counts them in widths of the line."""
    scale = stroke.width * UNIT / 72
    return "" if isinstance(stroke.style, str) else " ".join(f"{scale * part:.2f}" for part in stroke.style[1])
