"""Effects from imputed untreated outcomes: Borusyak, Jaravel and Spiess (2024) and Gardner's two stages (2022)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.did.cluster_arms import Arms
from ebpm.did.event_dummies import event_dummies, event_times
from ebpm.did.joint import Leads
from ebpm.did.staggered.adopted import Adopted, read_adoption
from ebpm.did.staggered.cell_effects import CellEffects
from ebpm.did.staggered.result import Staggered
from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Ints
from ebpm.moments.two_way import TwoWay


def imputation(
    data: Any,
    outcome: str,
    *,
    unit: str,
    time: str,
    first_treated: str,
    cluster: str | None = None,
    anticipation: int = 0,
    errors: str = "asymptotic",
    conf_level: float = 0.95,
) -> Staggered:
    """Estimate effects as outcomes less what unit and period effects, fitted to untreated rows alone, would have them be.

    Parameters
    ----------
    data : a table that Narwhals knows, one row a unit and period; units may miss periods. A lazy table, a path to Parquet files,
        `moments.scan` or sums is summed where it lies; the numbers are the same.
    outcome : column of numbers, in any unit.
    unit, time : columns; `time` holds whole numbers.
    first_treated : column with the first treated period of the unit; 0, infinite, null or later than the last period where it is
        never treated.
    cluster : column that units are nested in; the unit itself where None.
    anticipation : periods before treatment in which units may already respond; these rows are imputed as well.
    errors : "asymptotic": as published, with the normal reference, for many treated and many comparison clusters. "satterthwaite": each
        cohort's part of the variance times n/(n - 1), n its clusters, with Satterthwaite's degrees of freedom; with few treated clusters these
        cover where the others are too narrow. Clusters that mix cohorts form a part of their own.
    conf_level : level of the intervals.

    Returns
    -------
    Staggered. `aggregate("event")` also holds the coefficients of all periods before treatment but the last, from a regression
    on the untreated rows alone (with CR1 errors), so that a test of them does not disturb the effects; there are none where no
    unit is never treated. They are relative to the period before treatment, while the effects are relative to all untreated periods.

    Raises
    ------
    DataError : a unit and period twice, periods that are not whole numbers, a cohort that changes within a unit.
    DesignError : no treated or no untreated rows, one cluster, gaps that leave unit and period effects undetermined.

    Formula: tau_it = y_it - a_i - b_t with a, b from least squares on the untreated rows, of which none is dropped (a unit seen
    once before treatment still tells its a_i); an average with weights w is sum v_it y_it, and its variance
    sum_i (sum_t v_it e_it)^2 where e is the residual, of treated rows around the mean effect of their cohort and period.

    Assumptions: parallel trends in all periods, no anticipation beyond that declared, treatment does not end, clusters independent.
    The variance is conservative: it counts differences of effects within a cohort and period as error.

    Source: Borusyak, Jaravel and Spiess (2024), Review of Economic Studies 91(6), theorem 2 and equations 7-8.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import did
    >>> rows = {"y": [1.0, 2, 6, 0, 1, 1, 3, 5, 6], "id": [1, 1, 1, 2, 2, 2, 3, 3, 3], "t": [1, 2, 3] * 3, "g": [3] * 3 + [0] * 6}
    >>> effects = did.imputation(pd.DataFrame(rows), "y", unit="id", time="t", first_treated="g")
    >>> round(effects.estimates.headline.estimate, 12)
    3.25
    """
    adopted = read_adoption(
        data, outcome, unit=unit, time=time, first_treated=first_treated, cluster=cluster, anticipation=anticipation
    )
    return _Untreated.of(adopted, errors).staggered("did.imputation", adopted.late, conf_level)


def two_stage(
    data: Any,
    outcome: str,
    *,
    unit: str,
    time: str,
    first_treated: str,
    cluster: str | None = None,
    anticipation: int = 0,
    errors: str = "asymptotic",
    conf_level: float = 0.95,
) -> Staggered:
    """Estimate effects by regressing outcomes, less unit and period effects of the untreated rows, on treatment.

    Parameters
    ----------
    data, outcome, unit, time, first_treated, cluster, anticipation, errors, conf_level : as in `did.imputation`.

    Returns
    -------
    Staggered. The effects from treatment on are those of `did.imputation`; the errors differ, as the second stage takes the effect to be
    one number within each average. Before treatment the coefficients are mean residuals of the first stage, which that stage has
    drawn towards zero: no test of parallel trends.

    Raises
    ------
    DataError, DesignError : as `did.imputation`.

    Formula: the second stage regresses y_it - a_i - b_t on dummies of the average asked for; its covariance is that of the two
    stages as one GMM, by cluster, with no correction for small samples and the normal reference.

    Assumptions: as `did.imputation`.

    Source: Gardner (2022), Two-stage differences in differences, arXiv 2207.05943; Newey and McFadden (1994), Handbook of Econometrics 4, 6.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import did
    >>> rows = {"y": [1.0, 2, 6, 0, 1, 1, 3, 5, 6], "id": [1, 1, 1, 2, 2, 2, 3, 3, 3], "t": [1, 2, 3] * 3, "g": [3] * 3 + [0] * 6}
    >>> effects = did.two_stage(pd.DataFrame(rows), "y", unit="id", time="t", first_treated="g")
    >>> round(effects.estimates.headline.estimate, 12)
    3.25
    """
    adopted = read_adoption(
        data, outcome, unit=unit, time=time, first_treated=first_treated, cluster=cluster, anticipation=anticipation
    )
    used = np.isfinite(adopted.rows.cohort)
    return _Untreated.of(adopted, errors).staggered("did.two_stage", used, conf_level, pooled=True)


@dataclass(frozen=True, slots=True)
class _Untreated:
    """Unit and period effects of the untreated rows.

    Parameters
    ----------
    adopted : the rows.
    arms : of the clusters.
    layout : of the untreated rows.
    residuals : outcome less the effects, of all rows, shape (n,).
    """

    adopted: Adopted
    arms: Arms
    layout: TwoWay
    residuals: Floats

    @classmethod
    def of(cls, adopted: Adopted, errors: str) -> _Untreated:
        rows, early = adopted.rows, ~adopted.late
        units, y = rows.units.codes, rows.outcome
        layout = TwoWay(units[early], rows.period[early], rows.standing.of_rows(units[early]))
        effects, rank = layout.level_effects(layout.within_units(y[early][:, None]))
        if rank < len(rows.periods) - 1:
            raise DesignError("did_unconnected", periods=len(rows.periods), rank=rank + 1)
        left = y - effects[rows.period, 0]
        means = np.bincount(layout.unit, left[early]) / np.bincount(layout.unit)
        return cls(adopted, adopted.arms(errors), layout, left - means[units])

    def staggered(self, method: str, used: NDArray[np.bool_], conf_level: float, *, pooled: bool = False) -> Staggered:
        """Return the mean residuals by cohort and period of some rows of units that are ever treated."""
        rows, T = self.adopted.rows, len(self.adopted.rows.periods)
        cohorts, of_unit = np.unique(rows.first_treated, return_inverse=True)
        found, cell = np.unique(of_unit[rows.units.codes[used]] * T + rows.period[used], return_inverse=True)
        counts, each = rows.counts(cell, used), rows.standing.of_rows(rows.units.codes[used])
        values = np.bincount(cell, self.residuals[used] * each) / counts
        cohort, period = np.divmod(found, T)
        leads = Leads.none(self.adopted.clusters) if pooled else self.leads()
        own = [each * (self.residuals[used] - values[cell]) / counts[cell], *([each / counts[cell]] if pooled else [])]
        arms, whole = self.arms.stacked(list(self._condensed(np.flatnonzero(used), cell, own, leads.influence)))
        sizes = (T, len(found), len(found) * pooled)
        errors, deviations, held, early = np.split(whole, np.cumsum(sizes), axis=1)
        seen = _summed(each, rows.units.codes[used], rows.period[used], (len(of_unit), T))
        slopes = self._slopes(seen, of_unit, cohort, period)
        effects = CellEffects(
            cohort=cohorts[cohort].astype(np.int64), period=rows.periods[period], values=values, rows=counts,
            members=rows.cohort_sizes(of_unit)[cohort], influence=deviations - errors @ slopes, presence=held,
            reference=np.zeros(len(found), dtype=np.bool_),
        )  # fmt: skip
        reading = replace(self.adopted.reading(method, conf_level, self.arms), arms=arms)
        return Staggered(effects=effects, leads=replace(leads, influence=early), reading=reading)

    def _condensed(self, used: Ints, cell: Ints, own: list[Floats], leads: Floats) -> Iterator[Floats]:
        """Yield what the clusters of each arm add: residuals by period, deviations (and shares) by cell, leads.

        The clusters of an arm touch few cells, those of their cohorts, so that the table is never made for all clusters and cells.
        """
        adopted, cells, T = self.adopted, int(cell.max()) + 1, len(self.adopted.rows.periods)
        left = adopted.rows.standing.weighted(self.residuals, adopted.rows.units.codes)
        early, place = np.flatnonzero(~adopted.late), np.empty(adopted.clusters, dtype=np.int64)
        for members in self.arms.members():
            inside = np.zeros(adopted.clusters, dtype=np.bool_)
            inside[members], place[members] = True, np.arange(len(members))
            first, late = early[inside[adopted.groups[early]]], np.flatnonzero(inside[adopted.groups[used]])
            touched, at = np.unique(cell[late], return_inverse=True)
            shape, rows = (len(members), len(touched)), place[adopted.groups[used[late]]]
            known = _summed(left[first], place[adopted.groups[first]], adopted.rows.period[first], (len(members), T))
            tables = [known, *(_summed(one[late], rows, at, shape) for one in own), leads[members]]
            root = np.linalg.qr(self.arms.apart(np.hstack(tables), members), mode="r")
            whole = np.zeros((len(root), T + cells * len(own) + leads.shape[1]))
            columns = [np.arange(T), *(T + cells * one + touched for one in range(len(own)))]
            columns.append(np.arange(T + cells * len(own), whole.shape[1]))
            whole[:, np.concatenate(columns)] = root
            yield whole

    def _slopes(self, seen: Floats, of_unit: Ints, cohort: Ints, period: Ints) -> Floats:
        """Return what a residual of each period adds to the imputed mean of each cell, shape (T, K).

        The unit part drops out, as the residuals of a unit sum to zero.

        Parameters
        ----------
        seen : units that have an effect in a period, shape (U, T).
        of_unit : place of the cohort of each unit, shape (U,).
        cohort, period : places of each cell, shape (K,).
        """
        counts = self.layout.counts()
        shares, means = counts / counts.sum(axis=1)[:, None], np.empty((len(period), seen.shape[1]))
        for place in np.unique(cohort):
            own, cells = of_unit == place, cohort == place
            means[cells] = (seen[own].T @ shares[own] / np.maximum(seen[own].sum(axis=0), 1.0)[:, None])[period[cells]]
        left, right = self.layout.inverse()
        return left @ (right @ (np.eye(counts.shape[1])[period] - means).T)

    def leads(self) -> Leads:
        """Return the coefficients of the periods before treatment but the last, in a regression on the untreated rows."""
        rows, early = self.adopted.rows, ~self.adopted.late
        if np.isfinite(rows.first_treated).all():
            return Leads.none(self.adopted.clusters)
        times = event_times(rows)[early]
        positions = np.unique(times[times < -1 - self.adopted.anticipation])
        if not len(positions):
            return Leads.none(self.adopted.clusters)
        found = event_dummies(
            self.layout, rows.outcome[early], times, positions, groups=self.adopted.groups[early], arms=self.arms
        )
        return found or Leads.none(self.adopted.clusters)


def _summed(values: Floats, rows: Ints, columns: Ints, shape: tuple[int, int]) -> Floats:
    """Return the table of some shape that holds the sums of values by row and column."""
    sums = np.bincount(rows * shape[1] + columns, values, minlength=shape[0] * shape[1])
    return np.asarray(sums, dtype=np.float64).reshape(shape)
