"""Group-time effects: one small panel a cohort, all on the same axes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt

from ebpm.estimate import Estimate
from ebpm.figures.intervals import Interval, draw_intervals, draw_legend, ticks
from ebpm.figures.style import GREY, dress, style
from ebpm.texts import label, term

if TYPE_CHECKING:
    from matplotlib.axes import Axes

PANEL_HEIGHT, GAP = 1.7, 0.28


@dataclass(frozen=True, slots=True)
class CohortPath:
    """The effects on one cohort over the periods.

    Parameters
    ----------
    cohort : first treated period.
    units : treated units.
    periods : of the estimates, ascending.
    estimates : one a period.
    bands : simultaneous band of each.
    """

    cohort: int
    units: int
    periods: tuple[int, ...]
    estimates: tuple[Estimate, ...]
    bands: tuple[tuple[float, float], ...]

    def intervals(self) -> list[Interval]:
        """Return what is to be drawn."""
        rows = zip(self.periods, self.estimates, self.bands, strict=True)
        return [Interval.of(period, item, band, before=period < self.cohort) for period, item, band in rows]


def draw_group_time(paths: Sequence[CohortPath], ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw one panel a cohort inside the axes."""
    with style():
        size = (7.0, 1.0 + PANEL_HEIGHT * len(paths))
        host = ax if ax is not None else plt.subplots(figsize=size)[1]
        _empty(host)
        panels = [_panel(host, place, len(paths)) for place in range(len(paths))]
        for panel, path in zip(panels, paths, strict=True):
            _draw(panel, path, lang)
        _share(panels, paths)
        panels[-1].set_xlabel(label("did_axis_period", lang))
        host.set_ylabel(term(paths[0].estimates[0].estimand, lang), labelpad=48)
        dress(host)
        draw_legend(host, [interval for path in paths for interval in path.intervals()], _level(paths), lang)
        return host


def _empty(host: Axes) -> None:
    host.set_xticks([])
    host.set_yticks([])
    for spine in host.spines.values():
        spine.set_visible(False)


def _panel(host: Axes, place: int, panels: int) -> Axes:
    height = 1 / (panels + GAP * (panels - 1))
    return host.inset_axes((0.0, (panels - 1 - place) * height * (1 + GAP), 1.0, height))


def _draw(panel: Axes, path: CohortPath, lang: str | None) -> None:
    panel.axhline(0.0, color=GREY, linewidth=1)
    panel.axvline(path.cohort - 0.5, color=GREY, linewidth=1, linestyle=":")
    draw_intervals(panel, path.intervals())
    code = "did_panel_title_one" if path.units == 1 else "did_panel_title"
    panel.set_title(label(code, lang, cohort=path.cohort, units=path.units), fontsize="medium")


def _share(panels: Sequence[Axes], paths: Sequence[CohortPath]) -> None:
    periods = sorted({period for path in paths for period in path.periods})
    limits = [panel.get_ylim() for panel in panels]
    for panel in panels:
        panel.set_ylim(min(low for low, _ in limits), max(high for _, high in limits))
        panel.set_xlim(periods[0] - 0.6, periods[-1] + 0.6)
        panel.set_xticks(*ticks(periods, periods[0]))
        if panel is not panels[-1]:
            panel.tick_params(labelbottom=False)


def _level(paths: Sequence[CohortPath]) -> float:
    return paths[0].estimates[0].conf_level
