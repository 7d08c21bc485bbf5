"""Group-time effects with covariates: one fit for each cohort and comparison group, all its periods at once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ebpm.did.adjust import Adjusted, adjusted
from ebpm.did.cells import Cell
from ebpm.did.effects import Effects
from ebpm.moments.frame import Floats, Ints
from ebpm.moments.panel import Panel


@dataclass(frozen=True, slots=True)
class Overlap:
    """How well the comparison group of one cohort covers it.

    Parameters
    ----------
    cohort : first treated period.
    highest : largest propensity score of a treated unit.
    effective : effective number of comparison units, 1 over the sum of squared weights.
    units : comparison units.
    """

    cohort: int
    highest: float
    effective: float
    units: int


def effects_from_panel(cells: Sequence[Cell], panel: Panel, method: str) -> tuple[Effects, tuple[Overlap, ...]]:
    """Return the effects adjusted for covariates, from the paths of the units, and the overlap of each fit.

    Covariates are read in the earlier of the two periods of the cell; where they do not change, cells share one fit.
    The influence functions are reduced at once to their cross-products and their sums over the cohorts.
    """
    cohorts, codes = np.unique(panel.first_treated, return_inverse=True)
    att, influence = np.zeros(len(cells)), np.zeros((len(panel), len(cells)))
    overlaps: list[Overlap] = []
    for (cohort, comparison, covariates_at), places in _blocks(cells, panel).items():
        units = np.flatnonzero((panel.first_treated == cohort) | np.isin(panel.first_treated, comparison))
        treated = panel.first_treated[units] == cohort
        X = np.column_stack([np.ones(len(units)), panel.covariates[units, covariates_at]])
        fit = adjusted(_changes([cells[place] for place in places], panel, units), treated, X, method)
        att[places], influence[units[:, None], places] = fit.att, fit.influence
        if method != "reg":
            overlaps.append(_overlap(cohort, treated, fit))
    counts = np.bincount(codes).astype(np.int64)
    sums = np.array([influence[codes == place].sum(axis=0) for place in range(len(cohorts))])
    return Effects(tuple(cells), att, influence.T @ influence, cohorts, counts, sums.T / len(panel)), tuple(overlaps)


def _blocks(cells: Sequence[Cell], panel: Panel) -> dict[tuple[int, tuple[float, ...], int], list[int]]:
    constant = bool((panel.covariates == panel.covariates[:, :1]).all())
    blocks: dict[tuple[int, tuple[float, ...], int], list[int]] = {}
    for place, cell in enumerate(cells):
        if not cell.is_reference:
            at = 0 if constant else int(np.searchsorted(panel.periods, min(cell.base, cell.period)))
            blocks.setdefault((cell.cohort, cell.comparison, at), []).append(place)
    return blocks


def _changes(cells: Sequence[Cell], panel: Panel, units: NDArray[np.int64]) -> Floats:
    after: Ints = np.searchsorted(panel.periods, [cell.period for cell in cells])
    before: Ints = np.searchsorted(panel.periods, [cell.base for cell in cells])
    changes: Floats = panel.paths[np.ix_(units, after)] - panel.paths[np.ix_(units, before)]
    return changes


def _overlap(cohort: int, treated: NDArray[np.bool_], fit: Adjusted) -> Overlap:
    return Overlap(
        cohort, float(fit.propensity[treated].max()), float(1.0 / (fit.weights**2).sum()), int((~treated).sum())
    )
