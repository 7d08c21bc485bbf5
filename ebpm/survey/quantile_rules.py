"""Quantiles of weighted values by rule: the inverse of the distribution function, or interpolated between its steps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np

from ebpm.moments.frame import Floats

Positions = Callable[[Floats, Floats], Floats]

ROUNDING = 1e-12


def _between(low: float, ahead: float) -> Positions:
    """Position of each value: `low` of the way from the weight before it to its own, over the total and `ahead` of the last weight."""
    return lambda w, cumulated: (cumulated - low * w) / (cumulated[-1] + ahead * w[-1])


def _seventh(w: Floats, cumulated: Floats) -> Floats:
    return (cumulated - w) / (cumulated[-1] - w[-1]) if len(w) > 1 else np.zeros(1)


INTERPOLATED: Mapping[str, Positions] = MappingProxyType({
    "hf4": _between(0.0, 0.0), "hf5": _between(0.5, 0.0), "hf6": _between(0.0, 1.0), "hf7": _seventh,
    "hf8": _between(1 / 3, 1 / 3), "hf9": _between(3 / 8, 1 / 4),
})  # fmt: skip
RULES = ("math", "school", *INTERPOLATED)


def weighted_quantile(values: Floats, weights: Floats, probability: float, *, rule: str = "math") -> float:
    """Return a quantile of weighted values.

    Parameters
    ----------
    values : shape (n,).
    weights : shape (n,), positive.
    probability : between 0 and 1.
    rule : "math", the smallest value at which the distribution function reaches the probability; "school", the middle of the two
        values where it reaches it exactly; "hf4" to "hf9", interpolated, the numbers those of Hyndman and Fan.

    Source: Hyndman and Fan (1996), The American Statistician 50(4), with counts replaced by weights.

    Examples
    --------
    >>> import numpy as np
    >>> weighted_quantile(np.array([1.0, 2.0, 3.0, 4.0]), np.ones(4), 0.5, rule="school")
    2.5
    """
    order = np.argsort(values, kind="stable")
    ordered, w = values[order], weights[order]
    cumulated = np.cumsum(w)
    if rule in INTERPOLATED:
        return float(np.interp(probability, INTERPOLATED[rule](w, cumulated), ordered))
    wanted = probability * cumulated[-1]
    place = int(np.searchsorted(cumulated, wanted * (1.0 - ROUNDING), side="left"))
    place = min(place, len(ordered) - 1)
    exact = abs(cumulated[place] - wanted) <= ROUNDING * cumulated[-1]
    if rule == "school" and exact and place + 1 < len(ordered):
        return float((ordered[place] + ordered[place + 1]) / 2.0)
    return float(ordered[place])
