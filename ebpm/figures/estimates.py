"""Estimates as points and intervals: coefficients down the page, event times and years across it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt

from ebpm.estimate import Estimates, Unavailable
from ebpm.figures.style import BLUE, GREY, ORANGE, ZONE, style
from ebpm.texts import label, term

if TYPE_CHECKING:
    from matplotlib.axes import Axes


def draw_estimates(estimates: Estimates, ax: Axes | None = None, *, lang: str | None = None, margin: float | None = None) -> Axes:
    """Draw the estimates in the way that their kind asks for."""
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=_size(estimates))[1]
        _across(estimates, axes, lang, margin) if estimates.positions else _down(estimates, axes, lang, margin)
        return axes


def _size(estimates: Estimates) -> tuple[float, float]:
    return (7.0, 4.0) if estimates.positions else (7.0, 1.4 + 0.4 * len(estimates))


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
    if margin is not None:
        ax.axhspan(-margin, margin, color=ZONE, label=label("margin_zone", lang))
    ax.axhline(0.0, color=GREY, linewidth=1)
    for place, (value, low, high), band in zip(estimates.positions, _points(estimates), estimates.bands(), strict=True):
        colour, marker = (ORANGE, "s") if estimates.kind == "event" and place < 0 else (BLUE, "o")
        ax.plot([place, place], band, color=colour, linewidth=1, alpha=0.6)
        ax.plot([place, place], [low, high], color=colour, linewidth=3)
        ax.plot([place], [value], marker, color=colour)
    if estimates.kind == "event":
        ax.axvline(-0.5, color=GREY, linewidth=1, linestyle=":")
    ax.set_xticks(list(estimates.positions), [f"{place:g}" for place in estimates.positions])
    ax.set_xlabel(label(f"axis_{estimates.kind}", lang))
    ax.set_ylabel(_axis(estimates, lang))


def _axis(estimates: Estimates, lang: str | None) -> str:
    head = estimates.headline
    unit = f" [{head.unit}]" if head.unit else ""
    return term(head.estimand, lang) + unit
