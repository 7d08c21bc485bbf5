"""Cluster moments: all that least squares with cluster-robust inference needs of the rows."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from ebpm.moments.frame import Floats, Ints
from ebpm.stats.groups import group_products
from ebpm.stats.regression.clusters import Blocks, cluster_covariance, sandwiched
from ebpm.stats.regression.covariance import Covariance
from ebpm.stats.regression.least_squares import Solution, solve


@dataclass(frozen=True, slots=True, kw_only=True)
class ClusterMoments:
    """Counts and cross-products of a basis V (q columns) and an outcome y within each of G clusters.

    The design of a regression is a linear map of the basis, X_g = V_g T_g, so that arms, strata and centred covariates cost no
    second pass over the rows.

    Parameters
    ----------
    rows : number of rows, shape (G,).
    products : U'U, shape (G, q, q) with U = V; (G, 2q, 2q) with U = [V, WV] where weighted.
    cross : U'y, shape (G, q) or (G, 2q).
    squares : y'y, shape (G,).
    maps : T, shape (1, q, k) or (G, q, k).
    weighted : whether rows carry weights.
    """

    rows: Ints
    products: Floats
    cross: Floats
    squares: Floats
    maps: Floats
    weighted: bool

    @classmethod
    def of(
        cls, basis: Floats, outcome: Floats, *, codes: Ints, clusters: int, weights: Floats | None = None
    ) -> ClusterMoments:
        """Sum rows into moments.

        Parameters
        ----------
        basis : V, shape (n, q); subtract large means from its columns beforehand.
        outcome : y, shape (n,); likewise.
        codes : cluster of each row, in 0 .. clusters - 1, shape (n,).
        clusters : G.
        weights : analytical weights, shape (n,).

        Examples
        --------
        >>> import numpy as np
        >>> moments = ClusterMoments.of(np.ones((4, 1)), np.array([1.0, 2.0, 3.0, 6.0]), codes=np.array([0, 0, 1, 1]), clusters=2)
        >>> moments.cross.ravel().tolist()
        [3.0, 9.0]
        """
        columns = [basis, outcome[:, None]] if weights is None else [basis, basis * weights[:, None], outcome[:, None]]
        everything = group_products(np.hstack(columns), codes, groups=clusters)
        rows = np.bincount(codes, minlength=clusters).astype(np.int64)
        return cls(
            rows=rows, products=everything[:, :-1, :-1], cross=everything[:, :-1, -1], squares=everything[:, -1, -1],
            maps=np.eye(basis.shape[1])[None], weighted=weights is not None,
        )  # fmt: skip

    def __add__(self, other: ClusterMoments) -> ClusterMoments:
        """Merge the moments of further rows of the same clusters."""
        return replace(
            self, rows=self.rows + other.rows, products=self.products + other.products,
            cross=self.cross + other.cross, squares=self.squares + other.squares,
        )  # fmt: skip

    def mapped(self, maps: Floats) -> ClusterMoments:
        """Return the moments of the design X_g T_g.

        Parameters
        ----------
        maps : T, shape (k, j) for all clusters, or (G, k, j) for each.
        """
        return replace(self, maps=self.maps @ (maps[None] if maps.ndim == 2 else maps))

    def of_clusters(self, keep: Ints) -> ClusterMoments:
        """Return the moments of some clusters."""
        maps = self.maps if len(self.maps) == 1 else self.maps[keep]
        return replace(
            self,
            rows=self.rows[keep],
            products=self.products[keep],
            cross=self.cross[keep],
            squares=self.squares[keep],
            maps=maps,
        )

    @property
    def sides(self) -> Floats:
        """V'WV and V'Wy of each cluster, side by side: shape (G, q, q + 1)."""
        q = self.maps.shape[1]
        rows = slice(0, q)
        columns = slice(q, 2 * q) if self.weighted else rows
        return np.concatenate([self.products[:, rows, columns], self.cross[:, columns, None]], axis=2)

    @property
    def normal(self) -> tuple[Floats, Floats]:
        """X'WX and X'Wy of each cluster, shapes (G, k, k) and (G, k)."""
        sides, back = self.sides, self.maps.transpose(0, 2, 1)
        return back @ sides[:, :, :-1] @ self.maps, (back @ sides[:, :, -1:])[:, :, 0]


@dataclass(frozen=True, slots=True)
class ClusterRegression:
    """Least squares from cluster moments.

    Parameters
    ----------
    coefficients : shape (k,).
    covariance : of the contrasts that were asked for.
    """

    coefficients: Floats
    covariance: Covariance


def regress(
    moments: ClusterMoments, *, kind: str = "CR2", contrasts: Floats | None = None, names: tuple[str, ...] = ()
) -> ClusterRegression:
    """Fit least squares from cluster moments, with a cluster-robust covariance.

    Parameters
    ----------
    moments : of the design, mapped.
    kind : "CR0", "CR1", "CR1S", "CR2" or "CR3".
    contrasts : linear combinations, shape (m, k); each coefficient where None.
    names : of the k columns, for messages.

    Raises
    ------
    DesignError : if columns are collinear, naming them, or if there is only one cluster.

    Formula, assumptions and source: `ebpm.stats.regression.clusters.cluster_covariance`.
    """
    solution = _solution(moments, names)
    blocks = Blocks(
        rows=moments.rows,
        products=moments.products,
        scores=_scores(moments, solution.coefficients),
        maps=moments.maps @ solution.root,
        weighted=moments.weighted,
    )
    rows = solution.root if contrasts is None else contrasts @ solution.root
    matrix, df = cluster_covariance(blocks, np.eye(len(solution.root)), kind=kind, contrasts=rows)
    return ClusterRegression(solution.coefficients, Covariance(matrix, df, kind))


def _solution(moments: ClusterMoments, names: tuple[str, ...]) -> Solution:
    sides = moments.sides
    maps = np.broadcast_to(moments.maps, (len(sides), *moments.maps.shape[1:]))
    cross = np.einsum("gqk,gq->k", maps, sides[:, :, -1])
    return solve(sandwiched(moments.maps, sides[:, :, :-1]), cross, names=names)


def _scores(moments: ClusterMoments, coefficients: Floats) -> Floats:
    """U_g'e_g with e = y - V T b."""
    q = moments.maps.shape[1]
    fitted: Floats = moments.products[:, :, :q] @ (moments.maps @ coefficients)[:, :, None]
    return moments.cross - fitted[:, :, 0]
