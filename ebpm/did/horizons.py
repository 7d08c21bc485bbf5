"""The samples of local projections, one a horizon, what is fitted to each, and their joint reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from ebpm.did.comparisons import Changes
from ebpm.did.event_dummies import small_sample
from ebpm.did.grid import Grid
from ebpm.did.group_time import OVERALL
from ebpm.estimate import Estimate, Estimates, Unavailable
from ebpm.moments.frame import Floats, Ints
from ebpm.notices import Notices
from ebpm.stats.groups import group_sums
from ebpm.stats.inference import sup_t, t_estimate

REFERENCE = -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Sample:
    """Newly treated rows and clean comparison rows, each a unit at a date.

    Parameters
    ----------
    unit : place of the unit in the grid, shape (n,).
    changes : of one column, by date.
    cohorts : treated units of each cohort that has comparison units.
    alone : cohorts that have none, left out.
    """

    unit: Ints
    changes: Changes
    cohorts: dict[int, int]
    alone: frozenset[int]

    @property
    def told(self) -> bool:
        """Whether there is anything to compare."""
        return bool(self.cohorts)


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """A fitted horizon.

    Parameters
    ----------
    term : its name.
    value : in the unit of the outcome.
    influence : contribution of each cluster of the grid, shape (G,).
    rows, clusters : of the sample.
    reference : whether it is zero by definition.
    """

    term: str
    value: float
    influence: Floats
    rows: int
    clusters: int
    reference: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Projection:
    """The rules by which samples are formed and fitted.

    Parameters
    ----------
    grid : outcome paths.
    control : "never_treated" or "not_yet_treated".
    mean : whether changes are taken from the mean of all earlier periods.
    equal : whether newly treated units count alike.
    names : of the covariates.
    window : steps at all of which units and dates must be comparable; none where each horizon uses what it can.
    """

    grid: Grid
    control: str
    mean: bool
    equal: bool
    names: tuple[str, ...]
    window: tuple[int, ...] = ()

    def sample(self, steps: Sequence[int]) -> Sample:
        """Return what can be compared at some steps since treatment, of which the mean outcome is taken."""
        grid = self.grid
        change = np.mean([self._ahead(one) for one in steps], axis=0) - self._base()
        known = np.isfinite(change)
        for one in self.window:
            known &= np.isfinite(self._ahead(one))
        clean_for = grid.step * max(*steps, *self.window, 0)
        own = grid.first[:, None] == grid.times
        other = np.stack([grid.clean(date + clean_for, self.control) for date in grid.times], axis=1)
        unit, date = np.nonzero(known & (own | other))
        counts = np.bincount(date, other[unit, date], minlength=len(grid.times))
        matched = ~own[unit, date] | (counts[date] > 0)
        alone = frozenset(int(one) for one in grid.times[date[~matched]])
        unit, date = unit[matched], date[matched]
        treated = own[unit, date]
        cohorts, sizes = np.unique(grid.times[date[treated]], return_counts=True)
        changes = Changes(
            change=change[unit, date][:, None], treated=treated, group=np.unique(date, return_inverse=True)[1],
            X=grid.covariates[unit, date - 1], names=self.names,
        )  # fmt: skip
        return Sample(
            unit=unit,
            changes=changes,
            cohorts={int(k): int(n) for k, n in zip(cohorts, sizes, strict=True)},
            alone=alone,
        )

    def fitted(self, sample: Sample, term: str, *, reference: bool = False) -> Horizon:
        """Return the effect in a sample."""
        changes, grid = sample.changes, self.grid
        pooled = changes.by_treated() if self.equal else changes.by_precision()
        clusters = len(np.unique(grid.clusters[sample.unit]))
        rows, columns = len(sample.unit), 1 + len(self.names) + int(changes.group.max()) + 1
        scale = clusters / max(clusters - 1, 1) if self.equal else small_sample(rows, columns, clusters)
        errors = group_sums(pooled.errors, grid.clusters[sample.unit], groups=grid.groups)[:, 0]
        return Horizon(
            term=term, value=float(pooled.values[0]), influence=np.sqrt(scale) * errors, rows=rows, clusters=clusters,
            reference=reference,
        )  # fmt: skip

    def _ahead(self, steps: int) -> Floats:
        """Return the outcome so many steps after each date, shape (U, T); NaN outside the data."""
        paths = self.grid.paths
        found = np.full_like(paths, np.nan)
        if steps >= 0:
            found[:, : paths.shape[1] - steps] = paths[:, steps:]
        else:
            found[:, -steps:] = paths[:, :steps]
        return found

    def _base(self) -> Floats:
        """Return the outcome before each date, shape (U, T); NaN where there is none, or no covariate."""
        before = self._ahead(REFERENCE)
        if self.mean:
            known = np.isfinite(before)
            used = known.any(axis=0)
            whole = (known | ~used).cumsum(axis=1) == np.arange(1, len(used) + 1)
            means = np.where(known, before, 0.0).cumsum(axis=1) / np.maximum(used.cumsum(), 1)
            before = np.where(whole & (used.cumsum() > 0), means, np.nan)
        untold = np.asarray(np.isnan(self.grid.covariates).any(axis=2))
        before[:, 1:][untold[:, :-1]] = np.nan
        return before


def as_estimates(
    placed: Sequence[Horizon],
    pooled: Sequence[Horizon],
    *,
    positions: Sequence[int],
    notices: Notices,
    rows: int,
    **what: Any,
) -> Estimates:
    """Return the estimates of horizons in order, of pooled ones, and the mean of those from treatment on.

    Parameters
    ----------
    placed : horizons at the `positions`.
    pooled : those of several horizons at once.
    rows : of the table.
    what : method and conf_level.
    """
    after = [one for one, position in zip(placed, positions, strict=True) if position >= 0]
    overall = Horizon(
        term=OVERALL, value=float(np.mean([one.value for one in after])), rows=rows,
        influence=np.mean([one.influence for one in after], axis=0), clusters=min(one.clusters for one in after),
    )  # fmt: skip
    every = [*placed, *pooled, overall]
    influence = np.column_stack([one.influence for one in every])
    covariance: Floats = influence.T @ influence
    spread = [place for place, one in enumerate(placed) if not one.reference]
    return Estimates(
        items=tuple(_estimate(one, **what) for one in every), headline_term=OVERALL, notices=notices, kind="event",
        positions=tuple(map(float, positions)), covariance=covariance,
        critical_value=sup_t(covariance[np.ix_(spread, spread)], conf_level=what["conf_level"]),
    )  # fmt: skip


def _estimate(one: Horizon, *, conf_level: float, method: str) -> Estimate:
    what: dict[str, Any] = {
        "term": one.term, "n": one.rows, "clusters": one.clusters, "estimand": "att", "method": method, "conf_level": conf_level,
    }  # fmt: skip
    if not one.reference:
        return t_estimate(one.value, float(np.sqrt(one.influence @ one.influence)), df=one.clusters - 1.0, **what)
    none = Unavailable("did_reference")
    return Estimate(estimate=0.0, std_error=none, df=none, p_value=none, conf_low=none, conf_high=none, **what)
