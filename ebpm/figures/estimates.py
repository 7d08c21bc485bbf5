"""Estimates as points and intervals: coefficients down the page, event times and years across it."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt

from ebpm.estimate import Estimates, Unavailable
from ebpm.figures.dose import draw_curve
from ebpm.figures.intervals import Interval, draw_handles, draw_intervals, draw_legend, ticks
from ebpm.figures.linebreak import folded
from ebpm.figures.style import BLUE, GREEN, GREY, ZONE, dress, style
from ebpm.texts import label, said, term, words

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

WIDE = 30


def draw_estimates(
    estimates: Estimates, ax: Axes | None = None, *, lang: str | None = None, margin: float | None = None
) -> Axes:
    """Draw the estimates in the way that their kind asks for; those that are withheld or unknown are left out."""
    estimates = estimates.shown
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=_size(estimates, lang))[1]
        _drawer(estimates)(estimates, axes, lang, margin)
        dress(axes)
        return axes


def _nothing(estimates: Estimates, ax: Axes, lang: str | None, margin: float | None) -> None:  # noqa: ARG001
    """Say why there is nothing to draw."""
    reason = estimates.headline.estimate
    ax.text(0.5, 0.5, str(said(reason, lang)), transform=ax.transAxes, ha="center", va="center", color=GREY)
    ax.set_axis_off()


def _drawer(estimates: Estimates) -> Callable[[Estimates, Axes, str | None, float | None], None]:
    if isinstance(estimates.headline.estimate, Unavailable):
        return _nothing
    if estimates.kind == "dose":
        return _by_dose
    return _across if estimates.positions else _down


def _by_dose(estimates: Estimates, ax: Axes, lang: str | None, margin: float | None) -> None:
    zone = [_zone(ax.axhspan, margin, lang)] if margin is not None else []
    handles = [*draw_curve(estimates, ax, lang), *zone]
    ax.set_xlabel(label("axis_dose", lang))
    draw_handles(ax, handles, columns=2)


def _size(estimates: Estimates, lang: str | None) -> tuple[float, float]:
    return (
        (7.0, 4.4)
        if estimates.positions
        else (7.0, 1.6 + sum(0.24 + 0.19 * len(rows) for rows in _rows(estimates, lang)))
    )


def _rows(estimates: Estimates, lang: str | None) -> list[list[str]]:
    return [folded(item.called(lang)).split("\n") for item in estimates]


def _points(estimates: Estimates) -> list[tuple[float, float, float]]:
    return [
        (item.estimate, item.estimate if isinstance(item.conf_low, Unavailable) else item.conf_low,
         item.estimate if isinstance(item.conf_high, Unavailable) else item.conf_high)
        for item in estimates
    ]  # fmt: skip


def _down(estimates: Estimates, ax: Axes, lang: str | None, margin: float | None) -> None:
    """Draw one row a term; the headline is filled and thick, the others are open and thin."""
    places = range(len(estimates) - 1, -1, -1)
    shown = [_zone(ax.axvspan, margin, lang)] if margin is not None else []
    ax.axvline(0.0, color=GREY, linewidth=1)
    for place, item, (value, low, high) in zip(places, estimates, _points(estimates), strict=True):
        head = item is estimates.headline
        ax.plot([low, high], [place, place], color=BLUE, linewidth=3 if head else 1.3, solid_capstyle="butt")
        (mark,) = ax.plot(
            [value], [place], "D" if head else "o", color=BLUE, linestyle="none", markersize=8 if head else 6,
            markerfacecolor=BLUE if head else "white", label=label("forest_headline" if head else "forest_other", lang),
        )  # fmt: skip
        shown.append(mark)
    ax.set_yticks(list(places), ["\n".join(rows) for rows in _rows(estimates, lang)])
    ax.set_ylim(-0.6, len(estimates) - 0.4)
    ax.set_xlabel(folded(_axis(estimates, lang), WIDE))
    named = {str(one.get_label()): one for one in shown}
    if len(named) > 1:
        draw_handles(ax, list(named.values()), columns=2)


def _across(estimates: Estimates, ax: Axes, lang: str | None, margin: float | None) -> None:
    event, places = estimates.kind == "event", estimates.positions
    ax.axhline(0.0, color=GREY, linewidth=1)
    rows = zip(places, estimates.items, estimates.bands(), strict=False)
    marks = [Interval.of(place, item, band, before=event and place < 0) for place, item, band in rows]
    extra = [_zone(ax.axhspan, margin, lang)] if margin is not None else []
    if event:
        ax.axvline(-0.5, color=GREY, linewidth=1, linestyle=":")
    draw_intervals(ax, marks)
    for overall in (item for item in estimates.items[len(places) :] if item is estimates.headline):
        after = [place for place in places if place >= 0] if event else places
        (line,) = ax.plot([min(after) - 0.3, max(after) + 0.3], [overall.estimate] * 2, color=GREEN, linestyle="--")
        line.set_label(label("did_overall", lang))
        extra.append(line)
    ax.set_xticks(*ticks(places))
    ax.set_xlabel(label(f"axis_{estimates.kind}", lang))
    ax.set_ylabel(folded(_axis(estimates, lang)))
    draw_legend(ax, marks, estimates.headline.conf_level, lang, extra)


def _zone(span: Callable[..., Artist], margin: float, lang: str | None) -> Artist:
    return span(-margin, margin, color=ZONE, label=label("margin_zone", lang))


def _axis(estimates: Estimates, lang: str | None) -> str:
    head = estimates.headline
    unit = f" [{words(head.unit, lang)}]" if head.unit else ""
    return term(head.estimand, lang) + unit
