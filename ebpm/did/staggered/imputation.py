"""Effects from imputed untreated outcomes: Borusyak, Jaravel and Spiess (2024) and Gardner's two stages (2022)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.did.event_dummies import event_dummies, event_times
from ebpm.did.joint import Leads
from ebpm.did.staggered.adopted import Adopted, read_adoption
from ebpm.did.staggered.cell_effects import CellEffects
from ebpm.did.staggered.result import Staggered
from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Ints
from ebpm.moments.two_way import TwoWay
from ebpm.stats.groups import group_sums


def imputation(
    data: Any,
    outcome: str,
    *,
    unit: str,
    time: str,
    first_treated: str,
    cluster: str | None = None,
    anticipation: int = 0,
    conf_level: float = 0.95,
) -> Staggered:
    """Estimate effects as outcomes less what unit and period effects, fitted to untreated rows alone, would have them be.

    Parameters
    ----------
    data : a table that Narwhals knows, one row a unit and period; units may miss periods.
    outcome : column of numbers, in any unit.
    unit, time : columns; `time` holds whole numbers.
    first_treated : column with the first treated period of the unit; 0, infinite, null or later than the last period where it is
        never treated.
    cluster : column that units are nested in; the unit itself where None.
    anticipation : periods before treatment in which units may already respond; these rows are imputed as well.
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
    stage = _Untreated.of(adopted)
    return Staggered(
        effects=stage.effects(adopted.late, pooled=False), leads=stage.leads(),
        reading=adopted.reading("did.imputation", conf_level),
    )  # fmt: skip


def two_stage(
    data: Any,
    outcome: str,
    *,
    unit: str,
    time: str,
    first_treated: str,
    cluster: str | None = None,
    anticipation: int = 0,
    conf_level: float = 0.95,
) -> Staggered:
    """Estimate effects by regressing outcomes, less unit and period effects of the untreated rows, on treatment.

    Parameters
    ----------
    data, outcome, unit, time, first_treated, cluster, anticipation, conf_level : as in `did.imputation`.

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
    stage = _Untreated.of(adopted)
    return Staggered(
        effects=stage.effects(np.isfinite(adopted.rows.cohort), pooled=True), leads=Leads.none(adopted.clusters),
        reading=adopted.reading("did.two_stage", conf_level),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Untreated:
    """Unit and period effects of the untreated rows.

    Parameters
    ----------
    adopted : the rows.
    layout : of the untreated rows.
    residuals : outcome less the effects, of all rows, shape (n,).
    """

    adopted: Adopted
    layout: TwoWay
    residuals: Floats

    @classmethod
    def of(cls, adopted: Adopted) -> _Untreated:
        rows, early = adopted.rows, ~adopted.late
        units, y = rows.units.codes, rows.outcome
        layout = TwoWay(units[early], rows.period[early], np.ones(int(early.sum())))
        effects, rank = layout.level_effects(layout.within_units(y[early][:, None]))
        if rank < len(rows.periods) - 1:
            raise DesignError("did_unconnected", periods=len(rows.periods), rank=rank + 1)
        left = y - effects[rows.period, 0]
        means = np.bincount(layout.unit, left[early]) / np.bincount(layout.unit)
        return cls(adopted, layout, left - means[units])

    def effects(self, used: NDArray[np.bool_], *, pooled: bool) -> CellEffects:
        """Return the mean residuals by cohort and period of some rows of units that are ever treated."""
        rows, early = self.adopted.rows, ~self.adopted.late
        cohorts, of_unit = np.unique(rows.first_treated, return_inverse=True)
        key = of_unit[rows.units.codes[used]] * len(rows.periods) + rows.period[used]
        found, cell = np.unique(key, return_inverse=True)
        counts = np.bincount(cell)
        values = np.bincount(cell, self.residuals[used]) / counts
        cohort, period = np.divmod(found, len(rows.periods))
        slopes = self._slopes(rows.units.codes[used], cell, period)
        errors = np.zeros((self.adopted.clusters, len(rows.periods)))
        np.add.at(errors, (self.adopted.groups[early], rows.period[early]), self.residuals[early])
        own = _by_cluster((self.residuals[used] - values[cell]) / counts[cell], self.adopted.groups[used], cell, errors)
        held = _by_cluster(1.0 / counts[cell], self.adopted.groups[used], cell, errors)
        return CellEffects(
            cohort=cohorts[cohort].astype(np.int64), period=rows.periods[period], values=values, rows=counts,
            members=np.bincount(of_unit)[cohort], influence=own - errors @ slopes,
            presence=held if pooled else held[:, :0], reference=np.zeros(len(found), dtype=np.bool_),
        )  # fmt: skip

    def _slopes(self, units: Ints, cell: Ints, period: Ints) -> Floats:
        """Return what a residual of each period adds to the imputed mean of each cell, shape (T, K).

        The unit part drops out, as the residuals of a unit sum to zero.
        """
        counts = self.layout.counts()
        shares = (counts / counts.sum(axis=1)[:, None])[units]
        means = group_sums(shares, cell, groups=len(period)) / np.bincount(cell)[:, None]
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
        found = event_dummies(self.layout, rows.outcome[early], times, positions, self.adopted.groups[early])
        return found or Leads.none(self.adopted.clusters)


def _by_cluster(values: Floats, groups: Ints, cell: Ints, like: Floats) -> Floats:
    cells = int(cell.max()) + 1
    sums = np.bincount(groups * cells + cell, values, minlength=len(like) * cells)
    return np.asarray(sums, dtype=np.float64).reshape(len(like), cells)
