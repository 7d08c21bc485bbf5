"""Effects by cohort and period that are linear in the outcomes, each with its influence."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ebpm.moments.frame import Floats, Ints


@dataclass(frozen=True, slots=True, kw_only=True)
class CellEffects:
    """K effects, one a cohort and period, as sums over G independent clusters.

    Every average with known weights follows: its value and its influence are the weighted sums of those of the cells, and
    the covariance of averages is the cross-product of their influences.

    Parameters
    ----------
    cohort, period : shape (K,).
    values : shape (K,), in the unit of the outcome.
    rows : rows of each cell, one a unit; shape (K,).
    mass : what each cell counts in an average: its rows, or the sum of their weights; shape (K,).
    members : units of the cohort of each cell, or the sum of their weights, shape (K,).
    influence : contribution of each cluster to the error of each effect, shape (R, K); R is G unless they are condensed.
    presence : share of a cell's rows that a cluster holds, shape (R, K), where an average counts the differences between its cells
        as error (Gardner); shape (R, 0) where it does not. Condensed together with the influence.
    reference : cells that are zero by definition, shape (K,).
    """

    cohort: Ints
    period: Ints
    values: Floats
    rows: Ints
    mass: Floats
    members: Floats
    influence: Floats
    presence: Floats
    reference: NDArray[np.bool_]

    @property
    def event_time(self) -> Ints:
        """Periods since treatment, shape (K,)."""
        event_time: Ints = self.period - self.cohort
        return event_time

    def averaged(self, weights: Floats) -> tuple[Floats, Floats]:
        """Return m weighted sums of the effects, shape (m,), and their influence, shape (R, m).

        Parameters
        ----------
        weights : shape (K, m).
        """
        values, influence = self.values @ weights, self.influence @ weights
        if self.presence.shape[1]:
            influence = (
                influence + self.presence @ (weights * self.values[:, None]) - (self.presence @ weights) * values
            )
        return values, influence
