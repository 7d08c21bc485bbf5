"""Events by period: one line a series, as a rate where there is an exposure."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt

from ebpm.figures.style import BLUE, GREEN, ORANGE, dress, style
from ebpm.texts import called, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.its.series.event_series import EventSeries

SIZE, MARKS = (7.5, 4.0), 40


def draw_events(result: EventSeries, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw events by period.

    Parameters
    ----------
    result : the series.
    ax : matplotlib axes; a new figure where None.
    lang : "ja" or "en".
    """
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=SIZE)[1]
        places = range(result.calendar.length)
        for group, values, exposures, colour in zip(
            result.groups, result.values, result.exposures, (BLUE, ORANGE, GREEN) * len(result.groups), strict=False
        ):
            marks = "o-" if result.calendar.length <= MARKS else "-"
            axes.plot(
                places,
                values / exposures,
                marks,
                color=colour,
                markersize=4,
                linewidth=1.2,
                label=called(str(group), lang),
            )
        ticks = result.calendar.ticks(lang)
        axes.set_xticks([place for place, _ in ticks], [name for _, name in ticks])
        axes.set_ylim(bottom=min(0.0, float(result.values.min())))
        shown = called(result.outcome, lang) if result.amount else label("its_events", lang)
        name = (
            shown
            if not result.exposure
            else label("its_event_rate", lang, events=shown, exposure=called(result.exposure, lang))
        )
        axes.set_ylabel(name)
        if result.by:
            axes.legend(title=called(result.by, lang), frameon=False)
        dress(axes)
        return axes
