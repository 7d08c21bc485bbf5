"""The quantile of the largest of correlated normal variables, from draws of its tail alone."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

Floats = NDArray[np.float64]

FIRST, MOST, MOST_NUMBERS = 1024, 65_536, 2_000_000
STEPS, CLOSE = 60, 1e-6
STEP, SLIGHT = 0.05, 0.1
GOLDEN = (math.sqrt(5.0) - 1.0) / 2.0


def largest_normal(correlation: Floats, probability: float, *, accuracy: float = 0.003, seed: int = 20190401) -> float:
    """Return c with P(max |Z_j| > c) = probability, Z ~ N(0, correlation).

    Parameters
    ----------
    correlation : shape (k, k), k of 2 or more.
    probability : of the tail.
    accuracy : standard error that the drawing may leave in c. 1,024 draws are made, then as many as it takes and at most 65,536, or
        two million numbers, where variables are many and alike.
    seed : of the numpy Generator; the same seed gives the same value.

    Formula: P(max > c) = 2 k P(Z > c) E[1 / number of |Z_i| > c], where one j is drawn among the k, Z_j beyond c, and the others
    given Z_j. c is the fixed point of c = the normal quantile at probability / (2 k E[...]). Draws come in pairs of opposite
    errors, over equal parts of the k.

    Source: Adler, Blanchet and Liu (2012), Annals of Applied Probability 22(3), algorithm 5.2.

    Examples
    --------
    >>> import numpy as np
    >>> round(largest_normal(np.eye(10), 0.05), 2), round(float(-ndtri((1 - 0.95**0.1) / 2)), 2)
    (2.8, 2.8)
    """
    root, least = _root(correlation), float(-ndtri(probability / 2))
    start, draws = float(-ndtri(probability / (2 * len(correlation)))), FIRST
    found, error = _Tail.drawn(correlation, root, draws, seed).solve(start, probability)
    most = min(MOST, MOST_NUMBERS // len(correlation))
    if error > accuracy and draws < most:
        draws = min(most, 2 * math.ceil(draws * (error / accuracy) ** 2 / 2))
        found, _ = _Tail.drawn(correlation, root, draws, seed).solve(found, probability)
    return max(found, least)


@dataclass(frozen=True, slots=True)
class _Tail:
    """All variables of some draws, given that a chosen one lies in the tail: `fixed` where it is zero, and `slopes` times its value.

    Each row stands for a pair of draws, of the same chosen variable, opposite `fixed`, and the values at `uniform` and 1 - `uniform`
    of the tail.
    """

    fixed: Floats
    slopes: Floats
    uniform: Floats

    @classmethod
    def drawn(cls, correlation: Floats, root: Floats, draws: int, seed: int) -> _Tail:
        size, pairs = len(correlation), draws // 2
        generator, row = np.random.default_rng(seed), np.arange(pairs)
        errors = generator.standard_normal((pairs, size)) @ root.T
        chosen = row * size // pairs if pairs >= size else generator.permutation(size)[:pairs]
        slopes = correlation[chosen]
        fixed = errors - slopes * errors[row, chosen][:, None]
        fixed[row, chosen] = 0.0
        uniform = np.asarray((row * GOLDEN + generator.random()) % 1.0, dtype=np.float64)
        return cls(fixed, slopes, uniform)

    def solve(self, start: float, probability: float) -> tuple[float, float]:
        """Return the quantile and its standard error."""
        found = start
        for _ in range(STEPS):
            shares = self.shares(found)
            before, found = found, float(-ndtri(probability / (2 * self.slopes.shape[1] * shares.mean())))
            if abs(found - before) < CLOSE:
                break
        slope = math.log(ndtr(-found) * shares.mean() / (ndtr(-found - STEP) * self.shares(found + STEP).mean())) / STEP
        relative = shares.std() / shares.mean() / math.sqrt(len(shares))
        return found, float(relative / max(slope, SLIGHT))

    def shares(self, beyond: float) -> Floats:
        """Return 1 / number of variables beyond a value, averaged over the two draws of each pair, shape (pairs,)."""
        tail, shares = ndtr(-beyond), np.zeros(len(self.uniform))
        for uniform, add in ((self.uniform, np.add), (1.0 - self.uniform, np.subtract)):
            values = self.slopes * -ndtri(uniform * tail)[:, None]
            add(values, self.fixed, out=values)
            shares += 0.5 / np.maximum(np.count_nonzero(np.abs(values, out=values) > beyond, axis=1), 1)
        return shares


def _root(correlation: Floats) -> Floats:
    """Return F with FF' = correlation."""
    try:
        return np.asarray(np.linalg.cholesky(correlation), dtype=np.float64)
    except np.linalg.LinAlgError:
        values, vectors = np.linalg.eigh(correlation)
        root: Floats = vectors * np.sqrt(np.clip(values, 0.0, None))
        return root
