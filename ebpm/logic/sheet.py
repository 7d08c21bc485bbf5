"""The sheet that a logic model is drawn on: sizes in inches, text that is measured before it is set."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from matplotlib.font_manager import FontProperties
from matplotlib.textpath import text_to_path

from ebpm.figures.style import GREY, INK, settings
from ebpm.figures.linebreak import broken, wrap
from ebpm.logic.parts import VerdictCode

if TYPE_CHECKING:
    from matplotlib.axes import Axes

WIDTH, HEIGHT = 11.69, 8.27
MARGIN, GUTTER, PADDING = 0.4, 0.52, 0.075
BODIES = (9.5, 9.0, 8.5, 8.0, 7.5)
SMALL, HEAD, TITLE = 7.5, 8.5, 14.0
LEADING = 1.32

FILLS = ("#eef1f4", "#e3edf7", "#e4f1e8", "#fdf3e1", "#fbe8cb", "#f8dcb4", "#efe7f6")
EDGES = ("#8a949e", "#5b84ad", "#5a9670", "#c9a25a", "#bd8b37", "#a9751f", "#8a6aa8")


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
    tall : height of the sheet.
    scale : inches of paper to an inch of the sheet.
    """

    ax: Axes
    tall: float
    scale: float

    def text(self, at: tuple[float, float], text: str, size: float, *, colour: str = INK, align: str = "left") -> None:
        """Set one line; `at` is its middle height, and its left end, middle or right end."""
        self.ax.text(
            *at,
            text,
            fontsize=size * self.scale,
            color=colour,
            ha=align,
            va="center_baseline",
            parse_math=False,
            zorder=6,
        )

    def block(self, corner: tuple[float, float], lines: Sequence[str], size: float, *, colour: str = INK) -> float:
        """Set lines below a corner and return the height below them."""
        left, top = corner
        for row, line in enumerate(lines):
            self.text((left, top - height(1, size) * (row + 0.5)), line, size, colour=colour)
        return top - height(len(lines), size)

    def rule(self, y: float) -> None:
        """Draw a thin line across the sheet."""
        self.ax.plot([MARGIN, WIDTH - MARGIN], [y, y], color=GREY, linewidth=0.4 * self.scale, zorder=1)


def sheet_on(ax: Axes, tall: float) -> Sheet:
    """Prepare axes as a sheet."""
    ax.set_axis_off()
    ax.set_xlim(0, WIDTH)
    ax.set_ylim(0, tall)
    ax.set_aspect("equal", adjustable="box")
    figure = ax.get_figure(root=True)
    if figure is None:
        return Sheet(ax, tall, 1.0)
    inches = ax.get_position().transformed(figure.transFigure).transformed(figure.dpi_scale_trans.inverted())
    return Sheet(ax, tall, min(inches.width / WIDTH, inches.height / tall))
