"""How much a change at each date would explain."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt

from ebpm.figures.style import BLUE, INK, ORANGE, dress, style
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.its.checks.change_point import ChangePoint


def draw_change_point(result: ChangePoint, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw F over the dates, the date found, and the start of the intervention.

    Parameters
    ----------
    result : the search.
    ax : matplotlib axes; a new figure where None.
    lang : "ja" or "en".
    """
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=(8.5, 4.0))[1]
        axes.plot(result.dates, result.statistics, color=BLUE, linewidth=1.6)
        found = label("its_change_found", lang, period=result.calendar.name(result.place), p=f"{result.p_value:.2g}")
        axes.axvline(result.place, color=ORANGE, linewidth=1.4, linestyle="--", label=found)
        start = label("its_start", lang, period=result.calendar.name(result.start))
        axes.axvline(result.start - 0.5, color=INK, linewidth=1, label=start)
        axes.set_ylabel("F")
        axes.set_ylim(bottom=0.0)
        ticks = result.calendar.ticks(lang)
        axes.set_xticks([place for place, _ in ticks], [name for _, name in ticks])
        axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=2, fontsize=9)
        dress(axes)
        return axes
