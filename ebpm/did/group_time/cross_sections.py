"""Group-time effects of repeated cross-sections, and of panels with gaps read row by row."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ebpm.did.group_time.adjust import Adjusted
from ebpm.did.group_time.arms import Rows
from ebpm.did.group_time.cells import Cell
from ebpm.did.group_time.contributions import Part
from ebpm.did.group_time.fits import Comparison, Fitted, Sampled
from ebpm.did.group_time.sections import sectional
from ebpm.moments.cohorts import cohort_codes
from ebpm.moments.frame import Ints
from ebpm.moments.observations import Observations


@dataclass(frozen=True, slots=True)
class Levels:
    """Outcomes of rows, with their covariates.

    Parameters
    ----------
    sample : whose rows are read.
    """

    sample: Observations

    def read(self, rows: Ints) -> tuple[NDArray[np.bool_], Rows]:
        """Return that all the rows are used, and their outcomes, covariates and weights."""
        X = np.column_stack([np.ones(len(rows)), self.sample.covariates[rows]])
        return np.ones(len(rows), dtype=np.bool_), Rows(self.sample.outcome[rows, None], X, self.sample.weights[rows])


def fit_rows(cells: Sequence[Cell], sample: Observations, method: str) -> Fitted:
    """Return the effects of repeated cross-sections, or of a panel with gaps; each cell has all rows of its two periods."""
    return _sampled(sample).fitted(cells, list(_comparisons(cells, sample, method)))


def _sampled(sample: Observations) -> Sampled:
    cohorts, codes = cohort_codes(sample.first_treated)
    length = len(sample.periods)
    key = codes * length + sample.period
    order = np.lexsort((sample.clusters, key))
    clusters = sample.clusters
    if int(clusters.max()) + 1 == len(sample):
        clusters = np.empty(len(sample), dtype=np.int64)
        clusters[order] = np.arange(len(sample))
    starts = np.flatnonzero(np.diff(key[order], prepend=-1))
    stakes = sample.stakes / sample.stakes.sum()
    parts = tuple(
        Part(int(key[rows[0]] // length), int(key[rows[0]] % length), rows, clusters[rows], stakes[rows])
        for rows in np.split(order, starts[1:])
    )
    return Sampled(parts, cohorts, _units(codes, sample.units, len(cohorts)), int(clusters.max()) + 1)


def _units(codes: Ints, units: Ints, cohorts: int) -> Ints:
    """Return the units of each cohort, each counted once."""
    of_unit = np.empty(int(units.max()) + 1, dtype=np.int64)
    of_unit[units] = codes
    return np.bincount(of_unit, minlength=cohorts)


def _comparisons(cells: Sequence[Cell], sample: Observations, method: str) -> Iterator[Comparison]:
    def fit(groups: list[Rows]) -> Adjusted:
        treated_after, treated_before, after, before = groups
        return sectional((treated_after, treated_before), (after, before), method)

    source = Levels(sample)
    for place, cell in enumerate(cells):
        if not cell.is_reference:
            after, before = (int(np.searchsorted(sample.periods, period)) for period in (cell.period, cell.base))
            groups = [(cohorts, at) for cohorts in ((float(cell.cohort),), cell.comparison) for at in (after, before)]
            yield Comparison((place,), cell.cohort, tuple(groups), source, fit, 1)
