"""Cluster-robust covariance CR0-CR3 with Satterthwaite degrees of freedom, from cluster moments alone.

With M = (X'WX)^-1 and H = X M X'W, the residuals of cluster g are adjusted by A_g: the identity (CR0), (B_g)^(-1/2) (CR2) or
(I - H_gg)^(-1) (CR3), where B_g = [(I - H)(I - H)']_gg is their covariance under independent rows of equal variance (the
working model, also where the fit is weighted; so do clubSandwich and estimatr). B_g = I + U_g K U_g' with U_g = [X_g, W_g X_g],
so A_g acts on the span of U_g alone and everything follows from U_g'U_g and U_g'e_g, of the size of X's columns.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

CLUSTERED = ("CR0", "CR1", "CR1S", "CR2", "CR3")
RANK = 1e-12
SATURATED = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True)
class Blocks:
    """What a cluster-robust covariance needs of each of G clusters.

    The design of cluster g is X_g = V_g T_g: a basis V of q columns measured row by row, and a map T_g of what is constant in
    the cluster (its arm, its stratum) or known afterwards (the means at which covariates are centred).

    Parameters
    ----------
    rows : number of rows, shape (G,).
    products : U_g'U_g, shape (G, q, q) with U = V, or (G, 2q, 2q) with U = [V, WV] where weighted.
    scores : U_g'e_g with the residuals e of the fit, shape (G, q) or (G, 2q).
    maps : T_g, shape (G, q, k), or (1, q, k) where it is the same for all.
    weighted : whether the fit was.
    counts : how many clusters alike each stands for, shape (G,); shape (0,) where each is itself.
    """

    rows: Ints
    products: Floats
    scores: Floats
    maps: Floats
    weighted: bool
    counts: Floats = field(default_factory=lambda: np.empty(0))

    @property
    def mass(self) -> Floats:
        """Clusters that each stands for, shape (G,)."""
        return self.counts if len(self.counts) else np.ones(len(self.rows))


@dataclass(frozen=True, slots=True)
class _Influence:
    """Coefficients (G, Q, m) that turn U_g into the influence a_g of a cluster's residuals, and the sums U_g'a_g, (G, Q, m)."""

    coefficients: Floats
    sums: Floats


def cluster_covariance(
    blocks: Blocks, bread: Floats, *, kind: str = "CR2", contrasts: Floats | None = None
) -> tuple[Floats, Floats]:
    """Return the covariance of m combinations of the coefficients, shape (m, m), and their degrees of freedom, shape (m,).

    Parameters
    ----------
    blocks : moments of the clusters.
    bread : M = (X'WX)^-1, shape (k, k).
    kind : CR0, CR1, CR1S (df G - 1), CR2 or CR3 (Satterthwaite's df).
    contrasts : c, shape (m, k); each coefficient where None.

    Raises
    ------
    DesignError : if there is only one cluster.

    Formula: the variance of c'b is sum_g (a_g'e_g)^2 with a_g = A_g W_g X_g M c. Assumption: clusters are independent. Where a
    cluster alone determines a combination (an eigenvalue of B_g is zero) the pseudo-inverse is taken.

    Source: Bell and McCaffrey (2002), Survey Methodology 28(2); Pustejovsky and Tipton (2018), JBES 36(4), equations 5-7.
    """
    mass = blocks.mass
    groups = round(mass.sum())
    if groups < 2:
        raise DesignError("stats_one_cluster", clusters=groups)
    rows = np.eye(len(bread)) if contrasts is None else contrasts
    influence = _influence(blocks, bread, rows, kind)
    scores = np.einsum("gqm,gq->gm", influence.coefficients, blocks.scores)
    n, k = round(float(mass @ blocks.rows)), len(bread)
    correction = {"CR1": groups / (groups - 1), "CR1S": groups / (groups - 1) * (n - 1) / (n - k)}.get(kind, 1.0)
    df = _satterthwaite(influence, blocks, bread) if kind in ("CR2", "CR3") else np.full(len(rows), groups - 1.0)
    if len(blocks.counts):
        scores = scores * np.sqrt(mass)[:, None]
    return correction * scores.T @ scores, df


def satterthwaite(blocks: Blocks, bread: Floats, *, kind: str = "CR2", contrasts: Floats | None = None) -> Floats:
    """Return Satterthwaite's degrees of freedom of any kind under the working model, shape (m,).

    Parameters
    ----------
    blocks : moments of the clusters; their scores are not used.
    bread : M = (X'WX)^-1, shape (k, k).
    kind : CR0 (of which CR1 and CR1S are multiples), CR2 or CR3.
    contrasts : c, shape (m, k); each coefficient where None.

    Formula: (sum_g P_gg)^2 / sum_gh P_gh^2 with P_gh = a_g' [(I - H)(I - H)']_gh a_h.
    """
    rows = np.eye(len(bread)) if contrasts is None else contrasts
    return _satterthwaite(_influence(blocks, bread, rows, kind), blocks, bread)


def _influence(blocks: Blocks, bread: Floats, contrasts: Floats, kind: str) -> _Influence:
    plain = blocks.maps @ (bread @ contrasts.T)
    if kind == "CR3":
        plain = _power(_within(blocks), -blocks.maps @ bread @ _transposed(blocks.maps), -1.0) @ plain
    local = np.concatenate([np.zeros_like(plain), plain], axis=1) if blocks.weighted else plain
    if kind == "CR2":
        maps = _doubled(blocks)
        local = _power(blocks.products, maps @ _working(blocks, bread) @ _transposed(maps), -0.5) @ local
    return _Influence(np.broadcast_to(local, (len(blocks.rows), *local.shape[1:])), blocks.products @ local)


def _within(blocks: Blocks) -> Floats:
    """V_g'W_gV_g, shape (G, q, q)."""
    q = blocks.maps.shape[1]
    return blocks.products[:, :q, q:] if blocks.weighted else blocks.products


def _working(blocks: Blocks, bread: Floats) -> Floats:
    if not blocks.weighted:
        return working_kernel(bread)
    q = blocks.maps.shape[1]
    return working_kernel(bread, sandwiched(blocks.maps, blocks.products[:, q:, q:]))


def sandwiched(maps: Floats, products: Floats) -> Floats:
    """Return sum_g T_g' C_g T_g, shape (k, k).

    Parameters
    ----------
    maps : T, shape (G, q, k), or (1, q, k) where it is the same for all.
    products : C, shape (G, q, q).
    """
    if len(maps) == 1:
        return np.asarray(maps[0].T @ products.sum(axis=0) @ maps[0])
    k = maps.shape[2]
    return np.asarray(maps.reshape(-1, k).T @ (products @ maps).reshape(-1, k))


def working_kernel(bread: Floats, squared: Floats | None = None) -> Floats:
    """Return K of [(I - H)(I - H)']_gh = 1(g = h) + U_g K U_h': -M with U = X, [[M N M, -M], [-M, 0]] with U = [X, WX].

    Parameters
    ----------
    bread : M, shape (k, k).
    squared : N = X'W^2X, shape (k, k); None where the fit is not weighted.
    """
    if squared is None:
        return -bread
    return np.block([[bread @ squared @ bread, -bread], [-bread, np.zeros_like(bread)]])


def _doubled(blocks: Blocks) -> Floats:
    """The map of U, shape (G or 1, Q, K)."""
    if not blocks.weighted:
        return blocks.maps
    zero = np.zeros_like(blocks.maps)
    return np.block([[blocks.maps, zero], [zero, blocks.maps]])


def _power(products: Floats, kernel: Floats, power: float) -> Floats:
    """F with (I + U K U')^power U = U F on the span of U, shape (G, Q, Q).

    With a root L'L of U'U, F = L^+ (I + L K L')^power L; zero eigenvalues are left out (pseudo-inverse).
    """
    scale = np.sqrt(np.einsum("gqq->q", products))
    scale = np.where(scale > 0, scale, 1.0)
    values, vectors = np.linalg.eigh(products / np.outer(scale, scale))
    kept = values > RANK * values[:, -1:]
    root = np.sqrt(np.where(kept, values, 0.0))
    inverse_root = np.where(kept, 1.0 / np.where(kept, root, 1.0), 0.0)
    half = vectors * root[:, None, :]
    inner = _transposed(half) @ (kernel * np.outer(scale, scale)) @ half
    spare, directions = np.linalg.eigh(np.eye(inner.shape[-1]) + inner)
    raised = np.where(spare > SATURATED, np.maximum(spare, SATURATED) ** power, 0.0)
    middle = (directions * raised[:, None, :]) @ _transposed(directions)
    left = vectors * inverse_root[:, None, :] / scale[:, None]
    return (left @ middle @ _transposed(half)) * scale


def _satterthwaite(influence: _Influence, blocks: Blocks, bread: Floats) -> Floats:
    working = _working(blocks, bread)
    own = np.einsum("gqm,gqm->gm", influence.coefficients, influence.sums)
    seen = _transposed(_doubled(blocks)) @ influence.sums
    counts = blocks.mass if len(blocks.counts) else None
    return np.array([
        satterthwaite_df(own[:, j], seen[:, :, j], working=working, counts=counts) for j in range(own.shape[1])
    ])  # fmt: skip


def satterthwaite_df(own: Floats, seen: Floats, *, working: Floats, counts: Ints | Floats | None = None) -> float:
    """Return (sum P_gg)^2 / sum P_gh^2 for P_gh = 1(g = h) own_g + seen_g' K seen_h, without the G x G matrix.

    Parameters
    ----------
    own : a_g'a_g, shape (G,).
    seen : U_g'a_g, shape (G, K).
    working : K, shape (K, K).
    counts : how many equal ones each stands for, shape (G,); one where None.
    """
    times = np.ones(len(own)) if counts is None else counts
    shared = np.einsum("gk,gk->g", seen @ working, seen)
    spread = working @ (seen.T @ (seen if counts is None else seen * times[:, None]))
    squares = (times * own**2).sum() + 2.0 * (times * own * shared).sum() + (spread * spread.T).sum()
    return float((times * (own + shared)).sum() ** 2 / squares)


def _transposed(stack: Floats) -> Floats:
    return np.swapaxes(stack, -1, -2)
