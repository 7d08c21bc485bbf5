"""Units that stand for many others, so that an estimator reads sums as it reads rows."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.moments.frame import Floats, Ints
from ebpm.notices import Notices


@dataclass(frozen=True, slots=True)
class TreatedSums:
    """What is known of the treated outcomes of groups of units, in absolute values.

    Parameters
    ----------
    periods : shape (T,), ascending.
    whole : sums over the units of a group, shape (G, T).
    largest : the same added up to each period, of the unit that has most by then, shape (G, T).
    """

    periods: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    whole: NDArray[Any] = field(default_factory=lambda: np.empty((0, 0)))
    largest: NDArray[Any] = field(default_factory=lambda: np.empty((0, 0)))

    def largest_share(self, groups: Ints, periods: Ints) -> float:
        """Return the share of one unit in the sum over some groups and periods, the first of these as a rule among them."""
        at = np.searchsorted(self.periods, periods)
        total = self.whole[np.ix_(groups, at)].sum()
        return float(self.largest[groups, at[-1]].max() / total) if total > 0 else 0.0


@dataclass(frozen=True, slots=True)
class Standing:
    """What the units of a table stand for; nothing where each is itself.

    Parameters
    ----------
    mass : units that each stands for, shape (U,); shape (0,) where each is itself.
    clusters : code of the cluster of each, shape (U,); shape (0,) where the units that they stand for are independent.
    groups : group of units of each, shape (U,); shape (0,) where each is itself.
    treated : of the groups.
    notices : on the sums.
    rounding : the largest standard error that rounding alone may leave in the unit of the outcome.
    weights : weight of each of the units that it stands for, shape (U,); shape (0,) where all count alike.
    beside : covariates of the rows that were read, in their order, shape (N, k); the outcome is less what they explain where there are scores.
    scores : what each of the units that it stands for adds to the slopes of the covariates, shape (U, k).
    before : outcome of the rows that were read less what covariates explain in a second regression, shape (N,), and the scores of its
        slopes, shape (U, k).

    Examples
    --------
    >>> import numpy as np
    >>> from ebpm.moments.standing import Standing
    >>> Standing(np.array([1.5, 1.5, 4.0])).counts(np.array([0, 0, 1]), np.array([0, 1, 2])).tolist()
    [3, 4]
    """

    mass: Floats = field(default_factory=lambda: np.empty(0))
    clusters: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    groups: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    treated: TreatedSums = field(default_factory=TreatedSums)
    notices: Notices = field(default_factory=Notices)
    rounding: float = 0.0
    weights: Floats = field(default_factory=lambda: np.empty(0))
    beside: Floats = field(default_factory=lambda: np.empty((0, 0)))
    scores: Floats = field(default_factory=lambda: np.empty((0, 0)))
    before: tuple[Floats, Floats] = field(default_factory=lambda: (np.empty(0), np.empty((0, 0))))

    def __bool__(self) -> bool:
        return len(self.mass) > 0

    def where(self, units: Ints) -> Standing:
        """Return what some of the units stand for."""
        if not self:
            return self
        clusters = self.clusters[units] if len(self.clusters) else self.clusters
        weights = self.weights[units] if len(self.weights) else self.weights
        scores, later = (one[units] if len(one) else one for one in (self.scores, self.before[1]))
        return replace(
            self, mass=self.mass[units], clusters=clusters, groups=self.groups[units], weights=weights, scores=scores,
            before=(self.before[0], later),
        )  # fmt: skip

    def largest_share(self, periods: Ints) -> float:
        """Return the share of one unit in the sum of the treated outcomes of some periods, in absolute values."""
        return self.treated.largest_share(np.unique(self.groups), periods)

    def counts(self, codes: Ints, units: Ints, *, size: int = 0) -> Ints:
        """Return how many units each code has, shape (size,) or more.

        Parameters
        ----------
        codes, units : of each row, shape (n,).
        """
        if not self:
            return np.bincount(codes, minlength=size)
        return np.rint(np.bincount(codes, self.mass[units], minlength=size)).astype(np.int64)

    def number(self, units: Ints) -> int:
        """Return how many units some distinct ones stand for."""
        return int(np.rint(self.mass[units].sum())) if self else len(units)

    def weighted(self, values: Floats, units: Ints) -> Floats:
        """Return values of rows, shape (n, ...), times the units that they stand for."""
        return (values.T * self.mass[units]).T if self else values

    def weighed(self) -> Floats:
        """Return the sum of the weights of the units that each stands for, shape (U,); their number without weights."""
        return self.mass * self.weights if len(self.weights) else self.mass

    def of_rows(self, units: Ints) -> Floats:
        """Return the units that each row stands for, shape (n,)."""
        return self.mass[units] if self else np.ones(len(units))

    def of_clusters(self, groups: Ints, units: Ints) -> Floats:
        """Return how many independent clusters each cluster of rows stands for, shape (G,); shape (0,) where each is itself.

        Parameters
        ----------
        groups, units : of each row, shape (n,).
        """
        if not self or len(self.clusters):
            return np.empty(0)
        found = np.zeros(int(groups.max()) + 1)
        found[groups] = self.mass[units]
        return found
