"""The sheet that a logic model is drawn on: sizes in inches, text that is measured before it is set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Literal

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from ebpm.figures.linebreak import broken, wrap
from ebpm.figures.style import GREY, INK, settings
from ebpm.logic.parts import VerdictCode

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MARGIN, PADDING = 0.4, 0.075
BODIES, TIGHT = (9.5, 9.0, 8.5, 8.0, 7.5), (7.0, 6.5)
NOTE, SMALL, HEAD, TITLE = 6.5, 7.5, 8.5, 14.0
LEADING = 1.32

FILLS = ("#eef1f4", "#e3edf7", "#e4f1e8", "#fdf3e1", "#fbe8cb", "#f8dcb4", "#efe7f6")
EDGES = ("#8a949e", "#5b84ad", "#5a9670", "#c9a25a", "#bd8b37", "#a9751f", "#8a6aa8")


PaperName = Literal["A4", "A3"]


@dataclass(frozen=True, slots=True)
class Paper:
    """A sheet that lies on its long side: inches, and the sizes of type to choose from, in points.

    Parameters
    ----------
    wide, tall : of the sheet.
    gutter : between two columns.
    bodies : sizes of the words in the boxes, the largest first.
    """

    wide: float
    tall: float
    gutter: float = 0.52
    bodies: tuple[float, ...] = BODIES


A4 = Paper(11.69, 8.27)
PAPERS: dict[str, Paper] = {"A4": A4, "A3": Paper(16.54, 11.69, 0.6, (12.0, 11.0, 10.0, *BODIES))}


@dataclass(frozen=True, slots=True)
class Stroke:
    """How a link looks: colour, line style, width in points and the sign of its badge."""

    colour: str
    style: str | tuple[int, tuple[float, ...]]
    width: float
    sign: str = ""


STROKES: dict[VerdictCode, Stroke] = {
    "supports": Stroke("#1b7f4b", "solid", 1.3, "＋"),
    "against": Stroke("#b45309", "solid", 1.3, "－"),
    "no_meaningful_effect": Stroke("#0b5394", (0, (7.0, 2.0)), 1.3, "0"),
    "inconclusive": Stroke("#5b4a8a", (0, (1.2, 1.4)), 1.4, "?"),
    "mixed": Stroke("#8a5a00", (0, (6.0, 1.8, 1.2, 1.8)), 1.3, "±"),
    "no_effect_claim": Stroke("#4a4a4a", (0, (3.0, 1.5, 1.0, 1.5, 1.0, 1.5)), 1.0, "i"),
}
BARE = Stroke("#8a8a8a", (0, (3.5, 2.2)), 0.9)


@lru_cache(maxsize=4096)
def extent(text: str, size: float) -> float:
    """Return the width of a text in inches."""
    font = FontProperties(family=settings()["font.family"], size=size)
    return float(text_to_path.get_text_width_height_descent(text, font, ismath=False)[0]) / 72


def wrapped(text: str, width: float, size: float) -> tuple[str, ...]:
    """Return a text in lines of at most a width in inches."""
    return wrap(text, width, lambda line: extent(line, size))


def splits(text: str, width: float, size: float) -> bool:
    """Return whether a text must be broken within a phrase."""
    return broken(text, width, lambda line: extent(line, size))


def height(lines: int, size: float) -> float:
    """Return the height of some lines in inches."""
    return lines * size * LEADING / 72


@dataclass(frozen=True, slots=True)
class Sheet:
    """Axes whose unit is the inch of the sheet, y upwards; `scale` is 1 on A4.

    Parameters
    ----------
    ax : the axes.
    wide, tall : of the sheet.
    scale : inches of paper to an inch of the sheet.
    """

    ax: Axes
    wide: float
    tall: float
    scale: float

    def text(
        self,
        at: tuple[float, float],
        text: str,
        size: float,
        *,
        colour: str = INK,
        align: str = "left",
        halo: bool = False,
    ) -> None:
        """Set one line; `at` is its middle height, and its left end, middle or right end; `halo` puts white behind it."""
        backing = {"facecolor": "#ffffff", "edgecolor": "none", "pad": 0.4 * self.scale} if halo else None
        self.ax.text(
            *at, text, fontsize=size * self.scale, color=colour, ha=align, va="center_baseline", parse_math=False,
            zorder=6, bbox=backing,
        )  # fmt: skip

    def block(self, corner: tuple[float, float], lines: Sequence[str], size: float, *, colour: str = INK) -> float:
        """Set lines below a corner and return the height below them."""
        left, top = corner
        for row, line in enumerate(lines):
            self.text((left, top - height(1, size) * (row + 0.5)), line, size, colour=colour)
        return top - height(len(lines), size)

    def tag(self, at: tuple[float, float], text: str, colour: str) -> None:
        """Set a small sign on an edge; `at` is its right end and middle height."""
        from matplotlib.patches import FancyBboxPatch

        wide, tall = extent(text, NOTE) + 0.06, 0.12
        shape = FancyBboxPatch(
            (at[0] - wide, at[1] - tall / 2), wide, tall, boxstyle="round,pad=0,rounding_size=0.04", facecolor="#ffffff",
            edgecolor=colour, linewidth=0.6 * self.scale, zorder=5,
        )  # fmt: skip
        self.ax.add_patch(shape)
        self.text((at[0] - wide / 2, at[1]), text, NOTE, colour=colour, align="center")

    def outline(self, corner: tuple[float, float], size: tuple[float, float], colour: str, style: str) -> None:
        """Draw a line around a box."""
        from matplotlib.patches import Rectangle

        low = (corner[0] - 0.04, corner[1] - 0.04)
        frame = Rectangle(low, size[0] + 0.08, size[1] + 0.08, fill=False, edgecolor=colour, linestyle=style)
        frame.set(linewidth=1.6 * self.scale, zorder=4)
        self.ax.add_patch(frame)

    def rule(self, y: float) -> None:
        """Draw a thin line across the sheet."""
        self.ax.plot([MARGIN, self.wide - MARGIN], [y, y], color=GREY, linewidth=0.4 * self.scale, zorder=1)


def sheet_on(ax: Axes, wide: float, tall: float) -> Sheet:
    """Prepare axes as a sheet."""
    ax.set_axis_off()
    ax.set_xlim(0, wide)
    ax.set_ylim(0, tall)
    ax.set_aspect("equal", adjustable="box")
    figure = ax.get_figure(root=True)
    if figure is None:
        return Sheet(ax, wide, tall, 1.0)
    inches = ax.get_position().transformed(figure.transFigure).transformed(figure.dpi_scale_trans.inverted())
    return Sheet(ax, wide, tall, min(inches.width / wide, inches.height / tall))
