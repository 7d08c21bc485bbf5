"""Outcome paths of a panel: one row a unit, one column a period, checked before anything is summed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError, DesignError
from ebpm.moments.cohorts import read_cohorts
from ebpm.moments.frame import EVERY, Codes, Floats, Frame, Ints, distinct
from ebpm.moments.layout import Layout, read_layout
from ebpm.moments.naming import named_columns
from ebpm.moments.standing import Standing
from ebpm.stats.inference import rounding


@dataclass(frozen=True, slots=True)
class Panel:
    """The outcome paths of units.

    Parameters
    ----------
    units : label of each unit, length n, in order.
    periods : shape (T,), int64, ascending.
    paths : shape (n, T), outcome of each unit in each period; missing where a unit is not seen, which only `keep_gaps` allows.
    first_treated : shape (n,), first treated period; infinity for a unit that is never treated.
    covariates : shape (n, T, k).
    gaps : (units left out because they miss a period, those of them that are ever treated, rows left out).
    weights : sampling weight of each unit, shape (n,); shape (0,) where all are alike.
    clusters : code of the cluster of each unit, shape (n,); shape (0,) where units are independent.
    """

    units: Sequence[Any]
    periods: Ints
    paths: Floats
    first_treated: Floats
    covariates: Floats
    gaps: tuple[int, int, int] = (0, 0, 0)
    weights: Floats = field(default_factory=lambda: np.empty(0))
    clusters: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def __len__(self) -> int:
        return len(self.units)

    @property
    def rows(self) -> int:
        """Rows of the table that the paths stand for."""
        return int(self.paths.size)

    @property
    def has_gaps(self) -> bool:
        """Whether some unit is not seen in some period."""
        return bool(np.isnan(self.paths.sum()))

    @property
    def constant_covariates(self) -> bool:
        """Whether no covariate changes within a unit."""
        fixed = self.covariates.strides[1] == 0 or not self.covariates.size
        return fixed or bool((self.covariates == self.covariates[:, :1]).all())

    def where(self, keep: NDArray[np.bool_]) -> Panel:
        """Return the panel of some units."""
        if keep.all():
            return self
        units = tuple(label for label, kept in zip(self.units, keep, strict=True) if kept)
        return replace(
            self, units=units, paths=self.paths[keep], first_treated=self.first_treated[keep],
            covariates=_of_units(self.covariates, keep), weights=self.weights[keep] if len(self.weights) else self.weights,
            clusters=distinct(self.clusters[keep])[1] if len(self.clusters) else self.clusters,
        )  # fmt: skip

    def starting(self, first_treated: Floats) -> Panel:
        """Return the panel with other cohorts, shape (n,)."""
        return replace(self, first_treated=first_treated)


@dataclass(frozen=True, slots=True)
class PanelRows:
    """The rows of a panel in order of unit and period, gaps allowed.

    Parameters
    ----------
    units : code of the unit of each row, shape (n,), and their labels.
    periods : shape (T,), int64, ascending.
    period : place of each row among the periods, shape (n,).
    outcome : shape (n,).
    first_treated : shape (U,), first treated period of each unit; infinity for a unit that is never treated.
    order : place of each row in the table that was read, shape (n,).
    standing : what the units stand for, where the rows come from sums.
    """

    units: Codes
    periods: Ints
    period: Ints
    outcome: Floats
    first_treated: Floats
    order: Ints
    standing: Standing = field(default_factory=Standing)

    def __len__(self) -> int:
        return len(self.outcome)

    @property
    def time(self) -> Ints:
        """Period of each row, shape (n,)."""
        time: Ints = self.periods[self.period]
        return time

    @property
    def cohort(self) -> Floats:
        """First treated period of the unit of each row, shape (n,)."""
        cohort: Floats = self.first_treated[self.units.codes]
        return cohort

    def where(self, keep: NDArray[np.bool_]) -> PanelRows:
        """Return some rows, with the units and periods that are left."""
        if keep.all():
            return self
        used, period = np.unique(self.period[keep], return_inverse=True)
        units = np.unique(self.units.codes[keep])
        return PanelRows(
            self.units.of_rows(np.flatnonzero(keep)), self.periods[used], period.astype(np.int64), self.outcome[keep],
            self.first_treated[units], self.order[keep], self.standing.where(units),
        )  # fmt: skip

    @property
    def rounding(self) -> float:
        """The largest standard error that rounding alone may leave, in the unit of the outcome."""
        return max(rounding(self.outcome), self.standing.rounding)

    @property
    def size(self) -> int:
        """Rows that these stand for."""
        return self.standing.number(self.units.codes)

    def counts(self, codes: Ints, rows: NDArray[Any] | slice = EVERY, *, size: int = 0) -> Ints:
        """Return how many rows each code has, shape (size,) or more.

        Parameters
        ----------
        codes : of some rows, shape (m,).
        rows : which those are.
        """
        return self.standing.counts(codes, self.units.codes[rows], size=size)

    def cohort_sizes(self, codes: Ints) -> Ints:
        """Return the units of each cohort from the code of every unit's, shape (U,)."""
        return self.standing.counts(codes, np.arange(len(codes)))


def read_rows(data: Any, outcome: str, *, unit: str, time: str, first_treated: str) -> PanelRows:
    """Return the rows of a long table, one a unit and period; units may miss periods.

    Parameters
    ----------
    data, outcome, unit, time, first_treated : as in `read_panel`.

    Raises
    ------
    DataError : duplicated unit and period, periods or cohorts that are not whole numbers, a cohort that changes within a unit.
    DesignError : a single period.
    """
    frame = Frame.of(data)
    values, layout = frame.numbers(outcome, "outcome"), read_layout(frame, unit, time)
    cohorts = read_cohorts(frame, first_treated, layout)
    if layout.in_order:
        order = np.arange(len(values))
        units, period = np.divmod(order, layout.shape[1])
        return PanelRows(Codes(units, layout.units), layout.periods, period, values, cohorts, order)
    order = np.argsort(layout.place, kind="stable")
    units, period = np.divmod(layout.place[order], layout.shape[1])
    return PanelRows(Codes(units, layout.units), layout.periods, period, values[order], cohorts, order)


def read_panel(
    data: Any,
    outcome: str,
    *,
    unit: str,
    time: str,
    first_treated: str,
    covariates: Sequence[str] = (),
    weights: str | None = None,
    cluster: str | None = None,
    drop_gaps: bool = False,
    keep_gaps: bool = False,
) -> Panel:
    """Return the panel of a long table, one row a unit and period.

    Parameters
    ----------
    data : a table that Narwhals knows; its row order does not matter.
    outcome, unit, time : columns; `time` holds whole numbers.
    first_treated : column with the first treated period of the unit; 0, infinite, null or later than
        the last period where it is never treated.
    covariates : columns.
    weights, cluster : columns of sampling weights and clusters, constant within a unit.
    drop_gaps : leave out the units that miss a period, counted in `Panel.gaps`, instead of refusing the table.
    keep_gaps : keep them, with missing outcomes.

    Raises
    ------
    DataError : duplicated unit and period, periods or cohorts that are not whole numbers, a cohort, weight or cluster that changes
        within a unit.
    DesignError : a single period; units that miss a period, unless `drop_gaps` or `keep_gaps`; all of them.
    """
    frame = Frame.of(data)
    values = np.asarray(frame.finite(outcome, "outcome"), dtype=np.float64)
    layout = read_layout(frame, unit, time)
    cohorts = read_cohorts(frame, first_treated, layout)
    paths, adjusted = layout.table(values), _covariates(frame, covariates, layout)
    whole = Panel(
        layout.units, layout.periods, paths, cohorts, adjusted, weights=read_weights(frame, weights, layout),
        clusters=read_clusters(frame, cluster, layout),
    )  # fmt: skip
    if paths.size == len(values) or keep_gaps:
        return whole
    seen = layout.seen()
    complete: NDArray[np.bool_] = np.asarray(seen.all(axis=1))
    if not drop_gaps:
        broken = np.flatnonzero(~complete)
        raise DesignError(
            "panel_gaps", count=len(broken), total=len(complete), periods=layout.shape[1], units=layout.named(broken)
        )
    if not complete.any():
        raise DesignError("panel_no_complete", total=len(complete), periods=layout.shape[1])
    treated = int(np.isfinite(cohorts[~complete]).sum())
    return replace(whole.where(complete), gaps=(int((~complete).sum()), treated, int(seen[~complete].sum())))


def read_weights(frame: Frame, column: str | None, layout: Layout) -> Floats:
    """Return the sampling weight of each unit, shape (U,); shape (0,) where no column is named.

    Raises
    ------
    DataError : weights that are not positive, or change within a unit.
    """
    if column is None:
        return np.empty(0)
    weights, broken = layout.constant(frame.weights(column))
    if len(broken):
        raise DataError("panel_weights_change", column=column, count=len(broken), units=layout.named(broken))
    return weights


def read_clusters(frame: Frame, column: str | None, layout: Layout) -> Ints:
    """Return the code of the cluster of each unit, shape (U,); shape (0,) where no column is named.

    Raises
    ------
    DataError : a unit in several clusters.
    """
    if column is None:
        return np.empty(0, dtype=np.int64)
    clusters, broken = layout.constant(frame.codes(column, "cluster").codes)
    if len(broken):
        raise DataError("did_units_not_nested", column=column, count=len(broken), unit=layout.units[broken[0]])
    return clusters


def _covariates(frame: Frame, columns: Sequence[str], layout: Layout) -> Floats:
    """Return the covariates, shape (U, T, k); without a copy a period where none changes within a unit."""
    if not columns:
        return np.empty((*layout.shape, 0))
    values = [
        np.asarray(frame.finite(column, "covariates"), dtype=np.float64)
        for column in named_columns(columns, "covariates")
    ]
    fixed = [layout.constant(one) for one in values]
    if any(len(broken) for _, broken in fixed):
        return np.stack([layout.table(one) for one in values], axis=2)
    of_units = np.column_stack([found for found, _ in fixed])
    return np.broadcast_to(of_units[:, None, :], (*layout.shape, len(columns)))


def _of_units(covariates: Floats, keep: NDArray[np.bool_]) -> Floats:
    if covariates.strides[1]:
        return covariates[keep]
    kept = covariates[keep, :1]
    return np.broadcast_to(kept, (len(kept), *covariates.shape[1:]))
