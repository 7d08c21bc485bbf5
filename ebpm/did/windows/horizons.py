"""The samples of local projections, one a horizon, what is fitted to each, and their joint reading."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from ebpm.did.cluster_arms import Arms
from ebpm.did.comparisons import Changes
from ebpm.did.joint import OVERALL, Reading
from ebpm.did.windows.grid import Grid
from ebpm.estimate import Estimates
from ebpm.moments.frame import Floats, Ints
from ebpm.stats.groups import group_sums

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
    df : degrees of freedom.
    reason : why there is no standard error; empty where there is one.
    """

    term: str
    value: float
    influence: Floats
    rows: int
    clusters: int
    df: float
    reason: str = ""


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
    arms : of the clusters of the grid.
    window : steps at all of which units and dates must be comparable; none where each horizon uses what it can.
    """

    grid: Grid
    control: str
    mean: bool
    equal: bool
    names: tuple[str, ...]
    arms: Arms
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
        cohorts, codes = np.unique(grid.times[date[treated]], return_inverse=True)
        sizes = grid.rows.standing.counts(codes, unit[treated])
        changes = Changes(
            change=change[unit, date][:, None], treated=treated, group=np.unique(date, return_inverse=True)[1],
            X=grid.covariates[unit, date - 1], mass=grid.mass[unit], names=self.names,
        )  # fmt: skip
        return Sample(
            unit=unit,
            changes=changes,
            cohorts={int(k): int(n) for k, n in zip(cohorts, sizes, strict=True)},
            alone=alone,
        )

    def fitted(self, sample: Sample, term: str, *, reference: bool = False) -> Horizon:
        """Return the effect in a sample, or the reference, which is zero by definition."""
        changes, grid = sample.changes, self.grid
        pooled = changes.by_treated() if self.equal else changes.by_precision()
        present = np.unique(grid.clusters[sample.unit])
        clusters = self.arms.number(present)
        rows, columns = grid.rows.standing.number(sample.unit), 1 + len(self.names) + int(changes.group.max()) + 1
        scale = self.arms.scale(2, 1, clusters) if self.equal else self.arms.scale(rows, columns, clusters)
        errors = group_sums(pooled.errors, grid.clusters[sample.unit], groups=grid.groups)[:, 0]
        single = "did_single_unit" if sum(sample.cohorts.values()) < 2 else ""
        return Horizon(
            term=term, value=float(pooled.values[0]), influence=np.sqrt(scale) * errors, rows=rows, clusters=clusters,
            df=clusters - 1.0, reason="did_reference" if reference else single,
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
            used = np.asarray(known.any(axis=0))
            whole = (known | ~used).cumsum(axis=1) == np.arange(1, len(used) + 1)
            means = np.where(known, before, 0.0).cumsum(axis=1) / np.maximum(used.cumsum(), 1)
            before = np.where(whole & (used.cumsum() > 0), means, np.nan)
        untold = np.asarray(np.isnan(self.grid.covariates).any(axis=2))
        before[:, 1:][untold[:, :-1]] = np.nan
        return before


def as_estimates(
    placed: Sequence[Horizon], pooled: Sequence[Horizon], *, positions: Sequence[int], reading: Reading
) -> Estimates:
    """Return the estimates of horizons in order, of pooled ones, and the mean of those from treatment on.

    Parameters
    ----------
    placed : horizons at the `positions`.
    pooled : those of several horizons at once.
    reading : of the whole; rows and degrees of freedom are those of each horizon.
    """
    after = [one for one, position in zip(placed, positions, strict=True) if position >= 0]
    mean = np.mean([one.influence for one in after], axis=0)
    overall = Horizon(
        term=OVERALL, value=float(np.mean([one.value for one in after])), influence=mean, rows=reading.rows,
        clusters=reading.arms.number(np.flatnonzero(np.any([one.influence for one in after], axis=0))), df=min(one.df for one in after),
        reason=after[0].reason if all(one.reason for one in after) else "",
    )  # fmt: skip
    every = [*placed, *pooled, overall]
    influence = np.column_stack([one.influence for one in every])
    values = np.array([one.value for one in every])
    named = [(one.term, one.reason) for one in every]
    joint = reading.estimates("event", named, values, influence, positions)
    singles = [
        replace(reading, rows=one.rows, df=one.df, clusters=one.clusters).estimates("event", [name], values[[at]], influence[:, [at]], ())
        for at, (one, name) in enumerate(zip(every, named, strict=True))
    ]  # fmt: skip
    return replace(joint, items=tuple(one.items[0] for one in singles))
