"""Outcome paths on a grid of equally spaced periods, gaps allowed: what estimators that look at windows read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ebpm.did.cluster_arms import Arms
from ebpm.did.comparisons import Flags
from ebpm.did.group_time.checks import Adoption
from ebpm.did.staggered.adopted import cluster_codes, read_varying, refuse_untreated
from ebpm.errors import DataError
from ebpm.moments.frame import Floats, Frame, Ints
from ebpm.moments.layout import read_layout
from ebpm.moments.panel import PanelRows, read_weights
from ebpm.stats.given import number


@dataclass(frozen=True, slots=True)
class Grid:
    """Units by periods; a missing outcome is NaN and stays within the arithmetic of windows.

    Parameters
    ----------
    rows : the rows that the grid was made of.
    step : years, months, ... between neighbouring periods.
    times : shape (T,), ascending, `step` apart.
    paths : shape (U, T).
    covariates : shape (U, T, k).
    first : shape (U,), first treated period; infinity for a unit that is never treated.
    clusters : code of the cluster of each unit, shape (U,).
    mass : sampling weight of each unit, or units that it stands for, shape (U,).
    """

    rows: PanelRows
    step: int
    times: Ints
    paths: Floats
    covariates: Floats
    first: Floats
    clusters: Ints
    mass: Floats

    @property
    def groups(self) -> int:
        """Number of clusters."""
        return int(self.clusters.max()) + 1

    def standing_for(self, units: Ints) -> Floats:
        """Return how many clusters each of those of some units stands for, shape (G,); shape (0,) where each is itself."""
        return self.rows.standing.of_clusters(np.unique(self.clusters[units], return_inverse=True)[1], units)

    def arms(self, errors: str) -> Arms:
        """Return the arms of the clusters."""
        return Arms.of(self.clusters, self.first, errors, self.standing_for(np.arange(len(self.first))))

    def steps(self, length: float, argument: str, *, least: int) -> int:
        """Return how many steps of the grid a length of time holds, at most those that there are.

        Raises
        ------
        DataError : a negative length, or one of fewer than `least` steps.
        """
        if not number(length, argument) >= least * self.step:
            raise DataError("did_bad_window", argument=argument, value=length, least=least * self.step)
        return int(min(np.floor(length / self.step), len(self.times) - 1))

    def clean(self, last: float, control: str) -> Flags:
        """Return the units that serve as comparison up to a period, shape (U,)."""
        return np.isinf(self.first) if control == "never_treated" else self.first > last

    def adoption(self, cohorts: dict[int, int]) -> Adoption:
        """Return what the guard rails on counts look at, for the cohorts that are used."""
        aside = self.rows.standing.number(np.flatnonzero(self.first <= self.times[0]))
        last = float(self.first.max())
        return replace(Adoption.of(self.rows, aside, last), cohorts=cohorts)


def read_grid(
    data: Any,
    outcome: str,
    *,
    unit: str,
    time: str,
    first_treated: str,
    cluster: str | None,
    weights: str | None,
    covariates: Sequence[str] = (),
) -> Grid:
    """Return the grid of a long table, one row a unit and period; units may miss periods.

    Raises
    ------
    DataError : what `read_rows` refuses; units in several clusters; weights that change within a unit.
    DesignError : no treated row, one cluster, an outcome that never varies.
    """
    rows = read_varying(
        data, outcome, unit=unit, time=time, first_treated=first_treated, cluster=cluster, weights=weights, steady=True,
        records={"covariates": len(covariates)},
    )  # fmt: skip
    refuse_untreated(rows, first_treated)
    step = int(np.gcd.reduce(np.diff(rows.periods)))
    times = np.arange(rows.periods[0], rows.periods[-1] + 1, step)
    at = (rows.units.codes, (rows.time - times[0]) // step)
    paths = np.full((len(rows.units), len(times)), np.nan)
    paths[at] = rows.outcome
    clusters = np.empty(len(paths), dtype=np.int64)
    clusters[rows.units.codes] = cluster_codes(data, rows, unit, cluster)
    if rows.standing:
        none = np.empty((*paths.shape, 0))
        return Grid(rows, step, times, paths, none, rows.first_treated, clusters, rows.standing.weighed())
    frame = Frame.of(data)
    X = np.full((*paths.shape, len(covariates)), np.nan)
    X[at] = frame.matrix(covariates, "covariates")[rows.order]
    mass = read_weights(frame, weights, read_layout(frame, unit, time)) if weights else np.ones(len(paths))
    return Grid(rows, step, times, paths, X, rows.first_treated, clusters, mass)
