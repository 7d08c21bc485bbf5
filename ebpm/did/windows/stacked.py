"""Stacked difference in differences: one sub-experiment a cohort, each in the same event window, in one regression."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ebpm.did.cluster_arms import Arms
from ebpm.did.comparisons import Changes, Pooled
from ebpm.did.group_time.cells import CONTROLS
from ebpm.did.group_time.checks import check_adoption
from ebpm.did.joint import OVERALL, Reading
from ebpm.did.regression_checks import Clusters, check_clusters
from ebpm.did.windows.checks import Stacks, check_stacks
from ebpm.did.windows.grid import Grid, read_grid
from ebpm.errors import DesignError
from ebpm.estimate import Estimates
from ebpm.moments.frame import Ints, one_of
from ebpm.stats.groups import group_sums
from ebpm.stats.inference import level

WEIGHTINGS = ("corrective", "none")


def stacked(
    data: Any,
    outcome: str,
    *,
    unit: str,
    time: str,
    first_treated: str,
    kappa_pre: float,
    kappa_post: float,
    control: str = "not_yet_treated",
    weighting: str = "corrective",
    cluster: str | None = None,
    weights: str | None = None,
    errors: str = "asymptotic",
    conf_level: float = 0.95,
) -> Estimates:
    """Estimate effects by event time from a stack of sub-experiments, one a cohort, that all cover the same event window.

    Parameters
    ----------
    data, outcome, unit, time, first_treated, errors, conf_level : as in `did.imputation`; asymptotic errors are CR1 here.
    kappa_pre, kappa_post : the event window, from -kappa_pre to kappa_post periods since treatment, -1 the reference. Cohorts that
        are not seen in all of it are left out (notice D223), so that every event time is about the same cohorts.
    control : "not_yet_treated" compares a cohort with units treated after the end of its window or never, "never_treated" with those
        never treated. A unit can be in several sub-experiments.
    weighting : "corrective" weighs comparison units so that each sub-experiment counts by its treated units (Wing, Freedman and
        Hollingsworth); "none" is least squares with effects of unit and period in each sub-experiment (Cengiz et al.), in which
        they count by n_T n_C / (n_T + n_C).
    cluster : column that units are nested in; the unit itself where None, also where it is in several sub-experiments.
    weights : column of sampling weights (populations), constant within a unit; numbers of units are then sums of them.

    Returns
    -------
    One estimate an event time, the reference zero by definition; then "overall", the mean over event times from 0 on. Joint
    covariance and simultaneous band.

    Raises
    ------
    DataError : what `did.imputation` refuses; a window shorter than one period before treatment; an unknown choice.
    DesignError : no cohort that is seen in the whole window beside clean comparison units.

    Formula: y = a0 + a1 D + sum over h other than -1 of 1(e = h) (l_h + d_h D), weighted by 1 where treated and
    (N_a^D / N^D) / (N_a^C / N^C) in the comparison units of sub-experiment a; or, with "none", y = a_ia + b_ea + sum d_h D 1(e = h).
    Errors CR1: G/(G-1) (n-1)/(n-K), n rows of the stack, K twice the event times, or with "none" the effects d and b;
    G - 1 degrees of freedom. A unit that misses a period of a window is not in that sub-experiment (notice D223). With corrective
    weights the residuals also hold how period effects differ between sub-experiments, so that errors are as a rule too large where
    these are strong; `did.local_projection(..., composition="fixed")` has the same estimates with errors free of them.

    Assumptions: parallel trends in every window, no anticipation, treatment does not end, clusters independent.

    Source: Wing, Freedman and Hollingsworth (2024), NBER Working Paper 32054, sections 3 and 4; Cengiz, Dube, Lindner and Zipperer (2019), Quarterly
    Journal of Economics 134(3).

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import did
    >>> rows = {"y": [1.0, 2, 6, 0, 1, 1, 3, 5, 6], "id": [1, 1, 1, 2, 2, 2, 3, 3, 3], "t": [1, 2, 3] * 3, "g": [3] * 3 + [0] * 6}
    >>> found = did.stacked(pd.DataFrame(rows), "y", unit="id", time="t", first_treated="g", kappa_pre=2, kappa_post=0)
    >>> [round(item.estimate, 9) for item in found]
    [0.5, 0.0, 3.5, 3.5]
    """
    one_of(weighting, WEIGHTINGS, "weighting")
    grid = read_grid(data, outcome, unit=unit, time=time, first_treated=first_treated, cluster=cluster, weights=weights)
    stack = _Stack.of(grid, (kappa_pre, kappa_post), one_of(control, CONTROLS, "control"))
    pooled = _corrected(stack) if weighting == "corrective" else stack.changes.by_precision()
    times = stack.event_times
    clusters = np.unique(grid.clusters[stack.unit], return_inverse=True)[1]
    mass, each = grid.standing_for(stack.unit), grid.rows.standing
    arms = Arms.of(clusters, grid.first[stack.unit], errors, mass)
    groups, rows = arms.clusters, each.number(stack.unit) * len(times)
    scale = arms.scale(rows, stack.columns(weighting), groups)
    influence = np.sqrt(scale) * group_sums(pooled.errors, clusters, groups=len(arms.rows))
    notices = check_adoption(grid.adoption(stack.cohorts)) + check_stacks(stack.trimmed) + each.notices
    reading = Reading(
        method=f"did.stacked.{weighting}", rows=rows, clusters=groups, df=groups - 1.0, conf_level=level(conf_level), floor=grid.rows.rounding, arms=arms,
        notices=notices + check_clusters(Clusters.of(clusters, stack.changes.treated, corrected=arms.corrected, mass=mass)),
    )  # fmt: skip
    after = (times >= 0) / (times >= 0).sum()
    single = "did_single_unit" if sum(stack.cohorts.values()) < 2 else ""
    named = [(str(one), "did_reference" if one == -grid.step else single) for one in times]
    return reading.estimates(
        "event", [*named, (OVERALL, single)], np.append(pooled.values, pooled.values @ after),
        np.column_stack([influence, influence @ after]), [int(one) for one in times],
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class _Stack:
    """The members of all sub-experiments, one row a unit and sub-experiment.

    Parameters
    ----------
    unit : place of the unit in the grid, shape (n,).
    changes : from the reference period, shape (n, H), by sub-experiment.
    event_times : shape (H,).
    cohorts : treated units of each cohort that is used.
    trimmed : what was left out.
    """

    unit: Ints
    changes: Changes
    event_times: Ints
    cohorts: dict[int, int]
    trimmed: Stacks

    @classmethod
    def of(cls, grid: Grid, kappa: tuple[float, float], control: str) -> _Stack:
        pre, post = grid.steps(kappa[0], "kappa_pre", least=1), grid.steps(kappa[1], "kappa_post", least=0)
        event_times = grid.step * np.arange(-pre, post + 1)
        cohorts = [int(one) for one in np.unique(grid.first[np.isfinite(grid.first)]) if one > grid.times[0]]
        windows = {cohort: _window(grid, cohort + event_times) for cohort in cohorts}
        seen = {cohort: one for cohort, one in windows.items() if one is not None}
        members = {
            cohort: (places, np.flatnonzero(grid.first == cohort), np.flatnonzero(grid.clean(cohort + event_times[-1], control)))
            for cohort, places in seen.items()
        }  # fmt: skip
        whole = {cohort: tuple(_complete(grid, found, one[0]) for found in one[1:]) for cohort, one in members.items()}
        kept = [cohort for cohort, (own, other) in whole.items() if len(own) and len(other)]
        if not kept:
            raise DesignError(
                "did_no_stack", cohorts=", ".join(map(str, cohorts)), pre=event_times[0], post=event_times[-1]
            )
        unit, number = np.concatenate([np.concatenate(whole[cohort]) for cohort in kept]), grid.rows.standing.number
        sizes = [len(whole[cohort][0]) + len(whole[cohort][1]) for cohort in kept]
        paths = np.concatenate([grid.paths[np.ix_(np.concatenate(whole[cohort]), seen[cohort])] for cohort in kept])
        group = np.repeat(np.arange(len(kept)), sizes)
        changes = Changes(
            change=paths - paths[:, [pre - 1]], treated=grid.first[unit] == np.array(kept)[group], group=group,
            X=np.empty((len(unit), 0)), mass=grid.mass[unit],
        )  # fmt: skip
        trimmed = Stacks(
            cohorts=len(cohorts), unseen=tuple(cohort for cohort in cohorts if cohort not in seen),
            alone=tuple(cohort for cohort in seen if cohort not in kept),
            gaps=sum(number(one) for cohort in kept for one in members[cohort][1:]) - number(unit),
            last=int(event_times[-1]),
        )  # fmt: skip
        counts = {cohort: number(whole[cohort][0]) for cohort in kept}
        return cls(unit=unit, changes=changes, event_times=event_times, cohorts=counts, trimmed=trimmed)

    def columns(self, weighting: str) -> int:
        """Return the coefficients and the effects of event times, of which without weights each sub-experiment has its own."""
        times = len(self.event_times)
        return 2 * times if weighting == "corrective" else times - 1 + len(self.cohorts) * times


def _window(grid: Grid, times: Ints) -> Ints | None:
    """Return the places of some periods on the grid; None where the data do not hold them all."""
    places: Ints = np.searchsorted(grid.times, times)
    inside = np.isin(times, grid.times).all() and np.isin(times, grid.rows.periods).all()
    return places if inside else None


def _complete(grid: Grid, units: Ints, window: Ints) -> Ints:
    return units[np.isfinite(grid.paths[np.ix_(units, window)]).all(axis=1)]


def _corrected(stack: _Stack) -> Pooled:
    """Return the coefficients of the saturated regression with corrective weights."""
    changes = stack.changes
    treated, others = changes.shares()
    own, other = treated @ changes.change, others @ changes.change
    left = changes.change - np.where(changes.treated[:, None], own, other)
    return Pooled(own - other, (treated - others)[:, None] * left)
