"""Curves over follow-up: steps with limits, marks of censoring, areas, and the numbers at risk below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

import matplotlib.pyplot as plt
import numpy as np

from ebpm.figures.linebreak import folded
from ebpm.figures.style import BLUE, GREEN, GREY, INK, ORANGE, dress, style
from ebpm.texts import label, term

if TYPE_CHECKING:
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
COLOURS = (INK, BLUE, ORANGE, GREEN, "#7b3f98", GREY)
DASHES = ("-", (0, (5, 2)), (0, (1, 1.5)), (0, (5, 2, 1, 2)))
LINE, TICKS = 0.075, 6


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
            colour = COLOURS[(place - 1) % len(COLOURS)]
            _step(axes, curve, colour=colour, name=curve.label)
            _censored(axes, curve, colour, lang if place == len(result.curves) else "")
        axes.set_ylim(0.0, 1.02)
        _frame(axes, result.curves, result.time, term("survival", lang), lang)
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
        for number, event in enumerate(result.events):
            for place, curve in enumerate(result.of(event)):
                several = len(groups) > 1
                name = f"{event}, {curve.label}" if several else event
                colour = COLOURS[(place if several else number) % len(COLOURS)]
                _step(axes, curve, colour=colour, name=name, dash=number)
        axes.set_ylim(bottom=0.0)
        _frame(axes, groups, result.time, term("cumulative_incidence", lang), lang)
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
            _step(axes, curve, colour=COLOURS[place % len(COLOURS)], name=curve.label)
        axes.set_ylim(bottom=0.0)
        _frame(axes, result.curves, result.time, term("frequency", lang), lang)
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
            colour = COLOURS[place % len(COLOURS)]
            _step(axes, curve, colour=colour, name=curve.label, limits=result.quantity != "rmst")
            if result.quantity == "rmst":
                _area(axes, curve, result.horizon, colour)
        axes.axvline(result.horizon, color=GREY, linewidth=1, linestyle=":", label=_horizon(result, lang))
        axes.set_ylim(0.0, 1.02 if result.quantity == "rmst" else None)
        _frame(axes, result.curves, result.time, term(names[result.quantity], lang), lang)
        return axes


def _horizon(result: AtHorizon, lang: str | None) -> str:
    return label("survival_horizon", lang, horizon=f"{result.horizon:g}")


def _size(curves: Sequence[Curve]) -> tuple[float, float]:
    return SIZE[0], SIZE[1] + 0.2 * len(curves)


def _path(curve: Curve, values: np.ndarray, first: float) -> tuple[np.ndarray, np.ndarray]:
    return np.r_[0.0, curve.times], np.r_[first, values]


def _step(ax: Axes, curve: Curve, *, colour: str, name: str, dash: int = 0, limits: bool = True) -> None:
    times, values = _path(curve, curve.value, curve.first)
    look = DASHES[dash % len(DASHES)]
    ax.step(times, values, where="post", color=colour, linewidth=1.6, linestyle=look, label=name or "_")
    if limits:
        low, high = (_path(curve, end, curve.first)[1] for end in (curve.low, curve.high))
        ax.fill_between(times, low, high, step="post", color=colour, alpha=0.12, linewidth=0)


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


def _frame(ax: Axes, curves: Sequence[Curve], time: str, name: str, lang: str | None) -> None:
    last = max(curve.last_time for curve in curves)
    ax.set_xlim(0.0, last)
    ax.margins(y=0)
    ax.set_ylabel(folded(name, 40))
    ax.locator_params(axis="x", nbins=TICKS)
    _at_risk(ax, curves, lang)
    ax.set_xlabel(label("survival_time_axis", lang, time=time), labelpad=22 + 13 * len(curves))
    dress(ax)
    handles = ax.get_legend_handles_labels()[1]
    if handles:
        ax.legend(loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=min(len(handles), 3), fontsize=9)


def _at_risk(ax: Axes, curves: Sequence[Curve], lang: str | None) -> None:
    """Write the numbers at risk under the ticks of the horizontal axis, one line a group."""
    ticks = [tick for tick in ax.get_xticks() if 0.0 <= tick <= max(curve.last_time for curve in curves)]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    place: dict[str, Any] = {
        "xycoords": ("data", "axes fraction"),
        "textcoords": "offset points",
        "fontsize": 8,
        "annotation_clip": False,
    }
    start = ax.get_xlim()[0]
    ax.annotate(
        label("survival_at_risk", lang), (start, 0.0), xytext=(-22, -27), ha="right", va="center", color=GREY, **place
    )
    for line, curve in enumerate(curves):
        below, colour = -40 - 13 * line, COLOURS[line % len(COLOURS)]
        who = folded(curve.label or label("survival_everybody", lang), 14).replace("\n", " ")
        ax.annotate(who, (start, 0.0), xytext=(-22, below), ha="right", va="center", color=colour, **place)
        for tick in ticks:
            count = f"{curve.at_risk_at(tick) if tick > 0 else int(curve.at_risk.max()):,}"
            ax.annotate(count, (tick, 0.0), xytext=(0, below), ha="center", va="center", color=colour, **place)
