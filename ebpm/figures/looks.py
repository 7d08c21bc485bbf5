"""Critical values of looks on the way, over the share of the data."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt

from ebpm.figures.intervals import draw_handles
from ebpm.figures.style import BLUE, GREY, ORANGE, dress, style
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.stats.looks import Looks


def draw_looks(found: Looks, ax: Axes | None = None, *, once: float, lang: str | None = None) -> Axes:
    """Draw Pocock's level and O'Brien and Fleming's fall, above the value of a single look."""
    shares = [(place + 1) / found.looks for place in range(found.looks)]
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=(7.0, 3.6))[1]
        single = axes.axhline(once, color=GREY, linewidth=1, linestyle="--", label=label("rct_looks_once", lang))
        (level,) = axes.plot(
            shares, [found.pocock] * found.looks, "s-", color=ORANGE, label=label("rct_looks_pocock", lang)
        )
        (falling,) = axes.plot(shares, found.obrien_fleming, "o-", color=BLUE, label=label("rct_looks_obrien", lang))
        axes.set_xlim(0.0, 1.04)
        axes.set_ylim(0.0, 1.1 * max(found.obrien_fleming[0], found.pocock))
        axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
        axes.set_xlabel(label("rct_looks_axis", lang))
        axes.set_ylabel(label("rct_looks_value", lang))
        draw_handles(axes, [falling, level, single], columns=3)
        dress(axes)
        return axes
