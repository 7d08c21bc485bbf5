"""Columns that go together as before: a Gaussian copula with coarsened correlations."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtri

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
GRAIN = 0.05


def scores(values: pd.Series) -> Floats:
    """Return the normal scores of a column, ties at their middle; 0 for a missing value."""
    ranks = values.rank(method="average").to_numpy(dtype=np.float64)
    known = np.isfinite(ranks)
    found = np.zeros(len(ranks))
    found[known] = ndtri((ranks[known] - 0.5) / known.sum())
    return found


def correlation(columns: Floats) -> Floats:
    """Return the correlations of columns, shape (n, k), to the nearest 0.05, mended to be those of something.

    Parameters
    ----------
    columns : normal scores.
    """
    spread = columns.std(axis=0)
    scaled = (columns - columns.mean(axis=0)) / np.where(spread > 0, spread, 1.0)
    found = np.round(scaled.T @ scaled / max(len(columns), 1) / GRAIN) * GRAIN
    np.fill_diagonal(found, 1.0)
    values, vectors = np.linalg.eigh(found)
    mended = vectors * np.maximum(values, 1e-6) @ vectors.T
    scale = np.sqrt(np.diag(mended))
    result: Floats = mended / np.outer(scale, scale)
    return result


def draws(correlations: Floats, count: int, rng: np.random.Generator) -> Floats:
    """Return normal draws with given correlations, shape (count, k)."""
    if not len(correlations):
        return np.empty((count, 0))
    values, vectors = np.linalg.eigh(correlations)
    found: Floats = rng.standard_normal((count, len(correlations))) @ (vectors * np.sqrt(np.maximum(values, 0.0))).T
    return found
