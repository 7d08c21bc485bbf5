"""The difference between the means of two arms, with its variance, for each of many assignments."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Codes8 = NDArray[np.int8]
Cell = tuple[Floats, Floats]
Columns = tuple[Floats, ...]

SMALL, COLUMNS = 100_000, 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Units:
    """What the difference of two arms needs of each unit; K columns of outcomes.

    Parameters
    ----------
    totals : sums of the rows of each unit, shape (units, K); subtract large means beforehand.
    sizes : rows of each unit, shape (units,).
    members : units of each stratum.
    shares : weight of each stratum, summing to one.
    paired : whether every stratum is one unit of each arm.
    """

    totals: Floats
    sizes: Floats
    members: tuple[Ints, ...]
    shares: Floats
    paired: bool

    def effects(self, arms: Codes8) -> tuple[Floats, Floats]:
        """Return the difference in means of arm 1 and arm 0, and its variance, shapes (b, K).

        Parameters
        ----------
        arms : assignments that give a stratum the same numbers of units an arm, shape (b, units).

        Formula: of single rows s^2 / n an arm, of clusters CR2, summed over strata by the square of their share of rows; of
        pairs S / (S - 1) sum (p d - mean)^2. The estimators of `ebpm.rct.difference_in_means`.
        """
        every = range(self.totals.shape[1])
        return self._compared(arms, _Pairs(every, every))

    def joint_effects(self, arms: Codes8) -> tuple[Floats, Floats]:
        """Return the differences of two columns, shape (b, 2), and their variance, covariance and variance, shape (b, 3).

        Parameters
        ----------
        arms : as in `effects`.
        """
        return self._compared(arms, _Pairs((0, 0, 1), (0, 1, 1)))

    def _compared(self, arms: Codes8, pairs: _Pairs) -> tuple[Floats, Floats]:
        if self.paired:
            return self._of_pairs(arms, pairs)
        value, variance = np.zeros((len(arms), self.totals.shape[1])), np.zeros((len(arms), len(pairs.first)))
        for units, share in zip(self.members, self.shares.tolist(), strict=True):
            block = arms if len(self.members) == 1 else arms[:, units]
            found = _Stratum.of(self.totals[units], self.sizes[units], pairs).differences(block)
            value += share * found[0]
            variance += share**2 * found[1]
        return value, variance

    def chosen(self, chosen: Floats) -> tuple[Floats, Floats]:
        """Return the mean of the units chosen, averaged over strata, and its variance, shapes (b, K).

        Parameters
        ----------
        chosen : 1 for the units of one of any number of arms and 0 for others, shape (b, units).

        Formula: as `effects`, of one arm.
        """
        value, variance = (np.zeros((len(chosen), self.totals.shape[1])) for _ in range(2))
        every = range(self.totals.shape[1])
        pairs = _Pairs(every, every)
        for units, share in zip(self.members, self.shares.tolist(), strict=True):
            cell = _Stratum.of(self.totals[units], self.sizes[units], pairs).one(chosen[:, units])
            value += share * cell[0]
            variance += share**2 * cell[1]
        return value, variance

    def _of_pairs(self, arms: Codes8, pairs: _Pairs) -> tuple[Floats, Floats]:
        one, other = np.stack(self.members).T
        means = self.totals / self.sizes[:, None]
        parts = self.shares[:, None] * (means[one] - means[other])
        value, count = (2.0 * arms[:, one] - 1.0) @ parts, len(one)
        spread = pairs.products(parts).sum(axis=0) - pairs.products(value) / count
        return value, count / (count - 1) * pairs.positive(spread)


@dataclass(frozen=True, slots=True)
class _Pairs:
    """Pairs of columns whose variance or covariance is wanted."""

    first: Sequence[int]
    second: Sequence[int]

    def products(self, columns: Floats) -> Floats:
        return columns[:, list(self.first)] * columns[:, list(self.second)]

    def positive(self, spread: Floats) -> Floats:
        """Variances that rounding made negative as zeros; covariances as they are."""
        own = np.equal(self.first, self.second)
        return np.where(own, np.maximum(spread, 0.0), spread)


@dataclass(frozen=True, slots=True)
class _Stratum:
    """Units of a stratum: their totals, sizes and products of totals; or, where they are of one size, their means and products of these."""

    pairs: _Pairs
    sizes: Floats
    plain: Columns
    weighted: Columns

    @classmethod
    def of(cls, totals: Floats, sizes: Floats, pairs: _Pairs) -> _Stratum:
        if (sizes == sizes[0]).all():  # CR2 of clusters of one size is the variance of their means
            means = totals / sizes[0]
            return cls(pairs, sizes, _columns(means, pairs.products(means)), ())
        crossed = totals * sizes[:, None]
        weighted = _columns(crossed, pairs.products(totals), sizes[:, None] ** 2)
        return cls(pairs, sizes, _columns(sizes[:, None], totals), weighted)

    @property
    def alike(self) -> bool:
        """Whether the units are of one size."""
        return not self.weighted

    def differences(self, arms: Codes8) -> Cell:
        """Differences in means and their variances, of assignments that treat the same number of units."""
        if not self.alike:
            found = [self._of_both(block) for block in _pieces(arms)]
            return np.concatenate([value for value, _ in found]), np.concatenate([spread for _, spread in found])
        sums = np.concatenate([_sums(block, self.plain) for block in _pieces(arms)])
        count = int(np.count_nonzero(arms[0]))
        every = np.hstack([part.sum(axis=0) for part in self.plain])
        treated, control = self._of_means(sums, count), self._of_means(every - sums, len(self.sizes) - count)
        return treated[0] - control[0], treated[1] + control[1]

    def _of_both(self, chosen: Floats) -> Cell:
        treated, control = self._of_clusters(chosen), self._of_clusters(1.0 - chosen)
        return treated[0] - control[0], treated[1] + control[1]

    def one(self, chosen: Floats) -> Cell:
        """Mean and its variance of the units chosen, of any number."""
        if not self.alike:
            return self._of_clusters(chosen)
        return self._of_means(_sums(chosen, self.plain), chosen.sum(axis=1, keepdims=True))

    def _of_means(self, sums: Floats, count: Floats | int) -> Cell:
        K = sums.shape[1] - len(self.pairs.first)
        mean = sums[:, :K] / count
        spread = (sums[:, K:] - count * self.pairs.products(mean)) / (count * (count - 1.0))
        return mean, self.pairs.positive(spread)

    def _of_clusters(self, chosen: Floats) -> Cell:
        sums = _sums(chosen, self.plain)
        rows, first, second = sums[:, :1], list(self.pairs.first), list(self.pairs.second)
        mean = sums[:, 1:] / rows
        weighted = _sums(_weights(chosen, rows, self.sizes), self.weighted)
        crossed, squares, own = np.split(weighted, [mean.shape[1], -1], axis=1)
        spread = squares - mean[:, first] * crossed[:, second] - mean[:, second] * crossed[:, first]
        return mean, self.pairs.positive((spread + own * self.pairs.products(mean)) / rows)


def _weights(chosen: Floats, rows: Floats, sizes: Floats) -> Floats:
    """1 / (R - size) of the units chosen, R being the rows of all that are."""
    others = rows - sizes
    if rows.min(initial=np.inf) > sizes.max():
        return np.divide(chosen, others, out=others)
    return np.divide(chosen, others, out=np.zeros_like(chosen), where=chosen > 0)


def _pieces(arms: Codes8) -> Iterator[Floats]:
    """Assignments as floats, so few at a time that they stay in the processor's cache, each in the place of the one before."""
    most = min(len(arms), max(1, SMALL // arms.shape[1]))
    place = np.empty((most, arms.shape[1]))
    for low in range(0, len(arms), most):
        block = arms[low : low + most]
        place[: len(block)] = block
        yield place[: len(block)]


def _columns(*blocks: Floats) -> Columns:
    """Columns, a few at a time: the kernels of small matrices are faster."""
    every = np.hstack(blocks)
    return tuple(np.ascontiguousarray(every[:, at : at + COLUMNS]) for at in range(0, every.shape[1], COLUMNS))


def _sums(chosen: Floats, columns: Columns) -> Floats:
    """Sums of columns over those chosen, shape (b, k)."""
    return np.hstack([chosen @ part for part in columns])
