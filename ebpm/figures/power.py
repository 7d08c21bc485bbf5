"""Power over numbers of units or over effects, a curve each, named beside."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt

from ebpm.figures.style import BLUE, GREEN, GREY, INK, ORANGE, dress, style
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.rct.planning.power_curve import PowerCurve
    from ebpm.rct.planning.power_from_data import PowerFromData

COLOURS = (BLUE, ORANGE, GREEN, INK)
LINES = ("-", "--", "-.", ":")
USUAL = 0.8


def draw_power(curve: PowerCurve, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw power over units, a curve an effect."""
    words = [label("rct_power_effect", lang, effect=f"{effect:g}") for effect in curve.effects]
    axis = label("rct_power_clusters" if curve.design.size > 1 else "rct_power_people", lang)
    return _curves(curve.units, list(zip(words, curve.powers, strict=True)), axis, ax, lang)


def draw_power_from_data(found: PowerFromData, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw power over effects, a curve an arm."""
    return _curves(
        found.effects, list(zip(found.arms, found.powers, strict=True)), label("rct_power_effect_axis", lang), ax, lang
    )


def _curves(
    places: Sequence[float], curves: Sequence[tuple[str, Sequence[float]]], axis: str, ax: Axes | None, lang: str | None
) -> Axes:
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=(7.0, 4.2))[1]
        axes.axhline(USUAL, color=GREY, linewidth=1, linestyle=":")
        for place, (words, powers) in enumerate(curves):
            axes.plot(places, powers, color=COLOURS[place % 4], linestyle=LINES[place % 4], linewidth=2, label=words)
        axes.set_ylim(0.0, 1.02)
        axes.set_yticks([0.0, 0.2, 0.4, 0.6, 0.8, 1.0], ["0 %", "20 %", "40 %", "60 %", "80 %", "100 %"])
        axes.set_xlabel(axis)
        axes.set_ylabel(label("rct_power_axis", lang))
        axes.legend(loc="center left", bbox_to_anchor=(1.0, 0.5))
        dress(axes)
        return axes
