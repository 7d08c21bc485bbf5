"""The comparisons of which a two-way coefficient is made, by weight and estimate; the forbidden ones marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt

from ebpm.figures.style import BLUE, GREEN, GREY, INK, ORANGE, dress, style
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.did.bacon import Bacon

LEGEND = (0.5, -0.12)
MARKS = {
    "treated_never": ("o", BLUE),
    "earlier_later": ("s", GREEN),
    "later_earlier": ("X", ORANGE),
    "later_always": ("P", ORANGE),
}


def draw_bacon(parts: Bacon, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw one mark a comparison; the legend gives the weight of each kind."""
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=(7.0, 4.8))[1]
        axes.axhline(0.0, color=GREY, linewidth=1)
        for kind in MARKS:
            _draw(axes, parts, kind, lang)
        said = label("did_bacon_line", lang, estimate=f"{parts.coefficient:.3g}")
        axes.axhline(parts.coefficient, color=INK, linewidth=1.5, linestyle="--", label=said)
        axes.margins(x=0.04)
        axes.set_xlabel(label("did_bacon_axis", lang))
        axes.set_ylabel(label("did_bacon_estimate", lang))
        axes.legend(loc="upper center", bbox_to_anchor=LEGEND, ncols=2, fontsize="small")
        dress(axes)
        return axes


def _draw(ax: Axes, parts: Bacon, kind: str, lang: str | None) -> None:
    found = [one for one in parts.comparisons if one.kind == kind]
    if found:
        marker, colour = MARKS[kind]
        said = label(
            "did_bacon_legend", lang, kind=label(f"did_bacon_{kind}", lang), weight=f"{parts.weight(kind):.1%}"
        )
        ax.plot(
            [one.weight for one in found], [one.estimate for one in found], marker, color=colour, markersize=7,
            markeredgecolor="white", markeredgewidth=0.6, clip_on=False, label=said, zorder=3,
        )  # fmt: skip
