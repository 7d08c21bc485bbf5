"""Power over numbers of units, a curve an effect, each named at its end."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt

from ebpm.figures.style import BLUE, GREEN, GREY, INK, ORANGE, dress, style
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.rct.power_curve import PowerCurve

COLOURS = (BLUE, ORANGE, GREEN, INK)
LINES = ("-", "--", "-.", ":")
USUAL = 0.8


def draw_power(curve: PowerCurve, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw the curves and the usual 80 per cent."""
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=(7.0, 4.2))[1]
        axes.axhline(USUAL, color=GREY, linewidth=1, linestyle=":")
        for place, (effect, powers) in enumerate(zip(curve.effects, curve.powers, strict=True)):
            axes.plot(
                curve.units, powers, color=COLOURS[place % 4], linestyle=LINES[place % 4], linewidth=2,
                label=label("rct_power_effect", lang, effect=f"{effect:g}"),
            )  # fmt: skip
        axes.set_ylim(0.0, 1.02)
        axes.set_yticks([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"])
        axes.set_xlabel(label("rct_power_clusters" if curve.design.size > 1 else "rct_power_people", lang))
        axes.set_ylabel(label("rct_power_axis", lang))
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        dress(axes)
        return axes
