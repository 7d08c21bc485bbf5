"""Means, totals and ratios as linear statistics of weighted rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError
from ebpm.moments.frame import Floats

Rows = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Linearised:
    """Statistics as smooth functions of weighted totals.

    Parameters
    ----------
    terms : k names.
    values : shape (k,).
    scores : shape (n, k), the linearised variables: weighted totals of them have the statistics' covariance.
    rows : shape (n,), the rows that the statistics are about.
    """

    terms: tuple[str, ...]
    values: Floats
    scores: Floats
    rows: Rows


def mean_of(columns: Floats, weights: Floats, *, rows: Rows, terms: tuple[str, ...]) -> Linearised:
    """Return the weighted means of columns, shape (n, k), in a domain: z = 1(domain)(y - ybar) / sum of the domain's weights."""
    size = weights[rows].sum()
    values = weights[rows] @ columns[rows] / size
    return Linearised(terms, values, rows[:, None] * (columns - values) / size, rows)


def total_of(columns: Floats, weights: Floats, *, rows: Rows, terms: tuple[str, ...]) -> Linearised:
    """Return the weighted totals of columns in a domain: z = 1(domain) y."""
    return Linearised(terms, weights[rows] @ columns[rows], rows[:, None] * columns, rows)


def ratio_of(columns: Floats, weights: Floats, *, rows: Rows, term: str) -> Linearised:
    """Return the ratio of the totals R = Y / X of two columns, shape (n, 2), in a domain: z = 1(domain)(y - R x) / X."""
    top, bottom = columns.T
    size = float(weights[rows] @ bottom[rows])
    if size == 0.0:
        raise DesignError("survey_zero_denominator", term=term)
    value = float(weights[rows] @ top[rows]) / size
    scores = rows * (top - value * bottom) / size
    return Linearised((term,), np.array([value]), scores[:, None], rows)
