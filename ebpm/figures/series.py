"""An interrupted time series: points, fit, counterfactual, start, events; and level changes at placebo dates."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from numpy.typing import NDArray

from ebpm.estimate import Unavailable
from ebpm.figures.linebreak import folded
from ebpm.figures.style import BLUE, GREY, INK, ORANGE, ZONE, style
from ebpm.texts import called, label, term

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.its.checks.placebo import PlaceboDates
    from ebpm.its.regression.segmented import Segmented
    from ebpm.its.series.observed import Observed

Floats = NDArray[np.float64]
SIZE = (8.5, 4.6)
ROOM = 0.8


def draw_series(result: Segmented, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw the outcome (over its exposure) with fitted and counterfactual lines.

    Parameters
    ----------
    result : the fitted series.
    ax : matplotlib axes; a new figure where None.
    lang : "ja" or "en".
    """
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=SIZE)[1]
        _points(result, axes, lang)
        _lines(result, axes, lang)
        _marks(result, axes, lang)
        axes.set_ylabel(folded(_outcome(result, lang)))
        _periods(axes, result.observed.calendar.ticks(lang))
        axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=3, fontsize=9)
        return axes


def draw_placebo(result: PlaceboDates, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw the level change at each placebo date with its interval.

    Parameters
    ----------
    result : the placebo dates.
    ax : matplotlib axes; a new figure where None.
    lang : "ja" or "en".
    """
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=SIZE)[1]
        items = result.estimates.items
        level = label("its_placebo_interval", lang, level=f"{100 * items[0].conf_level:g}")
        low = [item.estimate if isinstance(item.conf_low, Unavailable) else item.conf_low for item in items]
        high = [item.estimate if isinstance(item.conf_high, Unavailable) else item.conf_high for item in items]
        axes.fill_between(result.places, low, high, color=ZONE, label=level)
        axes.plot(result.places, [item.estimate for item in items], color=BLUE, linewidth=1.5)
        axes.axhline(0.0, color=GREY, linewidth=1)
        axes.set_ylabel(term("placebo_change", lang))
        axes.set_xlabel(label("its_placebo_date", lang))
        _periods(axes, result.calendar.ticks(lang))
        axes.set_xlim(result.places[0], result.places[-1])
        axes.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), fontsize=9)
        return axes


def _points(result: Segmented, ax: Axes, lang: str | None) -> None:
    observed = result.observed
    places = np.arange(observed.calendar.length)
    looks = [
        ("its_points" if observed.controlled else "its_points_single", BLUE, "o"),
        ("its_points_comparison", ORANGE, "s"),
    ]
    for row, (code, colour, marker) in zip(observed.rate, looks, strict=False):
        used = observed.used
        ax.plot(places[used], row[used], marker, color=colour, markersize=3, alpha=0.55, label=label(code, lang))
        ax.plot(places[~used], row[~used], marker, color=colour, markersize=3, alpha=0.55, fillstyle="none")


def _lines(result: Segmented, ax: Axes, lang: str | None) -> None:
    observed, mean = result.observed, result.mean
    places = np.arange(observed.calendar.length)
    spans = (slice(0, observed.onset), slice(observed.origin, None))
    for row, colour in zip(mean, (BLUE, ORANGE), strict=False):
        for span in spans:
            name = label("its_fitted", lang) if colour == BLUE and span == spans[0] else None
            ax.plot(places[span], row[span], color=colour, linewidth=1.8, label=name)
    after = spans[1]
    ax.plot(
        places[after],
        result.counterfactual[after],
        color=INK,
        linewidth=1.5,
        linestyle=(0, (4, 2)),
        label=label("its_counterfactual", lang),
    )
    _without(result, ax, lang)


def _without(result: Segmented, ax: Axes, lang: str | None) -> None:
    """The interval of the mean without the intervention."""
    expected, observed = result.impact().expected, result.observed
    places, amounts = np.arange(observed.origin, observed.calendar.length), observed.exposure[0, observed.origin :]
    low, high = expected.low / amounts, expected.high / amounts
    known = np.isfinite(low) & np.isfinite(high)
    if known.all():
        name = label("its_interval_without", lang, level=f"{100 * result.conf_level:g}")
        ax.fill_between(places, low, high, color=ZONE, linewidth=0, zorder=0, label=name)


def _marks(result: Segmented, ax: Axes, lang: str | None) -> None:
    observed = result.observed
    start = label("its_start", lang, period=observed.calendar.name(observed.start))
    ax.axvline(observed.start - 0.5, color=INK, linewidth=1, label=start)
    if observed.transition:
        _shaded(ax, observed.onset, observed.origin, label("its_transition", lang))
    if observed.intervention.phase_in:
        _shaded(ax, observed.onset, observed.onset + observed.intervention.phase_in, label("its_phased_in", lang))
    inside = [event for event in result.events if 0 <= event.place < observed.calendar.length]
    for number, event in enumerate(inside):
        ax.axvline(event.place, color=GREY, linewidth=1, linestyle=":")
        _note(
            ax,
            event.words(lang),
            event.place,
            0.98 - 0.07 * (number % 4),
            to_the_right=_rightwards(observed, event.place),
        )


def _shaded(ax: Axes, first: int, end: int, name: str) -> None:
    ax.axvspan(first - 0.5, end - 0.5, facecolor=GREY, alpha=0.18, linewidth=0, zorder=-1, label=name)


def _rightwards(observed: Observed, place: int) -> bool:
    return observed.start <= place < ROOM * observed.calendar.length


def _note(ax: Axes, text: str, place: int, height: float, *, to_the_right: bool) -> None:
    ax.annotate(
        text, (place, height), xycoords=("data", "axes fraction"), xytext=(4 if to_the_right else -4, 0),
        textcoords="offset points", ha="left" if to_the_right else "right", va="top", fontsize=8, color=INK,
        bbox={"facecolor": "white", "edgecolor": "none", "alpha": 0.8, "pad": 1},
    )  # fmt: skip


def _outcome(result: Segmented, lang: str | None) -> str:
    outcome, exposure = (called(name, lang) for name in result.observed.names[:2])
    return label("its_rate", lang, outcome=outcome, exposure=exposure) if exposure else outcome


def _periods(ax: Axes, ticks: tuple[tuple[int, str], ...]) -> None:
    ax.set_xticks([place for place, _ in ticks], [name for _, name in ticks])
