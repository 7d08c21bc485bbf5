"""The numbers at risk below curves over follow-up: beside short labels, under long ones."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from ebpm.figures.linebreak import columns, folded
from ebpm.figures.style import GREY
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.cohort.survival.curves import Curve

BESIDE, BELOW = 18, 40
FIRST, LINE, LEFT = -27, 13, -22


def lines_of(curves: Sequence[Curve]) -> int:
    """Return how many lines the numbers take, their heading not counted."""
    return sum(1 + len(above) for _, above in _labels(curves, ""))


def write_at_risk(ax: Axes, curves: Sequence[Curve], colours: Sequence[str], lang: str | None) -> None:
    """Write the numbers at risk under the ticks of the horizontal axis.

    Parameters
    ----------
    ax : axes with the curves.
    curves : one a group.
    colours : of the groups.
    lang : "ja" or "en".
    """
    last = max(curve.last_time for curve in curves)
    ticks = [tick for tick in ax.get_xticks() if 0.0 <= tick <= last]
    ax.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    start, found = ax.get_xlim()[0], list(_labels(curves, label("survival_everybody", lang)))
    beside = not any(above for _, above in found)

    def write(text: str, tick: float, shift: tuple[float, float], colour: str, side: str) -> None:
        place: dict[str, Any] = {"xycoords": ("data", "axes fraction"), "textcoords": "offset points"}
        ax.annotate(
            text, (tick, 0.0), xytext=shift, ha=side, va="center", color=colour, fontsize=8, annotation_clip=False, **place
        )  # fmt: skip

    margin, side = (LEFT, "right") if beside else (0, "left")
    write(label("survival_at_risk", lang), start, (margin, FIRST), GREY, side)
    below = FIRST
    for curve, (name, above), colour in zip(curves, found, colours, strict=True):
        for text in above or (name,):
            below -= LINE
            write(text, start, (margin, below), colour, side)
        below -= LINE if above else 0
        for tick in ticks:
            count = curve.at_risk_at(tick) if tick > 0 else int(curve.at_risk.max())
            write(f"{count:,}", tick, (0, below), colour, "center")


def _labels(curves: Sequence[Curve], everybody: str) -> Iterator[tuple[str, tuple[str, ...]]]:
    """The label of each group, and, where one of them is too long to stand beside its numbers, its lines above them."""
    names = [curve.label or everybody for curve in curves]
    long = max(map(columns, names)) > BESIDE
    for name in names:
        yield name, tuple(folded(name, BELOW).split("\n")) if long else ()
