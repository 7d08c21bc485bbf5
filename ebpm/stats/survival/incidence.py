"""Mean numbers of events over time where something may end them: cumulative incidence, mean frequency, mean cumulative function."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from ebpm.stats.survival.martingales import Integral, cross_products
from ebpm.stats.survival.product_limit import ProductLimit, product_limit
from ebpm.stats.survival.risk_sets import Bools, Floats, RiskSets, Spells


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Incidence:
    """Mean number of events of one kind by each time, one curve a group.

    Parameters
    ----------
    removal : survival of what ends the events.
    event : rows that end with the kind counted, shape (n,).
    count : its weighted number at each time, shape (m,).
    value : mean number by each time, shape (m,).
    """

    removal: ProductLimit
    event: Bools
    count: Floats
    value: Floats

    @property
    def sets(self) -> RiskSets:
        """The risk sets, at all exits."""
        return self.removal.sets

    def integrals(self) -> tuple[Integral, Integral]:
        """Return A and B of the influence A(t) - F(t) B(t) of each row on F(t)."""
        removal, sets = self.removal, self.sets
        ended = removal.spells.event > 0
        own = sets.before(removal.survival, 1.0) / removal.at_risk
        hazard = self.count / removal.at_risk
        first = Integral.of(sets, event=self.event, integrand=own, hazard=hazard)
        lost = Integral.of(sets, event=ended, integrand=-self.value * removal.spare, hazard=removal.hazard)
        return first - lost, removal.log_survival_integral()

    def variance(self) -> Floats:
        """Return the infinitesimal jackknife over persons, shape (m,)."""
        found = cross_products(self.sets, self.removal.spells, self.integrals())
        F = self.value
        return np.maximum(found[:, 0, 0] - 2.0 * F * found[:, 0, 1] + F**2 * found[:, 1, 1], 0.0)

    def influence(self, group: int, time: float) -> Floats:
        """Return the derivative of F(time) of a group with respect to the weight of each row, shape (n,)."""
        first, second = (one.until(self.sets, time) for one in self.integrals())
        value = self.removal.at(self.value, group, time, first=0.0)
        return np.where(self.removal.spells.group == group, first - value * second, 0.0)


def incidence(spells: Spells, kind: int, *, removed_by: Sequence[int]) -> Incidence:
    """Return the mean number of events of a kind by each time.

    Parameters
    ----------
    spells : rows; of a person with several events, one spell after another.
    kind : code of the event that is counted.
    removed_by : codes of the events after which there are no more: all kinds for a cumulative incidence, death for the mean frequency of recurrent
        events, none for the mean cumulative function.

    Formula: F(t) = sum over s <= t of S(s-) d(s) / n(s), S the product-limit survival of what removes. Influence of a row: the integral of
    S(s-) / n dM less that of (F(t) - F(s)) / (n - r) dM of the removing events, r their number.

    Assumptions: the end of follow-up tells nothing about later events, given the group.

    Source: Aalen and Johansen (1978), Scandinavian Journal of Statistics 5(3); Ghosh and Lin (2000), Biometrics 56(2); Lawless and
    Nadeau (1995), Technometrics 37(2).
    """
    mine = spells.event == kind
    removal = product_limit(spells.with_event(np.isin(spells.event, list(removed_by)).astype(np.int64)))
    sets = removal.sets
    count = sets.at_exit(spells.weights, mine)
    value = sets.forward(sets.before(removal.survival, 1.0) * count / removal.at_risk)
    return Incidence(removal=removal, event=mine, count=count, value=value)
