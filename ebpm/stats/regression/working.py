"""Working correlations of the rows of a cluster: how each is estimated, and how it weighs cross-products.

The inverse of an exchangeable correlation weighs what varies within a cluster by 1 / (1 - alpha) and its total by
1 / (1 + (n_g - 1) alpha); an autoregressive one is whitened from row to row; of an unstructured one, each pattern of
waves is factored once. No matrix of the size of a cluster is formed for the first two.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import solve_triangular
from scipy.optimize import brentq

from ebpm.errors import DesignError
from ebpm.stats.groups import group_products, group_sums

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CORRELATIONS = ("exchangeable", "independence", "ar1", "unstructured")
TIMED = ("ar1", "unstructured")
GRID = np.linspace(-0.995, 0.995, 399)
EDGE = 0.9999


class Working(Protocol):
    """A working correlation."""

    def estimated(self, pearson: Floats, dispersion: float, /) -> Floats:
        """Return the parameters from standardised residuals and their mean square; none where rows count as independent."""

    def weighed(self, columns: Floats, parameters: Floats, /) -> Floats:
        """Return C_g'R_g^-1 C_g of each cluster, shape (groups, k, k)."""


def working(kind: str, codes: Ints, waves: Ints) -> Working:
    """Return a working correlation.

    Parameters
    ----------
    kind : one of `CORRELATIONS`.
    codes : cluster of each row, in 0 .. G - 1, shape (n,).
    waves : whole-numbered time of each row where the correlation needs one, shape (n,).

    Raises
    ------
    DesignError : if a cluster has two rows of one time.
    """
    if kind == "independence":
        return Independent(codes)
    if kind == "exchangeable":
        return Exchangeable(codes, np.bincount(codes).astype(np.float64))
    order = np.lexsort((waves, codes))
    ranked, times = codes[order], waves[order]
    gaps = np.where(ranked[1:] == ranked[:-1], times[1:] - times[:-1], -1)
    if (gaps == 0).any():
        row = order[1 + int(np.argmax(gaps == 0))]
        raise DesignError("stats_gee_twice", row=int(row) + 1, time=int(waves[row]))
    if kind == "ar1":
        return Autoregressive(ranked, times, order, gaps)
    return Unstructured(ranked, np.unique(times, return_inverse=True)[1], order)


@dataclass(frozen=True, slots=True)
class Independent:
    """No correlation."""

    codes: Ints

    def estimated(self, _pearson: Floats, _dispersion: float, /) -> Floats:
        """Return no parameter."""
        return np.empty(0)

    def weighed(self, columns: Floats, _parameters: Floats, /) -> Floats:
        """Return the cross-products of each cluster."""
        return group_products(columns, self.codes, groups=int(self.codes.max()) + 1)


@dataclass(frozen=True, slots=True)
class Exchangeable:
    """One correlation of all pairs of rows of a cluster."""

    codes: Ints
    sizes: Floats

    def estimated(self, pearson: Floats, dispersion: float, /) -> Floats:
        """Return the mean product of two residuals over the mean square; nothing where it is below the range of the largest cluster."""
        totals = np.bincount(self.codes, pearson, minlength=len(self.sizes))
        pairs = float((self.sizes * (self.sizes - 1.0)).sum())
        if pairs == 0.0 or dispersion == 0.0:
            return np.empty(0)
        alpha = float((totals**2).sum() - (pearson**2).sum()) / (pairs * dispersion)
        if alpha >= 1.0:
            raise DesignError("stats_gee_correlation", alpha=f"{alpha:.3g}", largest=int(self.sizes.max()))
        return np.array([alpha]) if alpha > -1.0 / (self.sizes.max() - 1.0) else np.empty(0)

    def weighed(self, columns: Floats, parameters: Floats, /) -> Floats:
        """Return the cross-products of each cluster less what its total shares."""
        alpha, groups = float(parameters[0]), len(self.sizes)
        products = group_products(columns, self.codes, groups=groups)
        totals = group_sums(columns, self.codes, groups=groups)
        shared = alpha / (1.0 + (self.sizes - 1.0) * alpha)
        return np.asarray((products - shared[:, None, None] * totals[:, :, None] * totals[:, None, :]) / (1.0 - alpha))


@dataclass(frozen=True, slots=True)
class Autoregressive:
    """alpha to the power of the time between two rows; all in the order of clusters and times, gaps -1 between clusters."""

    codes: Ints
    times: Ints
    order: NDArray[np.intp]
    gaps: Ints

    def estimated(self, pearson: Floats, dispersion: float, /) -> Floats:
        """Return the alpha whose powers are nearest to the mean products of residuals, by least squares over pairs."""
        if dispersion == 0.0 or not (self.gaps > 0).any():
            return np.empty(0)
        lags, counts, means = self._lags(pearson[self.order] / np.sqrt(dispersion))

        def slope(alpha: float) -> float:
            return float((counts * lags * alpha ** (lags - 1.0) * (alpha**lags - means)).sum())

        losses = (counts * (GRID[:, None] ** lags - means) ** 2).sum(axis=1)
        at = int(np.argmin(losses))
        low, high = (float(edge) for edge in np.r_[-EDGE, GRID, EDGE][[at, at + 2]])
        if slope(low) > 0.0 or slope(high) < 0.0:
            raise DesignError(
                "stats_gee_correlation", alpha=f"{GRID[at]:.3g}", largest=int(np.bincount(self.codes).max())
            )
        return np.array([brentq(slope, low, high, xtol=1e-15, rtol=1e-15)])

    def _lags(self, residuals: Floats) -> tuple[Floats, Floats, Floats]:
        lags, products = zip(*self._pairs(residuals), strict=True)
        found, place = np.unique(np.concatenate(lags), return_inverse=True)
        counts = np.bincount(place).astype(np.float64)
        return found.astype(np.float64), counts, np.bincount(place, np.concatenate(products)) / counts

    def _pairs(self, residuals: Floats) -> Iterator[tuple[Ints, Floats]]:
        for step in range(1, int(np.bincount(self.codes).max())):
            same = self.codes[step:] == self.codes[:-step]
            yield (self.times[step:] - self.times[:-step])[same], (residuals[step:] * residuals[:-step])[same]

    def weighed(self, columns: Floats, parameters: Floats, /) -> Floats:
        """Return the cross-products of each cluster after what a row shares with the one before it is taken out."""
        rows = columns[self.order]
        carried = np.where(self.gaps > 0, parameters[0] ** np.maximum(self.gaps, 1), 0.0)[:, None]
        white = np.vstack([rows[:1], (rows[1:] - carried * rows[:-1]) / np.sqrt(1.0 - carried**2)])
        return group_products(white, self.codes, groups=int(self.codes[-1]) + 1)


@dataclass(frozen=True, slots=True)
class Unstructured:
    """One correlation for each two waves; all in the order of clusters and waves."""

    codes: Ints
    waves: Ints
    order: NDArray[np.intp]

    @property
    def _table(self) -> tuple[int, int]:
        return int(self.codes[-1]) + 1, int(self.waves.max()) + 1

    def estimated(self, pearson: Floats, dispersion: float, /) -> Floats:
        """Return the mean products of the residuals of two waves over the mean square, pairs in the order of `numpy.triu_indices`."""
        if dispersion == 0.0:
            return np.empty(0)
        filled, seen = np.zeros(self._table), np.zeros(self._table)
        filled[self.codes, self.waves], seen[self.codes, self.waves] = pearson[self.order], 1.0
        counts = seen.T @ seen
        above = np.triu_indices(self._table[1], 1)
        return np.asarray(((filled.T @ filled) / (np.maximum(counts, 1.0) * dispersion))[above])

    def weighed(self, columns: Floats, parameters: Floats, /) -> Floats:
        """Return the cross-products of each cluster after whitening by the factor of its pattern of waves."""
        groups, waves = self._table
        correlation = np.eye(waves)
        correlation[np.triu_indices(waves, 1)] = parameters
        correlation = correlation + correlation.T - np.eye(waves)
        seen = np.zeros(self._table, dtype=np.bool_)
        seen[self.codes, self.waves] = True
        patterns, place = np.unique(seen, axis=0, return_inverse=True)
        rows, pattern = columns[self.order], place.reshape(-1)[self.codes]
        white = np.empty_like(rows)
        for number, here in enumerate(patterns):
            mine = np.flatnonzero(pattern == number)
            block = rows[mine].reshape(-1, int(here.sum()), rows.shape[1])
            white[mine] = (_inverse_root(correlation[np.ix_(here, here)]) @ block).reshape(-1, rows.shape[1])
        return group_products(white, self.codes, groups=groups)


def _inverse_root(correlation: Floats) -> Floats:
    try:
        factor = np.linalg.cholesky(correlation)
    except np.linalg.LinAlgError:
        raise DesignError("stats_gee_indefinite", waves=len(correlation)) from None
    return np.asarray(solve_triangular(factor, np.eye(len(factor)), lower=True))
