"""Triple differences by cohort and period: three adjusted comparisons each, comparison cohorts combined at least variance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ebpm.did.adjust import adjusted
from ebpm.did.arms import Rows
from ebpm.did.cells import Cell
from ebpm.did.comparisons import Flags
from ebpm.moments.frame import Floats, Ints
from ebpm.moments.panel import Panel

SINGULAR = 1e-12


@dataclass(frozen=True, slots=True)
class Parted:
    """A panel of groups, each with units that the treatment can reach and units that it cannot.

    Parameters
    ----------
    panel : outcome paths; `first_treated` is when the unit's group is treated.
    eligible : shape (n,).
    method : "reg", "ipw", "dr" or "dr_improved".
    """

    panel: Panel
    eligible: Flags
    method: str

    def effects(self, cells: Sequence[Cell]) -> tuple[Floats, Floats]:
        """Return the effects, shape (K,), and the contribution of each unit to their error, shape (n, K)."""
        values, influence = np.zeros(len(cells)), np.zeros((len(self.panel), len(cells)))
        for (_, comparison, at), places in self._blocks(cells).items():
            single = [self._against(other, [cells[place] for place in places], at) for other in comparison]
            found = np.stack([value for value, _ in single])
            errors = np.stack([error for _, error in single])
            for column, place in enumerate(places):
                weights = least_variance(errors[:, :, column] @ errors[:, :, column].T)
                values[place], influence[:, place] = weights @ found[:, column], weights @ errors[:, :, column]
        return values, influence

    def _blocks(self, cells: Sequence[Cell]) -> dict[tuple[int, tuple[float, ...], int], list[int]]:
        blocks: dict[tuple[int, tuple[float, ...], int], list[int]] = {}
        constant = self.panel.constant_covariates
        for place, cell in enumerate(cells):
            if not cell.is_reference:
                at = 0 if constant else int(np.searchsorted(self.panel.periods, min(cell.base, cell.period)))
                blocks.setdefault((cell.cohort, cell.comparison, at), []).append(place)
        return blocks

    def _against(self, other: float, cells: Sequence[Cell], at: int) -> tuple[Floats, Floats]:
        """Return the triple differences against one cohort, shape (m,), and each unit's contribution to their error, (n, m)."""
        cohort, panel = cells[0].cohort, self.panel
        after: Ints = np.searchsorted(panel.periods, [cell.period for cell in cells])
        before: Ints = np.searchsorted(panel.periods, [cell.base for cell in cells])
        parts = {
            (group, reached): np.flatnonzero((panel.first_treated == group) & (self.eligible == reached))
            for group in (float(cohort), other)
            for reached in (True, False)
        }
        rows = {
            part: Rows(
                panel.paths[np.ix_(units, after)] - panel.paths[np.ix_(units, before)],
                np.column_stack([np.ones(len(units)), panel.covariates[units, at]]),
                panel.weights[units] if len(panel.weights) else np.ones(len(units)),
            )
            for part, units in parts.items()
        }  # fmt: skip
        own, influence = (float(cohort), True), np.zeros((len(panel), len(cells)))
        value = np.zeros(len(cells))
        for part, sign in (((float(cohort), False), 1.0), ((other, True), 1.0), ((other, False), -1.0)):
            fit = adjusted(rows[own], rows[part], self.method)
            value += sign * fit.att
            influence[parts[own]] += sign * fit.arms[0].influence(rows[own])
            influence[parts[part]] += sign * fit.arms[1].influence(rows[part])
        return value, influence


def least_variance(covariance: Floats) -> Floats:
    """Return the weights, of sum one, of the combination of least variance, shape (m,); equal ones where that is not unique.

    Formula: V^-1 1 / 1'V^-1 1, the efficient GMM combination of estimates of one number.
    """
    values, vectors = np.linalg.eigh(covariance)
    if not values[0] > SINGULAR * values[-1]:
        return np.full(len(covariance), 1.0 / len(covariance))
    weights = vectors @ (vectors.sum(axis=0) / values)
    return np.asarray(weights / weights.sum())
