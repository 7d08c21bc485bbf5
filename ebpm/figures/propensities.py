"""Chances of answering, of those who did and of those who did not."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np

from ebpm.figures.style import BLUE, ORANGE, dress, style
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.survey.response_weights import ResponseWeights


def draw_propensities(found: ResponseWeights, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw two histograms, those who answered up and those who did not down."""
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=(7.0, 3.6))[1]
        answered, chances = found.model.answered, found.model.propensities
        edges = np.linspace(0.0, 1.0, 21)
        for rows, sign, colour, name in ((answered, 1, BLUE, "answered"), (~answered, -1, ORANGE, "silent")):
            counts = np.histogram(chances[rows], edges)[0]
            axes.bar(
                edges[:-1],
                sign * counts,
                width=0.05,
                align="edge",
                color=colour,
                label=label(f"survey_legend_{name}", lang),
            )
        reach = max(abs(end) for end in axes.get_ylim())
        ticks = [tick for tick in axes.get_yticks() if abs(tick) <= reach]
        axes.set_yticks(ticks, [f"{abs(tick):,.0f}" for tick in ticks])
        axes.axhline(0.0, color="black", linewidth=0.8)
        axes.set_xlim(0.0, 1.0)
        axes.set_xlabel(label("survey_axis_chance", lang))
        axes.set_ylabel(label("survey_axis_invited", lang))
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
        dress(axes)
        return axes
