"""What the coefficients say: changes, the effect at a period and over all of them, ratios, and numbers of events."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ebpm.estimate import Estimate, Estimates, Number, Unavailable
from ebpm.its.model import Combination, Model
from ebpm.its.observed import Observed

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
    """Return the headline set by term: changes, average and final effect, trend and intercept; pieces where controlled."""
    p, last = len(model.names), observed.calendar.length - 1
    effect = DIFFERENCE if observed.controlled else (1.0,)
    middle = (observed.origin + last) / 2.0
    rows = {
        "level_change": ("level_change", _change(p, 1.0, 0.0), effect),
        "slope_change": ("slope_change", _change(p, 0.0, 1.0), effect),
        "average_effect": ("average_effect", _change(p, 1.0, middle - observed.origin), effect),
        "final_effect": ("final_effect", _change(p, 1.0, last - observed.origin), effect),
        "trend": ("trend", _unit(p, 1), EXPOSED),
        "intercept": ("intercept", _unit(p, 0), EXPOSED),
    }
    if observed.controlled:
        rows |= {
            "exposed_level_change": ("level_change", _change(p, 1.0, 0.0), EXPOSED),
            "exposed_slope_change": ("slope_change", _change(p, 0.0, 1.0), EXPOSED),
            "comparison_level_change": ("level_change", _change(p, 1.0, 0.0), COMPARISON),
            "comparison_slope_change": ("slope_change", _change(p, 0.0, 1.0), COMPARISON),
            "trend_difference": ("trend_difference", _unit(p, 1), DIFFERENCE),
        }
    series = len(observed.outcome)
    return {term: Contrast(name, np.outer(rule[:series], vector)) for term, (name, vector, rule) in rows.items()}


def effect_weights(observed: Observed, model: Model, place: int) -> Floats:
    """Return the weights of the effect at a period: level change plus slope change times periods since the origin."""
    rule = DIFFERENCE if observed.controlled else (1.0,)
    return np.outer(rule, _change(len(model.names), 1.0, float(place - observed.origin)))


def effect_path(observed: Observed, model: Model) -> Floats:
    """Return the effect on the linear predictor in each period, zero before the origin, shape (T,)."""
    step, ramp = model.design[:, 2], model.design[:, 3]
    level, slope = model.coefficients[:, 2], model.coefficients[:, 3]
    own = level[0] * step + slope[0] * ramp
    return np.asarray(own - (level[1] * step + slope[1] * ramp) if observed.controlled else own, dtype=np.float64)


def total(observed: Observed, model: Model, *, logarithmic: bool) -> Combination:
    """Return the outcomes that the effect added to the exposed series after the origin.

    Formula: sum of e_t d_t where effects d_t are differences of rates and e_t is the exposure; sum of y_t (1 - exp(-d_t))
    where they are log ratios. Standard error by the delta method with y_t and e_t as given.
    """
    after = observed.after
    path = effect_path(observed, model)[after]
    amounts, exposure = observed.outcome[0, after], observed.exposure[0, after]
    value = amounts @ -np.expm1(-path) if logarithmic else exposure @ path
    slope = amounts * np.exp(-path) if logarithmic else exposure
    weights = sum(
        scale * effect_weights(observed, model, int(place))
        for scale, place in zip(slope, np.flatnonzero(after), strict=True)
    )
    return replace(model.contrast(np.asarray(weights)), value=float(value))


def ratios(estimates: Estimates) -> Estimates:
    """Return exp of estimates and limits; the standard error stays with the logarithm, p values are of a ratio of one."""
    kept = tuple(_ratio(item) for item in estimates if item.estimand != "intercept")
    return replace(estimates, items=kept, covariance=Unavailable("its_see_logarithm"))


def _ratio(item: Estimate) -> Estimate:
    return replace(
        item, estimate=math.exp(item.estimate), conf_low=_exp(item.conf_low), conf_high=_exp(item.conf_high),
        std_error=Unavailable("its_see_logarithm"), estimand=f"ratio_{item.estimand}", unit="",
    )  # fmt: skip


def _exp(value: Number) -> Number:
    return value if isinstance(value, Unavailable) else math.exp(value)


def _unit(p: int, place: int) -> Floats:
    unit = np.zeros(p)
    unit[place] = 1.0
    return unit


def _change(p: int, level: float, slope: float) -> Floats:
    return level * _unit(p, 2) + slope * _unit(p, 3)
