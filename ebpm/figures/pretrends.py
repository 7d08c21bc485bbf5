"""An event study with a hypothesised trend, and the coefficients to be expected under it where the test before treatment was passed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np

from ebpm.figures.intervals import Interval, draw_intervals, draw_legend, ticks
from ebpm.figures.linebreak import folded
from ebpm.figures.style import GREEN, GREY, INK, dress, style
from ebpm.texts import label, term, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.did.sensitivity.pretrends import Pretrends


def draw_pretrends(found: Pretrends, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw the headline's violation over the event study."""
    head, study, reference = found.violations[0], found.study, found.coefficients.reference
    places = study.positions
    rows = zip(places, study.items, strict=False)
    drawn = (Interval.of(at, item, (item.estimate, item.estimate), before=at < 0) for at, item in rows)
    marks = [replace(one, band=one.limits) for one in drawn]
    before = found.coefficients.before
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=(7.0, 4.6))[1]
        axes.axhline(0.0, color=GREY, linewidth=1)
        axes.axvline(-0.5, color=GREY, linewidth=1, linestyle=":")
        draw_intervals(axes, marks)
        lines = [
            axes.plot(places, np.insert(values, before, 0.0), shape, color=colour, linewidth=1.5, label=label(code, lang))[0]
            for values, shape, colour, code in (
                (head.departure, "-", INK, "did_pretrends_trend"),
                (head.expected, "--", GREEN, "did_pretrends_expected"),
            )
        ]  # fmt: skip
        axes.set_xticks(*ticks(places, reference))
        axes.set_xlabel(label("axis_event", lang))
        unit = words(study.headline.unit, lang)
        axes.set_ylabel(folded(term(study.headline.estimand, lang) + (f" [{unit}]" if unit else "")))
        axes.set_title(words(head.name, lang), fontsize="small")
        draw_legend(axes, marks, study.headline.conf_level, lang, lines, columns=2)
        dress(axes)
        return axes
