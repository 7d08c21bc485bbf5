"""Scaled Schoenfeld residuals over time: the hazard ratio is constant where they have no trend."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np

from ebpm.figures.linebreak import folded
from ebpm.figures.style import BLUE, GREY, ORANGE, dress, style
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.cohort.survival.proportional import ProportionalHazards

SIZE = (7.0, 4.0)
POINTS, TITLE = 60, 38


def draw_schoenfeld(
    result: ProportionalHazards, ax: Axes | None = None, *, lang: str | None = None, column: int = 0
) -> Axes:
    """Draw the residuals of one column with a running mean.

    Parameters
    ----------
    result : the tests.
    ax : matplotlib axes; a new figure where None.
    lang : "ja" or "en".
    column : place of the column in the model.
    """
    test = result.test
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=SIZE)[1]
        values = test.residuals[:, column]
        axes.plot(test.times, values, "o", color=BLUE, markersize=3, alpha=0.5, label=label("survival_residuals", lang))
        grid, mean = _running(test.times, values)
        axes.plot(grid, mean, color=ORANGE, linewidth=2, label=label("survival_running", lang))
        axes.axhline(values.mean(), color=GREY, linewidth=1, linestyle=":", label=label("survival_average", lang))
        facts = {"name": result.names[column], "p": f"{test.p_values[column]:.3g}"}
        axes.set_ylabel(label("survival_log_hazard_ratio", lang))
        axes.set_xlabel(label("survival_residual_axis", lang))
        axes.set_title(folded(label("survival_residual_title", lang, **facts), TITLE), fontsize=10, pad=24)
        axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, fontsize=8)
        dress(axes)
        return axes


def _running(times: np.ndarray, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Means over a fifth of the events, by rank of their times."""
    n = len(times)
    half = max(2, n // 10)
    middles = np.unique(np.linspace(0, n - 1, POINTS).astype(int))
    spans = [slice(max(0, middle - half), min(n, middle + half + 1)) for middle in middles]
    return np.array([times[span].mean() for span in spans]), np.array([values[span].mean() for span in spans])
