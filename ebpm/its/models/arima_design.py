"""The order of ARIMA errors as it is declared, and the regressors that go with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.signal import lfilter

from ebpm.errors import DataError
from ebpm.its.periods.names import distinct
from ebpm.its.periods.seasons import Season, season_terms
from ebpm.its.series.observed import Observed
from ebpm.stats.given import several
from ebpm.stats.series.arima import Order

Floats = NDArray[np.float64]

ORDERS = ("p", "d", "q", "P", "D", "Q")
LARGEST = 6


def read_order(given: str | Mapping[str, int | str] | Sequence[int], cycle: int) -> tuple[Order, bool]:
    """Return an order, and whether p, q, P and Q are to be chosen.

    Parameters
    ----------
    given : (p, d, q), (p, d, q, P, D, Q), a mapping of these letters to numbers and "by" to "aicc", or "aicc".
    cycle : periods of the season; 1 where there is none.

    Raises
    ------
    DataError : if it is none of these.
    """
    search = given == "aicc" or (isinstance(given, Mapping) and given.get("by") == "aicc")
    if given == "aicc":
        return Order(), True
    if isinstance(given, Mapping):
        numbers = {name: value for name, value in given.items() if name != "by"}
    elif isinstance(given, str) or len(several(given, "order")) not in (3, 6):
        raise DataError("its_bad_order", order=given)
    else:
        numbers = dict(zip(ORDERS, given, strict=False))
    counts = {name: value for name, value in numbers.items() if isinstance(value, int) and 0 <= value <= LARGEST}
    seasonal = any(counts.get(name) for name in "PDQ")
    if len(counts) < len(numbers) or not set(numbers) <= set(ORDERS) or (seasonal and cycle not in (4, 12)):
        raise DataError("its_bad_order", order=given)
    return Order(**counts, cycle=cycle if seasonal else 1), search


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Regressors of a series, of which the first shape of the effect may pass through 1 / (1 - r B).

    Parameters
    ----------
    names : one a column.
    fixed : constant, trend, season, covariates and further interventions, shape (T, k).
    effect_names : of the intervention in question; the last columns.
    effects : its shapes, shape (T, q).
    gradual : whether the first of them passes through the filter.
    """

    names: tuple[str, ...]
    fixed: Floats
    effect_names: tuple[str, ...]
    effects: Floats
    gradual: bool

    @classmethod
    def of(cls, observed: Observed, order: Order, *, season: Season, linear: bool, gradual: bool) -> Transfer:
        """Return the regressors, without those that the differences of an order remove."""
        places, terms = np.arange(observed.calendar.length, dtype=np.float64), season_terms(observed.calendar, season)
        times = order.d + order.D
        parts = (
            *([("intercept", np.ones_like(places))] if times == 0 else []),
            *([("trend", places + 1.0)] if linear and times <= 1 else []),
            *zip(terms.names, terms.columns.T, strict=True),
            *zip(observed.covariate_names, observed.covariates.T, strict=True),
            *((f"{term}_{observed.calendar.name(one.start)}", column) for one in observed.others
              for term, column in zip(one.terms, one.columns(places).T, strict=True)),
        )  # fmt: skip
        own, names = observed.intervention, tuple(name for name, _ in parts)
        distinct((*names, *observed.intervention.terms, *order.names, *(("decay",) if gradual else ())))
        return cls(
            names=(*names, *own.terms),
            fixed=np.array([column for _, column in parts]).reshape(len(parts), len(places)).T,
            effect_names=own.terms,
            effects=own.columns(places),
            gradual=gradual,
        )

    def shapes(self, decay: Floats) -> Floats:
        """Return the shapes of the effect at a rate of decay, shape (T, q)."""
        if not self.gradual:
            return self.effects
        first = lfilter([1.0], [1.0, -float(decay[0])], self.effects[:, 0])
        return np.column_stack([first, self.effects[:, 1:]])

    def columns(self, decay: Floats) -> Floats:
        """Return all regressors at a rate of decay, shape (T, k + q)."""
        return np.column_stack([self.fixed, self.shapes(decay)])
