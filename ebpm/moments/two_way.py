"""Two-way fixed effects taken out exactly: units by their means, the few periods by one small linear system."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ebpm.moments.frame import Floats, Ints
from ebpm.stats.groups import group_sums

RANK = 1e-12


@dataclass(frozen=True, slots=True)
class TwoWay:
    """Rows by unit and period, whose means are to be taken out.

    Parameters
    ----------
    unit : shape (n,), code of the unit, 0 .. U - 1.
    period : shape (n,), code of the period, 0 .. T - 1; a unit may miss periods.
    weights : shape (n,), positive.
    """

    unit: Ints
    period: Ints
    weights: Floats

    def within_units(self, matrix: Floats) -> Floats:
        """Return the columns less the weighted mean of each unit, shape (n, m)."""
        units = int(self.unit.max()) + 1
        totals = np.bincount(self.unit, self.weights, minlength=units)
        means = group_sums(matrix * self.weights[:, None], self.unit, groups=units) / totals[:, None]
        return matrix - means[self.unit]

    def counts(self) -> Floats:
        """Return the weights summed by unit and period, shape (U, T)."""
        units, periods = int(self.unit.max()) + 1, int(self.period.max()) + 1
        sums = np.bincount(self.unit * periods + self.period, self.weights, minlength=units * periods)
        return np.asarray(sums, dtype=np.float64).reshape(units, periods)

    def inverse(self) -> tuple[Floats, Floats]:
        """Return L (T, r) and R (r, T), r the rank of the period effects beside those of the units: LR is the pseudo-inverse
        of diag(N'1) - N' diag(N1)^-1 N, where N are the weights by unit and period.
        """
        N = self.counts()
        values, vectors = np.linalg.eigh(np.diag(N.sum(axis=0)) - N.T @ (N / N.sum(axis=1)[:, None]))
        kept = values > RANK * values[-1]
        return vectors[:, kept] / values[kept], vectors[:, kept].T

    def period_effects(self, demeaned: Floats) -> tuple[Floats, int]:
        """Return the period effects of unit-demeaned columns, shape (T, m), and their rank.

        Formula: the period effects solve (diag(N'1) - N' diag(N1)^-1 N) g = sums by period of the unit-demeaned columns
        (Frisch-Waugh-Lovell and a Schur complement), so that nothing is iterated and gaps are allowed.
        """
        periods = int(self.period.max()) + 1
        left, right = self.inverse()
        sums = group_sums(demeaned * self.weights[:, None], self.period, groups=periods)
        return left @ (right @ sums), len(right)

    def residuals(self, matrix: Floats) -> tuple[Floats, int]:
        """Return the columns less unit and period effects, shape (n, m), and the rank of the period effects."""
        demeaned = self.within_units(matrix)
        effects, rank = self.period_effects(demeaned)
        return demeaned - self.within_units(effects[self.period]), rank
