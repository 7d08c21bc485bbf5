"""Trimmed means: the share from above or from below that is left out, and what happens to ties at the edge."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Trimmed:
    """What is left after trimming.

    Parameters
    ----------
    mean, variance : of what is kept; the variance divides by the number kept.
    edge : the quantile at which values are cut.
    kept : share of each value that is kept, shape (n,).
    """

    mean: float
    variance: float
    edge: float
    kept: Floats


def trim(values: Floats, share: float, *, from_above: bool, ties: str) -> Trimmed:
    """Leave out a share of the values.

    Parameters
    ----------
    values : shape (n,).
    share : to leave out, at least 0 and below 1.
    from_above : whether the largest go, or the smallest.
    ties : "fraction" (the values at the edge are kept in part, alike), "count" (as many whole values as the share allows) or
        "quantile" (all values up to and including the quantile are kept).
    """
    ranked = values if from_above else -values
    order, n = np.argsort(ranked, kind="stable"), len(values)
    edge = ranked[order][max(math.ceil((1.0 - share) * n - ROUNDING), 1) - 1]
    if ties == "quantile":
        kept = (ranked <= edge).astype(np.float64)
    elif ties == "count":
        kept = np.zeros(n)
        kept[order[: n - math.floor(share * n + ROUNDING)]] = 1.0
    else:
        below, tied = ranked < edge, ranked == edge
        kept = np.where(below, 1.0, 0.0)
        kept[tied] = ((1.0 - share) * n - below.sum()) / tied.sum()
    mean = float(kept @ values / kept.sum())
    variance = float(kept @ (values - mean) ** 2 / kept.sum())
    return Trimmed(mean, variance, float(edge if from_above else -edge), kept)
