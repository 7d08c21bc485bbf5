"""Group-time effects of a panel: one fit for each cohort and comparison group, all its periods at once."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ebpm.did.group_time.adjust import Adjusted, adjusted
from ebpm.did.group_time.arms import Rows
from ebpm.did.group_time.cells import Cell
from ebpm.did.group_time.contributions import Part
from ebpm.did.group_time.effects import Effects
from ebpm.did.group_time.fits import Comparison, Fitted, Overlap, Sampled
from ebpm.moments.cohorts import cohort_codes
from ebpm.moments.frame import Floats, Ints
from ebpm.moments.panel import Panel

FEW_COLUMNS = 5
Key = tuple[int, tuple[float, ...], int, int]


@dataclass(frozen=True, slots=True)
class Changes:
    """Outcome changes of units over some pairs of periods, with covariates read in one period.

    Parameters
    ----------
    panel : whose units are read; a unit that misses one of the periods is left out.
    after, before : places of the periods, shape (m,).
    at : place of the period of the covariates.
    design : constant and covariates of every unit, shape (n, k), where these are the same in every period; shape (0, 0) otherwise.
    """

    panel: Panel
    after: Ints
    before: Ints
    at: int
    design: Floats = field(default_factory=lambda: np.empty((0, 0)))

    def read(self, rows: Ints) -> tuple[NDArray[np.bool_], Rows]:
        """Return which of some units are seen in both periods, and their changes, covariates and weights."""
        panel = self.panel
        y = self._changes(rows)
        kept = np.ones(len(rows), dtype=np.bool_)
        if np.isnan(y.sum()):
            kept = np.asarray(~np.isnan(y).any(axis=1))
            rows, y = rows[kept], y[kept]
        if len(self.design):
            X = self.design.take(rows, axis=0)
        else:
            X = np.column_stack([np.ones(len(rows)), panel.covariates[rows, self.at]])
        return kept, Rows(y, X, panel.weights[rows] if len(panel.weights) else np.ones(len(rows)))

    def _changes(self, rows: Ints) -> Floats:
        paths, pairs = self.panel.paths, list(zip(self.after, self.before, strict=True))
        if len(pairs) < FEW_COLUMNS:
            return np.column_stack([paths[rows, after] - paths[rows, before] for after, before in pairs])
        own = paths.take(rows, axis=0)
        if np.isnan(own.sum()):
            return np.asarray(own[:, self.after] - own[:, self.before])
        step = np.zeros((paths.shape[1], len(pairs)))
        step[self.after, np.arange(len(pairs))] = 1.0
        step[self.before, np.arange(len(pairs))] = -1.0
        return np.asarray(own @ step)


def effects_from_panel(cells: Sequence[Cell], panel: Panel, method: str) -> tuple[Effects, tuple[Overlap, ...]]:
    """Return the effects of a panel from the paths of its units, and the overlap of each fit: `fit_panel` without its rows."""
    found = fit_panel(cells, panel, method)
    return found.effects, found.overlaps


def fit_panel(cells: Sequence[Cell], panel: Panel, method: str) -> Fitted:
    """Return the effects of a panel, adjusted for covariates.

    Covariates are read in the earlier of the two periods of the cell; where they do not change, cells share one fit. Where units
    miss periods each cell has the units that are seen in both of its periods.
    """
    return _sampled(panel).fitted(cells, list(_comparisons(cells, panel, method)))


def _adjust(method: str, groups: list[Rows]) -> Adjusted:
    treated, compared = groups
    return adjusted(treated, compared, method)


def _sampled(panel: Panel) -> Sampled:
    cohorts, codes = cohort_codes(panel.first_treated)
    clusters = panel.clusters if len(panel.clusters) else np.argsort(np.argsort(codes, kind="stable"))
    stakes = panel.weights / panel.weights.sum() if len(panel.weights) else np.full(len(panel), 1.0 / len(panel))
    parts = []
    for place in range(len(cohorts)):
        rows = np.flatnonzero(codes == place)
        rows = rows[np.argsort(clusters[rows], kind="stable")]
        parts.append(Part(place, -1, rows, clusters[rows], stakes[rows]))
    return Sampled(tuple(parts), cohorts, np.bincount(codes), int(clusters.max()) + 1)


def _comparisons(cells: Sequence[Cell], panel: Panel, method: str) -> Iterator[Comparison]:
    periods, gaps, constant = panel.periods, panel.has_gaps, panel.constant_covariates
    blocks: dict[Key, list[int]] = {}
    design = np.column_stack([np.ones(len(panel)), panel.covariates[:, 0]]) if constant else np.empty((0, 0))
    for place, cell in enumerate(cells):
        if not cell.is_reference:
            at = 0 if constant else int(np.searchsorted(periods, min(cell.base, cell.period)))
            blocks.setdefault((cell.cohort, cell.comparison, at, place if gaps else -1), []).append(place)
    for (cohort, comparison, at, _), places in blocks.items():
        after, before = (
            np.searchsorted(periods, [getattr(cells[place], name) for place in places]) for name in ("period", "base")
        )
        groups = (((float(cohort),), -1), (comparison, -1))
        source = Changes(panel, after, before, at, design)
        yield Comparison(tuple(places), cohort, groups, source, partial(_adjust, method), 2)
