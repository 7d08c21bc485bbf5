"""What the coefficients say: changes, the effect at a period, and ratios."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ebpm.estimate import Estimate, Estimates, Number, Unavailable
from ebpm.its.regression.model import Model
from ebpm.its.series.observed import Observed

Floats = NDArray[np.float64]

EXPOSED, COMPARISON, DIFFERENCE = (1.0, 0.0), (0.0, 1.0), (1.0, -1.0)


@dataclass(frozen=True, slots=True)
class Contrast:
    """A weighted sum of coefficients with a name.

    Parameters
    ----------
    estimand : glossary term.
    weights : shape (S, p).
    """

    estimand: str
    weights: Floats


def contrasts(observed: Observed, model: Model) -> Mapping[str, Contrast]:
    """Return the headline set by term: changes, average and final effect (a pulse has none), trend, intercept; pieces where controlled."""
    own = {name: _unit(model, model.names.index(name)) for name in observed.intervention.terms}
    further = {name: _unit(model, place) for place, name in enumerate(model.names[: _segments(observed)])
               if place > max(model.effect)}  # fmt: skip
    after = np.arange(observed.origin, observed.calendar.length, dtype=np.float64)
    shape = _impact(observed, model, after)
    effect = DIFFERENCE if observed.controlled else (1.0,)
    rows = {
        **{name: (name, vector, effect) for name, vector in own.items()},
        "average_effect": ("average_effect", shape.mean(axis=0), effect),
        **({"final_effect": ("final_effect", shape[-1], effect)} if shape[-1].any() else {}),
        **{name: (name.rsplit("_", 1)[0], vector, effect) for name, vector in further.items()},
        "trend": ("trend", _unit(model, 1), EXPOSED),
        "intercept": ("intercept", _unit(model, 0), EXPOSED),
    }
    if observed.controlled:
        rows |= {f"exposed_{name}": (name, vector, EXPOSED) for name, vector in own.items()}
        rows |= {f"comparison_{name}": (name, vector, COMPARISON) for name, vector in own.items()}
        rows["trend_difference"] = ("trend_difference", _unit(model, 1), DIFFERENCE)
    series = len(observed.outcome)
    return {term: Contrast(name, np.outer(rule[:series], vector)) for term, (name, vector, rule) in rows.items()}


def headline(observed: Observed) -> str:
    """Return the term that the question is about: the first change of the intervention."""
    return observed.intervention.terms[0]


def effect_weights(observed: Observed, model: Model, places: Floats) -> Floats:
    """Return the weights of the effect at some places, shape (n, S, p)."""
    rule = np.array(DIFFERENCE if observed.controlled else (1.0,))
    return rule[None, :, None] * _impact(observed, model, places)[:, None, :]


def effect_path(observed: Observed, model: Model) -> Floats:
    """Return the effect on the linear predictor in each period, zero before the origin, shape (T,)."""
    weights = effect_weights(observed, model, np.arange(observed.calendar.length, dtype=np.float64))
    return np.asarray(np.einsum("tsp,sp->t", weights, model.coefficients), dtype=np.float64)


def _segments(observed: Observed) -> int:
    return 2 + len(observed.intervention.terms) + sum(len(one.terms) for one in observed.others)


def ratios(estimates: Estimates, *, odds: bool) -> Estimates:
    """Return exp of estimates and limits; the standard error stays with the logarithm, p values are of a ratio of one."""
    kept = tuple(_ratio(item, odds=odds) for item in estimates if item.estimand != "intercept")
    return replace(estimates, items=kept, covariance=Unavailable("its_see_logarithm"))


def _ratio(item: Estimate, *, odds: bool) -> Estimate:
    return replace(
        item, estimate=math.exp(item.estimate), conf_low=_exp(item.conf_low), conf_high=_exp(item.conf_high),
        std_error=Unavailable("its_see_logarithm"), estimand=f"odds_ratio_{item.estimand}" if odds else f"ratio_{item.estimand}", unit="",
    )  # fmt: skip


def _exp(value: Number) -> Number:
    return value if isinstance(value, Unavailable) else math.exp(value)


def _unit(model: Model, place: int) -> Floats:
    unit = np.zeros(len(model.names))
    unit[place] = 1.0
    return unit


def _impact(observed: Observed, model: Model, places: Floats) -> Floats:
    """The regressors of the intervention at some places, zero for the others, shape (n, p)."""
    found = np.zeros((len(places), len(model.names)))
    found[:, model.effect] = observed.intervention.columns(places, skipped=observed.transition)
    return found
