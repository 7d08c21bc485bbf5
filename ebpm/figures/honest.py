"""Intervals that allow for departures from parallel trends, by the size of the departure, with the breakdown value."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt

from ebpm.estimate import Unavailable
from ebpm.figures.linebreak import folded
from ebpm.figures.style import BLUE, GREY, ORANGE, dress, style
from ebpm.texts import label, term, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.did.sensitivity.honest import Honest

LEGEND = (0.5, -0.16)


def draw_honest(found: Honest, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw one interval a bound, that under parallel trends to the left."""
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=(7.0, 4.6))[1]
        axes.axhline(0.0, color=GREY, linewidth=1)
        level, step = f"{100 * found.conf_level:g}", max(found.bounds) / max(len(found.bounds), 2) or 1.0
        said = label("did_honest_plain", lang, level=level)
        axes.plot([-step] * 2, found.original, color=GREY, linewidth=3, solid_capstyle="butt", label=said)
        for place, (bound, interval) in enumerate(zip(found.bounds, found.intervals, strict=True)):
            said = label("did_honest_interval", lang, level=level) if not place else "_"
            axes.plot([bound] * 2, interval, color=BLUE, linewidth=3, solid_capstyle="butt", label=said)
        axes.set_xticks(
            [-step, *found.bounds], [label("did_honest_original", lang), *(f"{bound:.3g}" for bound in found.bounds)]
        )
        _breakdown(axes, found, lang)
        head = found.study.headline
        unit = f" [{words(head.unit, lang)}]" if head.unit else ""
        axes.set_ylabel(folded(term(head.estimand, lang) + unit))
        axes.set_xlabel(label(f"did_honest_axis_{found.restriction}", lang))
        axes.legend(loc="upper center", bbox_to_anchor=LEGEND, ncols=3, fontsize="small")
        dress(axes)
        return axes


def _breakdown(ax: Axes, found: Honest, lang: str | None) -> None:
    if not isinstance(found.breakdown, Unavailable) and found.breakdown <= max(found.bounds):
        said = label("did_honest_breakdown", lang, breakdown=f"{found.breakdown:.2g}")
        ax.axvline(found.breakdown, color=ORANGE, linewidth=1.5, linestyle="--", label=said)
