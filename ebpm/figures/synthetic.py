"""Synthetic comparisons: the treated and the synthetic path, their gap among placebos, the weights of donors and periods."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from ebpm.estimate import Unavailable
from ebpm.figures.intervals import draw_handles
from ebpm.figures.linebreak import folded
from ebpm.figures.style import BLUE, GREY, INK, ORANGE, ZONE, dress, style
from ebpm.texts import called, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.did.synthetic.words import Pictured

Floats = NDArray[np.float64]
SIZE = (7.0, 4.4)
MOST_DONORS = 15
SHOWN = 1e-9
BARS = 0.2


def draw_paths(result: Pictured, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw the treated and the synthetic path; bars below give the weights of the periods, where there are any.

    Parameters
    ----------
    result : a synthetic comparison; several starts are put together by time since treatment, where all of them are seen.
    ax : matplotlib axes; a new figure where None.
    lang : "ja" or "en".
    """
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=SIZE)[1]
        fit = result.fit
        places, (treated, synthetic, weights) = result.by_time(
            np.stack([fit.treated, fit.paths, fit.time_weights]), whole=True
        )
        axes.plot(places, treated, color=INK, linewidth=2, label=label("synthetic_treated", lang))
        axes.plot(places, synthetic, color=BLUE, linewidth=2, linestyle="--", label=label("synthetic_path", lang))
        _start(axes, result, lang)
        if weights.max() > 0:
            _bars(axes, places, weights, lang)
        axes.set_ylabel(folded(called(result.study.outcome, lang)))
        return _finished(axes, result, lang)


def draw_gaps(result: Pictured, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw what the treated lie above their synthetic path, and the same of every placebo.

    Parameters
    ----------
    result : a synthetic comparison.
    ax : matplotlib axes; a new figure where None.
    lang : "ja" or "en".
    """
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=SIZE)[1]
        places, (gap,) = result.by_time(result.fit.gaps[None])
        reach = 1.3 * float(np.abs(gap).max())
        if not isinstance(result.draws, Unavailable) and result.draws.kind == "placebo":
            _, placebos = result.by_time(result.draws.gaps)
            lines = axes.plot(places, placebos.T, color=GREY, linewidth=0.6, alpha=0.45)
            lines[0].set_label(label("synthetic_placebo_gap", lang))
            reach = max(reach, float(np.quantile(np.abs(placebos).max(axis=1), 0.9)))
        axes.axhline(0.0, color=GREY, linewidth=1)
        axes.plot(places, gap, color=BLUE, linewidth=2.2, label=label("synthetic_gap", lang))
        _start(axes, result, lang)
        if reach > 0:
            axes.set_ylim(-reach, reach)
        axes.set_ylabel(folded(called(result.study.outcome, lang)))
        return _finished(axes, result, lang)


def draw_weights(result: Pictured, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw the weights of the donors, the heaviest on top; of several groups the mean, each treated unit alike.

    Parameters
    ----------
    result : a synthetic comparison.
    ax : matplotlib axes; a new figure where None.
    lang : "ja" or "en".
    """
    weights = np.average(result.fit.unit_weights, axis=0, weights=result.fit.counts)
    order = np.argsort(-weights, kind="stable")
    order = order[weights[order] > SHOWN]
    shown = order[:MOST_DONORS]
    names = [result.study.donors[place] for place in shown]
    values = weights[shown].tolist()
    if len(order) > len(shown):
        names.append(label("synthetic_more", lang, count=len(order) - len(shown)))
        values.append(float(weights[order[MOST_DONORS:]].sum()))
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=(SIZE[0], 1.2 + 0.26 * len(names)))[1]
        places = range(len(names) - 1, -1, -1)
        colours = [BLUE] * len(shown) + [GREY] * (len(names) - len(shown))
        axes.barh(list(places), values, color=colours, height=0.65)
        for place, value in zip(places, values, strict=True):
            axes.annotate(
                f"{value:.3f}", (value, place), xytext=(3, 0), textcoords="offset points", va="center", fontsize=8
            )
        axes.set_yticks(list(places), names)
        axes.set_xlim(0.0, 1.12 * max(values))
        axes.set_xlabel(label("synthetic_weight_axis", lang))
        dress(axes)
        return axes


def _start(ax: Axes, result: Pictured, lang: str | None) -> None:
    start = result.one_start
    if start is None:
        ax.axvline(-0.5, color=GREY, linewidth=1, linestyle=":")
        return
    periods = result.study.periods
    said = label("synthetic_start", lang, period=periods[start])
    ax.axvline((periods[start] + periods[start - 1]) / 2, color=GREY, linewidth=1, linestyle=":", label=said)


def _bars(ax: Axes, places: Floats, weights: Floats, lang: str | None) -> None:
    """Bars along the foot of the axes, a fifth of their height, in units of their own."""
    low, high = ax.get_ylim()
    foot = low - BARS * (high - low) / (1.0 - BARS)
    width = 0.8 * float(np.diff(places).min())
    ax.bar(
        places, weights / weights.max() * 0.85 * (low - foot), bottom=foot, width=width, color=ORANGE, alpha=0.6,
        label=label("synthetic_time_weights", lang), zorder=1,
    )  # fmt: skip
    ax.axhspan(foot, low, color=ZONE, zorder=0, alpha=0.5)
    ax.set_ylim(foot, high)


def _finished(ax: Axes, result: Pictured, lang: str | None) -> Axes:
    if result.one_start is None:
        ax.set_xlabel(label("synthetic_since", lang))
    else:
        ax.set_xlabel(label("did_axis_period", lang))
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    draw_handles(ax, ax.get_legend_handles_labels()[0], columns=2)
    dress(ax)
    return ax
