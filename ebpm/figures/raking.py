"""Margins of a sample beside those of its population."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt

from ebpm.figures.style import BLUE, GREY, ORANGE, style
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.survey.weighting.raking import Raked


def draw_margins(raked: Raked, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw a line a level: from its share of the sample to its share of the population."""
    rows = raked.margins.rows
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=(7.0, 1.6 + 0.3 * len(rows)))[1]
        places = range(len(rows) - 1, -1, -1)
        for place, (_, _, sample, _, reached, _) in zip(places, rows, strict=True):
            axes.plot([100 * sample, 100 * reached], [place, place], color=GREY, linewidth=1)
        axes.plot(
            [100 * row[2] for row in rows],
            places,
            "s",
            color=ORANGE,
            fillstyle="none",
            label=label("survey_legend_sample", lang),
        )
        axes.plot(
            [100 * row[4] for row in rows], places, "o", color=BLUE, label=label("survey_legend_population", lang)
        )
        axes.set_yticks(places, [f"{row[0]}: {row[1]}" for row in rows])
        axes.set_ylim(-0.6, len(rows) - 0.4)
        axes.set_xlabel(label("survey_axis_share", lang))
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
        return axes
