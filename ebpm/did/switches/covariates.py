"""Covariates of treatments that switch: what they foretell of the outcome of units that keep their first treatment."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from ebpm.did.switches.paths import SwitchPaths
from ebpm.moments.frame import Floats, Ints
from ebpm.stats.groups import group_sums
from ebpm.stats.regression.least_squares import solve


def without_covariates(paths: SwitchPaths) -> tuple[SwitchPaths, Floats]:
    """Return the paths of the outcome less what the covariates foretell, and the influence of each unit on that, shape (n, k).

    Raises
    ------
    DesignError : covariates that are collinear with one another or the periods among units of one first treatment that have not switched.

    Formula: for each first treatment d the changes of the outcome from period to period are regressed on those of the covariates and on
    periods, over the rows up to which the unit has kept d; the outcome less x_it'b_d takes its place. A unit adds the sum of its rows of
    (X'WX)^-1 w x e to the error of b_d, x and e less their means by period.

    Source: de Chaisemartin and D'Haultfoeuille (2024), Review of Economics and Statistics 106(6), web appendix, on covariates.
    """
    outcome, doubt = paths.outcome.copy(), np.zeros((len(paths.first), len(paths.names)))
    starts = np.unique(paths.baseline[paths.direction != 0]) if paths.names else ()
    for start in starts:
        members = np.flatnonzero(paths.baseline == start)
        slopes, doubt[members] = _slopes(paths, members)
        outcome[members] -= paths.covariates[members] @ slopes
    return replace(paths, outcome=outcome), doubt


def _slopes(paths: SwitchPaths, members: Ints) -> tuple[Floats, Floats]:
    """Return the coefficients in units of one first treatment, shape (k,), and the influence of each of them, shape (m, k)."""
    table = np.concatenate([paths.covariates[members], paths.outcome[members, :, None]], axis=2)
    changes = np.diff(table, axis=1)
    kept = np.arange(1, table.shape[1]) < paths.first[members, None]
    unit, period = np.nonzero(kept & np.isfinite(changes).all(axis=2))
    rows, w = changes[unit, period], paths.weights[members][unit, period + 1]
    periods = changes.shape[1]
    totals = np.bincount(period, w, minlength=periods)
    means = group_sums(rows * w[:, None], period, groups=periods) / np.where(totals > 0, totals, 1.0)[:, None]
    left = rows - means[period]
    X, y = left[:, :-1], left[:, -1]
    weighted = X * w[:, None]
    fit = solve(weighted.T @ X, weighted.T @ y, names=paths.names)
    pull = (weighted * (y - X @ fit.coefficients)[:, None]) @ fit.bread
    return fit.coefficients, group_sums(pull, unit, groups=len(members))
