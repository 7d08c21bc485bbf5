"""Shares missing by arm as bars, with the difference from control that would still be low."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
from matplotlib.patches import Patch

from ebpm.estimate import Number, Unavailable
from ebpm.figures.intervals import draw_handles
from ebpm.figures.linebreak import folded
from ebpm.figures.style import BLUE, GREY, INK, ZONE, dress, style
from ebpm.texts import called, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.rct.missing.attrition import Attrition
    from ebpm.rct.missing.stages import Stage


@dataclass(frozen=True, slots=True)
class _Bar:
    """A bar: its name, share and count, whether it is control's, and the band of shares that would be low."""

    name: str
    share: float
    count: int
    control: bool
    low: float = 0.0
    high: float = 0.0


def draw_attrition(found: Attrition, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw one bar an arm, control on top; where a boundary was asked for and clusters were assigned, once for each stage."""
    bars = _bars(found, lang)
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=(7.0, 1.6 + 0.5 * len(bars)))[1]
        for row, bar in zip(range(len(bars) - 1, -1, -1), bars, strict=True):
            axes.barh(row, bar.high - bar.low, left=bar.low, height=0.9, color=ZONE, zorder=0)
            axes.barh(row, bar.share, height=0.55, color=GREY if bar.control else BLUE, zorder=2)
            axes.text(bar.share, row, f"  {100 * bar.share:.1f} % (n = {bar.count:,})", va="center", color=INK)
        axes.set_yticks(range(len(bars) - 1, -1, -1), [folded(bar.name) for bar in bars])
        axes.set_ylim(-0.6, len(bars) - 0.4)
        axes.set_xlim(0.0, max(0.05, 1.35 * max(bar.share for bar in bars)))
        axes.xaxis.set_major_formatter(lambda value, _: f"{100 * value:g} %")
        axes.set_xlabel(label("rct_attrition_axis", lang))
        if any(bar.high for bar in bars):
            draw_handles(axes, [Patch(color=ZONE, label=label("rct_attrition_boundary", lang))], columns=1)
        dress(axes)
        return axes


def _bars(found: Attrition, lang: str | None) -> list[_Bar]:
    if not found.judged:
        control = found.arms[0]
        own = [_Bar(called(one.arm, lang), one.missing[0], one.assigned[0], control=False) for one in found.arms]
        return [_Bar(called(found.control, lang), control.missing[1], control.assigned[1], control=True), *own]
    bars, levels = list[_Bar](), dict.fromkeys(stage.level for _, stage, _ in found.judged)
    for level in levels:
        mine = [(arm, stage, most) for arm, stage, most in found.judged if stage.level == level]
        prefix = f"{label(f'rct_stage_{level}', lang)}: " if len(levels) > 1 else ""
        first = mine[0][1]
        bars.append(_Bar(prefix + called(found.control, lang), first.missing[1], first.assigned[1], control=True))
        bars += [_arm_bar(prefix + called(arm, lang), stage, most) for arm, stage, most in mine]
    return bars


def _arm_bar(name: str, stage: Stage, most: Number) -> _Bar:
    control, allowed = stage.missing[1], 0.0 if isinstance(most, Unavailable) else most
    band = (max(0.0, control - allowed), control + allowed) if allowed else (0.0, 0.0)
    return _Bar(name, stage.missing[0], stage.assigned[0], control=False, low=band[0], high=band[1])
