"""Rows of outcomes in any pattern of units and periods: repeated cross-sections, and panels with gaps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.moments.cohorts import cohorts_of_rows, read_cohorts
from ebpm.moments.frame import Floats, Frame, Ints, distinct
from ebpm.moments.layout import read_layout, read_periods, whole_numbers
from ebpm.moments.panel import read_clusters, read_weights


@dataclass(frozen=True, slots=True)
class Observations:
    """N rows, each a unit in a period.

    Parameters
    ----------
    periods : shape (T,), int64, ascending.
    period : place of each row among the periods, shape (N,).
    outcome : shape (N,).
    covariates : shape (N, k).
    first_treated : cohort of each row, shape (N,); infinity is never treated.
    weights : sampling weights, shape (N,).
    stakes : what a row adds to the size of its cohort, shape (N,): the weight of its unit, split over the rows of the unit.
    clusters : code of the cluster of each row, shape (N,): a column's, else the unit, else the row itself.
    units : code of the unit of each row, shape (N,).
    """

    periods: Ints
    period: Ints
    outcome: Floats
    covariates: Floats
    first_treated: Floats
    weights: Floats
    stakes: Floats
    clusters: Ints
    units: Ints

    def __len__(self) -> int:
        return len(self.outcome)

    def where(self, keep: NDArray[np.bool_]) -> Observations:
        """Return some rows."""
        if keep.all():
            return self
        clusters, units = (distinct(codes[keep])[1] for codes in (self.clusters, self.units))
        kept = {
            name: getattr(self, name)[keep]
            for name in ("period", "outcome", "covariates", "first_treated", "weights", "stakes")
        }
        return replace(self, clusters=clusters, units=units, **kept)

    def starting(self, first_treated: Floats) -> Observations:
        """Return the rows with other cohorts, shape (N,)."""
        return replace(self, first_treated=first_treated)


def read_sections(
    data: Any,
    outcome: str,
    *,
    time: str,
    first_treated: str,
    covariates: Sequence[str] = (),
    weights: str | None = None,
    cluster: str | None = None,
) -> Observations:
    """Return the rows of repeated cross-sections, every row another unit.

    Parameters
    ----------
    data, outcome, time, first_treated, covariates, weights, cluster : as in `read_panel`.

    Raises
    ------
    DataError : periods or cohorts that are not whole numbers, weights that are not positive.
    DesignError : a single period.
    """
    frame = Frame.of(data)
    periods, period = read_periods(whole_numbers(frame, time), time)
    own = np.ones(len(frame)) if weights is None else frame.weights(weights)
    rows = np.arange(len(frame))
    return Observations(
        periods, period, frame.numbers(outcome, "outcome"), frame.matrix(covariates, "covariates"),
        cohorts_of_rows(frame, first_treated, periods), own, own,
        rows if cluster is None else frame.codes(cluster, "cluster").codes, rows,
    )  # fmt: skip


def read_observations(
    data: Any,
    outcome: str,
    *,
    unit: str,
    time: str,
    first_treated: str,
    covariates: Sequence[str] = (),
    weights: str | None = None,
    cluster: str | None = None,
) -> Observations:
    """Return the rows of a panel with gaps; a unit's rows share its cohort, weight and cluster.

    Parameters
    ----------
    data, outcome, unit, time, first_treated, covariates, weights, cluster : as in `read_panel`.

    Raises
    ------
    DataError : what `read_panel` refuses.
    DesignError : a single period.
    """
    frame = Frame.of(data)
    values, layout = frame.numbers(outcome, "outcome"), read_layout(frame, unit, time)
    units = layout.unit_of_rows()
    period = (
        layout.place % layout.shape[1]
        if not layout.in_order
        else np.tile(np.arange(layout.shape[1]), len(layout.units))
    )
    own = read_weights(frame, weights, layout)[units] if weights else np.ones(len(values))
    return Observations(
        layout.periods, period, values, frame.matrix(covariates, "covariates"),
        read_cohorts(frame, first_treated, layout)[units], own, own / np.bincount(units)[units],
        read_clusters(frame, cluster, layout)[units] if cluster else units, units,
    )  # fmt: skip
