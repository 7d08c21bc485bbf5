"""Links on the sheet: curves in the gutters between columns, level where they pass a column, with a badge for their evidence."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ebpm.figures.style import INK
from ebpm.logic.drawing.marks import MARKS, Kind
from ebpm.logic.drawing.sheet import BARE, NOTE, STROKES, Sheet, Stroke, extent, height
from ebpm.logic.parts import Edge, Evidence

if TYPE_CHECKING:
    from matplotlib.patches import Rectangle

    from ebpm.logic.drawing.plan import Box, Look, Plan
    from ebpm.logic.model import LogicModel

Point = tuple[float, float]
ARROW, BADGE, SIGN = 0.1, 0.095, 8.5


@dataclass(frozen=True, slots=True)
class Course:
    """A link's way: the points of its cubic curves (start, control, control, end, control, ...), and where a badge may stand."""

    points: tuple[Point, ...]
    spots: tuple[Point, ...]
    heading: Point


def draw_links(model: LogicModel, plan: Plan, sheet: Sheet, look: Look, *, window: tuple[float, float]) -> None:
    """Draw what a window from bottom to top shows of the links, the bare ones first."""
    from matplotlib.patches import Rectangle

    taken: list[Point] = []
    links = dict(courses(model, plan))
    frame = Rectangle((0, window[0]), sheet.wide, window[1] - window[0], transform=sheet.ax.transData)
    for edge in sorted(links, key=lambda edge: (bool(edge.evidence), edge.key)):
        known = model.evidence_on(edge) if look.evidence else ()
        mark = look.marks.edges.get(edge.name)
        stroke = marked(STROKES[known[-1].verdict] if known else BARE, mark)
        _line(sheet, links[edge], stroke, key=edge.key, frame=frame)
        spots = tuple(spot for spot in links[edge].spots if window[0] + BADGE < spot[1] < window[1] - BADGE)
        if spots and (known or mark):
            spot = _free(spots, taken)
            taken.append(spot)
            draw_badge(sheet, spot, stroke, synthetic=bool(known) and known[-1].synthetic)
        if spots and known:
            _level(sheet, spot, known[-1], plan.gutter)


def marked(stroke: Stroke, kind: Kind | None) -> Stroke:
    """Return the stroke of a link that changed: the colour, line and sign of its mark."""
    if kind is None:
        return stroke
    mark = MARKS[kind]
    return Stroke(mark.colour, mark.style, 1.6, mark.sign)


def _level(sheet: Sheet, spot: Point, evidence: Evidence, gutter: float) -> None:
    """Set scale, without what stands in brackets, and level below the badge: in one line where the gutter holds it."""
    parts = (evidence.scale.name.partition(" (")[0], str(evidence.scale.level))
    lines = (" ".join(parts),) if extent(" ".join(parts), NOTE) <= gutter - 0.04 else parts
    for row, line in enumerate(lines):
        at = (spot[0], spot[1] - BADGE - height(1, NOTE) * (row + 0.55))
        sheet.text(at, line, NOTE, colour=INK, align="center", halo=True)


def _free(spots: tuple[Point, ...], taken: list[Point]) -> Point:
    def room(spot: Point) -> float:
        return min((abs(spot[0] - other[0]) + abs(spot[1] - other[1]) for other in taken), default=9.0)

    return next((spot for spot in spots if room(spot) > 4 * BADGE), max(spots, key=room))


def courses(model: LogicModel, plan: Plan) -> Iterator[tuple[Edge, Course]]:
    """Yield each link with its way."""
    ports = _ports(model, plan)
    for edge in model.edges:
        start, end = plan.boxes[edge.from_], plan.boxes[edge.to]
        if edge.feedback or end.node.step < start.node.step:
            yield edge, _around(plan, start, end)
        elif end.node.step == start.node.step:
            yield edge, _beside(plan, start, end)
        else:
            yield edge, _across(plan, edge, ports)


def _ports(model: LogicModel, plan: Plan) -> dict[tuple[str, str, str], float]:
    """Return the height at which each link leaves and enters its boxes, ordered so that links of one box do not cross."""
    ends: dict[tuple[str, str], list[tuple[float, str]]] = {}
    for edge in model.edges:
        chain = plan.layout.chains.get((edge.from_, edge.to))
        if chain is not None and not edge.feedback:
            ends.setdefault((edge.from_, "out"), []).append((plan.layout.middles[chain[1]], edge.name))
            ends.setdefault((edge.to, "in"), []).append((plan.layout.middles[chain[-2]], edge.name))
    found = {}
    for (name, side), links in ends.items():
        box = plan.boxes[name]
        for at, (_, link) in enumerate(sorted(links)):
            found[name, side, link] = box.top - box.tall * (0.16 + 0.68 * (at + 0.5) / len(links))
    return found


def _across(plan: Plan, edge: Edge, ports: dict[tuple[str, str, str], float]) -> Course:
    chain, gutter = plan.layout.chains[edge.from_, edge.to], plan.gutter
    start, end = plan.boxes[edge.from_], plan.boxes[edge.to]
    x, y = start.left + start.wide, ports[edge.from_, "out", edge.name]
    points: list[Point] = [(x, y)]
    spots: list[Point] = []
    for item in chain[1:]:
        last = item == edge.to
        goal = ports[edge.to, "in", edge.name] if last else plan.top - plan.layout.middles[item]
        points += [(x + gutter / 2, y), (x + gutter / 2, goal), (x + gutter - (ARROW if last else 0), goal)]
        spots.append((x + gutter / 2 - ARROW / 4, (y + goal) / 2))
        x, y = x + gutter, goal
        if not last:
            points += [(x + plan.wide / 3, y), (x + 2 * plan.wide / 3, y), (x + plan.wide, y)]
            spots.append((x + plan.wide / 2, y))
            x += plan.wide
    return Course(tuple(points), tuple(reversed(spots)), (end.left, ports[edge.to, "in", edge.name]))


def _beside(plan: Plan, start: Box, end: Box) -> Course:
    """Straight to the next box of a column, or a bow to the right around those between."""
    down = 1 if end.top < start.top else -1
    leave, goal = (start.top - start.tall, end.top) if down > 0 else (start.top, end.top - end.tall)
    if not _between(plan, start, end):
        x, arrive = start.left + start.wide / 2, goal + down * ARROW
        return Course(((x, leave), (x, leave), (x, arrive), (x, arrive)), ((x, (leave + arrive) / 2),), (x, goal))
    x, reach = start.left + start.wide, start.left + start.wide + 0.75 * plan.gutter
    y, goal = leave + down * 0.12, goal - down * 0.12
    return Course(
        ((x, y), (reach, y), (reach, goal), (x + ARROW, goal)), ((x + 0.56 * plan.gutter, (y + goal) / 2),), (x, goal)
    )


def _between(plan: Plan, start: Box, end: Box) -> bool:
    layer = next(layer for layer in plan.layout.layers if start.node.id in layer)
    return abs(layer.index(start.node.id) - layer.index(end.node.id)) > 1


def _around(plan: Plan, start: Box, end: Box) -> Course:
    """A way back below all boxes."""
    low = min(box.top - box.tall for box in plan.boxes.values()) - 0.12
    x, y, goal = start.left + start.wide, start.top - start.tall * 0.85, end.top - end.tall * 0.85
    right, left = x + plan.gutter / 3, end.left - plan.gutter / 3
    points = (
        (x, y), (right, y), (right, y), (right, (y + low) / 2), (right, low), (right, low), (right - 0.2, low),
        (right - 0.2, low), (left + 0.2, low), (left + 0.2, low), (left, low), (left, low), (left, (low + goal) / 2),
        (left, goal), (left, goal), (end.left - ARROW, goal),
    )  # fmt: skip
    return Course(points, (((left + right) / 2, low),), (end.left, goal))


def _line(sheet: Sheet, course: Course, stroke: Stroke, *, key: bool, frame: Rectangle) -> None:
    from matplotlib.patches import PathPatch, Polygon
    from matplotlib.path import Path

    codes = [Path.MOVETO, *[Path.CURVE4] * (len(course.points) - 1)]
    width = stroke.width * (2.2 if key else 1.0) * sheet.scale
    line = PathPatch(
        Path(course.points, codes),
        fill=False,
        edgecolor=stroke.colour,
        linestyle=stroke.style,
        linewidth=width,
        zorder=3,
    )
    head = Polygon(arrowhead(course, key=key), facecolor=stroke.colour, edgecolor="none", zorder=3)
    for patch in (line, head):
        sheet.ax.add_patch(patch)
        patch.set_clip_path(frame)


def arrowhead(course: Course, *, key: bool) -> list[Point]:
    """Return the corners of the arrowhead."""
    (tip_x, tip_y), (end_x, end_y) = course.heading, course.points[-1]
    half = 0.6 if key else 0.42
    across_x, across_y = half * (tip_y - end_y), half * (tip_x - end_x)
    return [(tip_x, tip_y), (end_x + across_x, end_y + across_y), (end_x - across_x, end_y - across_y)]


def draw_badge(sheet: Sheet, at: Point, stroke: Stroke, *, synthetic: bool = False) -> None:
    """Draw the sign of a verdict: in a circle, or in a square where the data are synthetic."""
    from matplotlib.patches import Circle, Rectangle

    corner = (at[0] - BADGE, at[1] - BADGE)
    badge = Rectangle(corner, 2 * BADGE, 2 * BADGE) if synthetic else Circle(at, BADGE)
    badge.set(facecolor="#ffffff", edgecolor=stroke.colour, linewidth=1.0 * sheet.scale, zorder=5)
    sheet.ax.add_patch(badge)
    sheet.text(at, stroke.sign, SIGN, colour=stroke.colour, align="center")
