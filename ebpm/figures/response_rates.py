"""Response rates by group, with what unknown eligibility leaves open."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt

from ebpm.estimate import Unavailable
from ebpm.figures.style import BLUE, ORANGE, dress, style
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.estimate import Number
    from ebpm.survey.answering.response_rates import ResponseRates

ROWS = (("RR1", "RR3", "RR5", "o", BLUE, 0.13), ("RR2", "RR4", "RR6", "s", ORANGE, -0.13))


def draw_response_rates(found: ResponseRates, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw a line a group from the least to the greatest response rate, and the rate at the assumed eligibility."""
    groups = found.groups
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=(7.2, 1.7 + 0.5 * len(groups)))[1]
        for place, one in zip(range(len(groups) - 1, -1, -1), groups, strict=True):
            for low, middle, high, marker, colour, shift in ROWS:
                ends = [_percent(one.rates[name]) for name in (low, middle, high)]
                name = label(f"survey_legend_{middle.lower()}", lang)
                axes.plot([ends[0], ends[2]], [place + shift] * 2, color=colour, linewidth=2, solid_capstyle="butt")
                axes.plot([ends[1]], [place + shift], marker, color=colour, markersize=6, linestyle="none", label=name)
        axes.set_yticks(range(len(groups) - 1, -1, -1), [one.called(lang) for one in groups])
        axes.set_ylim(-0.6, len(groups) - 0.4)
        axes.set_xlim(0, 100)
        axes.set_xlabel(label("survey_axis_response", lang))
        handles, names = axes.get_legend_handles_labels()
        once = dict(zip(names, handles, strict=True))
        axes.legend(once.values(), once.keys(), loc="lower center", bbox_to_anchor=(0.4, 1.0), ncols=2)
        dress(axes)
        return axes


def _percent(rate: Number) -> float:
    return float("nan") if isinstance(rate, Unavailable) else 100.0 * rate
