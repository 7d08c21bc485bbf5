"""How far calibration moved the weights."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np

from ebpm.figures.style import BLUE, GREY, dress, style
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.survey.weighting.greg import CalibratedWeights


def draw_factors(found: CalibratedWeights, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw how many weights were multiplied by how much; the line stands at 1, no change."""
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=(7.0, 3.4))[1]
        low, high = float(found.factors.min()), float(found.factors.max())
        spread = max(high - low, 1e-9)
        axes.hist(found.factors, bins=np.linspace(low - 0.01 * spread, high + 0.01 * spread, 31).tolist(), color=BLUE)
        axes.axvline(1.0, color=GREY, linewidth=1, linestyle="--")
        axes.set_xlabel(label("survey_axis_factor", lang))
        axes.set_ylabel(label("survey_axis_respondents", lang))
        dress(axes)
        return axes
