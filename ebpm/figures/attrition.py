"""Shares missing by arm as bars, with the difference from control that would still be low."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
from matplotlib.patches import Patch

from ebpm.estimate import Unavailable
from ebpm.figures.intervals import draw_handles
from ebpm.figures.linebreak import folded
from ebpm.figures.style import BLUE, GREY, INK, ZONE, dress, style
from ebpm.texts import called, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.rct.missing.attrition import Attrition


def draw_attrition(found: Attrition, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw one bar an arm, control on top."""
    control = found.arms[0].missing[1]
    shares = [control, *(one.missing[0] for one in found.arms)]
    names, counts = [found.control, *(one.arm for one in found.arms)], _counts(found)
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=(7.0, 1.6 + 0.5 * len(shares)))[1]
        rows = range(len(shares) - 1, -1, -1)
        axes.barh(list(rows), shares, height=0.55, color=[GREY, *[BLUE] * len(found.arms)], zorder=2)
        for row, share, count in zip(rows, shares, counts, strict=True):
            axes.text(share, row, f"  {100 * share:.1f} % (n = {count:,})", va="center", color=INK)
        axes.set_yticks(list(rows), [folded(called(name, lang)) for name in names])
        axes.set_ylim(-0.6, len(shares) - 0.4)
        axes.set_xlim(0.0, max(0.05, 1.35 * max(shares)))
        axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
        axes.set_xlabel(label("rct_attrition_axis", lang))
        _boundary(axes, found, control, lang)
        dress(axes)
        return axes


def _counts(found: Attrition) -> list[int]:
    return [found.arms[0].assigned[1], *(one.assigned[0] for one in found.arms)]


def _boundary(axes: Axes, found: Attrition, control: float, lang: str | None) -> None:
    rows = range(len(found.arms) - 1, -1, -1)
    limits = [
        (row, most) for row, most in zip(rows, found.boundaries, strict=False) if not isinstance(most, Unavailable)
    ]
    for row, most in limits:
        low = max(0.0, control - most)
        axes.barh(row, control + most - low, left=low, height=0.9, color=ZONE, zorder=0)
    if limits:
        zone = Patch(color=ZONE, label=label("rct_attrition_boundary", lang))
        draw_handles(axes, [zone], columns=1)
