"""Triple differences by cohort and period: three adjusted comparisons each, comparison cohorts combined at least variance."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ebpm.did.comparisons import Flags
from ebpm.did.group_time.adjust import adjusted
from ebpm.did.group_time.arms import Rows
from ebpm.did.group_time.cells import Cell
from ebpm.did.group_time.fits import Overlap
from ebpm.moments.frame import Floats, Ints
from ebpm.moments.panel import Panel

SINGULAR = 1e-12


@dataclass(frozen=True, slots=True)
class TripleFits:
    """Effects of K cells.

    Parameters
    ----------
    values : shape (K,).
    influence : contribution of each unit to their error, shape (n, K).
    overlaps : of each fit with a propensity score.
    """

    values: Floats
    influence: Floats
    overlaps: tuple[Overlap, ...]


@dataclass(frozen=True, slots=True)
class Parted:
    """A panel of groups, each with units that the treatment can reach and units that it cannot.

    Parameters
    ----------
    panel : outcome paths; `first_treated` is when the unit's group is treated.
    eligible : shape (n,).
    method : "reg", "ipw" or "dr"; without covariates they are one.
    """

    panel: Panel
    eligible: Flags
    method: str

    def fits(self, cells: Sequence[Cell]) -> TripleFits:
        """Return the effects of cells."""
        values, influence = np.zeros(len(cells)), np.zeros((len(self.panel), len(cells)))
        overlaps: list[Overlap] = []
        for (_, comparison, at), places in self._blocks(cells).items():
            single = [self._against(other, [cells[place] for place in places], at) for other in comparison]
            overlaps += [overlap for one in single for overlap in one.overlaps]
            for column, place in enumerate(places):
                errors = np.column_stack([one.influence[:, column] for one in single])
                weights = least_variance(errors.T @ errors)
                values[place] = weights @ [one.values[column] for one in single]
                influence[:, place] = errors @ weights
        return TripleFits(values, influence, tuple(overlaps))

    def units(self, cohort: float, *, reached: bool) -> Ints:
        """Return the places of the units of a cohort that are eligible, or of those that are not."""
        return np.flatnonzero((self.panel.first_treated == cohort) & (self.eligible == reached))

    def _blocks(self, cells: Sequence[Cell]) -> dict[tuple[int, tuple[float, ...], int], list[int]]:
        blocks: dict[tuple[int, tuple[float, ...], int], list[int]] = {}
        constant = self.panel.constant_covariates
        for place, cell in enumerate(cells):
            if not cell.is_reference:
                at = 0 if constant else int(np.searchsorted(self.panel.periods, min(cell.base, cell.period)))
                blocks.setdefault((cell.cohort, cell.comparison, at), []).append(place)
        return blocks

    def _against(self, other: float, cells: Sequence[Cell], at: int) -> TripleFits:
        """Return the triple differences against one cohort."""
        cohort, overlaps = cells[0].cohort, []
        own = self.units(cohort, reached=True)
        treated = self._rows(own, cells, at)
        values, influence = np.zeros(len(cells)), np.zeros((len(self.panel), len(cells)))
        for group, reached, sign in ((cohort, False, 1.0), (other, True, 1.0), (other, False, -1.0)):
            units = self.units(group, reached=reached)
            rows = self._rows(units, cells, at)
            difference, kept, lost = _plain(treated, rows)
            if treated.X.shape[1] > 1:
                fit = adjusted(treated, rows, self.method)
                difference, kept, lost = fit.att, fit.arms[0].influence(treated), fit.arms[1].influence(rows)
                effective, largest = float(1.0 / (fit.shares @ fit.shares)), float(fit.shares.max())
                overlaps.append(Overlap(cohort, fit.highest, effective, len(units), largest, len(own)))
            values += sign * difference
            influence[own] += sign * kept
            influence[units] += sign * lost
        return TripleFits(values, influence, tuple(overlaps) if self.method != "reg" else ())

    def _rows(self, units: Ints, cells: Sequence[Cell], at: int) -> Rows:
        panel = self.panel
        after = np.searchsorted(panel.periods, [cell.period for cell in cells])
        before = np.searchsorted(panel.periods, [cell.base for cell in cells])
        change = panel.paths[np.ix_(units, after)] - panel.paths[np.ix_(units, before)]
        X = np.column_stack([np.ones(len(units)), panel.covariates[units, at]])
        return Rows(change, X, panel.weights[units] if len(panel.weights) else np.ones(len(units)))


def _plain(treated: Rows, compared: Rows) -> tuple[Floats, Floats, Floats]:
    """Return the difference of mean changes, shape (m,), and the influence of the rows of both."""
    kept, lost = treated.mean(treated.y), compared.mean(compared.y)
    own, other = (rows.w[:, None] / rows.w.sum() for rows in (treated, compared))
    return kept - lost, own * (treated.y - kept), -other * (compared.y - lost)


def least_variance(covariance: Floats) -> Floats:
    """Return the weights, of sum one, of the combination of least variance, shape (m,); equal ones where that is not unique.

    Formula: V^-1 1 / 1'V^-1 1, the efficient GMM combination of estimates of one number.
    """
    values, vectors = np.linalg.eigh(covariance)
    if not values[0] > SINGULAR * values[-1]:
        return np.full(len(covariance), 1.0 / len(covariance))
    weights = vectors @ (vectors.sum(axis=0) / values)
    return np.asarray(weights / weights.sum())
