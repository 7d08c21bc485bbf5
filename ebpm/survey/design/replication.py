"""Replicate weights as arrays: the spread of a statistic over them is its variance."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ebpm.moments.frame import Floats, Ints

CENTRES = ("replicates", "estimate")


@dataclass(frozen=True, slots=True, eq=False)
class Replication:
    """R sets of replicate weights.

    Parameters
    ----------
    factors : shape (units, R), by what the weights of a unit's rows are multiplied.
    units : shape (n,), unit of each row.
    base : shape (n,), weights that the factors multiply.
    scales : shape (R,), what the square of each replicate counts.
    centre : "replicates", squares about the mean of the replicates, or "estimate", about the estimate.
    df : degrees of freedom at most; 0 where they are those of the design.
    reweight : what is done to each set of weights (post-stratification, raking); the weights themselves without.
    """

    factors: Floats
    units: Ints
    base: Floats
    scales: Floats
    centre: str = "replicates"
    df: float = 0
    reweight: Callable[[Floats], Floats] | None = None

    def draw(self, replicate: int) -> Floats:
        """Return one set of weights, shape (n,)."""
        weights = self.base * self.factors[self.units, replicate]
        return weights if self.reweight is None else self.reweight(weights)

    def covariance(self, weights: Floats, statistic: Callable[[Floats], Floats]) -> Floats:
        """Return sum_r s_r (theta_r - centre)(theta_r - centre)', shape (k, k).

        Source: Wolter (2007), Introduction to Variance Estimation, 2nd ed., chapters 3 to 5.
        """
        values = np.stack([statistic(self.draw(replicate)) for replicate in range(self.factors.shape[1])])
        middle = values[self.scales > 0].mean(axis=0) if self.centre == "replicates" else statistic(weights)
        spread = values - middle
        return np.asarray((spread * self.scales[:, None]).T @ spread, dtype=np.float64)
