"""Effects of the first switch by periods since it (de Chaisemartin and D'Haultfoeuille 2024): values and influences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ebpm.did.switches.paths import SwitchPaths
from ebpm.moments.frame import Floats, Ints

Marks = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, kw_only=True)
class Horizon:
    """One DID_l, or its placebo.

    Parameters
    ----------
    length : l, periods since the period before the switch.
    value : DID_l, in the unit of the outcome, the sign turned where treatment falls.
    influence : contribution of each cluster to its error, shape (R,); R is G unless it is condensed.
    switchers : units whose switch is seen so long and that have a comparison.
    compared : units that serve as comparison in some period.
    weight : sum of the weights of the switchers.
    cumulated : mean change of treatment, summed over the l periods, in its direction.
    current : mean change of treatment in the last of them, in its direction.
    """

    length: int
    value: float
    influence: Floats
    switchers: int
    compared: int
    weight: float
    cumulated: float
    current: float


@dataclass(frozen=True, slots=True)
class _Block:
    """The switchers of one baseline treatment and period of switch, and who is compared with them; places of units."""

    period: int
    switchers: Ints
    compared: Ints


@dataclass(frozen=True, slots=True)
class Switchers:
    """Who switches when, and which switchers count.

    Parameters
    ----------
    paths : outcome and treatment.
    chosen : switchers that count, shape (n,).
    usable : rows in which a switcher counts, shape (n, T).
    doubt : influence of each unit on the coefficients of the covariates, which the outcome is already without, shape (n, k).
    """

    paths: SwitchPaths
    chosen: Marks
    usable: Marks
    doubt: Floats

    def followed(self, length: int) -> Marks:
        """Return the switchers that are seen, with a comparison, `length` periods on, shape (n,)."""
        seen = np.zeros(len(self.chosen), dtype=np.bool_)
        for block in self._blocks(length, placebo=False):
            seen[block.switchers] = True
        return seen

    def horizon(self, length: int, *, placebo: bool = False) -> Horizon | None:
        """Return DID_l, or the placebo over as many periods before the switch; None where no switcher has a comparison.

        Formula: with c the switchers of a baseline treatment in one period and C those of the same baseline that have not switched
        by t, DID_l = sum_c S_i w_i (d_i - mean of d over C) / sum w_i with d = y_t - y_(t-l), t = F - 1 + l; for the placebo
        d = y_(t-2l) - y_(t-l). A unit's influence is its weight in this sum times sqrt(m / (m - 1)) (d_i - mean), the mean over the m
        units (or clusters) of its baseline, period of switch and new treatment, or over C; over both where there is but one. With
        covariates, less their DID_l of the same baseline times its influence on the coefficients.

        Source: de Chaisemartin and D'Haultfoeuille (2024), Review of Economics and Statistics 106(6).
        """
        blocks = list(self._blocks(length, placebo=placebo))
        if not blocks:
            return None
        paths, n = self.paths, len(self.chosen)
        value, total, influence, used = 0.0, 0.0, np.zeros(n), np.zeros(n, dtype=np.bool_)
        moved = np.zeros_like(self.doubt)
        for block in blocks:
            difference = self._changes_of(paths.outcome, block, length, placebo=placebo)
            weights, signs = self._weights(block)
            value += float(signs @ difference)
            total += float(weights[: len(block.switchers)].sum())
            places = np.concatenate([block.switchers, block.compared])
            np.add.at(influence, places, signs * self._residuals(block, difference, weights))
            used[block.compared] = True
            if moved.shape[1]:
                changes = self._changes_of(paths.covariates, block, length, placebo=placebo)
                moved[paths.baseline == paths.baseline[places[0]]] += signs @ changes
        cumulated, current = self._changes(blocks, length)
        return Horizon(
            length=length, value=value / total, weight=total, switchers=sum(len(block.switchers) for block in blocks),
            influence=np.bincount(paths.groups, influence - (moved * self.doubt).sum(axis=1), minlength=paths.clusters) / total,
            compared=int(used.sum()), cumulated=cumulated / total, current=current / total,
        )  # fmt: skip

    def _blocks(self, length: int, *, placebo: bool) -> Iterator[_Block]:
        outcome = self.paths.outcome
        for members in self._by_baseline():
            starts = self.paths.first[members]
            for period in range(2 * length if placebo else length, outcome.shape[1]):
                needed = [period, period - length, period - 2 * length][: 3 if placebo else 2]
                seen = ~np.isnan(outcome[members][:, needed]).any(axis=1)
                chosen = self.chosen[members] & self.usable[members, period] & (starts == period - length + 1)
                switchers, compared = members[seen & chosen], members[seen & (starts > period)]
                if len(switchers) and len(compared):
                    yield _Block(period, switchers, compared)

    def _by_baseline(self) -> Iterator[Ints]:
        order = np.argsort(self.paths.baseline, kind="stable")
        ends = np.flatnonzero(np.diff(self.paths.baseline[order])) + 1
        for members in np.split(order, ends):
            if self.chosen[members].any():
                yield np.sort(members)

    @staticmethod
    def _changes_of(table: Floats, block: _Block, length: int, *, placebo: bool) -> Floats:
        """Return the changes of the units of a block, switchers first, from a table of shape (n, T) or (n, T, k)."""
        places = np.concatenate([block.switchers, block.compared])
        late = block.period - 2 * length if placebo else block.period
        changes: Floats = table[places, late] - table[places, block.period - length]
        return changes

    def _weights(self, block: _Block) -> tuple[Floats, Floats]:
        """Return the weights of the units of a block, and those with which they enter the sum; switchers first."""
        own = self.paths.weights[block.switchers, block.period]
        other = self.paths.weights[block.compared, block.period]
        signed = own * self.paths.direction[block.switchers]
        return np.concatenate([own, other]), np.concatenate([signed, -other * signed.sum() / other.sum()])

    def _residuals(self, block: _Block, difference: Floats, weights: Floats) -> Floats:
        places = np.concatenate([block.switchers, block.compared])
        groups, count = self.paths.groups[places], len(block.switchers)
        kinds = np.full(len(places), np.nan)
        kinds[:count] = self.paths.switched_to[block.switchers]
        everyone, residuals = np.ones(len(places), dtype=np.bool_), np.empty(len(places))
        cohorts = [kinds == kind for kind in np.unique(kinds[:count])]
        for own in [*cohorts, np.isnan(kinds)]:
            peers = own if len(np.unique(groups[own])) > 1 else everyone
            size = len(np.unique(groups[peers]))
            mean = (weights * difference)[peers].sum() / weights[peers].sum()
            residuals[own] = (difference[own] - mean) * np.sqrt(size / (size - 1) if size > 1 else 1.0)
        return residuals

    def _changes(self, blocks: list[_Block], length: int) -> tuple[float, float]:
        """Return the weighted sums of the cumulated and of the last change of treatment."""
        cumulated = current = 0.0
        for block in blocks:
            own, weights = block.switchers, self.paths.weights[block.switchers, block.period]
            since = slice(block.period - length + 1, block.period + 1)
            change = self.paths.treatment[own, since] - self.paths.baseline[own, None]
            signed = change * (weights * self.paths.direction[own])[:, None]
            cumulated, current = cumulated + float(signed.sum()), current + float(signed[:, -1].sum())
        return cumulated, current
