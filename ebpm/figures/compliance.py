"""Treatments received by arm assigned, as bars that are divided."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
from matplotlib.patches import Patch

from ebpm.figures.intervals import draw_handles
from ebpm.figures.linebreak import folded
from ebpm.figures.style import BLUE, GREEN, GREY, INK, ORANGE, dress, style
from ebpm.texts import called, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.rct.noncompliance.compliance_table import Compliance

COLOURS = (GREY, BLUE, ORANGE, GREEN, INK)
SMALLEST = 0.06


def draw_compliance(found: Compliance, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw one bar an arm, control on top; shares large enough carry their number."""
    shares = found.persons / found.persons.sum(axis=1, keepdims=True)
    rows = range(len(found.arms) - 1, -1, -1)
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=(7.0, 1.7 + 0.55 * len(found.arms)))[1]
        for row, own in zip(rows, shares, strict=True):
            left = 0.0
            for place, share in enumerate(own.tolist()):
                axes.barh(row, share, left=left, height=0.6, color=COLOURS[place % 5], edgecolor="white")
                if share >= SMALLEST:
                    axes.text(left + share / 2, row, f"{100 * share:.0f} %", ha="center", va="center", color="white")
                left += share
        sizes = found.persons.sum(axis=1)
        names = [f"{called(arm, lang)} (n = {size:,})" for arm, size in zip(found.arms, sizes, strict=True)]
        axes.set_yticks(list(rows), [folded(name) for name in names])
        axes.set_ylim(-0.6, len(found.arms) - 0.4)
        axes.set_xlim(0.0, 1.0)
        axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
        axes.set_xlabel(label("rct_compliance_axis", lang))
        handles = [
            Patch(color=COLOURS[place % 5], label=label("rct_compliance_received", lang, arm=name))
            for place, name in enumerate(found.treatments)
        ]
        draw_handles(axes, handles)
        dress(axes)
        return axes
