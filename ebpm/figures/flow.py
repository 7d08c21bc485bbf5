"""The flow of participants as a diagram: boxes from assessment to analysis, a column an arm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
from matplotlib.patches import FancyArrowPatch, Rectangle

from ebpm.estimate import Unavailable
from ebpm.figures.linebreak import folded
from ebpm.figures.style import BLUE, GREY, INK, ZONE, dress, style
from ebpm.texts import label, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.cohort.trial.flow import CohortFlow
    from ebpm.rct.threats.flow import Flow, FlowArm

WIDTH, GAP, LINE, PADDING = 3.6, 0.5, 0.27, 0.2
CHARACTERS = 17


@dataclass(frozen=True, slots=True)
class _Box:
    """A box: its words, the middle of its upper edge, and its size, in inches."""

    words: str
    x: float
    y: float
    width: float = WIDTH

    @property
    def height(self) -> float:
        return LINE * len(self.words.splitlines()) + 2 * PADDING

    @property
    def foot(self) -> float:
        return self.y - self.height


@dataclass(frozen=True, slots=True)
class Diagram:
    """Words of a flow of persons.

    Parameters
    ----------
    top, side, drawn : who was looked at, who was left out (empty where nobody was), who came in.
    rows : the stages after that, each with the words of every column.
    stages : names of the first stage and of each row, for the left edge.
    """

    top: str
    side: str
    drawn: str
    rows: tuple[tuple[str, ...], ...]
    stages: tuple[str, ...]


def draw_flow(flow: Flow, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw the flow of a trial; stages are named at the left."""
    rows = (
        tuple(_arm_words(arm, lang) for arm in flow.arms),
        tuple(_words("lost", arm.lost.words(lang), lang) + _reasons(arm.reasons) for arm in flow.arms),
        tuple(_analysed(arm, lang) for arm in flow.arms),
    )
    side = _words("excluded", flow.excluded.words(lang), lang) + _reasons(flow.reasons)
    stages = ("enrolment", "allocation", "follow_up", "analysis")
    diagram = Diagram(
        top=_words("assessed", flow.assessed.words(lang), lang), side=side if flow.excluded.persons else "",
        drawn=_words("randomised", flow.randomised.words(lang), lang), rows=rows,
        stages=tuple(label(f"rct_flow_{code}", lang) for code in stages),
    )  # fmt: skip
    return draw_diagram(diagram, ax)


def draw_cohort_flow(flow: CohortFlow, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw the flow of a cohort from the records to the end of follow-up."""

    def counted(code: str, persons: int) -> str:
        return f"{folded(label(f'cohort_flow_{code}', lang), CHARACTERS)}\n{label('cohort_flow_count', lang, persons=f'{persons:,}')}"

    ends = ("outcome", "competing", "departed", "lost", "complete")
    named = [[(label(f"cohort_flow_{code}", lang), getattr(arm, code)) for code in ends] for arm in flow.arms]
    left = flow.records - flow.included
    reasons = tuple((words(why, lang), count) for why, count in flow.excluded)
    diagram = Diagram(
        top=counted("records", flow.records), side=counted("excluded", left) + _reasons(reasons) if left else "",
        drawn=counted("included", flow.included),
        rows=(
            tuple(f"{folded(words(arm.arm, lang), CHARACTERS)}\n{counted('persons', arm.persons)}" for arm in flow.arms),
            tuple(_reasons([one for one in own if one[1]]).lstrip("\n") for own in named),
        ),
        stages=tuple(label(f"cohort_flow_stage_{code}", lang) for code in ("records", "strategies", "follow_up")),
    )  # fmt: skip
    return draw_diagram(diagram, ax)


def draw_diagram(diagram: Diagram, ax: Axes | None = None) -> Axes:
    """Draw boxes from the records down, a column an arm."""
    columns = [(WIDTH + GAP) * (place + 0.5) for place in range(len(diagram.rows[0]))]
    middle = (columns[0] + columns[-1]) / 2
    top = _Box(diagram.top, middle, 0.0)
    side = _Box(diagram.side, middle + WIDTH * 0.75, top.foot - GAP / 2)
    above = side.foot if diagram.side else top.foot - GAP / 2
    drawn = _Box(diagram.drawn, middle, above - GAP / 2)
    grid, level = [], drawn.foot - GAP
    for row in diagram.rows:
        grid.append([_Box(text, x, level) for text, x in zip(_levelled(row), columns, strict=True)])
        level = grid[-1][0].foot - GAP
    with style():
        axes = ax if ax is not None else _canvas(columns, side, level)
        _place(axes, top, side, drawn, grid, shown=bool(diagram.side))
        spans = ((top.y, drawn.foot), *((row[0].y, row[0].foot) for row in grid))
        for name, (head, foot) in zip(diagram.stages, spans, strict=True):
            _stage(axes, name, head, foot)
        axes.set_xlim(-0.8, max(columns[-1] + WIDTH / 2, side.x + WIDTH / 2) + 0.1)
        axes.set_ylim(level + GAP - 0.1, 0.1)
        axes.set_aspect("equal")
        axes.axis("off")
        dress(axes)
        return axes


def _canvas(columns: Sequence[float], side: _Box, level: float) -> Axes:
    width = max(columns[-1] + WIDTH / 2, side.x + WIDTH / 2) + 0.9
    return plt.subplots(figsize=(width * 0.85, (0.2 - level) * 0.85))[1]


def _place(axes: Axes, top: _Box, side: _Box, drawn: _Box, grid: Sequence[Sequence[_Box]], *, shown: bool) -> None:
    boxes = [top, drawn, *([side] if shown else []), *(box for row in grid for box in row)]
    for box in boxes:
        axes.add_patch(Rectangle(
            (box.x - box.width / 2, box.foot), box.width, box.height, facecolor="white", edgecolor=INK, linewidth=1,
        ))  # fmt: skip
        axes.text(
            box.x - box.width / 2 + 0.12, box.y - box.height / 2, box.words, va="center", color=INK, linespacing=1.35
        )
    _arrow(axes, (top.x, top.foot), (drawn.x, drawn.y))
    if shown:
        level = side.y - side.height / 2
        _arrow(axes, (top.x, level), (side.x - side.width / 2, level))
    fork = drawn.foot - (drawn.foot - grid[0][0].y) / 2
    axes.plot([drawn.x, drawn.x], [drawn.foot, fork], color=INK, linewidth=1)
    axes.plot([grid[0][0].x, grid[0][-1].x], [fork, fork], color=INK, linewidth=1)
    for first in grid[0]:
        _arrow(axes, (first.x, fork), (first.x, first.y))
    for upper, lower in pairwise(grid):
        for one, other in zip(upper, lower, strict=True):
            _arrow(axes, (one.x, one.foot), (other.x, other.y))


def _arrow(axes: Axes, start: tuple[float, float], end: tuple[float, float]) -> None:
    axes.add_patch(
        FancyArrowPatch(start, end, arrowstyle="-|>", mutation_scale=10, color=INK, linewidth=1, shrinkA=0, shrinkB=0)
    )


def _stage(axes: Axes, words: str, head: float, foot: float) -> None:
    axes.add_patch(Rectangle((-0.7, foot), 0.4, head - foot, facecolor=ZONE, edgecolor=GREY, linewidth=0.5))
    latin = words.isascii()
    shown = words if latin else "\n".join(words)
    axes.text(
        -0.5, (head + foot) / 2, shown, rotation=90 if latin else 0, ha="center", va="center", color=BLUE, fontsize="small",
    )  # fmt: skip


def _words(stage: str, count: str, lang: str | None) -> str:
    return folded(label(f"rct_flow_{stage}", lang), CHARACTERS) + f"\n{count}"


def _arm_words(arm: FlowArm, lang: str | None) -> str:
    first = folded(label("rct_flow_allocated_to", lang, arm=arm.arm), CHARACTERS) + f"\n{arm.allocated.words(lang)}"
    if isinstance(arm.received, Unavailable) or isinstance(arm.not_received, Unavailable):
        return first
    return "\n".join([first, *(
        _part(stage, count.words(lang), lang) for stage, count in (("received", arm.received), ("not_received", arm.not_received))
    )])  # fmt: skip


def _analysed(arm: FlowArm, lang: str | None) -> str:
    first = _words("analysed", arm.analysed.words(lang), lang)
    return f"{first}\n{_part('left_out', arm.left_out.words(lang), lang)}" if arm.left_out.persons else first


def _part(stage: str, count: str, lang: str | None) -> str:
    return _counted(label(f"rct_flow_{stage}", lang), count)


def _counted(text: str, count: str) -> str:
    """Label and count on one line, or the count whole on a line of its own."""
    line = f"・{text}: {count}"
    return line if folded(line, CHARACTERS) == line else folded(f"・{text}:", CHARACTERS) + f"\n\u3000{count}"


def _reasons(reasons: Sequence[tuple[str, int]]) -> str:
    return "".join(f"\n{_counted(text, f'{count:,}')}" for text, count in reasons)


def _levelled(texts: Sequence[str]) -> list[str]:
    """Words with as many lines each, so that boxes of one stage are alike."""
    most = max(len(text.splitlines()) for text in texts)
    return [text + "\n " * (most - len(text.splitlines())) for text in texts]
