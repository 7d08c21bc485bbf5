"""Cohort path moments: count, mean path and scatter matrix of each cohort, all that estimators without covariates need."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from ebpm.errors import DataError
from ebpm.moments.cohorts import cohort_codes
from ebpm.moments.frame import Floats, Ints
from ebpm.moments.panel import Panel

ROWS_AT_A_TIME = 1024


@dataclass(frozen=True, slots=True)
class PathMoments:
    """Sufficient statistics of a balanced panel whose units are alike but for their cohort.

    Parameters
    ----------
    periods : shape (T,), int64, ascending.
    cohorts : shape (G,), first treated period, ascending; infinity for the never treated.
    counts : shape (G,), units of each cohort.
    means : shape (G, T), mean path of each cohort.
    scatters : shape (G, T, T), sum over the units of the outer product of their deviations from the mean path.

    Examples
    --------
    >>> import numpy as np
    >>> from ebpm.moments.paths import PathMoments
    >>> both = PathMoments.of_paths(np.array([1, 2]), np.array([[1.0, 2.0], [3.0, 6.0]]), np.array([2.0, 2.0]))
    >>> both.means.tolist(), both.scatters.tolist()
    ([[2.0, 4.0]], [[[2.0, 4.0], [4.0, 8.0]]])
    """

    periods: Ints
    cohorts: Floats
    counts: Ints
    means: Floats
    scatters: Floats

    @classmethod
    def of(cls, panel: Panel) -> PathMoments:
        """Return the moments of a panel, each path less its own mean.

        No difference over time uses the level of a unit; without it squares of large levels do not cancel.
        """
        return cls._of(panel.periods, panel.paths, panel.first_treated, _less_own_mean)

    @classmethod
    def of_paths(cls, periods: Ints, paths: Floats, first_treated: Floats) -> PathMoments:
        """Return the moments of paths, shape (n, T), with the cohort of each, shape (n,)."""
        return cls._of(periods, paths, first_treated, lambda group: group)

    @classmethod
    def _of(
        cls, periods: Ints, paths: Floats, first_treated: Floats, shifted: Callable[[Floats], Floats]
    ) -> PathMoments:
        cohorts, codes = cohort_codes(first_treated)
        means, scatters = np.empty((len(cohorts), len(periods))), np.empty((len(cohorts), len(periods), len(periods)))
        for place in range(len(cohorts)):
            means[place], scatters[place] = _mean_and_scatter(paths, np.flatnonzero(codes == place), shifted)
        return cls(periods, cohorts, np.bincount(codes), means, scatters)

    def __add__(self, other: PathMoments) -> PathMoments:
        """Return the moments of both panels together (Chan, Golub and LeVeque 1983, The American Statistician 37(3)).

        Raises
        ------
        DataError : if the periods differ.
        """
        if not np.array_equal(self.periods, other.periods):
            raise DataError("moments_periods_differ", left=_span(self.periods), right=_span(other.periods))
        cohorts = np.union1d(self.cohorts, other.cohorts)
        left, right = self._spread(cohorts), other._spread(cohorts)
        counts = left.counts + right.counts
        gap = right.means - left.means
        means = left.means + gap * (right.counts / counts)[:, None]
        between = np.einsum("gs,gt->gst", gap, gap) * (left.counts * right.counts / counts)[:, None, None]
        return PathMoments(self.periods, cohorts, counts, means, left.scatters + right.scatters + between)

    def _spread(self, cohorts: Floats) -> PathMoments:
        place, length = np.searchsorted(cohorts, self.cohorts), len(self.periods)
        counts = np.zeros(len(cohorts), dtype=np.int64)
        means, scatters = np.zeros((len(cohorts), length)), np.zeros((len(cohorts), length, length))
        counts[place], means[place], scatters[place] = self.counts, self.means, self.scatters
        return PathMoments(self.periods, cohorts, counts, means, scatters)


def _mean_and_scatter(paths: Floats, rows: Ints, shifted: Callable[[Floats], Floats]) -> tuple[Floats, Floats]:
    """Return mean and scatter of some rows, read in blocks; squares are taken about the mean of the first block."""
    length = paths.shape[1]
    centre, total, scatter = np.zeros(length), np.zeros(length), np.zeros((length, length))
    for start in range(0, len(rows), ROWS_AT_A_TIME):
        group = shifted(paths.take(rows[start : start + ROWS_AT_A_TIME], axis=0))
        if not start:
            centre = group.mean(axis=0)
        group -= centre
        total += np.ones(len(group)) @ group
        scatter += group.T @ group
    off = total / len(rows)
    return centre + off, scatter - len(rows) * np.outer(off, off)


def _less_own_mean(group: Floats) -> Floats:
    """Take from each path its own mean, in place."""
    group -= group @ np.full((group.shape[1], 1), 1.0 / group.shape[1])
    return group


def _span(periods: Ints) -> str:
    return f"{periods[0]}-{periods[-1]} ({len(periods)})"
