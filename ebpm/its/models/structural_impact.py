"""What a structural time series says an intervention added: outcomes less their forecast."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ebpm.its.series.impact import About, Added, Expected, Impact
from ebpm.stats.inference import quantile

if TYPE_CHECKING:
    from ebpm.its.models.structural import Structural

Floats = NDArray[np.float64]


def structural_impact(result: Structural) -> Impact:
    """Return the impact of the intervention of a structural model with a forecast."""
    ahead = result.forecast[0]
    observed, first = result.observed, result.observed.onset
    y, e = observed.outcome[0], observed.exposure[0]
    gaps = result.modelled[first:] - ahead.mean
    slope = y[first:] * np.exp(-gaps) if result.logarithmic else e[first:]
    center = np.exp(ahead.mean) if result.logarithmic else ahead.mean
    spreads = [ahead.spread(row) for row in np.eye(len(gaps))]
    half = np.array([quantile(0.5 + result.conf_level / 2, df) * wide for wide, df in spreads])
    low, high = ahead.mean - half, ahead.mean + half
    back = np.exp if result.logarithmic else np.asarray

    def amounts(moved: Floats) -> Floats:
        return np.asarray(y[first:] * -np.expm1(-moved) if result.logarithmic else e[first:] * moved)

    def draw(rng: np.random.Generator, count: int) -> Floats:
        return amounts(gaps + ahead.draws(rng, count))

    return Impact(
        calendar=observed.calendar, start=observed.start, origin=first, outcome=y,
        expected=Expected(fitted=_fitted(result), mean=e[first:] * center, low=e[first:] * back(low), high=e[first:] * back(high)),
        added=Added(amounts=amounts(gaps), spread=lambda weights: ahead.spread(slope * weights), draw=draw), events=result.events,
        about=About(name=observed.names[0], method="its.structural", n=len(result.fit.whitened), conf_level=result.conf_level),
        noticed=result.notices,
    )  # fmt: skip


def _fitted(result: Structural) -> Floats:
    """The outcome as it was forecast one period ahead before the intervention, without numbers while the model starts."""
    first, innovations = result.observed.onset, result.fit.innovations
    found = np.full(first, np.nan)
    found[first - len(innovations) :] = result.modelled[first - len(innovations) : first] - innovations
    return np.asarray(np.exp(found) if result.logarithmic else found) * result.observed.exposure[0, :first]
