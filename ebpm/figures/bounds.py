"""Bounds as bars, one a layer, from the known answers to no assumption at all."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt

from ebpm.estimate import Unavailable
from ebpm.figures.style import BLUE, GREY, ORANGE, style
from ebpm.texts import label, term

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.survey.answering.identification import Bound, Bounds


def draw_bounds(bounds: Bounds, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw the layers of the headline term, or of each difference between arms."""
    shown = [item for item in bounds.items if item.estimand == bounds.headline.estimand]
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=(7.5, 1.8 + 0.45 * len(shown)))[1]
        for place, item in zip(range(len(shown) - 1, -1, -1), shown, strict=True):
            _draw(item, place, axes, lang)
        axes.set_yticks(range(len(shown) - 1, -1, -1), [_name(item, shown, lang) for item in shown])
        axes.set_ylim(-0.6, len(shown) - 0.4)
        axes.set_xlabel(term(bounds.headline.estimand, lang))
        if bounds.headline.estimand == "ate":
            axes.axvline(0.0, color=GREY, linewidth=1)
        handles, names = axes.get_legend_handles_labels()
        once = dict(zip(names, handles, strict=True))
        axes.legend(once.values(), once.keys(), loc="lower center", bbox_to_anchor=(0.35, 1.0), ncols=3)
        return axes


def _name(item: Bound, shown: list[Bound], lang: str | None) -> str:
    layer = label(f"survey_layer_{item.layer}", lang)
    return layer if len({one.term for one in shown}) == 1 else f"{item.term}\n{layer}"


def _draw(item: Bound, place: int, ax: Axes, lang: str | None) -> None:
    interval, bounds, point = (label(f"survey_legend_{part}", lang) for part in ("interval", "bounds", "point"))
    if not isinstance(item.conf_low, Unavailable) and not isinstance(item.conf_high, Unavailable):
        ax.plot([item.conf_low, item.conf_high], [place, place], color=BLUE, linewidth=1.5, label=interval)
    if item.width > 0.0:
        ax.plot(
            [item.low, item.high],
            [place, place],
            color=BLUE,
            linewidth=8,
            alpha=0.55,
            solid_capstyle="butt",
            label=bounds,
        )
    else:
        ax.plot([item.low], [place], "o", color=ORANGE, linestyle="none", label=point)
