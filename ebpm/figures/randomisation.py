"""The distribution of a statistic over redrawn assignments, with the observed value and what lies as far from zero."""

from __future__ import annotations

from typing import TYPE_CHECKING

import matplotlib.pyplot as plt
import numpy as np

from ebpm.figures.intervals import draw_handles
from ebpm.figures.style import BLUE, INK, ORANGE, dress, style
from ebpm.texts import label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.did.redraws.result import Redrawn
    from ebpm.rct.redrawn import RandomisationTest

BINS = 60


def draw_randomisation(test: RandomisationTest | Redrawn, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
    """Draw the headline's distribution; draws at least as far from zero as the observed statistic stand out."""
    one = test.headline
    shown = one.distribution[np.isfinite(one.distribution)]
    far = np.abs(shown) >= abs(one.statistic) * (1.0 - 1e-9)
    reach = 1.05 * max(float(np.abs(shown).max(initial=0.0)), abs(one.statistic), 1e-9)
    with style():
        axes = ax if ax is not None else plt.subplots(figsize=(7.0, 4.0))[1]
        edges = np.linspace(-reach, reach, min(BINS, max(9, len(shown) // 5)) + 1)
        axes.hist(
            [shown[~far], shown[far]], bins=edges.tolist(), stacked=True, color=[BLUE, ORANGE], alpha=0.75,
            label=[label("rct_ri_nearer", lang), label("rct_ri_as_far", lang)],
        )  # fmt: skip
        axes.axvline(one.statistic, color=INK, linewidth=2, label=label("rct_ri_observed", lang))
        kind = (
            test.statistic if isinstance(test.statistic, str) else "studentised" if test.studentised else "difference"
        )
        axes.set_xlabel(label(f"rct_ri_axis_{kind}", lang, term=one.estimate.term))
        axes.set_ylabel(label("rct_ri_assignments", lang))
        axes.set_title(one.sentence(lang).split("\n")[0], fontsize="small", wrap=True)
        draw_handles(axes, axes.get_legend_handles_labels()[0])
        dress(axes)
        return axes
