"""Points with a pointwise interval and a simultaneous band, before and after treatment: marks and their legend."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from matplotlib.lines import Line2D
from matplotlib.transforms import ScaledTranslation

from ebpm.estimate import Estimate, Unavailable
from ebpm.figures.style import BLUE, GREY, ORANGE
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.artist import Artist
    from matplotlib.axes import Axes

BELOW, LINE = 36, 14
FULL, LEAST = 40, 0.4
SHORT, MOST, MOST_LONG = 3, 16, 12


@dataclass(frozen=True, slots=True)
class Interval:
    """One mark.

    Parameters
    ----------
    place : on the horizontal axis.
    value : of the estimate.
    limits : of the pointwise interval; the value twice where there is none.
    band : limits of the simultaneous band.
    before : whether it lies before treatment.
    reference : whether it is the reference, zero by definition.
    bare : whether it has no interval for any other reason.
    """

    place: float
    value: float
    limits: tuple[float, float]
    band: tuple[float, float]
    before: bool
    reference: bool
    bare: bool = False

    @classmethod
    def of(cls, place: float, item: Estimate, band: tuple[float, float], *, before: bool) -> Interval:
        """Return the mark of an estimate."""
        low, high = item.conf_low, item.conf_high
        if isinstance(low, Unavailable) or isinstance(high, Unavailable):
            reference = isinstance(low, Unavailable) and low.reason == "did_reference"
            return cls(
                place, item.estimate, (item.estimate,) * 2, (item.estimate,) * 2, before, reference, not reference
            )
        return cls(place, item.estimate, (low, high), band, before, reference=False)

    @property
    def colour(self) -> str:
        if self.reference:
            return GREY
        return ORANGE if self.before else BLUE

    @property
    def marker(self) -> str:
        if self.reference:
            return "D"
        return "s" if self.before else "o"


def draw_intervals(ax: Axes, intervals: Sequence[Interval]) -> None:
    """Draw the marks: thin line the band, thick line the interval, square before and circle after treatment; smaller where they are many."""
    size = max(LEAST, min(1.0, FULL / max(len(intervals), 1)))
    for one in intervals:
        face = "white" if one.reference or one.bare else one.colour
        ax.plot([one.place, one.place], one.band, color=one.colour, linewidth=size)
        ax.plot([one.place, one.place], one.limits, color=one.colour, linewidth=3 * size, solid_capstyle="butt")
        ax.plot([one.place], [one.value], one.marker, color=one.colour, markerfacecolor=face, markersize=6 * size)


def ticks(places: Sequence[float], anchor: float = 0.0) -> tuple[list[float], list[str]]:
    """Return the places that are named below the axis, as many as there is room for, the one nearest to the anchor among them."""
    named = [f"{place:g}" for place in places]
    step = -(-len(places) // (MOST if max(map(len, named)) <= SHORT else MOST_LONG))
    nearest = min(range(len(places)), key=lambda at: abs(places[at] - anchor))
    return list(places[nearest % step :: step]), named[nearest % step :: step]


def draw_legend(
    ax: Axes, intervals: Sequence[Interval], level: float, lang: str | None, extra: Sequence[Artist] = (), *, columns: int = 3
) -> None:  # fmt: skip
    """Say below the axes what the marks mean; only those that are drawn."""
    percent = f"{100 * level:g}"
    handles = [
        *_marks(intervals, lang),
        *(
            [_line(3, label("did_pointwise", lang, level=percent))]
            if any(one.limits[0] < one.limits[1] for one in intervals)
            else []
        ),
        *(
            [_line(1, label("did_band", lang, level=percent))]
            if any(one.band != one.limits for one in intervals)
            else []
        ),
        *extra,
    ]
    draw_handles(ax, handles, columns=columns)


def draw_handles(ax: Axes, handles: Sequence[Artist], *, columns: int = 3) -> None:
    """Set a legend below the axes and their label."""
    points = BELOW + LINE * ax.get_xlabel().count("\n")
    below = ax.transAxes + ScaledTranslation(0, -points / 72, ax.figure.dpi_scale_trans)
    ax.legend(
        handles=list(handles), loc="upper center", bbox_to_anchor=(0.5, 0.0), bbox_transform=below,
        ncols=min(columns, len(handles)), fontsize="small",
    )  # fmt: skip


def _marks(intervals: Sequence[Interval], lang: str | None) -> list[Line2D]:
    kinds = {
        "did_before": [one for one in intervals if one.before and not one.reference and not one.bare],
        "did_after": [one for one in intervals if not one.before and not one.reference and not one.bare],
        "did_reference_point": [one for one in intervals if one.reference],
        "did_bare_point": [one for one in intervals if one.bare],
    }
    return [
        Line2D(
            [], [], linestyle="", marker=found[0].marker, color=found[0].colour,
            markerfacecolor="white" if found[0].reference or found[0].bare else found[0].colour, label=label(code, lang),
        )
        for code, found in kinds.items() if found
    ]  # fmt: skip


def _line(width: float, words: str) -> Line2D:
    return Line2D([], [], color=GREY, linewidth=width, label=words)
