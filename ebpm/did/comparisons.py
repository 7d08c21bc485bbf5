"""Changes of treated units less those of comparison units in many groups at once, as one weighted sum of changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Ints
from ebpm.stats.groups import group_sums
from ebpm.stats.regression.least_squares import solve

Flags = NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Pooled:
    """Differences of changes, pooled over groups.

    Parameters
    ----------
    values : shape (m,), one a column of changes.
    errors : shape (n, m), what each row adds to the error of the values.
    """

    values: Floats
    errors: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """Rows of outcome changes, each of one group (a sub-experiment, a date) in which some rows are treated.

    Parameters
    ----------
    change : shape (n, m).
    treated : shape (n,).
    group : code of the group, shape (n,).
    X : covariates, shape (n, k).
    mass : sampling weights, shape (n,).
    names : of the k covariates, for messages.
    """

    change: Floats
    treated: Flags
    group: Ints
    X: Floats
    mass: Floats
    names: Sequence[str] = ()

    def by_precision(self) -> Pooled:
        """Return the coefficient of treatment in the regression of the changes on it, the group and the covariates.

        Formula: the groups' differences weighted by n_T n_C / (n_T + n_C), where there are no covariates.
        """
        every = self.mass
        change, X, own = (self._within(one, every) for one in (self.change, self.X, self.treated[:, None]))
        own = own - self._fitted(own, X, every)
        size = float(every @ own[:, 0] ** 2)
        if not size > 0:
            raise DesignError("did_no_clean_controls", cohorts=len(np.unique(self.group[self.treated])))
        weight = every[:, None] * own / size
        values = weight[:, 0] @ change
        return Pooled(values, weight * (change - self._fitted(change, X, every) - own * values))

    def by_treated(self) -> Pooled:
        """Return the mean over treated rows of the change less what group and covariates, fitted to the others, predict.

        Formula: the groups' differences weighted by n_T, where there are no covariates. Every group with a treated row has others.
        """
        treated, others = self.shares()
        mass = self.mass * ~self.treated
        change, X = (self._within(one, mass) for one in (self.change, self.X))
        weight = treated - others
        if X.shape[1]:
            reach = solve((X * mass[:, None]).T @ X, treated @ X, names=self.names).coefficients
            weight = weight - mass * (X @ reach)
        left = change - self._fitted(change, X, mass)
        values = treated @ left
        return Pooled(values, weight[:, None] * (left - self.treated[:, None] * values))

    def shares(self) -> tuple[Floats, Floats]:
        """Return the share of each treated row among all treated, and of each other row as its group is among them; each (n,)."""
        own, other = self.mass * self.treated, self.mass * ~self.treated
        treated = own / own.sum()
        ratio = np.bincount(self.group, treated) / _filled(np.bincount(self.group, other))
        return treated, other * ratio[self.group]

    def _within(self, matrix: Floats | Flags, mass: Floats) -> Floats:
        """Return the columns less the means of their group weighted by `mass`, shape (n, m)."""
        if not matrix.shape[1]:
            return np.empty(matrix.shape)
        groups = int(self.group.max()) + 1
        totals = _filled(np.bincount(self.group, mass, minlength=groups))
        means = group_sums(matrix * mass[:, None], self.group, groups=groups) / totals[:, None]
        return np.asarray(matrix - means[self.group])

    def _fitted(self, left: Floats, X: Floats, mass: Floats) -> Floats:
        """Return what the covariates explain of the columns in a regression weighted by `mass`, shape (n, m)."""
        if not X.shape[1]:
            return np.zeros_like(left)
        weighted = X * mass[:, None]
        bread = solve(weighted.T @ X, weighted.T @ left[:, 0], names=self.names).bread
        fitted: Floats = X @ (bread @ (weighted.T @ left))
        return fitted


def _filled(totals: Floats | Ints) -> Floats:
    return np.where(totals > 0, totals, 1.0)
