"""Units weighed by the inverse of their probability: variances from the pairs of units that were seen, and from strata as wholes."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from ebpm.moments.frame import Floats, Ints
from ebpm.notices import Notice, Notices, Rule, run
from ebpm.rct.assignment.chances import Chances
from ebpm.rct.assignment.rolls import ROUNDING
from ebpm.rct.checks import exploding_weights
from ebpm.rct.means.blocks import few_strata, plug_in, spreads
from ebpm.rct.trial import Trial
from ebpm.stats.inference import combined_df, dfs_of_means

REFERENCES = ("satterthwaite", "t", "normal")


@dataclass(frozen=True, slots=True)
class Spread:
    """The variance of the means of arms.

    Parameters
    ----------
    moments : of the arms, from pairs of units that were seen, shape (arms, arms).
    hidden : what pairs that can never be in two arms together add to the variance of a difference, shape (arms, arms).
    between : of the contrasts with the first arm, from strata as wholes, shape (arms - 1, arms - 1).
    dfs : of the arms in `moments`, shape (arms,).
    strata : how many are in `between`.
    units : of the arms outside of them, less one a stratum, shape (arms,).
    """

    moments: Floats
    hidden: Floats
    between: Floats
    dfs: Floats
    strata: int
    units: Floats

    @property
    def covariance(self) -> Floats:
        """Of the contrasts of all arms with the first, but for what is hidden."""
        contrasts = np.eye(len(self.dfs))[1:] - np.eye(1, len(self.dfs))
        found: Floats = contrasts @ self.moments @ contrasts.T + self.between
        return found

    def of(self, arm: int) -> float:
        """Return the variance of an arm's contrast with the first."""
        return float(self.covariance[arm - 1, arm - 1] + self.hidden[arm, 0])

    def df(self, arm: int, reference: str) -> float:
        """Return the degrees of freedom of an arm's contrast with the first."""
        if reference == "normal":
            return np.inf
        if reference == "t":
            return float(max(self.units[[0, arm]].sum() + max(self.strata - 1, 0), 1))
        variances, dfs = np.diag(self.moments)[[0, arm]], self.dfs[[0, arm]]
        variances, dfs = np.maximum(variances, 0.0)[dfs > 0], dfs[dfs > 0]
        if self.strata:
            variances, dfs = np.r_[variances, self.between[arm - 1, arm - 1]], np.r_[dfs, self.strata - 1.0]
        return combined_df(variances, dfs)


@dataclass(frozen=True, slots=True)
class Weighed:
    """A trial, the probabilities of its units in the order of its arms, and the arm of each unit."""

    trial: Trial
    chances: Chances
    arm: Ints

    @property
    def inverse(self) -> Floats:
        """1 / probability of the arm that each unit is in."""
        return 1.0 / self.chances.single[np.arange(len(self.arm)), self.arm]

    @property
    def cell(self) -> Ints:
        """Stratum and arm of each unit."""
        return self.trial.of_units(self.trial.stratum) * len(self.trial.arms) + self.arm

    @property
    def lone(self) -> NDArray[np.bool_]:
        """Strata of several units in which two can never share some arm, shape (strata,): no draw shows how they vary inside."""
        stratum = self.chances.roll.stratum
        if self.chances.independent:
            return np.zeros(len(self.chances.roll.strata), dtype=bool)
        single = np.stack([np.bincount(stratum, column) for column in self.chances.single.T], axis=1)
        alone = (np.diagonal(self.chances.pairs, axis1=1, axis2=2) <= 0.0) & (single > 0.0)
        return np.asarray(alone.any(axis=1) & (self.chances.roll.sizes > 1))

    @property
    def wholes(self) -> NDArray[np.bool_]:
        """Strata whose variance is that between them: the lone ones, if there are two and none holds half of their rows."""
        lone = self.lone
        return lone if spreads(self.trial.stratum_shares[lone]) else np.zeros_like(lone)

    def totals(self, values: Floats) -> Floats:
        """Sum of the rows of each unit."""
        return np.asarray(np.bincount(self.trial.unit, values, minlength=len(self.arm)), dtype=np.float64)

    def lift(self, weights: Floats) -> Floats:
        """What raises a residual for the share that its unit has in the mean that was taken off, beyond what equal shares need."""
        whole = self.wholes[self.chances.roll.stratum] | self.chances.independent
        cell = np.where(whole, self.arm, self.cell + len(self.trial.arms))
        spare = 1.0 - weights / np.bincount(cell, weights)[cell]
        lifted = np.where(spare > ROUNDING, np.maximum(spare, ROUNDING) ** -0.5, 0.0)
        if self.chances.independent:
            return lifted
        units = np.bincount(cell)[cell]
        return np.where(units > 1, lifted * np.sqrt(1.0 - 1.0 / units), 1.0)

    def spread(self, values: Floats) -> Spread:
        """Return the variance of the means of arms.

        Parameters
        ----------
        values : of each unit in each arm, shape (units, arms); the mean of an arm is the sum of value / probability over its units.
        """
        arms, wholes = len(self.trial.arms), self.wholes
        inside = wholes[self.chances.roll.stratum]
        shown = values[np.arange(len(self.arm)), self.arm] * self.inverse
        moments, hidden = self._seen(np.where(inside, 0.0, shown))
        between = self._between(shown, wholes) if wholes.any() else np.zeros((arms - 1, arms - 1))
        units = np.bincount(self.arm[~inside], minlength=arms) - np.count_nonzero(~wholes)
        return Spread(moments, hidden, between, self._dfs(wholes), int(wholes.sum()), units.astype(np.float64))

    def _dfs(self, wholes: NDArray[np.bool_]) -> Floats:
        """Satterthwaite's degrees of freedom of the mean of each arm in each stratum, summed over strata that are not wholes."""
        arms = len(self.trial.arms)
        kept, cells = np.unique(self.cell, return_inverse=True)
        weights = self.inverse * self.totals(np.ones(self.trial.n))
        found = dfs_of_means(weights / np.bincount(cells, weights)[cells], cells, len(kept))
        table = np.bincount(kept, found, minlength=len(wholes) * arms).reshape(len(wholes), arms)
        return np.asarray(table[~wholes].sum(axis=0))

    def _between(self, shown: Floats, wholes: NDArray[np.bool_]) -> Floats:
        """The plug-in variance of Pashley and Miratrix for the sum of what strata contribute to each contrast."""
        arms, shares = len(self.trial.arms), self.trial.stratum_shares[wholes]
        sums = np.bincount(self.cell, shown, minlength=len(wholes) * arms).reshape(len(wholes), arms)[wholes]
        scale = shares.sum()
        found: Floats = scale**2 * plug_in((sums[:, 1:] - sums[:, :1]) / shares[:, None], shares / scale)
        return found

    def _seen(self, shown: Floats) -> tuple[Floats, Floats]:
        """Aronow and Samii's estimator for the means of the arms, shape (arms, arms), so bounded that every contrast is
        conservative: a unit in two arms by sum_a c_a^2 y_a^2 >= sum_a c_a^2 y_a^2 - (sum_a c_a y_a)^2. Beside it what pairs of
        units that can never be in two arms together add to the variance of the difference of these arms.
        """
        arms = len(self.trial.arms)
        squares = np.asarray(np.bincount(self.arm, shown**2, minlength=arms), dtype=np.float64)
        if self.chances.independent:
            return np.diag(squares), np.zeros((arms, arms))
        return _in_strata(self, shown, 1.0 / self.inverse, np.diag(squares))


def lone_notices(design: Weighed, outcome: str) -> Notices:
    """Return R116 where few strata count as wholes, R134 where lone ones cannot and are bounded."""
    lone, wholes = design.lone, design.wholes
    if wholes.any():
        return few_strata(int(wholes.sum()), outcome)
    if not lone.any():
        return Notices()
    shares = design.trial.stratum_shares[lone]
    facts = {"strata": int(lone.sum()), "largest": f"{100 * shares.max() / shares.sum():.0f}"}
    return Notices((Notice("R134", outcome, MappingProxyType(facts)),))


def exploding_notices(design: Weighed) -> Notices:
    """Return R135 for each arm whose rows, weighed by the inverse of their probability, count as fewer than half of them."""
    sizes, arms = design.totals(np.ones(design.trial.n)), len(design.trial.arms)
    sums = [
        np.asarray(np.bincount(design.arm, sizes * design.inverse**power, minlength=arms), dtype=np.float64)
        for power in range(3)
    ]
    return run((Rule("R135", lambda _: exploding_weights(design.trial.arms, *sums)),), design)


def _in_strata(design: Weighed, shown: Floats, chance: Floats, own: Floats) -> tuple[Floats, Floats]:
    """What pairs of units of a stratum add to what each unit adds by itself."""
    chances, arms = design.chances, len(own)
    stratum, strata = chances.roll.stratum, len(chances.roll.strata)
    cell, cells = stratum * arms + design.arm, strata * arms
    sums, squares, bounds = (
        np.bincount(cell, column, minlength=cells).reshape(strata, arms)
        for column in (shown, shown**2, chance * shown**2)
    )
    sizes = np.bincount(stratum)
    first = (
        np.stack([np.bincount(stratum, column, minlength=strata) for column in chances.single.T], axis=1)
        / sizes[:, None]
    )
    together = first[:, :, None] * first[:, None, :]
    seen, pairs, same = chances.pairs > 0.0, np.where(chances.pairs > 0.0, chances.pairs, 1.0), np.eye(arms)
    products = sums[:, :, None] * sums[:, None, :] - same * squares[:, :, None]
    others = (sizes - 1.0)[:, None, None]
    never = others * (bounds[:, :, None] + bounds[:, None, :]) / 2.0 * ~seen
    moments = own + (seen * (1.0 - together / pairs) * products + same * never).sum(axis=0)
    return moments, 2.0 * ((1.0 - same) * (together > 0.0) * never).sum(axis=0)
