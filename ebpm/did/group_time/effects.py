"""Group-time effects with their joint covariance, and with that of the cohort shares which weight them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from ebpm.did.cluster_arms import ByArm, pooled
from ebpm.did.group_time.cells import Cell
from ebpm.did.joint import settled
from ebpm.moments.frame import Floats, Ints
from ebpm.moments.paths import PathMoments

ROUNDING = 1e-24


@dataclass(frozen=True, slots=True, kw_only=True)
class Effects:
    """All ATT(g, t) as one random vector, together with the cohort shares.

    Both are asymptotically linear in the units, so their joint covariance is all that any average of the effects needs:
    every aggregate is a smooth function of (att, shares) and its variance follows by the delta method.

    Parameters
    ----------
    cells : K cells in order.
    att : shape (K,), in the unit of the outcome; zero in a reference cell.
    covariance : shape (K, K) of `att`.
    cohorts : shape (H,), every cohort including the never treated (infinity).
    counts : shape (H,), units of each, or rows in cross-sections.
    shares : share of each cohort, by sampling weight, shape (H,).
    cross : shape (K, H), covariance of `att` with the cohort shares.
    shares_covariance : shape (H, H).
    rows : rows of each cell, shape (K,).
    groups : independent clusters of each cell's cohort, of its comparison group and of both, shape (K, 3).
    clusters : (of the treated cohorts, of all).
    by_arm : covariance of (att, shares) by arm of clusters, where errors are those for few of them.
    """

    cells: tuple[Cell, ...]
    att: Floats
    covariance: Floats
    cohorts: Floats
    counts: Ints
    shares: Floats
    cross: Floats
    shares_covariance: Floats
    rows: Ints
    groups: Ints
    clusters: tuple[int, int]
    by_arm: ByArm = field(default_factory=ByArm.none)

    def corrected(self, by_arm: ByArm) -> Effects:
        """Return the effects with errors for few clusters."""
        joint, K = pooled(by_arm.products, by_arm.sizes)[0], len(self.cells)
        covariance, cross = joint[:K, :K].copy(), joint[:K, K:].copy()
        settle(covariance, cross)
        return replace(self, covariance=covariance, cross=cross, shares_covariance=joint[K:, K:], by_arm=by_arm)

    def settled(self, floor: float) -> Effects:
        """Return the effects with no variance where standard errors are rounding, at most `floor`."""
        kept = np.diag(self.covariance) > floor**2
        if kept.all():
            return self
        return replace(self, covariance=settled(self.covariance, floor), cross=self.cross * kept[:, None])

    def sizes(self) -> dict[int, int]:
        """Return the units of each treated cohort."""
        treated = {cell.cohort for cell in self.cells}
        sizes = zip(self.cohorts, self.counts, strict=True)
        return {int(cohort): int(count) for cohort, count in sizes if cohort in treated}


@dataclass(frozen=True, slots=True)
class CellWeights:
    """How the mean paths of H cohorts enter K cells.

    Parameters
    ----------
    contrasts : d = e_t - e_base, shape (K, T).
    treated, compared : which cohorts are the cell's own and its comparison group, shape (K, H).
    signs : of one unit: 1 / n of the cohort, -1 / n of the comparison group, shape (K, H).
    means : mean change of each cohort, shape (K, H).
    centre : mean change of the group that a cohort belongs to, shape (K, H).
    """

    contrasts: Floats
    treated: NDArray[np.bool_]
    compared: NDArray[np.bool_]
    signs: Floats
    means: Floats
    centre: Floats

    @classmethod
    def of(cls, cells: Sequence[Cell], moments: PathMoments) -> CellWeights:
        """Return the weights of cells; scatters are not used."""
        contrasts = np.array([contrast(cell, moments.periods) for cell in cells])
        treated = np.array([moments.cohorts == cell.cohort for cell in cells])
        compared = np.array([[cohort in cell.comparison for cohort in moments.cohorts.tolist()] for cell in cells])
        others = compared @ moments.counts
        signs = treated / (treated @ moments.counts)[:, None] - compared / others[:, None]
        means = contrasts @ moments.means.T
        centre = np.where(treated, (treated * means).sum(axis=1)[:, None], 0.0)
        centre += np.where(compared, ((compared * moments.counts * means).sum(axis=1) / others)[:, None], 0.0)
        return cls(contrasts, treated, compared, signs, means, centre)


def effects_from_moments(cells: Sequence[Cell], moments: PathMoments) -> Effects:
    """Return the effects without covariates, from cohort path moments alone.

    Formula: with d = e_t - e_base, ATT = d'(mean of the cohort - mean of the comparison). A unit of cohort h adds
    c_h d'y_i with c_h = 1/n_g in the cohort and -1/n_C in the comparison, so that the covariance is
    sum_h A_h S_h A_h' + n_h m_h m_h', where A_h stacks c_h d', S_h is the scatter of cohort h, and m_h the mean
    contribution of its units; n_h m_h / n is the covariance with the share of cohort h.

    Source: Callaway and Sant'Anna (2021), Journal of Econometrics 225(2), theorem 2 with no covariates.

    Examples
    --------
    >>> import numpy as np
    >>> from ebpm.did.group_time.cells import CellDesign
    >>> paths = np.array([[1.0, 4.0], [2.0, 6.0], [1.0, 2.0], [3.0, 4.0]])
    >>> moments = PathMoments.of_paths(np.array([1, 2]), paths, np.array([2.0, 2.0, np.inf, np.inf]))
    >>> cells = CellDesign("never_treated", "varying", 0).cells(moments.cohorts, moments.periods)
    >>> effects = effects_from_moments(cells, moments)
    >>> effects.att.tolist(), effects.covariance.tolist()
    ([2.5], [[0.125]])
    """
    weights = CellWeights.of(cells, moments)
    signs, contrasts, means = weights.signs, weights.contrasts, weights.means
    att = ((signs * moments.counts) * means).sum(axis=1)
    between = signs * (means - weights.centre)
    covariance = np.einsum("kh,h,jh->kj", between, moments.counts, between)
    for place in range(len(moments.cohorts)):
        linear = signs[:, place, None] * contrasts
        covariance += linear @ moments.scatters[place] @ linear.T
    cross = between * moments.counts / moments.counts.sum()
    settle(covariance, cross)
    own, others = weights.treated @ moments.counts, weights.compared @ moments.counts
    shares = moments.counts / moments.counts.sum()
    ever = weights.treated.any(axis=0) @ moments.counts
    return Effects(
        cells=tuple(cells), att=att, covariance=covariance, cohorts=moments.cohorts, counts=moments.counts, shares=shares,
        cross=cross, shares_covariance=(np.diag(shares) - np.outer(shares, shares)) / moments.counts.sum(),
        rows=2 * (own + others), groups=np.column_stack([own, others, own + others]), clusters=(int(ever), int(moments.counts.sum())),
    )  # fmt: skip


def settle(covariance: Floats, cross: Floats) -> None:
    """Set to zero, in place, what is rounding: the covariances of cells in which no unit changes."""
    variances = np.diag(covariance)
    constant = variances <= ROUNDING * variances.max(initial=0.0)
    covariance[constant, :] = covariance[:, constant] = 0.0
    cross[constant] = 0.0


def contrast(cell: Cell, periods: Ints) -> Floats:
    """Return e_t - e_base, shape (T,)."""
    return np.asarray((periods == cell.period).astype(np.float64) - (periods == cell.base).astype(np.float64))
