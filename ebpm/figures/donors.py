"""A series beside its synthetic counterpart, and their gap among those of the donors."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np

from ebpm.figures.linebreak import folded
from ebpm.figures.style import BLUE, GREY, INK, dress, style
from ebpm.texts import called, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.its.models.synthetic import SyntheticSeries

NARROW = 16


def draw_donors(result: SyntheticSeries, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw both series, and below the gaps of the exposed one and of the donors.

    Parameters
    ----------
    result : the synthetic series.
    ax : axes for the first of the two; a new figure with both where None.
    lang : "ja" or "en".
    """
    with style():
        if ax is not None:
            _paths(result, ax, lang)
            dress(ax)
            return ax
        panels: list[Axes] = list(plt.subplots(2, 1, figsize=(8.5, 6.6), sharex=True)[1])
        _paths(result, panels[0], lang)
        places = np.arange(result.calendar.length)
        for place, gap in enumerate(result.gaps[1:]):
            name = label("its_donor_gaps", lang) if place == 0 else None
            panels[1].plot(places, gap, color=GREY, linewidth=0.7, alpha=0.5, label=name)
        panels[1].plot(places, result.gaps[0], color=BLUE, linewidth=2, label=label("its_own_gap", lang))
        panels[1].axhline(0.0, color=GREY, linewidth=1)
        panels[1].axvline(result.start - 0.5, color=INK, linewidth=1)
        panels[1].set_ylabel(folded(label("its_gap", lang), NARROW))
        panels[1].legend(loc="upper left", ncols=2, fontsize=9)
        for panel in panels:
            dress(panel)
        return panels[0]


def _paths(result: SyntheticSeries, ax: Axes, lang: str | None) -> None:
    places = np.arange(result.calendar.length)
    ax.plot(places, result.exposed, color=INK, linewidth=1.8, label=label("its_points_single", lang))
    ax.plot(places, result.synthetic, color=BLUE, linewidth=1.8, linestyle="--", label=label("its_synthetic", lang))
    ax.axvline(
        result.start - 0.5,
        color=INK,
        linewidth=1,
        label=label("its_start", lang, period=result.calendar.name(result.start)),
    )
    ticks = result.calendar.ticks(lang)
    ax.set_xticks([place for place, _ in ticks], [name for _, name in ticks])
    ax.set_ylabel(folded(called(result.outcome, lang), NARROW))
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, fontsize=9)
