"""Effects that are linear in the mean paths of cohorts: their weights, and their value for any allocation of dates to units."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ebpm.did.joint import OVERALL
from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Ints
from ebpm.moments.panel import Panel
from ebpm.stats.redrawn.inversion import NullDraws, null_draws, polarised
from ebpm.stats.redrawn.permutation import Redraws

TERM = OVERALL
Codes8 = NDArray[np.int8]


@dataclass(frozen=True, slots=True)
class Allocation:
    """Which unit has which date.

    Parameters
    ----------
    paths : outcome of each unit in each period, shape (N, T).
    periods : shape (T,).
    cohorts : distinct first treated periods, infinity last, shape (C,).
    dates : place of each unit's among the cohorts, shape (N,).
    strata : within which dates were allocated, shape (N,).
    """

    paths: Floats
    periods: Ints
    cohorts: Floats
    dates: Ints
    strata: Ints

    @classmethod
    def of(cls, panel: Panel, strata: Ints) -> Allocation:
        """Set aside the units that have no period before treatment; cohorts after the last period count as never treated."""
        first = np.where(panel.first_treated > panel.periods[-1], np.inf, panel.first_treated)
        kept = first > panel.periods[0]
        if not np.isfinite(first[kept]).any():
            raise DesignError("did_no_treated_rows", column="first_treated", last=int(panel.periods[-1]))
        cohorts, dates = np.unique(first[kept], return_inverse=True)
        if len(cohorts) < 2:
            raise DesignError("did_no_comparison", cohorts=", ".join(f"{one:g}" for one in cohorts))
        return cls(panel.paths[kept], panel.periods, cohorts, dates.astype(np.int64), strata[kept])

    @property
    def sizes(self) -> Ints:
        """Units of each cohort, shape (C,)."""
        return np.bincount(self.dates).astype(np.int64)

    @property
    def exposure(self) -> Floats:
        """1 where a unit is treated, shape (N, T)."""
        return (self.periods >= self.cohorts[self.dates][:, None]).astype(np.float64)

    @property
    def treated(self) -> int:
        """Units that are ever treated."""
        return int(self.sizes[np.isfinite(self.cohorts)].sum())


def not_yet_treated_weights(given: Allocation) -> Floats:
    """Return the weight of the mean of each cohort in each period in the average effect over treated rows, shape (C, T).

    Formula: the effect of cohort g in period t is its change since its last period before treatment less that of all units not yet
    treated in t; cells weigh by the size of their cohort. The overall average of `did.att_gt(...).aggregate("simple")`.

    Source: Callaway and Sant'Anna (2021), Journal of Econometrics 225(2); Roth and Sant'Anna (2023), JPE Microeconomics 1(4).
    """
    sizes, weights = given.sizes.astype(np.float64), np.zeros((len(given.cohorts), len(given.periods)))
    for cohort, first in enumerate(given.cohorts):
        base = int(np.searchsorted(given.periods, first)) - 1
        for period in range(base + 1, len(given.periods)):
            later = np.where(given.cohorts > given.periods[period], sizes, 0.0)
            if later.sum() > 0:
                share = sizes * (np.arange(len(sizes)) == cohort) / sizes[cohort] - later / later.sum()
                weights[:, period] += sizes[cohort] * share
                weights[:, base] -= sizes[cohort] * share
    return _scaled(weights, given)


def never_treated_weights(given: Allocation) -> Floats:
    """Return the weights of the effect that compares means after and before each date with those of units never treated, (C, T)."""
    if np.isfinite(given.cohorts[-1]):
        raise DesignError("did_no_never_treated", cohorts=", ".join(f"{one:g}" for one in given.cohorts))
    after = given.periods >= given.cohorts[:, None]
    change = after / np.maximum(after.sum(axis=1, keepdims=True), 1) - ~after / (~after).sum(axis=1, keepdims=True)
    weights = given.sizes[:, None] * change
    weights[-1] = -weights[:-1].sum(axis=0)
    return np.asarray(weights / given.treated)


def _scaled(weights: Floats, given: Allocation) -> Floats:
    """Divide by the weight of all treated periods, so that an effect of one everywhere is one."""
    total = float((weights * (given.periods >= given.cohorts[:, None])).sum())
    if not total > 0:
        raise DesignError("did_no_comparison", cohorts=", ".join(f"{one:g}" for one in given.cohorts))
    return weights / total


@dataclass(frozen=True, slots=True)
class CohortMeans:
    """The effect and its variance for any allocation of the dates.

    Parameters
    ----------
    parts : contribution of a unit if it had the date of a cohort, for the outcome, the exposure (negative) and their sum, (3, N, C).
    sizes : units of each cohort, shape (C,).
    unit : the outcome's spread, in which `parts` are measured.

    Formula: sum over cohorts of the mean contribution; variance sum over cohorts s^2 / n, of cohorts of one nothing.

    Source: Athey and Imbens (2022), Journal of Econometrics 226(1); Roth and Sant'Anna (2023), JPE Microeconomics 1(4).
    """

    parts: Floats
    sizes: Ints
    unit: float

    @classmethod
    def of(cls, given: Allocation, weights: Floats) -> CohortMeans:
        demeaned = given.paths - given.paths.mean(axis=1, keepdims=True)
        demeaned = demeaned - demeaned.mean(axis=0)
        unit = float(demeaned.std()) or 1.0
        outcome, exposure = demeaned / unit @ weights.T, -given.exposure @ weights.T
        return cls(np.stack([outcome, exposure, outcome + exposure]), given.sizes, unit)

    def effects(self, dates: Codes8) -> tuple[Floats, Floats]:
        """Return effects and variances for a block of allocations, shapes (b, 3).

        Parameters
        ----------
        dates : cohort of each unit, shape (b, N).
        """
        value, variance = (np.zeros((len(dates), 3)) for _ in range(2))
        for cohort, size in enumerate(self.sizes.tolist()):
            chosen = (dates == cohort).astype(np.float64)
            own = self.parts[:, :, cohort].T
            mean = chosen @ own / size
            value += mean
            if size > 1:
                variance += np.maximum(chosen @ own**2 / size - mean**2, 0.0) / (size - 1)
        return value, variance

    def null_draws(self, given: Allocation, redraws: Redraws, *, draws: int, seed: int, studentised: bool) -> NullDraws:
        """Return the statistic of every redrawn allocation, in the outcome's spread."""
        value, variance = self.effects(given.dates.astype(np.int8)[None])
        return null_draws(
            polarised(map(self.effects, redraws.blocks(draws, seed))), estimate=float(value[0, 0]), variance=float(variance[0, 0]),
            complete=redraws.enumerable, studentised=studentised,
        )  # fmt: skip
