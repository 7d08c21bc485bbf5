"""Synthetic paths of treated groups: weights on donors and on periods, and the gaps that they leave."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from ebpm.did.synthetic.sample import Sample
from ebpm.moments.frame import Floats, Ints
from ebpm.stats.simplex import Simplex, fit_simplex

TINY = 1e-6


@dataclass(frozen=True, slots=True)
class Synthetic:
    """Treated groups beside their synthetic paths; a group is a unit (synthetic control) or a cohort (synthetic DiD).

    Parameters
    ----------
    starts : place of the first treated period of each group, shape (G,).
    counts : units of each group, shape (G,).
    treated : mean outcome, shape (G, T).
    gaps : what it lies above its synthetic path, shape (G, T); from the start on, the effects.
    unit_weights : shape (G, J).
    time_weights : on the periods before the start, shape (G, T); zeros where there are none.
    reach : (G, 2), the least and the largest mean gap from the start on over all weights that fit as well.
    violation : largest breach of the optimality conditions of the weights.
    """

    starts: Ints
    counts: Ints
    treated: Floats
    gaps: Floats
    unit_weights: Floats
    time_weights: Floats
    reach: Floats
    violation: float

    @property
    def paths(self) -> Floats:
        """The synthetic paths, shape (G, T)."""
        return self.treated - self.gaps

    @property
    def after(self) -> Floats:
        """1 from the start of each group on, shape (G, T)."""
        return (np.arange(self.gaps.shape[1]) >= self.starts[:, None]).astype(np.float64)


Estimator = Callable[[Sample], Synthetic]


@dataclass(frozen=True, slots=True)
class Weighting:
    """How synthetic difference in differences weights donors and periods.

    Parameters
    ----------
    units : "synthetic" or "uniform".
    times : "synthetic", "uniform" or "none" (no difference from the time before is taken).
    intercept : whether the level of the paths is left aside when donors are weighted.
    ridge : whether unit weights are penalised by zeta^2 T_pre |w|^2.
    """

    units: str = "synthetic"
    times: str = "synthetic"
    intercept: bool = True
    ridge: bool = True

    def fit(self, sample: Sample) -> Synthetic:
        """Return the synthetic path of every cohort.

        Parameters
        ----------
        sample : paths, which covariates adjust first where there are any.
        """
        adjusted = sample.adjusted()
        donors = adjusted.paths[adjusted.donors]
        fits = [self._cohort(adjusted, donors, int(place)) for place in adjusted.cohorts]
        return stacked(fits)

    def _cohort(self, sample: Sample, donors: Floats, place: int) -> Synthetic:
        members = sample.paths[sample.starts == place]
        mean = members.mean(axis=0)
        zeta = noise(donors[:, :place])
        size = (len(members) * (sample.length - place)) ** 0.25
        units = self._units(donors[:, :place], mean[:place], size * zeta if self.ridge else TINY * zeta, place)
        times = self._times(donors, place, TINY * zeta)
        gaps = mean - units.weights @ donors
        time_weights = np.zeros(sample.length)
        time_weights[:place] = times
        after = donors[:, place:].mean(axis=1) - donors[:, :place] @ times
        low, high = units.reach(-after)
        level = float(mean[place:].mean() - times @ mean[:place])
        return Synthetic(
            np.array([place]), np.array([len(members)]), mean[None], (gaps - times @ gaps[:place])[None],
            units.weights[None], time_weights[None], np.array([[level + low, level + high]]), units.violation,
        )  # fmt: skip

    def _units(self, before: Floats, target: Floats, zeta: float, place: int) -> Simplex:
        if self.units == "uniform":
            return uniform(len(before))
        columns, wanted = before.T, target
        if self.intercept:
            columns, wanted = columns - columns.mean(axis=0), wanted - wanted.mean()
        return fit_simplex(columns, wanted, ridge=place * zeta**2)

    def _times(self, donors: Floats, place: int, zeta: float) -> Floats:
        if self.times != "synthetic":
            return np.full(place, 1.0 / place if self.times == "uniform" else 0.0)
        columns, wanted = donors[:, :place], donors[:, place:].mean(axis=1)
        return fit_simplex(
            columns - columns.mean(axis=0), wanted - wanted.mean(), ridge=len(donors) * zeta**2
        ).weights  # fmt: skip


def uniform(count: int) -> Simplex:
    """Return equal weights."""
    return Simplex(np.full(count, 1.0 / count), 0.0, np.zeros((count, 0)))


def noise(before: Floats) -> float:
    """Return the standard deviation of the donors' changes from period to period, shape (J, T_pre)."""
    changes = np.diff(before, axis=1)
    return float(changes.std(ddof=1)) if changes.size > 1 else 0.0


def stacked(fits: Iterable[Synthetic]) -> Synthetic:
    """Return several groups as one fit."""
    found = tuple(fits)
    names = ("starts", "counts", "treated", "gaps", "unit_weights", "time_weights", "reach")
    joined = {name: np.concatenate([getattr(one, name) for one in found]) for name in names}
    return Synthetic(**joined, violation=max(one.violation for one in found))
