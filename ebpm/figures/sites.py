"""Sites over time: each of them, and the mean of those that were reached beside what it would have been."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np

from ebpm.figures.linebreak import folded
from ebpm.figures.style import BLUE, GREY, INK, dress, style
from ebpm.texts import called, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.its.multi_site.sites import Sites


def draw_sites(result: Sites, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw every site, the mean of those reached, and that mean without the effect.

    Parameters
    ----------
    result : the regression.
    ax : matplotlib axes; a new figure where None.
    lang : "ja" or "en".
    """
    panel, names = result.panel, list(result.panel.names)
    columns = [names.index("level_change"), names.index("slope_change")]
    effect = panel.X[..., columns] @ result.fit.coefficients[columns]
    without = panel.y * np.exp(-effect) if result.logarithmic else panel.y - effect
    reached = np.array([one >= 0 for one in panel.starts])
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=(8.5, 4.6))[1]
        places = np.arange(panel.calendar.length)
        for place, row in enumerate(panel.y):
            name = label("its_site_lines", lang) if place == 0 else None
            axes.plot(places, row, color=GREY, linewidth=0.6, alpha=0.45, label=name)
        axes.plot(places, panel.y[reached].mean(axis=0), color=BLUE, linewidth=2, label=label("its_site_mean", lang))
        after = places >= min(one for one in panel.starts if one >= 0)
        axes.plot(
            places[after], without[reached].mean(axis=0)[after], color=INK, linewidth=1.6, linestyle=(0, (4, 2)),
            label=label("its_counterfactual", lang),
        )  # fmt: skip
        for number, start in enumerate(sorted({one for one in panel.starts if one >= 0})):
            axes.axvline(
                start - 0.5, color=INK, linewidth=0.8, label=label("its_site_start", lang) if number == 0 else None
            )
        ticks = panel.calendar.ticks(lang)
        axes.set_xticks([place for place, _ in ticks], [name for _, name in ticks])
        axes.set_ylabel(folded(called(panel.outcome, lang)))
        axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=4, fontsize=9)
        dress(axes)
        return axes
