"""A randomised trial as sums by arm, stratum and cluster."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError
from ebpm.moments.frame import Codes, Floats, Frame, Ints
from ebpm.moments.labels import label_of, labels_of, with_first
from ebpm.moments.naming import named_column
from ebpm.moments.regression import ClusterMoments
from ebpm.moments.scans.asking import Sums, groups_of
from ebpm.moments.scans.checks import check_steps
from ebpm.moments.scans.groups.moments import cluster_moments
from ebpm.moments.scans.groups.scan import GroupRequest
from ebpm.moments.scans.groups.sums import GroupSums
from ebpm.moments.scans.keys import plain
from ebpm.moments.scans.opening import Scan, scan
from ebpm.moments.scans.size import refuse_large
from ebpm.moments.scans.streamed.row_errors import RowFit, scan_errors
from ebpm.notices import Notices
from ebpm.rct.assigned import Assigned, control_place, refuse_empty_cells, refuse_varying
from ebpm.rct.trial import Trial, read_trial

Columns = Mapping[str, Any]
NOTHING: Mapping[str, object] = {}
MOST_CELLS = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class SummedTrial(Assigned):
    """A randomised trial, one element a group of rows that share cluster, arm and stratum.

    Parameters
    ----------
    sums : of outcome and covariates.
    outcome : its column.
    covariates : columns.
    arm, stratum : shapes (G,).
    arms, strata, clustered, weighted : as in `Assigned`.
    scan : the table, where further passes over its rows are needed: rows assigned one by one, with covariates or weights.
    """

    sums: GroupSums
    outcome: str
    covariates: tuple[str, ...]
    arm: Ints
    arms: tuple[str, ...]
    stratum: Ints
    strata: tuple[str, ...]
    clustered: bool
    weighted: bool
    scan: Scan | None = None

    def _by_cell(self, values: Any) -> Floats:
        """Sums over the groups of each stratum and arm, shape (strata, arms)."""
        shape = len(self.strata), len(self.arms)
        sums = np.bincount(self.stratum * shape[1] + self.arm, values, minlength=shape[0] * shape[1])
        return np.asarray(sums, dtype=np.float64).reshape(shape)

    def _weights(self, power: int) -> Floats:
        if not self.weighted:
            return self.sums.counts.astype(np.float64)
        return np.array([float(one) for one in self.sums.totals(power=power)])

    @property
    def row_cells(self) -> Ints:
        """Rows in each stratum and arm, shape (strata, arms)."""
        return self._by_cell(self.sums.counts).astype(np.int64)

    @property
    def unit_cells(self) -> Ints:
        """Units of assignment in each stratum and arm, shape (strata, arms)."""
        return self._by_cell(None).astype(np.int64) if self.clustered else self.row_cells

    @property
    def stratum_shares(self) -> Floats:
        """Share of the (weighted) rows in each stratum, shape (strata,)."""
        sums = self._by_cell(self._weights(1)).sum(axis=1)
        return np.asarray(sums / sums.sum())

    @property
    def centred(self) -> Floats:
        """Sums about the means of all rows, as `GroupSums.about`, of arms and strata, shape (strata, arms, P, m + 1, m + 1)."""
        found = self.sums.about({one: self.sums.mean(one) for one in self.sums.numbers})
        cells = np.zeros((len(self.strata), len(self.arms), *found.shape[1:]))
        np.add.at(cells, (self.stratum, self.arm), found)
        return cells

    @property
    def cell_means(self) -> Floats:
        """(Weighted) mean of the outcome in each stratum and arm, shape (strata, arms)."""
        found = self.centred[:, :, 1 if self.weighted else 0]
        means: Floats = found[:, :, 0, 1] / found[:, :, 0, 0] + float(self.sums.mean(self.outcome))
        return means

    @property
    def cell_squares(self) -> Floats:
        """Squared deviations of the outcome from the mean of its stratum and arm, shape (strata, arms)."""
        place, shape = self.sums.numbers.index(self.outcome), (len(self.strata), len(self.arms))
        counts, steps, squares = (np.zeros(shape, dtype=object) for _ in range(3))
        for total, (row, column) in ((counts, (0, 0)), (steps, (0, place + 1)), (squares, (place + 1, place + 1))):
            np.add.at(total, (self.stratum, self.arm), self.sums.moments[:, 0, row, column])
        below = counts * self.sums.fixed[place].scale ** 2
        return np.asarray((squares * counts - steps**2) / below, dtype=np.float64)

    @property
    def row_spread(self) -> tuple[Floats, Floats]:
        """For independent rows, in each stratum and arm: variance of the mean, HC2 if weighted, and sum w^2 / (sum w)^2."""
        if self.scan is not None:
            return self._weighted_spread(self.scan)
        counts = self.row_cells
        return np.asarray(self.cell_squares / (counts * (counts - 1.0))), np.asarray(1.0 / counts)

    def _weighted_spread(self, scan: Scan) -> tuple[Floats, Floats]:
        sizes, middle = self._weights(1), float(self.sums.mean(self.outcome))
        slopes = (self.cell_means[self.stratum, self.arm] - middle)[:, None]
        one = np.ones((len(sizes), 1, 1))
        fit = RowFit(
            sums=self.sums, outcome=self.outcome, covariates=(), slopes=slopes, leverages=one / sizes[:, None, None], squared=0.0 * one,
            influence=one,
        )  # fmt: skip
        variances = scan_errors(scan, fit, "HC2").meat[:, 0, 0] / sizes**2
        return self._by_cell(variances), self._by_cell(self._weights(2) / sizes**2)

    @property
    def weight_sums(self) -> tuple[Floats, Floats]:
        """Sums of the weights of rows, and of their squares, in each stratum and arm, shapes (strata, arms)."""
        return self._by_cell(self._weights(1)), self._by_cell(self._weights(2))

    @property
    def unit_places(self) -> tuple[Ints, Ints]:
        """Stratum and arm of each cluster, shapes (units,)."""
        return self.stratum, self.arm

    @property
    def unit_sizes(self) -> Floats:
        """(Weighted) rows of each cluster, shape (units,)."""
        return self._weights(1)

    @property
    def centred_means(self) -> Floats:
        """(Weighted) mean of the outcome of each cluster, less that of all rows, shape (units,)."""
        return self._unit_means(self.outcome)

    @property
    def mean_moments(self) -> tuple[ClusterMoments, float]:
        """Moments of a constant and the outcome less its mean, and that mean."""
        return cluster_moments(self.sums, self.outcome), float(self.sums.mean(self.outcome))

    @property
    def moments(self) -> ClusterMoments:
        """Moments of a constant and the covariates less their means, and of the outcome less its mean."""
        return cluster_moments(self.sums, self.outcome, self.covariates)

    @property
    def rounding(self) -> Notices:
        """T060 for each column that was rounded before it was summed."""
        columns = [*self.sums.numbers, *([self.sums.weights] if self.weighted else [])]
        return sum((check_steps(*one) for one in zip(columns, self.sums.fixed, strict=True)), Notices())

    def means_of_units(self, column: str) -> Floats:
        """Return the (weighted) mean of each cluster in one column, shape (units,)."""
        return self._unit_means(column) + float(self.sums.mean(column))

    def _unit_means(self, column: str) -> Floats:
        power, centre = int(self.weighted), self.sums.mean(column)
        totals, sizes = self.sums.totals(column, power=power), self.sums.totals(power=power)
        return np.array([float(total / size - centre) for total, size in zip(totals, sizes, strict=True)])

    def of_clusters(self) -> Trial:
        """Return the trial whose rows are the means of its clusters."""
        units = len(self.sums)
        return Trial(
            outcome=self.means_of_units(self.outcome), arm=self.arm, arms=self.arms, unit=np.arange(units), stratum=self.stratum,
            strata=self.strata, weights=np.ones(units), clustered=False, weighted=False,
        )  # fmt: skip

    def of_strata(self, kept: NDArray[np.bool_]) -> SummedTrial:
        """Return the trial in some of its strata."""
        keep = kept[self.stratum]
        return replace(
            self, sums=self.sums.where(keep), arm=self.arm[keep], stratum=np.unique(self.stratum[keep], return_inverse=True)[1],
            strata=tuple(name for name, one in zip(self.strata, kept, strict=True) if one),
        )  # fmt: skip


def summed_trial(
    data: Any,
    outcome: str,
    covariates: Sequence[str] = (),
    *,
    columns: Columns,
    records: Mapping[str, object],
    passes: Mapping[str, object] = NOTHING,
    lone: bool = False,
    varying: bool = True,
) -> SummedTrial | None:
    """Return the trial of a table that stays where it is, None of one in memory.

    Parameters
    ----------
    data : what the caller gave.
    outcome, covariates : columns of numbers.
    columns : the arguments of `read_trial`: treatment, control, cluster, strata, weights.
    records : arguments that need the records, by name; false where they were not given.
    passes : those for which the rows have to be gone through again, which sums at hand cannot do.
    lone : whether one unit may stand for an arm of a stratum.
    varying : whether the outcome must vary.

    Raises
    ------
    DataError, DesignError : as `read_trial`; DesignError if the records are needed and do not fit into memory.
    """
    request = request_of(outcome, covariates, columns)
    again = {**passes, "weights without cluster": bool(request.weights) and columns.get("cluster") is None}
    sums = groups_of(data, request, records={**records, **again} if isinstance(data, GroupSums | Sums) else records)
    if sums is None:
        return None
    rows = scan(data) if any(again.values()) else None
    if rows is not None and len(sums) > MOST_CELLS:
        refuse_large(rows, ", ".join(name for name, value in again.items() if value))
        return None
    if varying:
        _refuse_constant(sums, outcome)
    return replace(trial_of_sums(sums, outcome, covariates, columns, lone=lone), scan=rows)


def request_of(outcome: str, covariates: Sequence[str], columns: Columns) -> GroupRequest:
    """Return which sums a trial takes; parameters as `summed_trial`."""
    roles = ("cluster", "strata", "treatment")
    keys = {
        role: named_column(columns[role], role)
        for role in roles
        if role == "treatment" or columns.get(role) is not None
    }
    named = {column: role for role, column in keys.items()} | dict.fromkeys(covariates, "covariates")
    named |= {named_column(outcome, "outcome"): "outcome"}
    return GroupRequest(
        keys=tuple(dict.fromkeys(keys.values())), numbers=tuple(dict.fromkeys([outcome, *covariates])),
        weights=columns.get("weights") or "", arguments=MappingProxyType(named),
    )  # fmt: skip


def _refuse_constant(sums: GroupSums, outcome: str) -> None:
    whole, place = sums.by(()).about({outcome: sums.mean(outcome)})[0, 0], sums.numbers.index(outcome) + 1
    if whole[place, place] == 0.0:
        raise DesignError("rct_constant_outcome", column=outcome, value=float(sums.mean(outcome)), rows=sums.rows)


def trial_of_sums(
    sums: GroupSums, outcome: str, covariates: Sequence[str], columns: Columns, *, lone: bool = False
) -> SummedTrial:
    """Return the trial of sums; parameters and errors as `summed_trial`."""
    treatment, cluster, strata = columns["treatment"], columns.get("cluster"), columns.get("strata")
    levels = sums.codes(treatment)
    if len(levels) < 2:
        raise DesignError("rct_one_arm", column=treatment, arm=label_of(levels.levels[0]))
    named = with_first(levels, control_place(levels, plain(columns.get("control")), treatment))
    blocks = Codes(np.zeros(len(sums), dtype=np.int64), ("",)) if strata is None else sums.codes(strata)
    if cluster is not None:
        clusters = sums.codes(cluster)
        refuse_varying("rct_arm_varies", clusters, named.codes, column=treatment, cluster=cluster)
        refuse_varying("rct_stratum_varies", clusters, blocks.codes, column=strata, cluster=cluster)
    trial = SummedTrial(
        sums=sums, outcome=outcome, covariates=tuple(covariates), arm=named.codes, arms=tuple(named.levels), stratum=blocks.codes,
        strata=labels_of(blocks), clustered=cluster is not None, weighted=bool(sums.weights),
    )  # fmt: skip
    refuse_empty_cells(trial, treatment, strata, lone=lone)
    return trial


def read_assigned(
    data: Any, outcome: str, *, columns: Columns, records: Mapping[str, object], lone: bool = False
) -> SummedTrial | Trial:
    """Return the trial of a table, from sums where it stays where it is; parameters and errors as `summed_trial`."""
    found = summed_trial(data, outcome, columns=columns, records=records, lone=lone)
    return read_trial(Frame.of(data), outcome, lone=lone, **columns) if found is None else found
