"""Fixed effects taken out exactly: units by their means, the few periods and other levels by one small linear system."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Ints

RANK = 1e-12
MOST_COUNTS = 100_000_000
ROWS_AT_A_TIME = 32_768
LONG = 2_000_000
SAMPLED = 10_000
NEAR = 64
SPARSE = 4


@dataclass(frozen=True, slots=True)
class TwoWay:
    """Rows by unit and period, and by further factors if there are any, whose effects are to be taken out.

    Parameters
    ----------
    unit : shape (n,), code of the unit, 0 .. U - 1.
    period : shape (n,), code of the period, 0 .. T - 1; a unit may miss periods.
    weights : shape (n,), positive; shape (0,) where all are alike.
    others : codes of further factors, each of shape (n,).
    seen : which units have a row in which period, shape (U, T), where that is known and none has two; shape (0,) otherwise.

    Raises
    ------
    DesignError : more than 100 million pairs of a unit and a level, with further factors.
    """

    unit: Ints
    period: Ints
    weights: Floats
    others: tuple[Ints, ...] = ()
    seen: NDArray[np.bool_] = field(default_factory=lambda: np.empty(0, dtype=np.bool_))

    def __post_init__(self) -> None:
        if self.others and (self.units * self.levels > MOST_COUNTS):
            raise DesignError("did_many_levels", units=self.units, levels=self.levels, limit=MOST_COUNTS)

    @property
    def rows(self) -> int:
        return len(self.unit)

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

    def weighted(self, column: Floats) -> Floats:
        """Return a column, shape (n,), times the weights."""
        return column * self.weights if len(self.weights) else column

    def within_units(self, matrix: Floats) -> Floats:
        """Return the columns less the weighted mean of each unit, shape (n, m)."""
        return self._within(matrix, self._summed(self.unit, self.units), np.empty_like(matrix, order="F"))

    def _within(self, matrix: Floats, totals: Floats, left: Floats) -> Floats:
        means = [np.bincount(self.unit, self.weighted(column)) / totals for column in matrix.T]
        for rows in self._pieces():
            units = self.unit[rows]
            for j, mean in enumerate(means):
                np.subtract(matrix[rows, j], mean[units], out=left[rows, j])
        return left

    def counts(self) -> Floats:
        """Return the weights summed by unit and level, shape (U, L)."""
        every = [self._counts(codes) for codes in self._factors]
        return every[0] if len(every) == 1 else np.hstack(every)

    def _counts(self, codes: Ints) -> Floats:
        if codes is self.period and len(self.seen) and not len(self.weights):
            return self.seen.astype(np.float64)
        levels = int(codes.max()) + 1
        return self._summed(self.unit * levels + codes, self.units * levels).reshape(self.units, levels)

    def _summed(self, places: Ints, size: int) -> Floats:
        """Return the weights summed by place, shape (size,)."""
        sums = np.bincount(places, self.weights if len(self.weights) else None, minlength=size)
        return np.asarray(sums, dtype=np.float64)

    def _totals(self, counts: Floats) -> Floats:
        """Return the weights summed by unit, shape (U,), from those by unit and level; every row has one level of each factor."""
        return np.asarray(counts @ np.full(counts.shape[1], 1.0 / len(self._factors)))

    def _pieces(self) -> Iterator[slice]:
        """Yield all rows, so few at a time that what is computed from them stays in the processor's cache."""
        for start in range(0, len(self.unit), ROWS_AT_A_TIME):
            yield slice(start, start + ROWS_AT_A_TIME)

    def inverse(self) -> tuple[Floats, Floats]:
        """Return L (T, r) and R (r, T), r the rank of the effects of the levels beside those of the units: LR is the pseudo-inverse
        of D'WD - N' diag(N1)^-1 N, where D are the dummies of the levels and N the weights by unit and level.
        """
        return self._inverse(self.counts())

    def _inverse(self, counts: Floats) -> tuple[Floats, Floats]:
        root = 1.0 / np.sqrt(self._totals(counts))
        crossed = self._crossed(counts)
        for start in range(0, len(counts), ROWS_AT_A_TIME):
            part = counts[start : start + ROWS_AT_A_TIME] * root[start : start + ROWS_AT_A_TIME, None]
            crossed -= part.T @ part
        return pseudo_inverse(crossed)

    def _crossed(self, counts: Floats) -> Floats:
        """Return the weights summed by pairs of levels, shape (L, L)."""
        crossed = np.diag(counts.sum(axis=0))
        offsets = np.cumsum([0, *(int(codes.max()) + 1 for codes in self._factors)])
        for i, own in enumerate(self._factors):
            for j, other in enumerate(self._factors[:i]):
                rows, columns = (slice(offsets[at], offsets[at + 1]) for at in (i, j))
                shape = (int(own.max()) + 1, int(other.max()) + 1)
                crossed[rows, columns] = self._summed(own * shape[1] + other, shape[0] * shape[1]).reshape(shape)
                crossed[columns, rows] = crossed[rows, columns].T
        return crossed

    def level_effects(self, demeaned: Floats) -> tuple[Floats, int]:
        """Return the effects of the levels in unit-demeaned columns, shape (L, m), and their rank.

        Formula: they solve (D'WD - N' diag(N1)^-1 N) g = sums by level of the unit-demeaned columns (Frisch-Waugh-Lovell and a
        Schur complement), so that nothing is iterated and gaps are allowed.
        """
        return self._level_effects(demeaned, self.counts())

    def _level_effects(self, demeaned: Floats, counts: Floats) -> tuple[Floats, int]:
        left, right = self._inverse(counts)
        sums = [self._sums(demeaned, codes) for codes in self._factors]
        return left @ (right @ np.vstack(sums)), len(right)

    def _sums(self, matrix: Floats, codes: Ints) -> Floats:
        """Return the weighted sums by level, shape (L, m); a column at a time, so that nothing as long as the rows is held m times."""
        return np.stack([np.bincount(codes, self.weighted(column)) for column in matrix.T], axis=1)

    def residuals(self, matrix: Floats, *, overwrite: bool = False) -> tuple[Floats, int]:
        """Return the columns less all effects, shape (n, m), and the rank of the effects beside those of the units.

        Parameters
        ----------
        matrix : the columns, shape (n, m).
        overwrite : whether the columns may be lost: they take a third of the memory of a long regression.
        """
        counts = self.counts()
        totals = self._totals(counts)
        left = self._within(matrix, totals, matrix if overwrite else np.empty_like(matrix, order="F"))
        effects, rank = self._level_effects(left, counts)
        means = np.asfortranarray(counts @ effects / totals[:, None])
        parts = self._by_factor(effects)
        for rows in self._pieces():
            units = self.unit[rows]
            for j in range(matrix.shape[1]):
                column = left[rows, j]
                column += means[units, j]
                for codes, part in parts:
                    column -= part[codes[rows], j]
        return left, rank

    def leverages(self) -> Floats:
        """Return the share of each row in its own fitted value under the effects alone, shape (n,); with weights, those of the
        weighted regression.

        Formula: w (1 / N_i + (d - p_i)' G (d - p_i)), d the dummies of the levels of the row, N_i the weight of its unit, p_i the
        shares of the levels in it, G the pseudo-inverse that `inverse` gives.
        """
        counts = self.counts()
        totals = self._totals(counts)
        left, right = self._inverse(counts)
        inverse: Floats = left @ right
        shares: Floats = counts / totals[:, None]
        crossed = shares @ inverse
        found: Floats = (1.0 / totals + np.einsum("ul,ul->u", crossed, shares))[self.unit]
        first = np.cumsum([0, *(int(codes.max()) + 1 for codes in self._factors)])
        levels = [start + codes for start, codes in zip(first, self._factors, strict=False)]
        for own in levels:
            found += sum(inverse[own, other] for other in levels) - 2.0 * crossed[self.unit, own]
        return self.weighted(found)

    def scores(self, regressors: Floats, residuals: Floats, codes: Ints) -> Floats:
        """Return the products of regressors, shape (n, k), and residuals, shape (n,), summed by cluster, shape (G, k)."""
        score = np.empty_like(residuals)
        return np.stack(
            [np.bincount(codes, np.multiply(column, residuals, out=score)) for column in regressors.T], axis=1
        )

    def ever(self, flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which rows, whose clusters are known, are flagged, shape (n,)."""
        return flags

    def rank_beyond(self, clusterings: Sequence[Ints], rank: int) -> int:
        """Return the rank, beside the unit effects, of the factors that are not nested in a clustering; `rank` is that of all factors."""
        factors = [one for one in self._factors if not any(nested(one, clusters) for clusters in clusterings)]
        if len(factors) == len(self._factors):
            return rank
        return len(TwoWay(self.unit, factors[0], self.weights, tuple(factors[1:])).inverse()[1]) if factors else 0

    def fitted(self, effects: Floats) -> Floats:
        """Return the sum of the effects of the levels of each row, shape (n,) or (n, m), of effects of shape (L,) or (L, m)."""
        return np.asarray(sum(part[codes] for codes, part in self._by_factor(effects)))

    def _by_factor(self, effects: Floats) -> list[tuple[Ints, Floats]]:
        """Return the codes of each factor, and its part of the effects, shape (L, ...)."""
        first = np.cumsum([int(codes.max()) + 1 for codes in self._factors])
        return list(zip(self._factors, map(np.asfortranarray, np.split(effects, first[:-1])), strict=True))


def pseudo_inverse(crossed: Floats) -> tuple[Floats, Floats]:
    """Return L (T, r) and R (r, T), r the rank of a positive semi-definite matrix, shape (T, T), whose pseudo-inverse LR is."""
    values, vectors = np.linalg.eigh(crossed)
    kept = values > RANK * values[-1]
    return vectors[:, kept] / values[kept], vectors[:, kept].T


def nested(codes: Ints, clusters: Ints) -> bool:
    """Return whether each level lies in one cluster; shapes (n,) and (n,)."""
    first = np.empty(int(codes.max()) + 1, dtype=np.int64)
    for rows in (slice(SAMPLED), slice(None)):
        first[codes[rows]] = clusters[rows]
        if (first[codes[rows]] != clusters[rows]).any():
            return False
    return True


@dataclass(frozen=True, slots=True)
class MemoryOrder:
    """Rows in order of unit and period where a table is long and its neighbouring rows are of distant units, else as they are.

    Results do not depend on it. Sums by unit of a table that the processor's cache cannot hold are several times faster in order.

    Parameters
    ----------
    rows : place in the table of each row, shape (n,), or all of them.
    unit, period : codes of each row, shape (n,).
    """

    rows: Ints | slice
    unit: Ints
    period: Ints

    @classmethod
    def of(cls, unit: Ints, period: Ints, seen: NDArray[np.bool_]) -> MemoryOrder:
        """Choose the order.

        Parameters
        ----------
        unit, period : codes of each row of the table, shape (n,).
        seen : which units have a row in which period, shape (U, T); none has two.
        """
        count, length = len(unit), seen.shape[1]
        if count < LONG or seen.size > SPARSE * count or np.median(np.abs(np.diff(unit[:SAMPLED]))) < NEAR:
            return cls(slice(None), unit, period)
        row = np.empty(seen.size, dtype=np.min_scalar_type(count))
        row[unit * length + period] = np.arange(count, dtype=row.dtype)
        units = np.repeat(np.arange(len(seen)), np.count_nonzero(seen, axis=1))
        return cls(row[seen.ravel()].astype(np.int64), units, np.broadcast_to(np.arange(length), seen.shape)[seen])
