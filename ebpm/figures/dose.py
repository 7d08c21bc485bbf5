"""Effects by dose: the level and the slope with interval and band, and the doses that were received."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np

from ebpm.estimate import Estimates, Unavailable
from ebpm.figures.intervals import draw_handles
from ebpm.figures.linebreak import folded
from ebpm.figures.style import BLUE, GREEN, GREY, ZONE, dress, style
from ebpm.texts import label, term, words

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

    from ebpm.did.doses.response import DoseResponse

INNER = "#9db8d6"
HEIGHTS, GAP, MANY = (0.37, 0.37, 0.12), 0.07, 30


def draw_curve(curve: Estimates, ax: Axes, lang: str | None) -> list[Artist]:
    """Draw one curve with its pointwise interval and simultaneous band, and return what the legend says of it."""
    count = len(curve.positions)
    places, items, bands = np.array(curve.positions), curve.items[:count], np.array(curve.bands()[:count])
    values = np.array([item.estimate for item in items])
    limits = np.array([_limits(item.conf_low, item.conf_high, item.estimate) for item in items])
    ax.axhline(0.0, color=GREY, linewidth=1)
    marker = "o" if count < MANY else ""
    band = ax.fill_between(places, bands[:, 0], bands[:, 1], color=ZONE, linewidth=0)
    inner = ax.fill_between(places, limits[:, 0], limits[:, 1], color=INNER, linewidth=0)
    (line,) = ax.plot(places, values, color=BLUE, linewidth=2, marker=marker, markersize=5)
    overall = curve.headline.estimate
    (mean,) = ax.plot(places[[0, -1]], [overall, overall], color=GREEN, linestyle="--")
    ax.set_ylabel(folded(_axis(curve, lang)))
    level = f"{100 * curve.headline.conf_level:g}"
    for artist, code in ((line, "did_dose_curve"), (inner, "did_pointwise"), (band, "did_band"), (mean, "did_overall")):
        artist.set_label(label(code, lang, level=level))
    return [line, inner, band, mean]


def draw_dose_response(found: DoseResponse, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw level, slope and doses below each other inside the axes."""
    with style():
        host = ax if ax is not None else plt.subplots(figsize=(7.0, 7.2))[1]
        host.set_axis_off()
        level, slope, doses = _panels(host)
        handles = draw_curve(found.aggregate("dose"), level, lang)
        draw_curve(found.aggregate("dose", target="slope"), slope, lang)
        for panel, code in ((level, "did_dose_level"), (slope, "did_dose_slope")):
            panel.set_title(label(code, lang), fontsize="medium")
            panel.set_ylabel("")
            panel.tick_params(labelbottom=False)
        _draw_doses(found, doses, lang)
        for panel in (level, slope, doses):
            panel.set_xlim(found.edges[0], found.edges[-1])
            dress(panel)
        draw_handles(doses, handles, columns=2)
        return host


def _panels(host: Axes) -> list[Axes]:
    tops = 1.0 - np.cumsum([0.0, *(height + GAP for height in HEIGHTS[:-1])])
    return [host.inset_axes((0.0, top - height, 1.0, height)) for top, height in zip(tops, HEIGHTS, strict=True)]


def _draw_doses(found: DoseResponse, ax: Axes, lang: str | None) -> None:
    ax.stairs(found.counts, found.edges, fill=True, color=INNER)
    ax.set_xlabel(label("axis_dose", lang))
    ax.set_ylabel(label("did_dose_units", lang))


def _limits(low: float | Unavailable, high: float | Unavailable, value: float) -> tuple[float, float]:
    if isinstance(low, Unavailable) or isinstance(high, Unavailable):
        return value, value
    return low, high


def _axis(curve: Estimates, lang: str | None) -> str:
    unit = words(curve.headline.unit, lang)
    return term(curve.headline.estimand, lang) + (f" [{unit}]" if unit else "")
