"""Fixed effects taken out exactly: units by their means, the few periods and other levels by one small linear system."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Ints

RANK = 1e-12
MOST_COUNTS = 100_000_000


@dataclass(frozen=True, slots=True)
class TwoWay:
    """Rows by unit and period, and by further factors if there are any, whose effects are to be taken out.

    Parameters
    ----------
    unit : shape (n,), code of the unit, 0 .. U - 1.
    period : shape (n,), code of the period, 0 .. T - 1; a unit may miss periods.
    weights : shape (n,), positive.
    others : codes of further factors, each of shape (n,).

    Raises
    ------
    DesignError : more than 100 million pairs of a unit and a level, with further factors.
    """

    unit: Ints
    period: Ints
    weights: Floats
    others: tuple[Ints, ...] = ()

    def __post_init__(self) -> None:
        if self.others and (self.units * self.levels > MOST_COUNTS):
            raise DesignError("did_many_levels", units=self.units, levels=self.levels, limit=MOST_COUNTS)

    @property
    def units(self) -> int:
        return int(self.unit.max()) + 1

    @property
    def levels(self) -> int:
        """Periods and levels of the other factors."""
        return sum(int(codes.max()) + 1 for codes in self._factors)

    @property
    def _factors(self) -> tuple[Ints, ...]:
        return self.period, *self.others

    def within_units(self, matrix: Floats) -> Floats:
        """Return the columns less the weighted mean of each unit, shape (n, m)."""
        totals = np.bincount(self.unit, self.weights)
        left = np.empty_like(matrix, order="F")
        for j, column in enumerate(matrix.T):
            means = np.bincount(self.unit, column * self.weights) / totals
            np.subtract(column, means[self.unit], out=left[:, j])
        return left

    def counts(self) -> Floats:
        """Return the weights summed by unit and level, shape (U, L)."""
        return np.hstack([self._counts(codes) for codes in self._factors])

    def _counts(self, codes: Ints) -> Floats:
        levels = int(codes.max()) + 1
        sums = np.bincount(self.unit * levels + codes, self.weights, minlength=self.units * levels)
        return np.asarray(sums, dtype=np.float64).reshape(self.units, levels)

    def inverse(self) -> tuple[Floats, Floats]:
        """Return L (T, r) and R (r, T), r the rank of the effects of the levels beside those of the units: LR is the pseudo-inverse
        of D'WD - N' diag(N1)^-1 N, where D are the dummies of the levels and N the weights by unit and level.
        """
        counts = self.counts()
        shares = counts / np.bincount(self.unit, self.weights)[:, None]
        values, vectors = np.linalg.eigh(self._crossed(counts) - counts.T @ shares)
        kept = values > RANK * values[-1]
        return vectors[:, kept] / values[kept], vectors[:, kept].T

    def _crossed(self, counts: Floats) -> Floats:
        """Return the weights summed by pairs of levels, shape (L, L)."""
        crossed = np.diag(counts.sum(axis=0))
        offsets = np.cumsum([0, *(int(codes.max()) + 1 for codes in self._factors)])
        for i, own in enumerate(self._factors):
            for j, other in enumerate(self._factors[:i]):
                rows, columns = (slice(offsets[at], offsets[at + 1]) for at in (i, j))
                shape = (int(own.max()) + 1, int(other.max()) + 1)
                sums = np.bincount(own * shape[1] + other, self.weights, minlength=shape[0] * shape[1])
                crossed[rows, columns] = sums.reshape(shape)
                crossed[columns, rows] = crossed[rows, columns].T
        return crossed

    def level_effects(self, demeaned: Floats) -> tuple[Floats, int]:
        """Return the effects of the levels in unit-demeaned columns, shape (L, m), and their rank.

        Formula: they solve (D'WD - N' diag(N1)^-1 N) g = sums by level of the unit-demeaned columns (Frisch-Waugh-Lovell and a
        Schur complement), so that nothing is iterated and gaps are allowed.
        """
        left, right = self.inverse()
        sums = [self._sums(demeaned, codes) for codes in self._factors]
        return left @ (right @ np.vstack(sums)), len(right)

    def _sums(self, matrix: Floats, codes: Ints) -> Floats:
        """Return the weighted sums by level, shape (L, m); a column at a time, so that nothing as long as the rows is held m times."""
        return np.stack([np.bincount(codes, column * self.weights) for column in matrix.T], axis=1)

    def residuals(self, matrix: Floats) -> tuple[Floats, int]:
        """Return the columns less all effects, shape (n, m), and the rank of the effects beside those of the units."""
        left = self.within_units(matrix)
        effects, rank = self.level_effects(left)
        means = self.counts() @ effects / np.bincount(self.unit, self.weights)[:, None]
        for j in range(matrix.shape[1]):
            left[:, j] += means[self.unit, j] - self.fitted(effects[:, j])
        return left, rank

    def fitted(self, effects: Floats) -> Floats:
        """Return the sum of the effects of the levels of each row, shape (n,) or (n, m), of effects of shape (L,) or (L, m)."""
        first = np.cumsum([0, *(int(codes.max()) + 1 for codes in self._factors)])
        return np.asarray(sum(effects[start + codes] for start, codes in zip(first, self._factors, strict=False)))
