"""Standardised differences at baseline, a row a covariate: the Love plot."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt

from ebpm.figures.intervals import draw_handles
from ebpm.figures.linebreak import folded
from ebpm.figures.style import BLUE, GREEN, GREY, INK, ORANGE, ZONE, dress, style
from ebpm.texts import called, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.lines import Line2D

    from ebpm.cohort.weights.balance import CovariateBalance
    from ebpm.rct.threats.arm_balance import ArmBalance
    from ebpm.rct.threats.baseline import Balance

COLOURS = (BLUE, ORANGE, GREEN, INK)
MARKS = ("o", "s", "^", "D")
SMALL = 0.1


def draw_balance(balance: Balance, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw one row a covariate, the largest difference on top, one mark an arm; hollow marks leave the strata out."""
    names = balance.arms[0].covariates
    largest = [max(abs(float(one.within[place])) for one in balance.arms) for place in range(len(names))]
    order = sorted(range(len(names)), key=lambda place: largest[place])
    with style():
        axes = ax if ax is not None else _canvas(len(names))
        _zone(axes)
        handles = [
            mark
            for place, one in enumerate(balance.arms)
            for mark in _marks(axes, one, order, place, lang, several=len(balance.arms) > 1, hollow=balance.stratified)
        ]
        _finish(axes, [called(names[place], lang) for place in order], handles, label("rct_love_axis", lang))
        return axes


def draw_weighting(balance: CovariateBalance, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw one row a covariate, hollow marks before and full marks after weighting, the largest difference before on top."""
    order = sorted(range(len(balance.covariates)), key=lambda place: abs(float(balance.before[place])))
    with style():
        axes = ax if ax is not None else _canvas(len(order))
        _zone(axes)
        handles = axes.plot(
            balance.before[order], range(len(order)), MARKS[0], color=ORANGE, markerfacecolor="white", markersize=6, zorder=1.5,
            label=label("cohort_love_before", lang),
        )  # fmt: skip
        handles += axes.plot(
            balance.after[order],
            range(len(order)),
            MARKS[0],
            color=BLUE,
            markersize=7,
            label=label("cohort_love_after", lang),
        )
        names = balance.names(lang)
        _finish(axes, [names[place] for place in order], handles, label("cohort_love_axis", lang))
        return axes


def _canvas(rows: int) -> Axes:
    return plt.subplots(figsize=(7.0, 1.8 + 0.36 * rows))[1]


def _zone(axes: Axes) -> None:
    axes.axvspan(-SMALL, SMALL, color=ZONE, zorder=0)
    axes.axvline(0.0, color=GREY, linewidth=1)


def _finish(axes: Axes, names: list[str], handles: list[Line2D], title: str) -> None:
    axes.set_yticks(range(len(names)), [folded(name) for name in names])
    axes.set_ylim(-0.7, len(names) - 0.3)
    reach = max(0.25, 1.15 * max(abs(axes.dataLim.x0), abs(axes.dataLim.x1)))
    axes.set_xlim(-reach, reach)
    axes.set_xlabel(title)
    draw_handles(axes, handles)
    dress(axes)


def _marks(
    axes: Axes, one: ArmBalance, order: list[int], place: int, lang: str | None, *, several: bool, hollow: bool
) -> list[Line2D]:
    colour, mark = COLOURS[place % 4], MARKS[place % 4]
    rows, code = range(len(order)), "within" if hollow else "plain"
    arm = f"{called(one.arm, lang)}: " if several else ""
    found = axes.plot(
        one.within[order], rows, mark, color=colour, markersize=7, label=arm + label(f"rct_love_{code}", lang)
    )
    if hollow:
        found += axes.plot(
            one.standardised[order], rows, mark, color=colour, markerfacecolor="white", markersize=6, zorder=1.5,
            label=arm + label("rct_love_unstratified", lang),
        )  # fmt: skip
    return found
