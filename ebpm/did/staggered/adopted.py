"""Staggered adoption read row by row, gaps allowed: which rows are untreated, and what is set aside."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.did.cluster_arms import Arms
from ebpm.did.constant_outcome import refuse_constant_sums
from ebpm.did.event_dummies import event_times
from ebpm.did.group_time.cells import whole_anticipation
from ebpm.did.group_time.checks import Adoption, check_adoption
from ebpm.did.joint import Reading
from ebpm.did.regression_checks import Clusters, check_clusters, lone_cohorts, refuse_outcome_among
from ebpm.did.staggered.beside import Beside
from ebpm.did.staggered.pushed_slopes import Adjusting, Slopes, read_adjusted, slopes_beside, slopes_beside_dummies
from ebpm.did.twfe import refuse_unnested
from ebpm.errors import DataError, DesignError
from ebpm.moments.frame import Floats, Frame, Ints
from ebpm.moments.panel import PanelRows, read_rows
from ebpm.moments.scans.asking import paths_of
from ebpm.moments.scans.checks import check_steps
from ebpm.moments.scans.opening import scan_of
from ebpm.moments.scans.paths.scan import PathRequest
from ebpm.moments.scans.paths.stand_ins import stand_ins
from ebpm.moments.scans.paths.sums import PathSums
from ebpm.moments.scans.size import fits, refuse_large
from ebpm.moments.two_way import TwoWay
from ebpm.stats.inference import level

NOTHING: Mapping[str, object] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Adopted:
    """The rows of a staggered adoption that can be used.

    Parameters
    ----------
    rows : every unit has an untreated row, every period has one.
    groups : cluster of each row, shape (n,).
    anticipation : periods before treatment in which units may respond.
    always_treated : units set aside because they have no untreated row.
    horizon : first period left out because it has no untreated row; infinity where none is.
    beside : covariates and weights of the rows.
    """

    rows: PanelRows
    groups: Ints
    anticipation: int
    always_treated: int
    horizon: float
    beside: Beside

    @property
    def late(self) -> NDArray[np.bool_]:
        """Rows in which the unit is treated or may anticipate it, shape (n,)."""
        return is_late(self.rows, self.anticipation)

    @property
    def clusters(self) -> int:
        return int(self.groups.max()) + 1

    @property
    def mass(self) -> Floats:
        """What each row counts: the units that it stands for, or its weight, shape (n,)."""
        return self.beside.mass(self.rows)

    @property
    def lumpy(self) -> bool:
        """Whether independent clusters may count unequally within a cohort and period."""
        apart = not len(self.rows.standing.clusters) if self.rows.standing else self.clusters == len(self.rows.units)
        return bool(len(self.beside.weights)) or not apart

    def cohort_sizes(self, codes: Ints) -> Floats:
        """Return the units of each cohort, or the sum of their mean weights, from the code of every unit's, shape (U,)."""
        if not len(self.beside.weights):
            return self.rows.cohort_sizes(codes).astype(np.float64)
        units = self.rows.units.codes
        means = np.bincount(units, self.beside.weights) / np.bincount(units)
        sizes = np.bincount(codes, self.rows.standing.weighted(means, np.arange(len(means))))
        return np.asarray(sizes, dtype=np.float64)

    @property
    def alike(self) -> Floats:
        """Independent clusters that each cluster stands for, shape (G,); shape (0,) where each is itself."""
        return self.rows.standing.of_clusters(self.groups, self.rows.units.codes)

    def arms(self, errors: str) -> Arms:
        """Return the arms of the clusters."""
        return Arms.of(self.groups, self.rows.cohort, errors, self.alike)

    def reading(self, method: str, conf_level: float, arms: Arms) -> Reading:
        """Return how the effects are to be read: normal intervals unless the arms say otherwise, and what the guard rails find."""
        alone = lone_cohorts(self.groups, self.rows.cohort, self.rows.units.codes)
        treated = Clusters.of(self.groups, np.isfinite(self.rows.cohort), mass=self.alike).treated
        clusters = Clusters(treated, self._compared(), arms.corrected, alone)
        notices = check_adoption(Adoption.of(self.rows, self.always_treated, self.horizon)) + check_clusters(clusters)
        return Reading(
            method=method, rows=self.rows.size, clusters=arms.clusters, df=np.inf, conf_level=level(conf_level), floor=self.rows.rounding,
            notices=notices + self.rows.standing.notices, arms=arms,
        )  # fmt: skip

    def _compared(self) -> int:
        """Return the fewest independent clusters that are seen untreated in a period in which another is treated."""
        late, seen = self.late, np.zeros((self.clusters, len(self.rows.periods)), dtype=np.bool_)
        seen[self.groups[~late], self.rows.period[~late]] = True
        counts = self.alike @ seen if len(self.alike) else seen.sum(axis=0)
        return round(float(counts[np.unique(self.rows.period[late])].min()))


def is_late(rows: PanelRows, anticipation: int) -> NDArray[np.bool_]:
    """Return the rows in which the unit is treated or may anticipate it, shape (n,)."""
    late: NDArray[np.bool_] = rows.time >= rows.cohort - anticipation
    return late


def read_adoption(
    data: Any,
    outcome: str,
    *,
    unit: str,
    time: str,
    first_treated: str,
    cluster: str | None,
    anticipation: int,
    covariates: Sequence[str] = (),
    weights: str | None = None,
    records: Mapping[str, object] = NOTHING,
) -> Adopted:
    """Return the usable rows of a long table, or what stands for them.

    Parameters
    ----------
    covariates, weights : columns; covariates beside weights are read from the records.
    records : further arguments that need the records, by name; false where they were not given.

    Raises
    ------
    DataError : what `read_rows` refuses; units in several clusters.
    DesignError : no treated row, no untreated row, one cluster, an outcome that never varies.
    """
    early = whole_anticipation(anticipation)
    refuse_outcome_among(covariates, outcome)
    scan = scan_of(data) if covariates and not weights else None
    fit = None if scan is None or fits(scan) else _Fit(tuple(covariates), early, first_treated)
    found = read_varying(
        data, outcome, unit=unit, time=time, first_treated=first_treated, cluster=cluster, weights=weights, anticipation=early,
        adjusting=None if fit is None else Adjusting(fit.covariates, fit), records={"covariates": len(covariates) and fit is None, **records},
    )  # fmt: skip
    rows, always, horizon = usable(found, early)
    refuse_untreated(rows, first_treated)
    groups = cluster_codes(data, rows, unit, cluster)
    return Adopted(rows, groups, early, always, horizon, Beside.read(data, rows, outcome, covariates, weights))


@dataclass(frozen=True, slots=True)
class _Fit:
    """The regression on covariates of untreated rows, with effects of units and periods."""

    covariates: tuple[str, ...]
    anticipation: int
    first_treated: str

    def __call__(self, found: PanelRows, levels: Floats) -> tuple[Slopes, ...]:
        rows = usable(found, self.anticipation)[0]
        refuse_untreated(rows, self.first_treated)
        rows = rows.where(~is_late(rows, self.anticipation))
        layout = TwoWay(rows.units.codes, rows.period, rows.standing.of_rows(rows.units.codes))
        none = np.zeros((len(rows), len(self.covariates) + 1))
        own = slopes_beside(rows, layout, none, names=self.covariates, levels=levels)
        times = event_times(rows)
        positions = np.unique(times[times < -1 - self.anticipation])
        if not len(positions) or np.isfinite(rows.first_treated).all():
            return (own,)
        try:
            return own, slopes_beside_dummies(rows, times, positions, names=self.covariates, levels=levels)
        except DesignError:
            return (own,)


def read_varying(
    data: Any,
    outcome: str,
    *,
    unit: str,
    time: str,
    first_treated: str,
    cluster: str | None = None,
    weights: str | None = None,
    anticipation: int = 0,
    steady: bool = False,
    adjusting: Adjusting | None = None,
    records: Mapping[str, object] = NOTHING,
) -> PanelRows:
    """Return the rows of a long table whose outcome varies; cohorts that start after the last period are never treated.

    Of a table that is not in memory, and of sums, they are units that stand for its units; `records` names the arguments that need those,
    as weights do that change within a unit, unless they have to be `steady`. Where the table is `adjusting`, the outcome is less what
    covariates explain.
    """
    request = PathRequest(
        outcome=outcome, unit=unit, time=time, first_treated=first_treated, cluster=cluster or "", weights=weights or ""
    )
    if (sums := _sums(data, request, records, steady=steady)) is not None:
        refuse_constant_sums(sums, outcome)
        notices, scan = check_steps(outcome, sums.fixed), scan_of(data)
        if adjusting and scan is not None:
            return read_adjusted(
                scan, request, sums, adjusting, notices=notices, found=lambda rows: beyond(rows, anticipation)
            )
        return beyond(stand_ins(sums, notices, weighted=bool(weights)), anticipation)
    rows = beyond(read_rows(data, outcome, unit=unit, time=time, first_treated=first_treated), anticipation)
    if not np.ptp(rows.outcome):
        raise DesignError("did_constant_outcome", column=outcome, units=len(rows.units), value=float(rows.outcome[0]))
    return rows


def _sums(data: Any, request: PathRequest, records: Mapping[str, object], *, steady: bool) -> PathSums | None:
    try:
        return paths_of(data, request, records=records)
    except DataError as error:
        scan = scan_of(data)
        if error.entry != "panel_weights_change" or steady or scan is None:
            raise
        refuse_large(scan, f"weights={request.weights}")
        return None


def refuse_untreated(rows: PanelRows, first_treated: str) -> None:
    """Refuse rows of which none is treated."""
    if not (rows.time >= rows.cohort).any():
        raise DesignError("did_no_treated_rows", column=first_treated, last=int(rows.periods[-1]))


def beyond(rows: PanelRows, anticipation: int) -> PanelRows:
    """Return the rows with the cohorts that start too late to respond within the periods as never treated."""
    late = rows.first_treated > rows.periods[-1] + anticipation
    return replace(rows, first_treated=np.where(late, np.inf, rows.first_treated))


def usable(rows: PanelRows, anticipation: int) -> tuple[PanelRows, int, float]:
    """Return the rows of units and periods that have an untreated row, the units set aside, and the first period left out."""
    late = is_late(rows, anticipation)
    known = np.bincount(rows.units.codes, ~late) > 0
    if not known.any():
        raise DesignError("did_all_set_aside", units=len(known), period=int(rows.periods[0]))
    seen = np.bincount(rows.period, ~late, minlength=len(rows.periods)) > 0
    kept = rows.where(known[rows.units.codes] & seen[rows.period])
    return (
        kept,
        rows.standing.number(np.flatnonzero(~known)),
        float(rows.periods[~seen].min()) if not seen.all() else np.inf,
    )


def cluster_codes(data: Any, rows: PanelRows, unit: str, cluster: str | None) -> Ints:
    """Return the cluster of each row, 0 .. G - 1; the unit where no column is named."""
    if rows.standing:
        return _standing_clusters(rows)
    if cluster is None:
        groups = rows.units
    else:
        codes = Frame.of(data).codes(cluster, "cluster")
        refuse_unnested(Frame.of(data).codes(unit, "unit"), codes, cluster)
        groups = codes.of_rows(rows.order)
    if len(groups) < 2:
        raise DesignError("stats_one_cluster", clusters=len(groups))
    return groups.codes


def _standing_clusters(rows: PanelRows) -> Ints:
    standing = rows.standing
    groups = standing.clusters[rows.units.codes] if len(standing.clusters) else rows.units.codes
    codes = np.unique(groups, return_inverse=True)[1].astype(np.int64)
    mass = standing.of_clusters(codes, rows.units.codes)
    if round(mass.sum() if len(mass) else codes.max() + 1) < 2:
        raise DesignError("stats_one_cluster", clusters=1)
    return codes
