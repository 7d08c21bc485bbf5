"""Estimates as points and intervals: coefficients down the page, event times and years across it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt

from ebpm.estimate import Estimates, Unavailable
from ebpm.figures.intervals import Interval, draw_intervals, draw_legend
from ebpm.figures.style import BLUE, GREEN, GREY, ZONE, dress, style
from ebpm.texts import label, term, words

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes


def draw_estimates(
    estimates: Estimates, ax: Axes | None = None, *, lang: str | None = None, margin: float | None = None
) -> Axes:
    """Draw the estimates in the way that their kind asks for."""
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=_size(estimates))[1]
        _across(estimates, axes, lang, margin) if estimates.positions else _down(estimates, axes, lang, margin)
        dress(axes)
        return axes


def _size(estimates: Estimates) -> tuple[float, float]:
    return (7.0, 4.4) if estimates.positions else (7.0, 1.4 + 0.4 * len(estimates))


def _points(estimates: Estimates) -> list[tuple[float, float, float]]:
    return [
        (item.estimate, item.estimate if isinstance(item.conf_low, Unavailable) else item.conf_low,
         item.estimate if isinstance(item.conf_high, Unavailable) else item.conf_high)
        for item in estimates
    ]  # fmt: skip


def _down(estimates: Estimates, ax: Axes, lang: str | None, margin: float | None) -> None:
    places = range(len(estimates) - 1, -1, -1)
    if margin is not None:
        ax.axvspan(-margin, margin, color=ZONE, label=label("margin_zone", lang))
    ax.axvline(0.0, color=GREY, linewidth=1)
    for place, (value, low, high) in zip(places, _points(estimates), strict=True):
        ax.plot([low, high], [place, place], color=BLUE, linewidth=2)
        ax.plot([value], [place], "o", color=BLUE)
    ax.set_yticks(list(places), estimates.terms)
    ax.set_ylim(-0.6, len(estimates) - 0.4)
    ax.set_xlabel(_axis(estimates, lang))


def _across(estimates: Estimates, ax: Axes, lang: str | None, margin: float | None) -> None:
    event, places = estimates.kind == "event", estimates.positions
    ax.axhline(0.0, color=GREY, linewidth=1)
    rows = zip(places, estimates.items, estimates.bands(), strict=False)
    marks = [Interval.of(place, item, band, before=event and place < 0) for place, item, band in rows]
    extra = [_zone(ax, margin, lang)] if margin is not None else []
    if event:
        ax.axvline(-0.5, color=GREY, linewidth=1, linestyle=":")
    draw_intervals(ax, marks)
    for overall in estimates.items[len(places) :]:
        after = [place for place in places if place >= 0] if event else places
        (line,) = ax.plot([min(after) - 0.3, max(after) + 0.3], [overall.estimate] * 2, color=GREEN, linestyle="--")
        line.set_label(label("did_overall", lang))
        extra.append(line)
    shown = [place for place in places if place % max(1, len(places) // 12) == 0]
    ax.set_xticks(shown, [f"{place:g}" for place in shown])
    ax.set_xlabel(label(f"axis_{estimates.kind}", lang))
    ax.set_ylabel(_axis(estimates, lang))
    draw_legend(ax, marks, estimates.headline.conf_level, lang, extra)


def _zone(ax: Axes, margin: float, lang: str | None) -> Artist:
    return ax.axhspan(-margin, margin, color=ZONE, label=label("margin_zone", lang))


def _axis(estimates: Estimates, lang: str | None) -> str:
    head = estimates.headline
    unit = f" [{words(head.unit, lang)}]" if head.unit else ""
    return term(head.estimand, lang) + unit
