"""Bounds under attrition as bars, with their interval and the difference among those who were observed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt

from ebpm.figures.intervals import draw_handles
from ebpm.figures.style import BLUE, GREY, ORANGE, dress, style
from ebpm.texts import called, label, term

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.rct.missing.attrition_bounds import LeeBounds
    from ebpm.rct.missing.bound_items import ArmBounds
    from ebpm.rct.missing.worst_case import WorstCase


def draw_attrition_bounds(
    bounds: LeeBounds | WorstCase, ax: Axes | None = None, *, lang: str | None = None, code: str = "rct_lee_bounds"
) -> Axes:
    """Draw one row an arm."""
    items: Sequence[ArmBounds] = bounds.items
    places = range(len(items) - 1, -1, -1)
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=(7.0, 2.0 + 0.5 * len(items)))[1]
        axes.axvline(0.0, color=GREY, linewidth=1)
        for place, one in zip(places, items, strict=True):
            level = f"{100 * one.conf_level:g}"
            (interval,) = axes.plot([one.conf_low, one.conf_high], [place, place], color=BLUE, linewidth=1.5)
            (bar,) = axes.plot(
                [one.low, one.high], [place, place], color=BLUE, linewidth=9, alpha=0.55, solid_capstyle="butt"
            )
            (point,) = axes.plot([one.difference], [place], "o", color=ORANGE, linestyle="none")
        for mark, words in ((bar, code), (interval, "rct_lee_interval"), (point, "rct_lee_difference")):
            mark.set_label(label(words, lang, level=level))
        axes.set_yticks(list(places), [called(one.term, lang) for one in items])
        axes.set_ylim(-0.6, len(items) - 0.4)
        axes.set_xlabel(term("itt", lang))
        draw_handles(axes, [bar, interval, point])
        dress(axes)
        return axes
