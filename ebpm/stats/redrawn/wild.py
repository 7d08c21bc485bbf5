"""The wild cluster bootstrap, from the normal equations of the clusters alone."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ebpm.stats.given import generator
from ebpm.stats.redrawn.inversion import NullDraws, null_draws, polarised, ratio
from ebpm.stats.redrawn.permutation import ENUMERABLE, block_sizes

Floats = NDArray[np.float64]

WEBB = np.sqrt([0.5, 1.0, 1.5])
WEIGHTS = ("rademacher", "webb")


@dataclass(frozen=True, slots=True, kw_only=True)
class Wild:
    """A bootstrapped combination of coefficients.

    Parameters
    ----------
    draws : statistics of all draws, in units of `unit`.
    unit : the root of the CR0 variance of the combination.
    """

    draws: NullDraws
    unit: float

    @property
    def estimate(self) -> float:
        return self.draws.estimate * self.unit

    def p_value(self, null: float = 0.0) -> float:
        """Return the symmetric p value of the null that the combination is `null`; ties count as at least as far."""
        return self.draws.p_value(null / self.unit)

    def interval(self, conf_level: float = 0.95) -> tuple[float, float]:
        """Return the ends of the values that are not rejected."""
        low, high = self.draws.interval(conf_level)
        return low * self.unit, high * self.unit


def wild_bootstrap(
    products: Floats,
    cross: Floats,
    *,
    contrast: Floats,
    restricted: bool = True,
    weights: str = "rademacher",
    draws: int = 9999,
    seed: int = 20190401,
) -> Wild:
    """Bootstrap the t statistic of a combination of coefficients, residuals multiplied by one random weight a cluster.

    Parameters
    ----------
    products : X_g'WX_g of each cluster, shape (G, k, k).
    cross : X_g'Wy_g of each cluster, shape (G, k).
    contrast : c, shape (k,).
    restricted : whether residuals are those under the null (WCR) or those of the fit (WCU).
    weights : "rademacher" (-1, 1), all 2^G gone through where there are 200,000 or fewer, or "webb" (six points).
    draws : number of draws where not all are gone through.
    seed : of the draws.

    Formula: with M = (X'WX)^-1, b the coefficients under the null c'b = r, u_g = X_g'We_g and w = sum_g v_g u_g, a draw has
    c'b* - r = c'Mw and the CR0 variance sum_g (v_g c'M u_g - c'M C_g M w)^2; its t is compared with the observed one. A scalar
    correction of the variance cancels.

    Assumptions: clusters are independent; many enough, or alike enough, for the weights to stand for their errors.

    Source: Cameron, Gelbach and Miller (2008), REStat 90(3); Webb (2023), Canadian Journal of Economics 56(3), for six points;
    Roodman, MacKinnon, Nielsen and Webb (2019), Stata Journal 19(1), for the computation from clusters.
    """
    bread = np.linalg.pinv(products.sum(axis=0), hermitian=True)
    coefficients = bread @ cross.sum(axis=0)
    scores = cross - products @ coefficients
    unit = float(np.sqrt(((scores @ bread @ contrast) ** 2).sum())) or 1.0
    estimate, scores = float(contrast @ coefficients) / unit, scores / unit
    fixed, moving = scores, np.zeros_like(scores)
    if restricted:
        pull = products @ (bread @ contrast) / (contrast @ bread @ contrast)
        fixed, moving = scores + pull * estimate, -pull
    kernel = _Kernel.of(np.stack([fixed, moving, fixed + moving]), products, bread, contrast)
    complete = weights == "rademacher" and 2 ** len(products) <= ENUMERABLE
    found = null_draws(
        polarised(map(kernel.effects, _blocks(len(products), weights, draws, seed, complete=complete))),
        estimate=estimate, variance=1.0, complete=complete, studentised=True,
    )  # fmt: skip
    return Wild(draws=found, unit=unit)


def wild_statistics(
    products: Floats,
    cross: Floats,
    *,
    contrast: Floats,
    weights: str = "rademacher",
    draws: int = 9999,
    seed: int = 20190401,
) -> tuple[Floats, Floats, bool]:
    """Bootstrap several outcomes with the same weights: t statistics of the data, (K,), of the draws, (B, K), whether these are all.

    Parameters
    ----------
    products : X_g'WX_g of each cluster, shape (G, k, k).
    cross : X_g'Wy_g of each cluster and outcome, shape (G, k, K).
    contrast : c, shape (k,); the null is that the combination is zero for every outcome.
    weights, draws, seed : as in `wild_bootstrap`.

    Formula, assumptions and source: `wild_bootstrap`, with the residuals under the null.
    """
    bread = np.linalg.pinv(products.sum(axis=0), hermitian=True)
    coefficients = bread @ cross.sum(axis=0)
    scores = (cross - products @ coefficients).transpose(2, 0, 1)
    units = np.sqrt(((scores @ bread @ contrast) ** 2).sum(axis=1))
    units = np.where(units > 0, units, 1.0)
    estimates = contrast @ coefficients / units
    pull = products @ (bread @ contrast) / (contrast @ bread @ contrast)
    kernel = _Kernel.of(scores / units[:, None, None] + estimates[:, None, None] * pull, products, bread, contrast)
    complete = weights == "rademacher" and 2 ** len(products) <= ENUMERABLE
    blocks = _blocks(len(products), weights, draws, seed, complete=complete)
    found = np.concatenate([ratio(*kernel.effects(block)) for block in blocks])
    return estimates, found, complete


@dataclass(frozen=True, slots=True)
class _Kernel:
    """Per column of scores: u_g, shape (K, G, k); c'Mu_g, (K, G); and q_g = M C_g M c, (G, k)."""

    scores: Floats
    influence: Floats
    reach: Floats

    @classmethod
    def of(cls, scores: Floats, products: Floats, bread: Floats, contrast: Floats) -> _Kernel:
        return cls(scores, scores @ (bread @ contrast), products @ (bread @ contrast) @ bread)

    def effects(self, signs: Floats) -> tuple[Floats, Floats]:
        """Numerators and variances of a block of draws, shapes (b, K), for signs of shape (b, G)."""
        values = signs @ self.influence.T
        square = self.reach.T @ self.reach
        spreads = np.empty_like(values)
        for column, (scores, influence) in enumerate(zip(self.scores, self.influence, strict=True)):
            pull = signs @ scores
            crossed = (pull * (signs @ (influence[:, None] * self.reach))).sum(axis=1)
            spreads[:, column] = signs**2 @ influence**2 - 2.0 * crossed + ((pull @ square) * pull).sum(axis=1)
        return values, np.maximum(spreads, 0.0)


def _blocks(clusters: int, weights: str, draws: int, seed: int, *, complete: bool) -> Iterator[Floats]:
    rng, start = generator(seed), 0
    for count in block_sizes(2**clusters if complete else draws, clusters):
        if complete:
            bits = np.arange(start, start + count)[:, None] >> np.arange(clusters) & 1
        else:
            bits = rng.integers(0, 2, (count, clusters), dtype=np.int64)
        signs: Floats = np.where(bits == 1, 1.0, -1.0)
        if weights == "webb":
            signs *= WEBB[rng.integers(0, 3, (count, clusters), dtype=np.int8)]
        yield signs
        start += count
