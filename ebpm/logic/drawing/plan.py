"""The place of everything on the sheets of a drawing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import ceil
from typing import TYPE_CHECKING

from ebpm.logic.drawing.layout import Layout, arrange, needed
from ebpm.logic.drawing.margins import foot_height, has_panels, head_height, legend_height
from ebpm.logic.drawing.marks import NONE, Marks
from ebpm.logic.drawing.notes import node_notes
from ebpm.logic.drawing.sheet import A4, MARGIN, NOTE, PADDING, TIGHT, Paper, height, splits, wrapped
from ebpm.logic.parts import Node

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel

SPACE, BAND, PORT, WIDEST = 0.2, 0.3, 0.2, 4.8


@dataclass(frozen=True, slots=True)
class Look:
    """What is shown and how.

    Parameters
    ----------
    lang : "ja" or "en"; the current language where None.
    evidence : paint the evidence on the links.
    indicators : set the indicators under their nodes.
    marks : signs on nodes and links, for instance of what changed.
    """

    lang: str | None = None
    evidence: bool = True
    indicators: bool = False
    marks: Marks = NONE


@dataclass(frozen=True, slots=True)
class Box:
    """A node: left end, top, width, height in inches, its lines, the lines on its indicators, and its page."""

    node: Node
    left: float
    top: float
    wide: float
    tall: float
    lines: tuple[str, ...]
    notes: tuple[str, ...] = ()
    page: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """Everything that has a place.

    Parameters
    ----------
    paper : the sheets.
    steps, lefts, wide, gutter : the columns: their stage, left ends and width, and what is between two.
    size : of the words in the boxes, in points.
    boxes, layout : the nodes and the items of the links; heights downwards from `top`, page after page.
    top, room : where the graph begins, and its height on a page.
    tall : height of a sheet.
    pages : how many sheets hold the graph.
    apart : whether assumptions, external factors and harms stand on a sheet of their own.
    """

    paper: Paper
    steps: tuple[int, ...]
    lefts: tuple[float, ...]
    wide: float
    gutter: float
    size: float
    boxes: Mapping[str, Box]
    layout: Layout
    top: float
    room: float
    tall: float
    pages: int = 1
    apart: bool = False

    def turned(self, page: int) -> Plan:
        """Return the plan with everything moved up so that a page lies on the sheet."""
        up = page * self.room
        boxes = {name: replace(box, top=box.top + up) for name, box in self.boxes.items()}
        return replace(self, boxes=boxes, top=self.top + up)


@dataclass(frozen=True, slots=True)
class _Words:
    size: float
    lines: Mapping[str, tuple[str, ...]]
    notes: Mapping[str, tuple[str, ...]]
    heights: Mapping[str, float]


def planned(model: LogicModel, look: Look | None = None, *, paper: Paper = A4, pages: bool = False) -> Plan:
    """Return the place of everything.

    Parameters
    ----------
    model : the logic model.
    look : what is shown.
    paper : the sheets.
    pages : where one sheet cannot hold it in legible type, use several; otherwise the sheet grows downwards.
    """
    shown = look or Look()
    steps = tuple(sorted({node.step for node in model.nodes}))
    across = paper.wide - 2 * MARGIN
    wide = min(WIDEST, (across - paper.gutter * (len(steps) - 1)) / len(steps))
    gutter = (across - wide * len(steps)) / max(len(steps) - 1, 1)
    columns = [[node.id for node in model.nodes if node.step == step] for step in steps]
    head = head_height(model, paper.wide, shown.lang) + BAND + SPACE
    foot = foot_height(model, paper.wide, shown) + SPACE
    words = _fitted(model, columns, wide - 2 * PADDING, paper.tall - head - foot, (shown, paper, pages))
    apart = pages and needed(columns, model.arcs(), words.heights) > paper.tall - head - foot
    if apart:
        foot = legend_height(model, paper.wide, shown) + 2 * SPACE
        words = _fitted(model, columns, wide - 2 * PADDING, paper.tall - head - foot, (shown, paper, pages))
    room = paper.tall - head - foot
    layout = arrange(columns, model.arcs(), words.heights, room=room, pages=pages)
    count = max(layout.pages.values()) + 1
    lowest = max(layout.middles[name] + words.heights[name] / 2 for name in words.heights)
    tall = paper.tall if pages else max(paper.tall, head + foot + lowest)
    lefts = tuple(MARGIN + at * (wide + gutter) for at in range(len(steps)))
    boxes = {
        node.id: _box(node, words, layout, (lefts[steps.index(node.step)], tall - head), wide) for node in model.nodes
    }
    return Plan(
        paper, steps, lefts, wide, gutter, words.size, boxes, layout, tall - head, max(room, tall - head - foot), tall, count, apart and has_panels(model, shown)
    )  # fmt: skip


def _box(node: Node, words: _Words, layout: Layout, corner: tuple[float, float], wide: float) -> Box:
    left, top = corner
    tall, name = words.heights[node.id], node.id
    upper = top - layout.middles[name] + tall / 2
    return Box(node, left, upper, wide, tall, words.lines[name], words.notes[name], layout.pages[name])


def _fitted(
    model: LogicModel, columns: Sequence[Sequence[str]], wide: float, room: float, given: tuple[Look, Paper, bool]
) -> _Words:
    """Return the largest type at which the boxes need the fewest sheets, without breaking a phrase where that is possible."""
    look, paper, pages = given
    sizes = (*paper.bodies, *TIGHT) if pages else paper.bodies
    texts = {node.id: node.text.words(look.lang) for node in model.nodes}
    notes = {node.id: node_notes(model, node, wide, look.lang) if look.indicators else () for node in model.nodes}
    whole = [size for size in sizes if not any(splits(text, wide, size) for text in texts.values())]
    tried = []
    for size in whole or sizes:
        lines = {name: wrapped(text, wide, size) for name, text in texts.items()}
        words = _Words(size, lines, notes, _heights(model, lines, notes, size))
        tried.append((ceil(needed(columns, model.arcs(), words.heights) / room), words))
        if tried[-1][0] == 1:
            break
    fewest = min(count for count, _ in tried)
    return next(words for count, words in tried if count == fewest)


def _heights(
    model: LogicModel, lines: Mapping[str, tuple[str, ...]], notes: Mapping[str, tuple[str, ...]], size: float
) -> dict[str, float]:
    """Return heights that hold the lines, and the arrowheads on either side."""
    ends = Counter(name for edge in model.edges for name in ((edge.from_, "out"), (edge.to, "in")))
    arrows = {name: max(ends[name, "in"], ends[name, "out"]) for name in lines}
    below = {name: height(len(found), NOTE) + PADDING if found else 0.0 for name, found in notes.items()}
    return {
        name: max(height(len(text), size) + 2 * PADDING + below[name], PORT * arrows[name])
        for name, text in lines.items()
    }
