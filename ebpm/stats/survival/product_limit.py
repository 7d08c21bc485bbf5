"""Survival by Kaplan and Meier, cumulative hazards by Nelson and Aalen: values, variances, influence values, restricted means."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ebpm.stats.inference import quantile
from ebpm.stats.survival.martingales import Integral, cross_products
from ebpm.stats.survival.risk_sets import Floats, Ints, RiskSets, Spells

INTERVALS = ("log", "log-log", "plain")
EQUAL = 1.5e-8
LARGEST = 700.0  # exponent of a float


@dataclass(frozen=True, slots=True, kw_only=True)
class ProductLimit:
    """Curves of every group at the distinct exits of their rows.

    Parameters
    ----------
    spells, sets : the rows and their risk sets, m times.
    count : rows at risk, shape (m,).
    at_risk, events : sums of weights: at risk, and with an event, shape (m,).
    censored : rows that end without an event, shape (m,).
    survival : product of 1 - events / at_risk, shape (m,).
    """

    spells: Spells
    sets: RiskSets
    count: Ints
    at_risk: Floats
    events: Floats
    censored: Ints
    survival: Floats

    @property
    def hazard(self) -> Floats:
        """Increments of the cumulative hazard (Nelson-Aalen), shape (m,)."""
        return self.events / self.at_risk

    @property
    def spare(self) -> Floats:
        """1 / (at_risk - events); 0 where nobody is left, shape (m,)."""
        left = self.at_risk - self.events
        return np.divide(1.0, left, out=np.zeros_like(left), where=left > 0)

    def at(self, values: Floats, group: int, time: float, *, first: float) -> float:
        """Return a step function of a group at a time; `first` before its first step."""
        places = self.sets.places(group)
        found = int(np.searchsorted(self.sets.times[places], time, side="right"))
        return float(values[places][found - 1]) if found else first

    def last_time(self, group: int) -> float:
        """Return the end of the longest spell of a group."""
        return float(self.sets.times[self.sets.places(group)][-1])

    def log_survival_integral(self) -> Integral:
        """Return the influence of each row on -log S(t), as a function of t."""
        event = self.spells.event > 0
        return Integral.of(self.sets, event=event, integrand=self.spare, hazard=self.hazard)

    def log_variance(self, *, robust: bool) -> Floats:
        """Return the variance of log S, infinite where S is 0, shape (m,).

        Parameters
        ----------
        robust : by the infinitesimal jackknife over persons, not by Greenwood's formula.

        Formula: Greenwood, sum of d / (n (n - d)); jackknife, sum over persons of (sum of w_i times the integral of dM_i / (n - d))^2.
        """
        if robust:
            found = cross_products(self.sets, self.spells, (self.log_survival_integral(),))[:, 0, 0]
        else:
            found = self.sets.forward(self.hazard * self.spare)
        return np.where(self.survival > 0, found, np.inf)

    def hazard_variance(self, *, robust: bool) -> Floats:
        """Return the variance of the cumulative hazard: the sum of d / n^2, or the infinitesimal jackknife, shape (m,)."""
        if not robust:
            return self.sets.forward(self.hazard / self.at_risk)
        event = self.spells.event > 0
        one = Integral.of(self.sets, event=event, integrand=1.0 / self.at_risk, hazard=self.hazard)
        return cross_products(self.sets, self.spells, (one,))[:, 0, 0]

    def survival_influence(self, group: int, time: float) -> Floats:
        """Return the derivative of S(time) of a group with respect to the weight of each row, shape (n,)."""
        value = self.at(self.survival, group, time, first=1.0)
        return np.where(self.spells.group == group, -value * self.log_survival_integral().until(self.sets, time), 0.0)

    def restricted_mean(self, group: int, horizon: float) -> float:
        """Return the area under S from 0 to the horizon."""
        return float(self._areas(group, horizon)[0])

    def restricted_mean_influence(self, group: int, horizon: float) -> Floats:
        """Return the derivative of the restricted mean with respect to the weight of each row, shape (n,).

        Formula: minus the integral of A(t) / (n - d) dM_i(t), A(t) the area under S from t to the horizon.
        """
        after = self._after(group, horizon)
        one = Integral.of(self.sets, event=self.spells.event > 0, integrand=-after * self.spare, hazard=self.hazard)
        return np.where(self.spells.group == group, one.jump - self.sets.spread(one.drift), 0.0)

    def _after(self, group: int, horizon: float) -> Floats:
        """A of a group at its times, zero at those of other groups and beyond the horizon, shape (m,)."""
        found, places = np.zeros(len(self.sets)), self.sets.places(group)
        found[places] = self._areas(group, horizon)[1:]
        return found

    def _areas(self, group: int, horizon: float) -> Floats:
        """Areas under S to the horizon, from 0 and from each time of a group; zero from times beyond."""
        places = self.sets.places(group)
        edges = np.r_[0.0, np.minimum(self.sets.times[places], horizon), horizon]
        pieces = np.r_[1.0, self.survival[places]] * np.maximum(np.diff(edges), 0.0)
        return np.cumsum(pieces[::-1])[::-1]


def product_limit(spells: Spells) -> ProductLimit:
    """Estimate the survival of each group.

    Parameters
    ----------
    spells : rows; any event above 0 ends survival.

    Formula: S(t) = product over s <= t of 1 - d(s) / n(s), d and n sums of weights. A row is at risk at s where entry < s <= exit; at equal
    times events come before the end of follow-up.

    Assumptions: given the group, the end of follow-up (and the entry) tells nothing about the event.

    Source: Kaplan and Meier (1958), JASA 53(282); Aalen (1978), Annals of Statistics 6(4); Efron (1981), JASA 76(374), for weights and jackknife.
    """
    sets, event = RiskSets.of(spells), spells.event > 0
    ones = np.ones(len(spells))
    count, happened = sets.sums(ones), sets.at_exit(ones, event)
    at_risk, events = sets.sums(spells.weights), sets.at_exit(spells.weights, event)
    at_risk = np.where(count == happened, events, at_risk)
    with np.errstate(divide="ignore"):
        survival = np.exp(sets.forward(np.log1p(-events / at_risk)))
    return ProductLimit(
        spells=spells, sets=sets, count=count.astype(np.int64), at_risk=at_risk, events=events,
        censored=sets.at_exit(ones, ~event).astype(np.int64), survival=survival,
    )  # fmt: skip


def probability_limits(value: Floats, log_error: Floats, *, kind: str, conf_level: float) -> tuple[Floats, Floats]:
    """Return limits of a probability from the standard error of its logarithm; (1, 1) where it is 1, (0, 0) where it is 0.

    Parameters
    ----------
    value, log_error : shape (m,).
    kind : "log", p exp(+-z s); "log-log", p^exp(+-z s / log p); "plain", p +- z p s; all kept between 0 and 1.
    conf_level : level.

    Source: Kalbfleisch and Prentice (2002), The Statistical Analysis of Failure Time Data, 2nd ed., section 1.4; Borgan and Liestol
    (1990), Scandinavian Journal of Statistics 17(1).
    """
    inside = (value > 0) & (value < 1)
    p, s = value[inside], quantile(0.5 + conf_level / 2) * log_error[inside]
    if kind == "log":
        limits = p * np.exp(-s), p * np.exp(s)
    elif kind == "log-log":
        away = np.clip(s / np.log(p), -LARGEST, LARGEST)
        limits = p ** np.exp(-away), p ** np.exp(away)
    else:
        limits = p - p * s, p + p * s
    found = value.copy(), value.copy()
    for out, limit in zip(found, limits, strict=True):
        out[inside] = np.clip(limit, 0.0, 1.0)
    return found
