"""Estimates whose weights were estimated: influences that count the fit of the weights (stacked estimating equations)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError
from ebpm.stats.groups import group_sums

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Nuisance:
    """A fitted model on which weights depend.

    Parameters
    ----------
    sensitivity : derivative of the logarithm of each row's weight by the k parameters, shape (n, k).
    influence : what each person adds to the parameters, her scores times the inverse information, shape (m, k).
    """

    sensitivity: Floats
    influence: Floats


@dataclass(frozen=True, slots=True, eq=False)
class Weights:
    """Estimated weights of n rows of m persons, with what their estimation contributes.

    Parameters
    ----------
    values : shape (n,), not negative.
    parts : the fitted models.
    person : person of each row, in 0 .. m - 1, shape (n,); every row its own where None.

    Examples
    --------
    >>> import numpy as np
    >>> known = Weights(np.array([1.0, 2.0]))
    >>> known.stacked(np.array([[0.5], [-0.5]])).tolist()
    [[0.5], [-0.5]]
    """

    values: Floats
    parts: tuple[Nuisance, ...] = ()
    person: Ints | None = None

    def times(self, other: Weights) -> Weights:
        """Return the products, of which both fits count."""
        return Weights(self.values * other.values, (*self.parts, *other.parts), self.person)

    def inverted(self) -> Weights:
        """Return the reciprocals."""
        parts = tuple(Nuisance(-part.sensitivity, part.influence) for part in self.parts)
        return Weights(1.0 / self.values, parts, self.person)

    def known(self) -> Weights:
        """Return the same weights as if they had not been estimated."""
        return Weights(self.values, (), self.person)

    def stacked(self, influence: Floats) -> Floats:
        """Return what each person adds to a statistic, the fit of the weights counted, shape (m, q).

        Parameters
        ----------
        influence : with the weights as known, shape (n, q): each row's weight times the derivative of the statistic by it.

        Formula: sum of u over the rows of person i + a_i' sum_j (d log w_j / d alpha) u_j, a_i what she adds to the fitted
        parameters alpha.

        Source: Stefanski and Boos (2002), The American Statistician 56(1), section 2; Lunceford and Davidian (2004), Statistics in
        Medicine 23(19), section 3.
        """
        result = influence.copy()
        if self.person is not None:
            persons = int(self.person.max()) + 1
            result = group_sums(influence, self.person, groups=persons)
        for part in self.parts:
            result += part.influence @ (part.sensitivity.T @ influence)
        return result


def influence_covariance(influence: Floats, clusters: Ints | None = None) -> tuple[Floats, float]:
    """Return the covariance of statistics from the influences of rows, shape (m, m), and its degrees of freedom.

    Parameters
    ----------
    influence : shape (n, m), each row's share in the error of the statistics.
    clusters : cluster of each row, in 0 .. G - 1, shape (n,); every row its own where None.

    Raises
    ------
    DesignError : if there is only one cluster.

    Formula: sum_g s_g s_g', s_g the sum over cluster g; with clusters times G / (G - 1), and G - 1 degrees of freedom.

    Examples
    --------
    >>> import numpy as np
    >>> u = np.array([[0.3], [-0.1], [-0.2]])
    >>> matrix, df = influence_covariance(u, np.array([0, 1, 1]))
    >>> round(float(matrix[0, 0]), 3), df
    (0.36, 1.0)
    """
    if clusters is None:
        return influence.T @ influence, float("inf")
    groups = int(clusters.max()) + 1
    if groups < 2:
        raise DesignError("stats_one_cluster", clusters=groups)
    sums = group_sums(influence, clusters, groups=groups)
    return groups / (groups - 1) * sums.T @ sums, groups - 1.0
