"""The picture of a logic model on one page: what leads to what, and what is known about it."""

from __future__ import annotations

import io
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING

from ebpm.figures.style import INK, settings, style
from ebpm.logic.layout import Layout, arrange
from ebpm.logic.links import draw_links
from ebpm.logic.margins import draw_foot, draw_head, foot_height, head_height
from ebpm.logic.parts import Node
from ebpm.logic.sheet import (
    BODIES,
    EDGES,
    FILLS,
    GUTTER,
    HEIGHT,
    MARGIN,
    PADDING,
    WIDTH,
    Sheet,
    extent,
    height,
    sheet_on,
    splits,
    wrapped,
)
from ebpm.logic.tables import described
from ebpm.texts import label, language

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.logic.model import LogicModel

SPACE, BAND, PORT = 0.2, 0.3, 0.2


Columns = Sequence[Sequence[str]]
Lines = Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class Box:
    """A node on the sheet: left end, top, width, height in inches, and its lines."""

    node: Node
    left: float
    top: float
    wide: float
    tall: float
    lines: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that has a place: columns, boxes, layout, and the height of the sheet."""

    steps: tuple[int, ...]
    lefts: tuple[float, ...]
    wide: float
    size: float
    boxes: Mapping[str, Box]
    layout: Layout
    top: float
    tall: float


def draw(model: LogicModel, ax: Axes | None = None, *, lang: str | None = None, evidence: bool = True) -> Axes:
    """Draw a logic model; see `LogicModel.draw`."""
    from matplotlib import pyplot as plt

    with style():
        plan = planned(model, lang)
        axes = ax if ax is not None else plt.figure(figsize=(WIDTH, plan.tall), layout="none").add_axes((0, 0, 1, 1))
        _paint(model, plan, sheet_on(axes, plan.tall), lang, evidence)
        return axes


def to_svg(model: LogicModel, lang: str | None = None) -> str:
    """Return the picture as SVG; see `LogicModel.to_svg`."""
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(settings()):
        plan = planned(model, lang)
        figure = Figure(figsize=(WIDTH, plan.tall))
        figure.set_layout_engine("none")
        _paint(model, plan, sheet_on(figure.add_axes((0, 0, 1, 1)), plan.tall), lang, evidence=True)
        stream = io.StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None})
    return _titled(stream.getvalue(), model, lang)


def _titled(svg: str, model: LogicModel, lang: str | None) -> str:
    name, title, text = model.model.id, escape(model.model.title.words(lang)), escape(described(model, lang))
    start, end = svg.index("<svg "), svg.index(">", svg.index("<svg "))
    opening = (
        f'<svg role="img" lang="{language(lang)}" aria-labelledby="{name}-title {name}-desc" {svg[start + 5 : end]}>'
    )
    return f'{svg[:start]}{opening}\n <title id="{name}-title">{title}</title>\n <desc id="{name}-desc">{text}</desc>{svg[end + 1 :]}'


def planned(model: LogicModel, lang: str | None) -> Plan:
    """Return the place of everything on the sheet."""
    steps = tuple(sorted({node.step for node in model.nodes}))
    wide = (WIDTH - 2 * MARGIN - GUTTER * (len(steps) - 1)) / len(steps)
    lefts = tuple(MARGIN + at * (wide + GUTTER) for at in range(len(steps)))
    columns = [[node.id for node in model.nodes if node.step == step] for step in steps]
    head, foot = head_height(model, lang) + BAND + SPACE, foot_height(model, lang) + SPACE
    size, lines = _fitted(model, columns, wide - 2 * PADDING, HEIGHT - head - foot, lang)
    heights = _box_heights(model, lines, size)
    layout = arrange(columns, model.arcs(), heights, room=HEIGHT - head - foot)
    tall = max(HEIGHT, head + foot + max(layout.middles[name] + heights[name] / 2 for name in heights))
    boxes = {
        node.id: Box(node, lefts[steps.index(node.step)], tall - head - layout.middles[node.id] + heights[node.id] / 2, wide, heights[node.id], lines[node.id])
        for node in model.nodes
    }  # fmt: skip
    return Plan(steps, lefts, wide, size, boxes, layout, tall - head, tall)


def _fitted(model: LogicModel, columns: Columns, wide: float, room: float, lang: str | None) -> tuple[float, Lines]:
    """Return the largest type at which boxes fit the room, without breaking a phrase where that is possible, and the lines."""
    texts = {node.id: node.text.words(lang) for node in model.nodes}
    whole = [size for size in BODIES if not any(splits(text, wide, size) for text in texts.values())]
    for size in whole or BODIES:
        lines = {name: wrapped(text, wide, size) for name, text in texts.items()}
        if (
            max(sum(height(len(lines[name]), size) + 2 * PADDING + SPACE for name in column) for column in columns)
            <= room
        ):
            break
    return size, lines


def _box_heights(model: LogicModel, lines: Lines, size: float) -> dict[str, float]:
    """Return heights that hold the lines, and the arrowheads on either side."""
    ends = Counter(name for edge in model.edges for name in ((edge.from_, "out"), (edge.to, "in")))
    arrows = {name: max(ends[name, "in"], ends[name, "out"]) for name in lines}
    return {name: max(height(len(text), size) + 2 * PADDING, PORT * arrows[name]) for name, text in lines.items()}


def _paint(model: LogicModel, plan: Plan, sheet: Sheet, lang: str | None, evidence: bool) -> None:  # noqa: FBT001
    draw_head(model, sheet, lang)
    names = [label(f"logic_step_{step}", lang) for step in plan.steps]
    size = next(
        (size for size in BODIES if all(extent(name, size) <= plan.wide - PADDING for name in names)), BODIES[-1]
    )
    for step, left, name in zip(plan.steps, plan.lefts, names, strict=True):
        _header(sheet, step, (left, plan.top + SPACE), plan.wide)
        sheet.text((left + plan.wide / 2, plan.top + SPACE + (BAND - 0.05) / 2), name, size, align="center")
    for box in plan.boxes.values():
        _box(sheet, box, plan.size)
    draw_links(model, plan, sheet, evidence=evidence)
    draw_foot(model, sheet, lang)


def _header(sheet: Sheet, step: int, corner: tuple[float, float], wide: float) -> None:
    from matplotlib.patches import Rectangle

    left, bottom = corner
    sheet.ax.add_patch(Rectangle((left, bottom), wide, BAND - 0.05, facecolor=FILLS[step], edgecolor="none", zorder=2))
    sheet.ax.add_patch(Rectangle((left, bottom - 0.03), wide, 0.03, facecolor=EDGES[step], edgecolor="none", zorder=2))


def _box(sheet: Sheet, box: Box, size: float) -> None:
    from matplotlib.patches import FancyBboxPatch

    step, bottom = box.node.step, box.top - box.tall
    shape = FancyBboxPatch(
        (box.left, bottom), box.wide, box.tall, boxstyle="round,pad=0,rounding_size=0.05", facecolor=FILLS[step], edgecolor=EDGES[step],
        linewidth=0.8 * sheet.scale, zorder=4,
    )  # fmt: skip
    sheet.ax.add_patch(shape)
    spare = box.tall - height(len(box.lines), size)
    sheet.block((box.left + PADDING, box.top - spare / 2), box.lines, size, colour=INK)
