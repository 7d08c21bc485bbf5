"""Chances and weights of two groups of persons, one up and one down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import NDArray

from ebpm.figures.style import BLUE, ORANGE, dress, style
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.cohort.weights.propensity import Propensity
    from ebpm.cohort.weights.weighting import Weighting
    from ebpm.survey.weighting.response_weights import ResponseWeights

Floats = NDArray[np.float64]
STEPS = 21


def draw_propensities(found: ResponseWeights, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw chances of answering, those who answered up and those who did not down."""
    answered, chances = found.model.answered, found.model.propensities
    groups = {
        label("survey_legend_answered", lang): chances[answered],
        label("survey_legend_silent", lang): chances[~answered],
    }
    axes = _mirrored(groups, np.linspace(0.0, 1.0, STEPS), ax)
    axes.set_xlabel(label("survey_axis_chance", lang))
    axes.set_ylabel(label("survey_axis_invited", lang))
    return axes


def draw_overlap(found: Propensity, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw chances of treatment, the treated up and the untreated down."""
    axes = _mirrored(
        _arms(
            found.chances,
            found.model.subjects.treated,
            found.names(lang),
        ),
        np.linspace(0.0, 1.0, STEPS),
        ax,
    )
    axes.set_xlabel(label("cohort_axis_chance", lang))
    axes.set_ylabel(label("cohort_axis_persons", lang))
    return axes


def draw_weights(found: Weighting, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw weights, the treated up and the untreated down; a tick on the line marks the heaviest person of each."""
    groups = _arms(found.values, found.treated, found.names(lang))
    axes = _mirrored(groups, np.linspace(0.0, float(found.values.max()), STEPS), ax)
    for values, end, colour in zip(groups.values(), (1.0, 0.0), (BLUE, ORANGE), strict=True):
        axes.plot(
            values.max(),
            end,
            marker="v" if end else "^",
            color=colour,
            transform=axes.get_xaxis_transform(),
            clip_on=False,
        )
    axes.set_xlabel(label("cohort_axis_weight", lang))
    axes.set_ylabel(label("cohort_axis_persons", lang))
    return axes


def _arms(values: Floats, treated: Floats, arms: tuple[str, str]) -> dict[str, Floats]:
    return {arms[1]: values[treated == 1.0], arms[0]: values[treated == 0.0]}


def _mirrored(groups: dict[str, Floats], edges: Floats, ax: Axes | None) -> Axes:
    """Draw the histogram of the first group upwards and that of the second downwards, in counts."""
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=(7.0, 3.6))[1]
        width = float(edges[1] - edges[0])
        for (name, values), sign, colour in zip(groups.items(), (1, -1), (BLUE, ORANGE), strict=True):
            counts = np.histogram(values, edges)[0]
            axes.bar(edges[:-1], sign * counts, width=width, align="edge", color=colour, label=name)
        reach = max(abs(end) for end in axes.get_ylim())
        ticks = [tick for tick in axes.get_yticks() if abs(tick) <= reach]
        axes.set_yticks(ticks, [f"{abs(tick):,.0f}" for tick in ticks])
        axes.axhline(0.0, color="black", linewidth=0.8)
        axes.set_xlim(edges[0], edges[-1])
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=2)
        dress(axes)
        return axes
