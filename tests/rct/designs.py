"""All assignments that a declaration can give to a small table, with their probabilities, and what an estimator makes of them."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import numpy as np


@dataclass(frozen=True)
class Enumerated:
    """Mean and variance of an estimator over a design, and the mean of its estimated variance."""

    mean: float
    variance: float
    estimated: float


def every(lot, data):
    """All assignments of the units as places in the arms, shape (possible, units), and their probabilities."""
    chances = lot.chances(data)
    if lot.scheme == "complete":
        table = lot.every(data)
        return table, np.full(len(table), 1.0 / len(table))
    units = len(chances.roll.units)
    table = np.array(list(product(range(len(lot.arms)), repeat=units)))
    return table, chances.single[np.arange(units), table].prod(axis=1)


def enumerated(lot, data, outcomes, estimate, *, keep=lambda row: True):
    """Go through a design.

    Parameters
    ----------
    lot : the declaration.
    data : the table.
    outcomes : potential outcomes of the rows, shape (n, arms).
    estimate : function of a table with columns y and arm.
    keep : which assignments count.
    """
    table, chances = every(lot, data)
    unit = lot.chances(data).roll.unit
    found, weights = [], []
    for row, chance in zip(table, chances, strict=True):
        if keep(row):
            arm = row[unit]
            one = estimate(data.assign(y=outcomes[np.arange(len(data)), arm], arm=np.asarray(lot.arms)[arm]))
            found.append((one.estimate, one.std_error**2))
            weights.append(chance)
    values, weights = np.array(found), np.array(weights) / np.sum(weights)
    mean = float(weights @ values[:, 0])
    return Enumerated(mean, float(weights @ (values[:, 0] - mean) ** 2), float(weights @ values[:, 1]))
