"""The picture of the autocorrelations of residuals."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ebpm.stats.series.serial_tests import autocorrelations

if TYPE_CHECKING:
    from matplotlib.axes import Axes

SHOWN = 24


def correlogram(residuals: NDArray[np.float64], ax: Axes | None, lang: str | None) -> Axes:
    """Draw the autocorrelations of residuals up to lag 24, or half their number."""
    from ebpm.figures.impact import draw_correlogram

    lags = min(SHOWN, len(residuals) // 2)
    return draw_correlogram(autocorrelations(residuals, lags), ax, rows=len(residuals), lang=lang)
