"""A randomised trial as arrays: outcome, arm, unit of assignment, stratum, weight; refused where it cannot be analysed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError
from ebpm.moments.frame import Codes, Floats, Frame, Ints
from ebpm.moments.labels import label_of, labels_of, with_first
from ebpm.moments.naming import some_columns
from ebpm.moments.regression import ClusterMoments
from ebpm.rct.assigned import Assigned, control_place, refuse_empty_cells, refuse_varying
from ebpm.stats.groups import group_sums

TIMES = " × "


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial(Assigned):
    """A randomised trial, one element a row.

    Parameters
    ----------
    outcome : shape (n,).
    arm : shape (n,); 0 is the control arm, j the arm `arms[j]`.
    arms : labels, the control arm first.
    unit : unit of assignment (cluster, or the row itself), in 0 .. units - 1, shape (n,).
    stratum : shape (n,); zeros where assignment was not stratified.
    strata : labels of the strata.
    weights : shape (n,); ones where rows are not weighted.
    clustered : whether units are clusters.
    weighted : whether rows are weighted.
    """

    outcome: Floats
    arm: Ints
    arms: tuple[str, ...]
    unit: Ints
    stratum: Ints
    strata: tuple[str, ...]
    weights: Floats
    clustered: bool
    weighted: bool

    @property
    def n(self) -> int:
        """Rows."""
        return len(self.outcome)

    @property
    def units(self) -> int:
        """Units of assignment."""
        return int(self.unit.max()) + 1

    def of_units(self, values: Ints) -> Ints:
        """Return, of a column that is constant within units, the value of each unit."""
        result = np.empty(self.units, dtype=np.int64)
        result[self.unit] = values
        return result

    def means_of_units(self, columns: Floats) -> Floats:
        """Return the (weighted) mean of each unit in each column, shape (units, k)."""
        if not columns.shape[1]:
            return np.empty((self.units, 0))
        sums = group_sums(columns * self.weights[:, None], self.unit, groups=self.units)
        means: Floats = sums / np.bincount(self.unit, self.weights)[:, None]
        return means

    @property
    def unit_cells(self) -> Ints:
        """Units in each stratum and arm, shape (strata, arms)."""
        cell = self.of_units(self.stratum) * len(self.arms) + self.of_units(self.arm)
        counts = np.bincount(cell, minlength=len(self.strata) * len(self.arms))
        return counts.reshape(len(self.strata), len(self.arms)).astype(np.int64)

    @property
    def stratum_shares(self) -> Floats:
        """Share of the (weighted) rows in each stratum, shape (strata,)."""
        sums = np.bincount(self.stratum, self.weights, minlength=len(self.strata))
        shares: Floats = sums / sums.sum()
        return shares

    @property
    def _cell(self) -> Ints:
        return self.stratum * len(self.arms) + self.arm

    def _by_cell(self, values: Floats | None = None) -> Floats:
        """Sums over the rows of each stratum and arm, shape (strata, arms)."""
        shape = len(self.strata), len(self.arms)
        sums = np.bincount(self._cell, values, minlength=shape[0] * shape[1])
        return np.asarray(sums, dtype=np.float64).reshape(shape)

    @property
    def row_cells(self) -> Ints:
        """Rows in each stratum and arm, shape (strata, arms)."""
        return self._by_cell().astype(np.int64)

    @property
    def cell_means(self) -> Floats:
        """(Weighted) mean of the outcome in each stratum and arm, shape (strata, arms)."""
        means: Floats = self._shifted + self.outcome.mean()
        return means

    @property
    def _shifted(self) -> Floats:
        """Cell means less the mean of all rows, NaN in a cell without rows, shape (strata, arms)."""
        sums, weights = self._by_cell(self.weights * (self.outcome - self.outcome.mean())), self._by_cell(self.weights)
        return np.divide(sums, weights, out=np.full_like(sums, np.nan), where=weights > 0)

    @property
    def row_spread(self) -> tuple[Floats, Floats]:
        """For independent rows, in each stratum and arm: variance of the mean, HC2 if weighted, and sum w^2 / (sum w)^2."""
        residuals = self.outcome - self.outcome.mean() - self._shifted.ravel()[self._cell]
        weight = self.weights / self._by_cell(self.weights).ravel()[self._cell]
        return self._by_cell(weight**2 * residuals**2 / (1.0 - weight)), self._by_cell(weight**2)

    @property
    def weight_sums(self) -> tuple[Floats, Floats]:
        """Sums of the weights of rows, and of their squares, in each stratum and arm, shapes (strata, arms)."""
        return self._by_cell(self.weights), self._by_cell(self.weights**2)

    @property
    def unit_places(self) -> tuple[Ints, Ints]:
        """Stratum and arm of each unit, shapes (units,)."""
        return self.of_units(self.stratum), self.of_units(self.arm)

    @property
    def unit_sizes(self) -> Floats:
        """(Weighted) rows of each unit, shape (units,)."""
        return np.asarray(np.bincount(self.unit, self.weights), dtype=np.float64)

    @property
    def centred_means(self) -> Floats:
        """(Weighted) mean of the outcome of each unit, less that of all rows, shape (units,)."""
        return self.means_of_units((self.outcome - self.outcome.mean())[:, None])[:, 0]

    @property
    def mean_moments(self) -> tuple[ClusterMoments, float]:
        """Moments of a constant and the outcome less its mean, and that mean."""
        middle = float(self.outcome.mean())
        weights = self.weights if self.weighted else None
        basis = np.ones((self.n, 1))
        return (
            ClusterMoments.of(basis, self.outcome - middle, codes=self.unit, clusters=self.units, weights=weights),
            middle,
        )

    def of_clusters(self) -> Trial:
        """Return the trial whose rows are the means of its clusters."""
        stratum, arm = self.unit_places
        return replace(
            self, outcome=self.means_of_units(self.outcome[:, None])[:, 0], arm=arm, unit=np.arange(self.units), stratum=stratum,
            weights=np.ones(self.units), clustered=False, weighted=False,
        )  # fmt: skip

    def of_strata(self, kept: NDArray[np.bool_]) -> Trial:
        """Return the trial in some of its strata."""
        rows = kept[self.stratum]
        return replace(
            self, outcome=self.outcome[rows], arm=self.arm[rows], weights=self.weights[rows],
            unit=np.unique(self.unit[rows], return_inverse=True)[1], stratum=np.unique(self.stratum[rows], return_inverse=True)[1],
            strata=tuple(name for name, keep in zip(self.strata, kept, strict=True) if keep),
        )  # fmt: skip


def read_trial(
    data: Any,
    outcome: str,
    *,
    treatment: str,
    control: object = None,
    cluster: str | None = None,
    strata: str | None = None,
    weights: str | None = None,
    lone: bool = False,
    bare: bool = False,
) -> Trial:
    """Read the columns of a trial.

    Parameters
    ----------
    data : any frame that Narwhals knows.
    outcome : column of numbers.
    treatment : column of the assigned arm.
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    cluster : column of the unit that was assigned, if that was not the row.
    strata : column of the strata within which units were assigned.
    weights : column of analytical weights.
    lone : whether one unit may stand for an arm of a stratum.
    bare : whether a stratum may lack an arm, and an arm have one unit.

    Raises
    ------
    DataError : if a column is missing, not numeric, or has missing values.
    DesignError : if there is one arm only, if the control arm is not named, if the outcome does not vary, if arm or stratum
        varies within a cluster, or if an arm (of a stratum) has no unit, or one only.
    """
    frame = Frame.of(data)
    values = frame.numbers(outcome, "outcome")
    return trial_of(
        frame,
        values,
        outcome=outcome,
        treatment=treatment,
        control=control,
        cluster=cluster,
        strata=strata,
        weights=weights,
        lone=lone,
        bare=bare,
    )


def trial_of(
    frame: Frame,
    values: Floats,
    *,
    outcome: str,
    treatment: str,
    control: object = None,
    cluster: str | None = None,
    strata: str | None = None,
    weights: str | None = None,
    lone: bool = False,
    bare: bool = False,
    arms: Codes | None = None,
) -> Trial:
    """Return the trial of an outcome that is at hand as an array (and arms as codes); parameters and errors as `read_trial`."""
    if np.ptp(values) == 0:
        raise DesignError("rct_constant_outcome", column=outcome, value=values[0], rows=len(values))
    levels = frame.codes(treatment, "treatment") if arms is None else arms
    if len(levels) < 2:
        raise DesignError("rct_one_arm", column=treatment, arm=label_of(levels.levels[0]))
    named = with_first(levels, control_place(levels, control, treatment))
    rows = np.arange(len(values))
    clusters = Codes(rows, ()) if cluster is None else frame.codes(cluster, "cluster")
    blocks = Codes(np.zeros_like(rows), ("",)) if strata is None else frame.codes(strata, "strata")
    trial = Trial(
        outcome=values,
        arm=named.codes,
        arms=tuple(named.levels),
        unit=clusters.codes,
        stratum=blocks.codes,
        strata=labels_of(blocks),
        weights=np.ones(len(values)) if weights is None else frame.weights(weights),
        clustered=cluster is not None,
        weighted=weights is not None,
    )
    refuse_varying("rct_arm_varies", clusters, trial.arm, column=treatment, cluster=cluster)
    refuse_varying("rct_stratum_varies", clusters, trial.stratum, column=strata, cluster=cluster)
    if not bare:
        refuse_empty_cells(trial, treatment, strata, lone=lone)
    return trial


def combined(frame: Frame, columns: Sequence[str], argument: str = "treatment") -> Codes:
    """Return several columns of labels as one, whose levels are the combinations that occur, joined by their labels.

    Parameters
    ----------
    frame : the table.
    columns : names; one alone is returned as it is.
    argument : the parameter that named them, for messages.
    """
    parts = [frame.codes(column, argument) for column in some_columns(columns, argument)]
    if len(parts) == 1:
        return parts[0]
    rows = np.stack([part.codes for part in parts], axis=1)
    found, codes = np.unique(rows, axis=0, return_inverse=True)
    names = (TIMES.join(label_of(part.levels[place]) for part, place in zip(parts, row, strict=True)) for row in found)
    return Codes(codes.reshape(-1).astype(np.int64), tuple(names))


def kish(weights: Floats) -> float:
    """Return Kish's effective number of rows, (sum w)^2 / sum w^2.

    Parameters
    ----------
    weights : shape (n,).
    """
    return float(weights.sum() ** 2 / (weights**2).sum())
