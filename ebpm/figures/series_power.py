"""The smallest change that planned series can see, over their length, a line an autocorrelation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt

from ebpm.figures.style import BLUE, GREEN, INK, ORANGE, dress, style
from ebpm.texts import label, term

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.its.planning.power import SeriesPower

COLOURS = (BLUE, ORANGE, GREEN, INK)
LINES = ("-", "--", "-.", ":")


def draw_series_power(result: SeriesPower, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw the detectable effect over the number of periods.

    Parameters
    ----------
    result : power over designs.
    ax : matplotlib axes; a new figure where None.
    lang : "ja" or "en".
    """
    rows = sorted(
        (one.autocorrelation, one.periods, seen) for one, seen in zip(result.designs, result.detectable, strict=True)
    )
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=(7.0, 4.2))[1]
        for place, rho in enumerate(sorted({row[0] for row in rows})):
            points = [row[1:] for row in rows if row[0] == rho]
            axes.plot(
                [periods for periods, _ in points], [seen for _, seen in points], color=COLOURS[place % 4],
                linestyle=LINES[place % 4], marker="o", markersize=4, label=label("its_power_rho", lang, rho=f"{rho:g}"),
            )  # fmt: skip
        axes.set_ylim(bottom=0.0)
        axes.set_xlabel(label("its_power_periods", lang))
        axes.set_ylabel(label("its_power_axis", lang, effect=term(result.term, lang)))
        axes.legend(loc="upper right")
        dress(axes)
        return axes
