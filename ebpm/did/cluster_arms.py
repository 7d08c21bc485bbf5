"""Errors of clusters by arm: as published, or with leverage and degrees of freedom for few treated clusters."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from ebpm.estimate import Unavailable
from ebpm.moments.frame import EVERY, Floats, Ints, one_of
from ebpm.stats.inference import combined_df, sup_t

ERRORS = ("asymptotic", "satterthwaite")
NONE = np.empty(0)


@dataclass(frozen=True, slots=True)
class Arms:
    """The arms that clusters form: those whose units are all of one cohort, each cohort an arm, and those that mix cohorts.

    Parameters
    ----------
    rows : arm of each row of an influence, one row a cluster unless it is condensed, shape (R,).
    sizes : clusters of each arm, shape (A,).
    corrected : whether errors are those for few clusters.
    mass : independent clusters alike that each row of an influence is the sum of, shape (R,); shape (0,) where it is one.
    """

    rows: Ints
    sizes: Ints
    corrected: bool = False
    mass: Floats = field(default_factory=lambda: np.empty(0))

    @classmethod
    def of(cls, groups: Ints, cohort: Floats, errors: str, mass: Floats = NONE) -> Arms:
        """Return the arms of the clusters of some rows.

        Parameters
        ----------
        groups : cluster of each row, 0 .. G - 1, shape (n,).
        cohort : of each row, infinity where never treated, shape (n,).
        errors : "asymptotic" or "satterthwaite".
        mass : independent clusters that each of them stands for, shape (G,); shape (0,) where each is itself.
        """
        clusters, corrected = int(groups.max()) + 1, one_of(errors, ERRORS, "errors") == "satterthwaite"
        codes = np.unique(cohort, return_inverse=True)[1]
        first, last = np.full(clusters, codes.max() + 1), np.full(clusters, -1)
        np.minimum.at(first, groups, codes)
        np.maximum.at(last, groups, codes)
        arms = np.unique(np.where(first == last, first, -1), return_inverse=True)[1]
        sizes = np.rint(np.bincount(arms, mass if len(mass) else None)).astype(np.int64)
        return cls(arms, sizes, corrected, mass)

    @classmethod
    def none(cls) -> Arms:
        """Return no arms."""
        return cls(np.empty(0, dtype=np.int64), np.empty(0, dtype=np.int64))

    @property
    def clusters(self) -> int:
        return int(self.sizes.sum())

    def number(self, clusters: Ints) -> int:
        """Return how many independent clusters some clusters stand for."""
        return round(self.mass[clusters].sum()) if len(self.mass) else len(clusters)

    def members(self) -> Iterator[Ints]:
        """Yield the rows of each arm."""
        for arm in range(len(self.sizes)):
            yield np.flatnonzero(self.rows == arm)

    def scale(self, rows: int, columns: int, clusters: int) -> float:
        """Return the CR1 factor G/(G-1) (n-1)/(n-K); 1 where the arms have a correction of their own.

        Parameters
        ----------
        rows, columns, clusters : n, G, and K, the regressors and the period effects with the constant.
        """
        return 1.0 if self.corrected else small_sample(rows, columns, clusters)

    def spread(self, influence: Floats, df: float) -> tuple[Floats, Floats]:
        """Return the covariance of m values, shape (m, m), and the degrees of freedom of each, shape (m,).

        Parameters
        ----------
        influence : shape (R, m).
        df : where errors are asymptotic.
        """
        influence = self.apart(influence)
        if not self.corrected:
            return influence.T @ influence, np.full(influence.shape[1], df)
        return pooled(np.array([influence[rows].T @ influence[rows] for rows in self.members()]), self.sizes)

    def apart(self, influence: Floats, rows: Ints | slice = EVERY) -> Floats:
        """Return an influence whose cross-products are those of independent clusters, shape (R, m).

        Parameters
        ----------
        influence : of some rows.
        rows : which those are.

        Formula: n clusters alike, whose influence adds up to z, have cross-products zz' / n.
        """
        return influence / np.sqrt(self.mass[rows])[:, None] if len(self.mass) else influence

    @staticmethod
    def critical(covariance: Floats, df: Floats, conf_level: float) -> float | Unavailable:
        """Return the critical value of the simultaneous band of k values, by the smallest of their degrees of freedom.

        Parameters
        ----------
        covariance : shape (k, k).
        df : of each, shape (k,).
        conf_level : of the band.
        """
        if not len(df):
            return Unavailable("no_joint_covariance")
        return sup_t(covariance, conf_level=conf_level, df=float(df.min()))

    def condensed(self, influence: Floats) -> tuple[Arms, Floats]:
        """Return an influence of at most m rows an arm with the same cross-products, which no longer tells of any cluster.

        Formula: R of the QR decomposition of the rows of each arm.
        """
        apart = self.apart(influence)
        return self.stacked([np.asarray(np.linalg.qr(apart[rows], mode="r")) for rows in self.members()])

    def stacked(self, parts: Sequence[Floats]) -> tuple[Arms, Floats]:
        """Return the influence whose rows are given arm by arm."""
        rows = np.repeat(np.arange(len(parts)), [len(part) for part in parts])
        return replace(self, rows=rows, mass=NONE), np.vstack(parts)


def small_sample(rows: int, columns: int, clusters: int) -> float:
    """Return G/(G-1) (n-1)/(n-K), K the regressors and the period effects with the constant."""
    return clusters / max(clusters - 1, 1) * (rows - 1) / max(rows - columns, 1)


@dataclass(frozen=True, slots=True)
class ByArm:
    """The covariance of m values that the clusters of each arm leave.

    Parameters
    ----------
    products : sum over the clusters of an arm of the outer products of their influence, shape (A, m, m).
    sizes : clusters of each arm, shape (A,); none where errors are asymptotic.
    """

    products: Floats
    sizes: Ints

    @classmethod
    def none(cls) -> ByArm:
        """Return no arms."""
        return cls(np.empty((0, 0, 0)), np.empty(0, dtype=np.int64))

    @property
    def corrected(self) -> bool:
        """Whether errors are those for few clusters."""
        return len(self.sizes) > 0

    def df(self, gradients: Floats) -> Floats:
        """Return the degrees of freedom of some combinations of the values, shape (k,); infinity where errors are asymptotic.

        Parameters
        ----------
        gradients : shape (k, m).
        """
        if not self.corrected:
            return np.full(len(gradients), np.inf)
        return pooled(gradients @ self.products @ gradients.T, self.sizes)[1]


def pooled(products: Floats, sizes: Ints) -> tuple[Floats, Floats]:
    """Return the covariance of m values from that of each arm, shape (m, m), and Satterthwaite's degrees of freedom, shape (m,).

    Parameters
    ----------
    products : sum over the clusters of an arm of the outer products of their influence, shape (A, m, m).
    sizes : clusters of each arm, shape (A,).

    Formula: V = sum_a n_a / (n_a - 1) C_a; df_j = V_jj^2 / sum_a (n_a / (n_a - 1) C_ajj)^2 / (n_a - 1). For a difference of two means it is Welch's
    test. An arm of one cluster has no leverage to correct and counts with one degree of freedom.

    Source: Welch (1947), Biometrika 34(1/2); Satterthwaite (1946), Biometrics Bulletin 2(6); Bell and McCaffrey (2002), Survey Methodology 28(2).
    """
    own = np.maximum(sizes - 1.0, 1.0)
    parts = products * (np.where(sizes > 1, sizes, 1.0) / own)[:, None, None]
    variances = np.einsum("amm->am", parts)
    return parts.sum(axis=0), np.array([combined_df(column, own) for column in variances.T])
