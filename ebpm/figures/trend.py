"""An indicator over fiscal years: points with interval, what silence leaves open, the target, and the years still empty."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt

from ebpm.estimate import Unavailable
from ebpm.figures.linebreak import folded
from ebpm.figures.style import BLUE, GREEN, GREY, INK, ORANGE, style
from ebpm.texts import label, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.logic.indicators.trend import Point, Trend

SIZE = (7.5, 4.2)


def draw_trend(trend: Trend, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw an indicator by fiscal year.

    Parameters
    ----------
    trend : the indicator over its years.
    ax : matplotlib axes; a new figure where None.
    lang : "ja" or "en".
    """
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=SIZE)[1]
        for point in trend.points:
            _ranges(trend, point, axes, lang)
        known = {point.fiscal_year: point.value for point in trend.points}
        values = [known.get(year, float("nan")) for year in trend.years]
        axes.plot(
            trend.years, values, "o-", color=BLUE, markersize=6, linewidth=1, label=label("trend_value", lang), zorder=3
        )
        _numbers(trend.points, axes)
        _targets(trend, axes, lang)
        _empty_years(trend, axes, lang)
        _frame(trend, axes, lang)
        return axes


def _ranges(trend: Trend, point: Point, ax: Axes, lang: str | None) -> None:
    ends = [point.fiscal_year, point.fiscal_year]
    if not isinstance(point.low, Unavailable) and not isinstance(point.high, Unavailable):
        name = label("trend_bounds", lang)
        ax.plot(ends, [point.low, point.high], color=ORANGE, linewidth=9, alpha=0.3, solid_capstyle="butt", label=name)
        for end, above in ((point.low, False), (point.high, True)):
            ax.annotate(
                f"{end:.1f}", (point.fiscal_year, end), xytext=(0, 3 if above else -3), textcoords="offset points",
                ha="center", va="bottom" if above else "top", fontsize=8, color=GREY,
            )  # fmt: skip
    if not isinstance(point.conf_low, Unavailable) and not isinstance(point.conf_high, Unavailable):
        name = label("trend_interval", lang, level=f"{100 * trend.conf_level:g}")
        ax.plot(ends, [point.conf_low, point.conf_high], color=BLUE, linewidth=2, label=name)


def _numbers(points: tuple[Point, ...], ax: Axes) -> None:
    following = (*(point.value for point in points[1:]), float("inf"))
    for point, after in zip(points, following, strict=True):
        below = after >= point.value
        ax.annotate(
            f"{point.value:,.4g}" if abs(point.value) < 1000 else f"{point.value:,.0f}", (point.fiscal_year, point.value),
            xytext=(8, -5 if below else 5), textcoords="offset points", va="top" if below else "bottom",
            fontsize=9, color=INK,
        )  # fmt: skip


def _targets(trend: Trend, ax: Axes, lang: str | None) -> None:
    if trend.targets:
        years, values = zip(*trend.targets, strict=True)
        ax.plot(years, values, "D", color=GREEN, markersize=7, linestyle="none", label=label("trend_target", lang))
        for year, value in trend.targets:
            ax.plot([trend.years[0], year], [value, value], color=GREEN, linewidth=1, linestyle=(0, (4, 3)))


def _empty_years(trend: Trend, ax: Axes, lang: str | None) -> None:
    known = {point.fiscal_year for point in trend.points} | {year for year, _ in trend.targets}
    for year in (year for year in trend.years if year not in known):
        ax.annotate(
            label("trend_empty", lang), (year, 0.5), xycoords=("data", "axes fraction"), ha="center", va="center",
            fontsize=8, color=GREY,
        )  # fmt: skip


def _frame(trend: Trend, ax: Axes, lang: str | None) -> None:
    ax.set_xticks(trend.years, [words(name, lang) for name in trend.year_names])
    ax.set_xlim(trend.years[0] - 0.5, trend.years[-1] + 0.5)
    unit = words(trend.unit, lang)
    seen = [*(point.value for point in trend.points), *(value for _, value in trend.targets)]
    ax.set_ylim(min(0.0, *seen), 100.0 if unit == "%" else 1.15 * max(*seen, 0.0) or 1.0)
    ax.yaxis.set_major_formatter("{x:,g}")
    ax.set_ylabel(unit)
    ax.set_title(folded(words(trend.name, lang), 36), fontsize=10, pad=28)
    handles, names = ax.get_legend_handles_labels()
    once = dict(zip(names, handles, strict=True))
    ax.legend(once.values(), once.keys(), loc="lower left", bbox_to_anchor=(0.0, 1.0), ncols=4, fontsize=8)
