"""Long tables of units and periods with few gaps, as their cells in order: sums by unit and by period read memory once, from end to end."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ebpm.moments.frame import Floats, Frame, Ints, zeros_and_ones
from ebpm.moments.two_way import pseudo_inverse

LONG = 2_000_000
CELLS_AT_A_TIME = 32_768
FULL = 1.25


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows by unit and period as the cells of all units and periods; a cell that no row has holds zeros, and counts as nothing.

    What `two_way.TwoWay` says of rows in any order this says of cells: columns are of shape (U T, m), clusterings of shape (U,).

    Parameters
    ----------
    seen : which units have a row in which period, shape (U, T); none has two.
    place : unit x T + period of each row of the table, shape (n,).
    """

    seen: NDArray[np.bool_]
    place: Ints

    @staticmethod
    def suits(seen: NDArray[np.bool_], rows: int) -> bool:
        """Return whether a table of so many rows is long, and nearly full."""
        return rows >= LONG and seen.size <= FULL * rows

    @property
    def rows(self) -> int:
        return len(self.place)

    @property
    def units(self) -> int:
        return len(self.seen)

    @property
    def weights(self) -> Floats:
        return np.empty(0)

    def weighted(self, column: Floats) -> Floats:
        """Return a column as it is: all cells weigh alike."""
        return column

    def stacked(self, frame: Frame, columns: Sequence[tuple[str, str]]) -> Floats:
        """Return columns of a table, named with their arguments, as cells, shape (U T, k), each contiguous in memory."""
        matrix = np.zeros((self.seen.size, len(columns)), order="F")
        for j, (column, argument) in enumerate(columns):
            values = frame.finite(column, argument)
            if len(ones := zeros_and_ones(values)):
                cells = np.zeros(self.seen.size, dtype=np.bool_)
                cells[self.place] = ones
                matrix[:, j] = cells
            else:
                matrix[self.place, j] = values
        return matrix

    def residuals(self, matrix: Floats, *, overwrite: bool = False) -> tuple[Floats, int]:
        """Return the columns less all effects, shape (U T, m), and the rank of the effects beside those of the units.

        Formula: as in `TwoWay.level_effects`.
        """
        left = matrix if overwrite else matrix.copy(order="F")
        sums, crossed = self._without_units(self._cube(left))
        inverse, basis = pseudo_inverse(crossed)
        self._without_periods(self._cube(left), (inverse @ (basis @ sums.T)).T)
        return left, len(basis)

    def scores(self, regressors: Floats, residuals: Floats, codes: Ints) -> Floats:
        """Return the products of regressors, shape (U T, k), and residuals, shape (U T,), summed by cluster, shape (G, k)."""
        by_unit = np.empty((regressors.shape[1], self.units))
        cube, column, one = self._cube(regressors), residuals.reshape(self.seen.shape), np.ones(self.seen.shape[1])
        for units in self._pieces():
            by_unit[:, units] = (cube[:, units] * column[units]) @ one
        return np.stack([np.bincount(codes, sums) for sums in by_unit], axis=1)

    def ever(self, flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Return which units, whose clusters are known, have a cell that is flagged, shape (U,)."""
        return np.asarray(flags.reshape(self.seen.shape).any(axis=1))

    def rank_beyond(self, clusterings: Sequence[Ints], rank: int) -> int:
        """Return the rank of the period effects beside those of the units, 0 where each period is seen in one cluster alone."""
        (codes,) = clusterings
        own = codes[self.seen.argmax(axis=0)]
        apart = any((self.seen[units] & (codes[units, None] != own)).any() for units in self._pieces())
        return rank if apart else 0

    def _cube(self, matrix: Floats) -> Floats:
        """Return cells in columns, shape (U T, m), by column, unit and period, shape (m, U, T), the same memory."""
        return matrix.T.reshape(-1, *self.seen.shape)

    def _pieces(self) -> Iterator[slice]:
        """Yield all units, so few at a time that their cells stay in the processor's cache."""
        step = max(1, CELLS_AT_A_TIME // self.seen.shape[1])
        for start in range(0, self.units, step):
            yield slice(start, start + step)

    def _without_units(self, cube: Floats) -> tuple[Floats, Floats]:
        """Take each unit's mean from its cells, in place; return the sums by period, shape (m, T), and D'D - N' diag(N1)^-1 N (T, T)."""
        one = np.ones(cube.shape[2])
        sums, crossed = np.zeros((len(cube), cube.shape[2])), np.diag(np.count_nonzero(self.seen, axis=0).astype(float))
        for units in self._pieces():
            cells, seen = cube[:, units], self.seen[units].astype(np.float64)
            counts = seen @ one
            cells -= (cells @ one / counts)[..., None]
            cells *= seen
            sums += cells.sum(axis=1)
            seen /= np.sqrt(counts)[:, None]
            crossed -= seen.T @ seen
        return sums, crossed

    def _without_periods(self, cube: Floats, effects: Floats) -> None:
        """Take the effects of the periods, shape (m, T), less their mean in each unit, from the cells, in place."""
        one = np.ones(cube.shape[2])
        for units in self._pieces():
            cells, seen = cube[:, units], self.seen[units].astype(np.float64)
            cells += (effects @ seen.T / (seen @ one))[..., None]
            cells -= effects[:, None]
            cells *= seen
