"""The picture of a logic model: what leads to what, how that is measured, and what is known about it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ebpm.figures.style import GREY, INK, style
from ebpm.logic.drawing.links import draw_links
from ebpm.logic.drawing.margins import draw_foot, draw_head
from ebpm.logic.drawing.marks import MARKS
from ebpm.logic.drawing.plan import BAND, SPACE, Box, Look, Plan, planned
from ebpm.logic.drawing.sheet import BODIES, EDGES, FILLS, MARGIN, NOTE, PADDING, TIGHT, Sheet, extent, height, sheet_on
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.logic.model import LogicModel

KEY = 2.0
"""Outline of the nodes on a key link, in points."""


def draw(model: LogicModel, ax: Axes | None = None, *, look: Look | None = None) -> Axes:
    """Draw a logic model on one sheet; see `LogicModel.draw`."""
    from matplotlib import pyplot as plt

    with style():
        shown = look or Look()
        plan = planned(model, shown)
        size = (plan.paper.wide, plan.tall)
        axes = ax if ax is not None else plt.figure(figsize=size, layout="none").add_axes((0, 0, 1, 1))
        paint(model, plan, sheet_on(axes, *size), shown)
        return axes


def paint(model: LogicModel, plan: Plan, sheet: Sheet, look: Look, *, page: int = 0) -> None:
    """Paint one page of the graph with its head and foot."""
    shown = plan.turned(page)
    draw_head(model, sheet, look.lang, page=(page, plan.pages + plan.apart))
    _headers(plan, sheet, look)
    key = {name for edge in model.edges if edge.key for name in (edge.from_, edge.to)}
    for box in shown.boxes.values():
        if box.page == page:
            _box(sheet, box, plan.size, key=box.node.id in key)
            _tags(model, sheet, box, look)
    draw_links(model, shown, sheet, look, window=_window(plan, page))
    if plan.pages > 1:
        _cuts(sheet, plan, look, page)
    draw_foot(model, sheet, look, panels=not plan.apart)


def _window(plan: Plan, page: int) -> tuple[float, float]:
    """Return bottom and top of what is seen of the graph; on one sheet alone all of it is."""
    if plan.pages == 1:
        return 0.0, plan.tall
    bottom = plan.top - plan.room
    return (0.0 if page == plan.pages - 1 else bottom), (plan.tall if page == 0 else plan.top)


def _headers(plan: Plan, sheet: Sheet, look: Look) -> None:
    names = [label(f"logic_step_{step}", look.lang) for step in plan.steps]
    sizes = (*BODIES, *TIGHT)
    size = next((size for size in sizes if all(extent(name, size) <= plan.wide - PADDING for name in names)), TIGHT[-1])
    for step, left, name in zip(plan.steps, plan.lefts, names, strict=True):
        _header(sheet, step, (left, plan.top + SPACE), plan.wide)
        sheet.text((left + plan.wide / 2, plan.top + SPACE + (BAND - 0.05) / 2), name, size, align="center")


def _header(sheet: Sheet, step: int, corner: tuple[float, float], wide: float) -> None:
    from matplotlib.patches import Rectangle

    left, bottom = corner
    sheet.ax.add_patch(Rectangle((left, bottom), wide, BAND - 0.05, facecolor=FILLS[step], edgecolor="none", zorder=2))
    sheet.ax.add_patch(Rectangle((left, bottom - 0.03), wide, 0.03, facecolor=EDGES[step], edgecolor="none", zorder=2))


def _box(sheet: Sheet, box: Box, size: float, *, key: bool) -> None:
    from matplotlib.patches import FancyBboxPatch

    step, bottom = box.node.step, box.top - box.tall
    shape = FancyBboxPatch(
        (box.left, bottom), box.wide, box.tall, boxstyle="round,pad=0,rounding_size=0.05", facecolor=FILLS[step],
        edgecolor=EDGES[step], linewidth=(KEY if key else 0.8) * sheet.scale, zorder=4,
    )  # fmt: skip
    sheet.ax.add_patch(shape)
    below = height(len(box.notes), NOTE) + PADDING if box.notes else 0.0
    spare = box.tall - height(len(box.lines), size) - below
    low = sheet.block((box.left + PADDING, box.top - spare / 2), box.lines, size, colour=INK)
    if box.notes:
        rule = low - PADDING / 2
        sheet.ax.plot(
            [box.left + PADDING, box.left + box.wide - PADDING], [rule, rule], color=EDGES[step], linewidth=0.5 * sheet.scale, zorder=5
        )  # fmt: skip
        sheet.block((box.left + PADDING, low - PADDING), box.notes, NOTE, colour=INK)


def _tags(model: LogicModel, sheet: Sheet, box: Box, look: Look) -> None:
    """Set the numbers of the external factors that act on the node at its upper edge, and the sign of its mark."""
    numbers = [str(at) for at, one in enumerate(model.externals, start=1) if box.node.id in one.affects]
    if numbers:
        said = label("drawing_external_tag", look.lang, number=",".join(numbers))
        sheet.tag((box.left + box.wide - 0.04, box.top), said, GREY)
    if box.node.id in look.marks.nodes:
        mark = MARKS[look.marks.nodes[box.node.id]]
        sheet.outline((box.left, box.top - box.tall), (box.wide, box.tall), mark.colour, mark.style)
        sheet.tag((box.left + 0.3, box.top), mark.sign, mark.colour)


def _cuts(sheet: Sheet, plan: Plan, look: Look, page: int) -> None:
    """Say where the graph comes from and goes on."""
    bottom = plan.top - plan.room
    for there, y, code in ((page, plan.top + 0.07, "drawing_from_page"), (page + 2, bottom - 0.07, "drawing_to_page")):
        if 1 <= there <= plan.pages:
            words = label(code, look.lang, page=there)
            sheet.text((sheet.wide - MARGIN, y), words, NOTE, colour=GREY, align="right", halo=True)
            sheet.rule(bottom if there > page else plan.top)
