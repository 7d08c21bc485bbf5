"""Unmeasured confounders that would explain a result away, and a ratio before and after a correction."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np

from ebpm.figures.style import BLUE, GREY, ORANGE, ZONE, dress, style
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.cohort.sensitivity.bias import BiasCorrected
    from ebpm.cohort.sensitivity.e_value import EValue

POINTS = 400


def draw_e_value(found: EValue, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw, for each strength with treatment, the least strength with the outcome that explains the result away."""
    moved = found.ratio.over(found.true)
    apart = max(moved.value, 1.0 / moved.value)
    reach = max(2.0, 2.2 * found.value)
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=(6.0, 4.6))[1]
        if apart > 1.0:
            treatment = np.linspace(apart * (1.0 + 1e-3), reach, POINTS)
            outcome = np.minimum(apart * (treatment - 1.0) / (treatment - apart), reach)
            axes.fill_between(
                treatment, outcome, reach, color=ZONE, zorder=0, label=label("cohort_e_value_explain", lang)
            )
            axes.plot(treatment, outcome, color=BLUE)
        axes.plot(found.value, found.value, "o", color=BLUE, label=label("cohort_e_value_estimate", lang))
        axes.plot(found.limit, found.limit, "s", color=ORANGE, label=label("cohort_e_value_limit", lang))
        axes.set_xlim(1.0, reach)
        axes.set_ylim(1.0, reach)
        axes.set_xlabel(label("cohort_axis_treatment_ratio", lang))
        axes.set_ylabel(label("cohort_axis_outcome_ratio", lang))
        axes.legend(loc="lower center", bbox_to_anchor=(0.5, 1.0), ncols=1)
        dress(axes)
        return axes


def draw_corrected(found: BiasCorrected, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw the ratio with its interval before and after the correction, on a logarithmic scale."""
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=(7.0, 2.0))[1]
        axes.axvline(1.0, color=GREY, linewidth=1)
        for place, (one, colour) in enumerate(((found.corrected, ORANGE), (found.observed, BLUE))):
            axes.plot([one.low, one.high], [place, place], color=colour, linewidth=2)
            axes.plot(one.value, place, "o", color=colour)
        axes.set_yticks((0, 1), [label(f"cohort_bias_{side}", lang) for side in ("corrected", "observed")])
        axes.set_ylim(-0.6, 1.6)
        axes.set_xscale("log")
        ticks = [0.25, 0.5, 0.6, 0.7, 0.8, 0.9, 1.0, 1.2, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0]
        low, high = axes.get_xlim()
        shown = [tick for tick in ticks if low <= tick <= high] or [1.0]
        axes.set_xticks(shown, [f"{tick:g}" for tick in shown])
        axes.set_xticks([], minor=True)
        axes.set_xlabel(label("cohort_axis_risk_ratio", lang))
        dress(axes)
        return axes
