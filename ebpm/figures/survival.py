"""Curves over follow-up: steps with limits, marks of censoring, areas, and the numbers at risk below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import matplotlib.pyplot as plt
import numpy as np

from ebpm.figures.at_risk import lines_of, write_at_risk
from ebpm.figures.linebreak import columns, folded
from ebpm.figures.style import BLUE, GREEN, GREY, INK, ORANGE, dress, style
from ebpm.texts import label, term

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from ebpm.cohort.survival.cumulative_incidence import CumulativeIncidence
    from ebpm.cohort.survival.curves import Curve
    from ebpm.cohort.survival.kaplan_meier import SurvivalCurves
    from ebpm.cohort.survival.recurrent import MeanFrequency


class AtHorizon(Protocol):
    """What is drawn up to a horizon: curves of a quantity ("rmst", "risk" or "frequency"), one an arm."""

    @property
    def quantity(self) -> str: ...
    @property
    def curves(self) -> tuple[Curve, ...]: ...
    @property
    def horizon(self) -> float: ...
    @property
    def time(self) -> str: ...


SIZE = (7.5, 4.6)
COLOURS = (INK, BLUE, ORANGE, GREEN, "#7b3f98", GREY, "#c2407a", "#0f8b8d", "#8a5a00", "#5b8dd6")
DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (5, 2, 1, 2)))
TICKS, SHADE, NAME, HANDLE, HALF_WIDTH = 6, 0.12, 44, 11, 4.5


def draw_survival(result: SurvivalCurves, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw survival by group with limits, marks where follow-up ends, and numbers at risk.

    Parameters
    ----------
    result : the curves.
    ax : matplotlib axes; a new figure where None.
    lang : "ja" or "en".
    """
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=_size(result.curves))[1]
        for place, curve in enumerate(result.curves, start=1):
            colour, dash = _colour(place - 1), (place - 1) // len(COLOURS)
            _step(axes, curve, colour=colour, name=curve.label, dash=dash, shade=_shade(len(result.curves)))
            _censored(axes, curve, colour, lang if place == len(result.curves) else "")
        axes.set_ylim(0.0, 1.02)
        _frame(axes, result.curves, time=result.time, name=term("survival", lang), lang=lang)
        return axes


def draw_incidence(result: CumulativeIncidence, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw the cumulative incidence of each event by group: colours are groups, dashes are events.

    Parameters
    ----------
    result : the curves.
    ax : matplotlib axes; a new figure where None.
    lang : "ja" or "en".
    """
    groups = result.of(result.events[0])
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=_size(groups))[1]
        shade, several = _shade(len(result.curves)), len(groups) > 1
        for number, event in enumerate(result.events):
            for place, curve in enumerate(result.of(event)):
                _step(axes, curve, colour=_colour(place if several else number), name=event, dash=number, shade=shade)
        axes.set_ylim(bottom=0.0)
        _frame(
            axes, groups, time=result.time, name=term("cumulative_incidence", lang), lang=lang,
            keys=_keys(result.events, groups) if several else None,
        )  # fmt: skip
        return axes


def draw_mean_frequency(result: MeanFrequency, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw mean numbers of events by group.

    Parameters
    ----------
    result : the curves.
    ax : matplotlib axes; a new figure where None.
    lang : "ja" or "en".
    """
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=_size(result.curves))[1]
        for place, curve in enumerate(result.curves):
            _step(axes, curve, colour=_colour(place), name=curve.label, shade=_shade(len(result.curves)))
        axes.set_ylim(bottom=0.0)
        _frame(axes, result.curves, time=result.time, name=term("frequency", lang), lang=lang)
        return axes


def draw_horizon(result: AtHorizon, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw the curves up to the horizon; under survival the areas that are the restricted means.

    Parameters
    ----------
    result : numbers by arm at a horizon.
    ax : matplotlib axes; a new figure where None.
    lang : "ja" or "en".
    """
    names = {"rmst": "survival", "risk": "cumulative_incidence", "frequency": "frequency"}
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=_size(result.curves))[1]
        for place, curve in enumerate(result.curves):
            shade = 0.0 if result.quantity == "rmst" else _shade(len(result.curves))
            _step(axes, curve, colour=_colour(place), name=curve.label, shade=shade)
            if result.quantity == "rmst":
                _area(axes, curve, result.horizon, _colour(place))
        axes.axvline(result.horizon, color=GREY, linewidth=1, linestyle=":", label=_horizon(result, lang))
        axes.set_ylim(0.0, 1.02 if result.quantity == "rmst" else None)
        _frame(axes, result.curves, time=result.time, name=term(names[result.quantity], lang), lang=lang)
        return axes


def _horizon(result: AtHorizon, lang: str | None) -> str:
    return label("survival_horizon", lang, horizon=f"{result.horizon:g}")


def _size(curves: Sequence[Curve]) -> tuple[float, float]:
    return SIZE[0], SIZE[1] + 0.2 * lines_of(curves)


def _colour(place: int) -> str:
    return COLOURS[place % len(COLOURS)]


def _shade(curves: int) -> float:
    """How dark limits are: lighter where there are many of them."""
    return SHADE * min(1.0, 4.0 / curves)


def _path(curve: Curve, values: np.ndarray, first: float) -> tuple[np.ndarray, np.ndarray]:
    return np.r_[0.0, curve.times], np.r_[first, values]


def _keys(events: Sequence[str], groups: Sequence[Curve]) -> list[Artist]:
    """What colours and dashes mean, apart."""
    from matplotlib.lines import Line2D

    kinds = [
        Line2D([], [], color=GREY, linestyle=DASHES[place % len(DASHES)], label=name)
        for place, name in enumerate(events)
    ]
    return [*(Line2D([], [], color=_colour(place), label=one.label) for place, one in enumerate(groups)), *kinds]


def _step(ax: Axes, curve: Curve, *, colour: str, name: str, dash: int = 0, shade: float = SHADE) -> None:
    times, values = _path(curve, curve.value, curve.first)
    look = DASHES[dash % len(DASHES)]
    ax.step(times, values, where="post", color=colour, linewidth=1.6, linestyle=look, label=name or "_")
    if shade:
        low, high = (_path(curve, end, curve.first)[1] for end in (curve.low, curve.high))
        ax.fill_between(times, low, high, step="post", color=colour, alpha=shade, linewidth=0)


def _censored(ax: Axes, curve: Curve, colour: str, lang: str | None) -> None:
    """Mark where follow-up ended without the event; named once, where `lang` is not empty."""
    ended = curve.censored > 0
    name = "_" if lang == "" else label("survival_censored", lang)
    ax.plot(curve.times[ended], curve.value[ended], "|", color=colour, markersize=6, markeredgewidth=0.9, label=name)


def _area(ax: Axes, curve: Curve, horizon: float, colour: str) -> None:
    inside = curve.times < horizon
    times, values = _path(curve, curve.value, curve.first)
    kept = np.r_[True, inside]
    edge = np.r_[times[kept], horizon]
    height = np.r_[values[kept], values[kept][-1]]
    ax.fill_between(edge, 0.0, height, step="post", color=colour, alpha=0.14, linewidth=0)


def _frame(
    ax: Axes, curves: Sequence[Curve], *, time: str, name: str, lang: str | None, keys: Sequence[Artist] | None = None
) -> None:
    ax.set_xlim(0.0, max(curve.last_time for curve in curves))
    ax.margins(y=0)
    ax.set_ylabel(folded(name, 40))
    ax.locator_params(axis="x", nbins=TICKS)
    write_at_risk(ax, curves, [_colour(place) for place in range(len(curves))], lang)
    ax.set_xlabel(label("survival_time_axis", lang, time=time), labelpad=22 + 13 * lines_of(curves))
    dress(ax)
    _legend(ax, ax.get_legend_handles_labels()[0] if keys is None else keys)


def _legend(ax: Axes, keys: Sequence[Artist]) -> None:
    """Name the curves above the axes, in as many columns as their names leave room for."""
    if not keys:
        return
    names = [folded(str(key.get_label()), NAME) for key in keys]
    room = ax.get_window_extent().width * 72.0 / ax.figure.dpi / HALF_WIDTH
    widest = max(columns(line) for name in names for line in name.split("\n")) + HANDLE
    fitting = max(1, min(3, len(keys), int(room // widest)))
    ax.legend(keys, names, loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=fitting, fontsize=9)
