"""Distributions of single columns, coarse enough that no value of few people is in them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
MOST_LEVELS = 12
MOST_BANDS = 40
GRAIN = 0.01
DIGITS = 3


@dataclass(frozen=True, slots=True)
class Marginal:
    """A column's distribution: levels with shares, or a quantile function in bands.

    Parameters
    ----------
    levels : in order; empty for a measured column.
    heights : shape (levels,), cumulated shares; or shape (bands + 1,), the probabilities of `values`.
    values : shape (bands + 1,), quantiles; empty for levels.
    decimals : of the values of a measured column.
    """

    levels: tuple[Any, ...]
    heights: Floats
    values: Floats
    decimals: int

    def at(self, places: Floats) -> NDArray[Any]:
        """Return the values at probabilities, shape (n,)."""
        if self.levels:
            found = np.searchsorted(self.heights, places, side="right")
            return np.array(self.levels, dtype=object)[np.minimum(found, len(self.levels) - 1)]
        return np.round(np.interp(places, self.heights, self.values), self.decimals)


def fitted(values: pd.Series, *, min_cell: int, measured: bool) -> Marginal:
    """Return the distribution of a column without its missing values.

    Parameters
    ----------
    values : the column.
    min_cell : levels of fewer are merged into the others; bands hold no fewer.
    measured : whether values are numbers that are measured; a few distinct ones are levels all the same.
    """
    known = values.dropna()
    if measured and known.nunique() > MOST_LEVELS:
        return _measured(np.sort(known.to_numpy(dtype=np.float64)), min_cell)
    return _levels(known, min_cell)


def _levels(known: pd.Series, min_cell: int) -> Marginal:
    counts = known.value_counts().sort_index()
    kept = counts[counts >= min_cell]
    if not len(kept):
        kept = counts.iloc[:0].reindex(_invented(known, min_cell)).fillna(1.0)
    shares = np.maximum(np.round(kept.to_numpy(dtype=np.float64) / kept.sum() / GRAIN), 1.0)
    return Marginal(tuple(kept.index.tolist()), np.cumsum(shares / shares.sum()), np.empty(0), 0)


def _invented(known: pd.Series, min_cell: int) -> list[Any]:
    """Return levels in the place of ones that few have each: as many as could have enough."""
    count = max(1, min(known.nunique(), len(known) // min_cell))
    if known.dtype.kind in "iuf":
        return [float(np.median(known.to_numpy(dtype=np.float64)))] if count == 1 else sorted({
            float(np.round(one)) for one in np.quantile(known.to_numpy(dtype=np.float64), np.linspace(0.1, 0.9, count))
        })  # fmt: skip
    return [f"{known.name}-{number:03d}" for number in range(1, count + 1)]


def _measured(known: Floats, min_cell: int) -> Marginal:
    """Return quantiles that are means of neighbours, the outermost of the `min_cell` outermost values."""
    bands = max(1, min(MOST_BANDS, len(known) // (2 * min_cell)))
    centres = np.linspace(0, len(known) - 1, bands + 1)
    half = min_cell / 2
    starts = np.clip(np.round(centres - half), 0, max(len(known) - min_cell, 0)).astype(int)
    means = np.array([known[start : start + min_cell].mean() for start in starts])
    values = np.array([float(f"{one:.{DIGITS}g}") for one in means])
    return Marginal((), np.linspace(0.0, 1.0, bands + 1), np.maximum.accumulate(values), _decimals(known))


def _decimals(known: Floats) -> int:
    return next((places for places in range(6) if np.allclose(known, np.round(known, places), rtol=0, atol=1e-9)), 6)
