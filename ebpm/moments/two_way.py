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

    def residuals(self, matrix: Floats) -> tuple[Floats, int]:
        """Return the columns less unit and period effects, shape (n, m), and the rank of the period effects.

        Formula: with N the weights by unit and period, the period effects solve
        (diag(N'1) - N' diag(N1)^-1 N) g = sums by period of the unit-demeaned columns (Frisch-Waugh-Lovell and a Schur
        complement), so that nothing is iterated and gaps are allowed.
        """
        units, periods = int(self.unit.max()) + 1, int(self.period.max()) + 1
        N = np.bincount(self.unit * periods + self.period, self.weights, minlength=units * periods).reshape(
            units, periods
        )
        demeaned = self.within_units(matrix)
        sums = group_sums(demeaned * self.weights[:, None], self.period, groups=periods)
        values, vectors = np.linalg.eigh(np.diag(N.sum(axis=0)) - N.T @ (N / N.sum(axis=1)[:, None]))
        kept = values > RANK * values[-1]
        effects = (vectors[:, kept] / values[kept]) @ (vectors[:, kept].T @ sums)
        return demeaned - self.within_units(effects[self.period]), int(kept.sum())
