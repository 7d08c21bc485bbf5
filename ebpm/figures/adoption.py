"""The adoption of a treatment: a grid of units by periods, cohorts together, the earliest on top."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.colors import ListedColormap
from matplotlib.patches import Patch

from ebpm.figures.intervals import draw_handles, ticks
from ebpm.figures.style import BLUE, GREY, INK, ORANGE, dress, style
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.did.advice.panel_view import Adoption

COLOURS = ("#ffffff", "#cdd9e8", BLUE, ORANGE)
CODES = ("did_adoption_not_seen", "did_adoption_untreated", "did_adoption_is_treated", "did_adoption_ended")
NAMED, LINED, MARKED = 30, 60, 24


def draw_adoption(found: Adoption, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw one row a unit and one column a period; units by name where they are few, by cohort where they are many."""
    units, periods = found.states.shape
    with style():
        height = 1.8 + min(0.22 * units, 5.0)
        axes = ax if ax is not None else plt.subplots(figsize=(7.0, height))[1]
        axes.imshow(
            found.states, cmap=ListedColormap(COLOURS), vmin=-0.5, vmax=3.5, aspect="auto", interpolation="nearest"
        )
        width = 1.0 if max(units, periods) <= LINED else 0.0
        if width:
            for place in range(1, units):
                axes.axhline(place - 0.5, color="white", linewidth=width)
        for place in range(1, periods):
            axes.axvline(place - 0.5, color="white", linewidth=1.0 if periods <= LINED else 0.0)
        places, named = ticks(found.periods.tolist(), float(found.periods[0]))
        axes.set_xticks(np.searchsorted(found.periods, places), named)
        _rows(axes, found, lang)
        axes.set_xlabel(label("did_axis_period", lang))
        shown = [state for state in range(4) if (found.states == state).any()]
        handles = [
            Patch(facecolor=COLOURS[one], edgecolor=GREY, linewidth=0.6, label=label(CODES[one], lang)) for one in shown
        ]
        draw_handles(axes, handles, columns=4)
        dress(axes)
        return axes


def _rows(ax: Axes, found: Adoption, lang: str | None) -> None:
    if len(found.units) <= NAMED:
        ax.set_yticks(range(len(found.units)), [str(one) for one in found.units])
        return
    cohorts, starts, counts = np.unique(found.first_treated, return_index=True, return_counts=True)
    for start in starts[1:]:
        ax.axhline(start - 0.5, color=INK, linewidth=0.6)
    names = [f"{one:g}" if np.isfinite(one) else label("did_adoption_never", lang) for one in cohorts]
    said = [
        label("did_adoption_cohort", lang, cohort=name, units=f"{size:,}")
        for name, size in zip(names, counts, strict=True)
    ]
    centres, last = starts + (counts - 1) / 2, -np.inf
    places, words = [], []
    for centre, text in zip(centres.tolist(), said, strict=True):
        if centre - last >= len(found.units) / MARKED:
            places.append(centre)
            words.append(text)
            last = centre
    ax.set_yticks(places, words)
    ax.set_ylabel(label("did_adoption_by_cohort", lang))
