"""What an intervention added: outcome and counterfactual, the effect by period, the running total; autocorrelations of residuals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import NDArray

from ebpm.estimate import Estimates, Unavailable
from ebpm.figures.linebreak import folded
from ebpm.figures.style import BLUE, GREY, INK, ORANGE, ZONE, dress, style
from ebpm.texts import called, label, term

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.its.series.impact import Impact

Floats = NDArray[np.float64]
SIZE = (8.5, 8.4)
SINGLE = (8.5, 4.4)
NARROW = 16


def draw_impact(result: Impact, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw outcome and counterfactual, the effect by period and its running total, each with its interval.

    Parameters
    ----------
    result : the impact.
    ax : axes for the first of the three; a new figure with all of them where None.
    lang : "ja" or "en".
    """
    with style():
        if ax is not None:
            _levels(result, ax, lang)
            dress(ax)
            return ax
        panels: list[Axes] = list(plt.subplots(3, 1, figsize=SIZE, sharex=True, height_ratios=(1.6, 1.0, 1.0))[1])
        _levels(result, panels[0], lang)
        _path(result.pointwise, result, panels[1], term("period_effect", lang))
        _path(result.cumulative, result, panels[2], term("total_effect", lang))
        for panel in panels:
            dress(panel)
        return panels[0]


def draw_correlogram(correlations: Floats, ax: Axes | None = None, *, rows: int, lang: str | None = None) -> Axes:
    """Draw the autocorrelations of residuals, and twice the standard error that they would have without any.

    Parameters
    ----------
    correlations : at lags 1, 2 and so on, shape (m,).
    ax : matplotlib axes; a new figure where None.
    rows : residuals that they come from.
    lang : "ja" or "en".
    """
    lags = len(correlations)
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=SINGLE)[1]
        places = np.arange(1, lags + 1)
        band = 1.96 / np.sqrt(rows)
        axes.axhspan(-band, band, color=ZONE, label=label("its_uncorrelated", lang))
        axes.vlines(places, 0.0, correlations, color=BLUE, linewidth=3)
        axes.axhline(0.0, color=GREY, linewidth=1)
        axes.set_xlabel(label("its_lag", lang))
        axes.set_ylabel(label("its_autocorrelation", lang))
        axes.set_xticks(places[1::2] if lags > 12 else places)
        axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), fontsize=9)
        dress(axes)
        return axes


def _levels(result: Impact, ax: Axes, lang: str | None) -> None:
    places = np.arange(result.calendar.length)
    after, before = places[result.origin :], places[: result.origin]
    ax.plot(places, result.outcome, "o", color=BLUE, markersize=3, alpha=0.6, label=label("its_points_single", lang))
    if np.isfinite(result.expected.fitted).any():
        ax.plot(before, result.expected.fitted, color=BLUE, linewidth=1.6, label=label("its_fitted", lang))
    ax.fill_between(after, result.expected.low, result.expected.high, color=ORANGE, alpha=0.18, linewidth=0)
    ax.plot(
        after,
        result.expected.mean,
        color=INK,
        linewidth=1.5,
        linestyle=(0, (4, 2)),
        label=label("its_counterfactual", lang),
    )
    start = label("its_start", lang, period=result.calendar.name(result.start))
    ax.axvline(result.start - 0.5, color=INK, linewidth=1, label=start)
    _dates(result, ax, lang)
    ax.set_ylabel(folded(called(result.about.name, lang), NARROW))
    ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=4, fontsize=9)


def _dates(result: Impact, ax: Axes, lang: str | None) -> None:
    for number, event in enumerate(one for one in result.events if 0 <= one.place < result.calendar.length):
        ax.axvline(event.place, color=GREY, linewidth=1, linestyle=":")
        left = event.place > result.calendar.length * 0.7
        ax.annotate(
            event.words(lang), (event.place, 0.98 - 0.08 * (number % 3)), xycoords=("data", "axes fraction"),
            xytext=(-4 if left else 4, 0), textcoords="offset points", ha="right" if left else "left", va="top", fontsize=8,
            bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1},
        )  # fmt: skip
    ticks = result.calendar.ticks(lang)
    ax.set_xticks([place for place, _ in ticks], [name for _, name in ticks])


def _path(path: Estimates, result: Impact, ax: Axes, words: str) -> None:
    places = np.arange(result.origin, result.calendar.length)
    low = [one.estimate if isinstance(one.conf_low, Unavailable) else one.conf_low for one in path]
    high = [one.estimate if isinstance(one.conf_high, Unavailable) else one.conf_high for one in path]
    ax.fill_between(places, low, high, color=ORANGE, alpha=0.18, linewidth=0)
    ax.plot(places, [one.estimate for one in path], color=BLUE, linewidth=1.6)
    ax.axhline(0.0, color=GREY, linewidth=1)
    ax.axvline(result.start - 0.5, color=INK, linewidth=1)
    ax.set_ylabel(folded(words, NARROW))
