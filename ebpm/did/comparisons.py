"""Changes of treated units less those of comparison units in many groups at once, as one weighted sum of changes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Ints
from ebpm.stats.groups import group_sums
from ebpm.stats.least_squares import solve

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
    names : of the k covariates, for messages.
    """

    change: Floats
    treated: Flags
    group: Ints
    X: Floats
    names: Sequence[str] = ()

    def by_precision(self) -> Pooled:
        """Return the coefficient of treatment in the regression of the changes on it, the group and the covariates.

        Formula: the groups' differences weighted by n_T n_C / (n_T + n_C), where there are no covariates.
        """
        change, X, own = (self._within(one) for one in (self.change, self.X, self.treated[:, None].astype(np.float64)))
        own = own - self._fitted(own, X, np.ones(len(own)))
        size = float((own**2).sum())
        if not size > 0:
            raise DesignError("did_no_clean_controls", cohorts=len(np.unique(self.group[self.treated])))
        weight = own / size
        values = weight[:, 0] @ change
        return Pooled(values, weight * (change - self._fitted(change, X, np.ones(len(own))) - own * values))

    def by_treated(self) -> Pooled:
        """Return the mean over treated rows of the change less what group and covariates, fitted to the others, predict.

        Formula: the groups' differences weighted by n_T, where there are no covariates. Every group with a treated row has others.
        """
        others, treated = ~self.treated, self.treated / self.treated.sum()
        change, X = (one - self._means(one, others) for one in (self.change, self.X))
        mass = np.bincount(self.group, treated) / np.maximum(np.bincount(self.group, others), 1.0)
        weight = treated - others * mass[self.group]
        if X.shape[1]:
            reach = solve((X * others[:, None]).T @ X, treated @ X, names=self.names).coefficients
            weight = weight - others * (X @ reach)
        left = change - self._fitted(change, X, others.astype(np.float64))
        values = treated @ left
        return Pooled(values, weight[:, None] * (left - self.treated[:, None] * values))

    def _means(self, matrix: Floats, of: Flags) -> Floats:
        if not matrix.shape[1]:
            return matrix
        groups = int(self.group.max()) + 1
        counts = np.maximum(np.bincount(self.group, of, minlength=groups), 1.0)
        return (group_sums(matrix * of[:, None], self.group, groups=groups) / counts[:, None])[self.group]

    def _within(self, matrix: Floats) -> Floats:
        return matrix - self._means(matrix, np.ones(len(matrix), dtype=np.bool_))

    def _fitted(self, left: Floats, X: Floats, mass: Floats) -> Floats:
        """Return what the covariates explain of the columns in a regression weighted by `mass`, shape (n, m)."""
        if not X.shape[1]:
            return np.zeros_like(left)
        weighted = X * mass[:, None]
        bread = solve(weighted.T @ X, weighted.T @ left[:, 0], names=self.names).bread
        fitted: Floats = X @ (bread @ (weighted.T @ left))
        return fitted
