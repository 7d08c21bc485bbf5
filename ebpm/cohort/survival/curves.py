"""Curves over follow-up: steps with limits, times at which a share is reached, numbers at risk."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ebpm.estimate import Estimate, Number, Unavailable
from ebpm.moments.frame import Floats, Ints
from ebpm.stats.inference import t_estimate

SAME = float(np.sqrt(np.finfo(np.float64).eps))


@dataclass(frozen=True, slots=True, kw_only=True)
class Quantile:
    """The time by which a share of the group has had the event.

    Parameters
    ----------
    share : the share.
    value, low, high : the time and its limits, where the curve and its limits reach the share.
    """

    share: float
    value: Number
    low: Number
    high: Number


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Curve:
    """A step function of the time since time zero, for one group.

    Parameters
    ----------
    label : of the group; empty where there is one group.
    times : distinct ends of follow-up, ascending, shape (m,).
    at_risk, events, censored : rows at risk just before, with the event at, and ending without it at each time, shape (m,).
    value : from each time on, shape (m,).
    std_error : of the value, shape (m,).
    low, high : limits, shape (m,).
    first : value before the first time: 1 of a survival, 0 of a cumulative incidence, hazard or mean.
    event : label of the event, where there are several.
    """

    label: str
    times: Floats
    at_risk: Ints
    events: Ints
    censored: Ints
    value: Floats
    std_error: Floats
    low: Floats
    high: Floats
    first: float
    event: str = ""

    def at(self, time: float) -> tuple[float, float, float, float]:
        """Return value, standard error and limits at a time."""
        place = int(np.searchsorted(self.times, time, side="right")) - 1
        if place < 0:
            return self.first, 0.0, self.first, self.first
        columns = (self.value, self.std_error, self.low, self.high)
        return tuple(float(column[place]) for column in columns)  # type: ignore[return-value]

    def at_risk_at(self, time: float) -> int:
        """Return the rows whose follow-up reaches a time."""
        place = int(np.searchsorted(self.times, time, side="left"))
        return int(self.at_risk[place]) if place < len(self.times) else 0

    @property
    def last_time(self) -> float:
        """End of the longest follow-up."""
        return float(self.times[-1])

    def records(self) -> list[dict[str, Any]]:
        """Return one record a step."""
        columns = (
            self.times,
            self.at_risk,
            self.events,
            self.censored,
            self.value,
            self.std_error,
            self.low,
            self.high,
        )
        names = ("time", "at_risk", "events", "censored", "estimate", "std_error", "conf_low", "conf_high")
        rows = zip(*(column.tolist() for column in columns), strict=True)
        found = [{"group": self.label} | dict(zip(names, row, strict=True)) for row in rows]
        none = Unavailable("no_variation")
        unknown = dict.fromkeys(("std_error", "conf_low", "conf_high"), none)
        return [one if np.isfinite(one["std_error"]) else one | unknown for one in found]

    def quantile(self, share: float) -> Quantile:
        """Return the time by which a share has had the event; of a survival curve, where it falls to 1 - share.

        Parameters
        ----------
        share : strictly between 0 and 1.

        Formula: the first time at which the curve is beyond the share; midway to the next step where it runs along it. The limits are where the
        limits of the curve do so. Source: Brookmeyer and Crowley (1982), Biometrics 38(1).
        """
        falling = self.first == 1.0
        known = np.where(np.isfinite(self.std_error), 0.0, np.nan)
        limits = (self.low + known, self.high + known)
        columns = (self.value, *(limits if falling else limits[::-1]))
        value, low, high = (self._reached(1.0 - column if falling else column, share) for column in columns)
        return Quantile(share=share, value=value, low=low, high=high)

    def _reached(self, risen: Floats, share: float) -> Number:
        onto, beyond = (np.flatnonzero(risen > share + sign * SAME) for sign in (-1.0, 1.0))
        if not len(onto):
            return Unavailable("survival_not_reached")
        if len(beyond):
            return float(self.times[onto[0]] + self.times[beyond[0]]) / 2.0
        return float(self.times[onto[0]] + self.last_time) / 2.0


def step_estimate(curve: Curve, time: float, **what: Any) -> Estimate:
    """Return the value of a curve at a time; where it is still at its start or cannot fall further, there is no interval.

    Parameters
    ----------
    curve : the curve.
    time : of follow-up.
    what : the fields `conf_level n clusters estimand method` of `Estimate`.
    """
    value, error, low, high = curve.at(time)
    name = ", ".join(part for part in (curve.event, curve.label, f"{time:g}") if part)
    found = t_estimate(value, error if np.isfinite(error) else 0.0, term=name, **what)
    none = Unavailable("no_variation")
    if error == 0.0 or not np.isfinite(error):
        return replace(found, std_error=none, df=none, p_value=none, conf_low=none, conf_high=none)
    return replace(found, conf_low=low, conf_high=high, p_value=Unavailable("survival_no_null"))
