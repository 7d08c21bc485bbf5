"""Regressions whose unit, period and further effects are taken out, with their covariances."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import cast

import numpy as np

from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Ints, distinct
from ebpm.moments.grid import Grid
from ebpm.moments.two_way import TwoWay
from ebpm.stats.inference import ROUNDING
from ebpm.stats.regression.covariance import SATURATED, clustered
from ebpm.stats.regression.least_squares import Solution, least_squares, solve

ABSORBED = 1e-18
EXPLAINED = (4 * ROUNDING) ** 2

ROBUST = ("HC0", "HC1", "HC2", "HC3")
LEVERED = {"HC2": -0.5, "HC3": -1.0}
SCALED = ("CR1", "CR0", "CR1S")
UNCLUSTERED = ("classical", *ROBUST)

Fitted = tuple[Floats, Floats, Floats]


@dataclass(frozen=True, slots=True)
class Absorbed:
    """A regression whose effects have been taken out.

    Parameters
    ----------
    raw : regressors and the outcome last, shape (n, k + 1), or what is left of them where they were overwritten; cells of a grid.
    left : the same less the effects.
    rank : of the effects beside those of the units.
    layout : unit, period, further factors and weight of each row; a grid where the errors are not of small samples.
    clusterings : one or two codes of clusters, each of shape (n,); of the units of a grid, shape (U,).
    names : of the k regressors.
    size : sum of the squared outcomes.
    """

    raw: Floats
    left: Floats
    rank: int
    layout: TwoWay | Grid
    clusterings: tuple[Ints, ...]
    names: tuple[str, ...]
    size: float

    @classmethod
    def of(
        cls,
        raw: Floats,
        layout: TwoWay | Grid,
        clusterings: tuple[Ints, ...],
        names: tuple[str, ...],
        *,
        overwrite: bool = False,
    ) -> Absorbed:
        """Take the effects out.

        Raises
        ------
        DesignError : a regressor that does not vary beyond them.
        """
        sizes = [column @ column for column in raw.T]
        left, rank = layout.residuals(raw, overwrite=overwrite)
        for j, name in enumerate(names):
            if left[:, j] @ left[:, j] <= ABSORBED * sizes[j]:
                raise DesignError("did_absorbed", column=name)
        if left[:, -1] @ left[:, -1] <= EXPLAINED * sizes[-1]:
            left[:, -1] = 0.0  # rounding of an outcome that its effects explain
        return cls(raw, left, rank, layout, clusterings, names, float(sizes[-1]))

    def solved(self) -> tuple[Solution, Floats]:
        """Return the solution of the normal equations, and the weighted residuals, shape (n,)."""
        X, y, layout = self.left[:, :-1], self.left[:, -1], self.layout
        weighted = X * layout.weights[:, None] if len(layout.weights) else X
        solution = solve(weighted.T @ X, weighted.T @ y, names=self.names)
        residuals = X @ solution.coefficients
        return solution, layout.weighted(self.settled(np.subtract(y, residuals, out=residuals)))

    def settled(self, residuals: Floats) -> Floats:
        """Return residuals, shape (n,), or zeros where they are rounding of the outcome."""
        return residuals if residuals @ residuals > EXPLAINED * self.size else np.zeros_like(residuals)

    def spare(self, columns: int) -> int:
        """Return the rows less so many columns."""
        n = self.layout.rows
        if n <= columns:
            raise DesignError("stats_too_few_rows", rows=n, columns=columns)
        return n - columns


def _classical(absorbed: Absorbed) -> Fitted:
    solution, residuals = absorbed.solved()
    df = absorbed.spare(len(absorbed.names) + absorbed.rank + absorbed.layout.units)
    errors = residuals**2
    variance = (errors / absorbed.layout.weights if len(absorbed.layout.weights) else errors).sum() / df
    return solution.coefficients, variance * solution.bread, np.full(len(absorbed.names), float(df))


def _robust(kind: str, absorbed: Absorbed) -> Fitted:
    solution, residuals = absorbed.solved()
    df = absorbed.spare(len(absorbed.names) + absorbed.rank + absorbed.layout.units)
    influence: Floats = (absorbed.left[:, :-1] * residuals[:, None]) @ solution.bread
    scale = absorbed.layout.rows / df if kind == "HC1" else 1.0
    if kind in LEVERED:
        influence *= _inflation(kind, absorbed, solution)[:, None]
    return solution.coefficients, scale * (influence.T @ influence), np.full(len(absorbed.names), float(df))


def _inflation(kind: str, absorbed: Absorbed, solution: Solution) -> Floats:
    """Return what multiplies the residual of each row, shape (n,): zero where the row alone determines an effect."""
    layout = cast("TwoWay", absorbed.layout)
    own = ((absorbed.left[:, :-1] @ solution.root) ** 2).sum(axis=1)
    spare = 1.0 - layout.leverages() - layout.weighted(own)
    kept: Floats = np.where(spare > SATURATED, np.maximum(spare, SATURATED) ** LEVERED[kind], 0.0)
    return kept


def _clustered(kind: str, absorbed: Absorbed) -> Fitted:
    solution, residuals = absorbed.solved()
    counts = [int(codes.max()) + 1 for codes in absorbed.clusterings]
    groups, n = min(counts), absorbed.layout.rows
    if groups < 2:
        raise DesignError("stats_one_cluster", clusters=groups)
    matrix = sum(_crossed(absorbed, residuals, codes, solution.bread) for codes in absorbed.clusterings)
    if len(counts) == 2:
        both = absorbed.clusterings[0] * counts[1] + absorbed.clusterings[1]
        matrix = positive(matrix - _crossed(absorbed, residuals, distinct(both)[1], solution.bread))
    scale = groups / (groups - 1) * (n - 1) / absorbed.spare(_counted(kind, absorbed)) if kind != "CR0" else 1.0
    return solution.coefficients, scale * np.asarray(matrix), np.full(len(absorbed.names), groups - 1.0)


def _counted(kind: str, absorbed: Absorbed) -> int:
    """Return the columns that count: with those of effects that are nested in clusters only for CR1S."""
    if kind == "CR1S":
        return len(absorbed.names) + absorbed.rank + absorbed.layout.units
    return len(absorbed.names) + absorbed.layout.rank_beyond(absorbed.clusterings, absorbed.rank) + 1


def _crossed(absorbed: Absorbed, residuals: Floats, codes: Ints, bread: Floats) -> Floats:
    """Return the cross-products of the coefficients' influence summed by cluster, shape (k, k)."""
    influence: Floats = absorbed.layout.scores(absorbed.left[:, :-1], residuals, codes) @ bread
    return np.asarray(influence.T @ influence)


def positive(matrix: Floats) -> Floats:
    """Return the nearest positive semi-definite matrix (Cameron, Gelbach and Miller 2011, section 2.3)."""
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * np.maximum(values, 0.0)) @ vectors.T) if values[0] < 0 else matrix


def _small_sample(kind: str, absorbed: Absorbed) -> Fitted:
    # Unit effects nested in clusters are absorbed without changing CR2 or CR3: Pustejovsky and Tipton (2018), theorem 2.
    layout, k = cast("TwoWay", absorbed.layout), len(absorbed.names)
    basis = layout.fitted(layout.inverse()[1].T)
    within = layout.within_units(np.column_stack([absorbed.raw, basis]))
    names = (*absorbed.names, *(f"effect {one}" for one in range(basis.shape[1])))
    fit = least_squares(np.delete(within, k, axis=1), within[:, k], names=names)
    fit = replace(fit, residuals=absorbed.settled(fit.residuals))
    contrasts = np.eye(k, len(names))
    covariance = clustered(fit, absorbed.clusterings[0], kind=kind, contrasts=contrasts)
    return fit.coefficients[:k], covariance.matrix, covariance.df


FITS: dict[str, Callable[[Absorbed], Fitted]] = {
    **{kind: partial(_clustered, kind) for kind in SCALED},
    "CR2": lambda absorbed: _small_sample("CR2", absorbed),
    "CR3": lambda absorbed: _small_sample("CR3", absorbed),
    "classical": _classical,
    **{kind: partial(_robust, kind) for kind in ROBUST},
}
