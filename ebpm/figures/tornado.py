"""A tornado: what each uncertain input alone does to a result, the widest bar on top."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
from matplotlib.patches import Patch
from matplotlib.transforms import ScaledTranslation

from ebpm.figures.intervals import BELOW
from ebpm.figures.style import BLUE, GREY, INK, ORANGE, dress, style
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True)
class Bar:
    """One input: its name, its limits as they are written, and the result at each of them."""

    name: str
    limits: tuple[str, str]
    at_low: float
    at_high: float


def draw_tornado(
    bars: Sequence[Bar],
    ax: Axes | None = None,
    *,
    centre: float,
    axis: str,
    notes: Sequence[str] = (),
    lang: str | None = None,
) -> Axes:
    """Draw bars from the central result to the result at each limit; the limits stand at the ends of the bars.

    Parameters
    ----------
    bars : the widest first.
    ax : matplotlib axes to draw on; a new figure where None.
    centre : the result with every input at its central value.
    axis : name and unit of the result.
    notes : what must be read beside the figure, one line each, above it.
    lang : "ja" or "en".
    """
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=(8.4, 1.9 + 0.5 * len(bars) + 0.2 * len(notes)))[1]
        for place, bar in zip(range(len(bars) - 1, -1, -1), bars, strict=True):
            _draw(bar, place, centre, axes)
        axes.axvline(centre, color=INK, linewidth=1)
        if min(axes.get_xlim()) < 0 < max(axes.get_xlim()):
            axes.axvline(0.0, color=GREY, linewidth=1, linestyle=":")
        axes.set_yticks(range(len(bars) - 1, -1, -1), [bar.name for bar in bars])
        axes.set_ylim(-0.7, len(bars) - 0.3)
        axes.margins(x=0.18)
        axes.set_xlabel(axis)
        axes.xaxis.set_major_formatter(lambda value, _: f"{value:,.4g}" if abs(value) < 1e4 else f"{value:,.0f}")
        axes.set_title("\n".join(notes), fontsize="small", color=ORANGE)
        _explain(axes, lang)
        dress(axes)
        return axes


def _draw(bar: Bar, place: int, centre: float, ax: Axes) -> None:
    for limit, result, colour in zip(bar.limits, (bar.at_low, bar.at_high), (ORANGE, BLUE), strict=True):
        ax.barh(place, result - centre, left=centre, color=colour, height=0.55, hatch="//" if colour == ORANGE else "",
                edgecolor="white", linewidth=0)  # fmt: skip
        right = result > centre if bar.at_low != bar.at_high else colour == BLUE
        ax.annotate(
            limit, (result, place), xytext=(4 if right else -4, 0), textcoords="offset points",
            ha="left" if right else "right", va="center", fontsize="small", color=INK,
        )  # fmt: skip


def _explain(ax: Axes, lang: str | None) -> None:
    handles = [
        Patch(facecolor=ORANGE, hatch="//", edgecolor="white", label=label("tornado_low", lang)),
        Patch(facecolor=BLUE, label=label("tornado_high", lang)),
    ]
    below = ax.transAxes + ScaledTranslation(0, -BELOW / 72, ax.figure.dpi_scale_trans)
    ax.legend(
        handles=handles, loc="upper center", bbox_to_anchor=(0.5, 0.0), bbox_transform=below, ncols=2, fontsize="small"
    )
