"""What an intervention added: outcome beside counterfactual, the difference by period, its running total, and their sums."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError
from ebpm.estimate import Estimate, Estimates, Unavailable
from ebpm.its.periods.calendar import Calendar
from ebpm.its.series.events import Event
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.stats.given import generator
from ebpm.stats.inference import t_estimate
from ebpm.table import Table
from ebpm.texts import coined, method

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True, kw_only=True)
class Added:
    """Outcomes that an intervention added in each of h periods, and how well they are known.

    Parameters
    ----------
    amounts : shape (h,), in units of the outcome.
    spread : weights of shape (h,) -> standard error of the weighted sum of the amounts, and its degrees of freedom.
    draw : generator and count -> amounts drawn from their distribution, shape (count, h).
    """

    amounts: Floats
    spread: Callable[[Floats], tuple[float, float]]
    draw: Callable[[np.random.Generator, int], Floats]


@dataclass(frozen=True, slots=True, kw_only=True)
class Expected:
    """What is expected of the outcome without the intervention.

    Parameters
    ----------
    fitted : before the first period of the effect, shape (T - h,); empty numbers (nan) where nothing is fitted.
    mean, low, high : of the counterfactual from then on, shape (h,).
    """

    fitted: Floats
    mean: Floats
    low: Floats
    high: Floats


@dataclass(frozen=True, slots=True, kw_only=True)
class Impact(Shown):
    """What an intervention added to a series.

    Parameters
    ----------
    calendar : the T periods.
    start, origin : places of the first period under the intervention, and of the first in which the effect is measured.
    outcome : amounts observed, shape (T,).
    expected : what they would have been.
    added : the difference.
    events : concurrent events.
    about : name of the outcome, method, rows used and level of the intervals.
    noticed : what the guard rails of the model found.
    """

    calendar: Calendar
    start: int
    origin: int
    outcome: Floats
    expected: Expected
    added: Added
    events: tuple[Event, ...]
    about: About
    noticed: Notices

    @property
    def notices(self) -> Notices:
        """What the guard rails of the model found."""
        return self.noticed

    @property
    def estimates(self) -> Estimates:
        """Total, mean a period, and the relative effect where what was expected is positive throughout the interval."""
        ones = np.ones(len(self.added.amounts))
        items = (
            self._item("total_effect", "total_effect", ones),
            self._item("mean_effect", "mean_effect", ones / len(ones)),
            *self._relative(ones),
        )
        return Estimates(items=items, headline_term="total_effect", notices=self.noticed)

    @property
    def pointwise(self) -> Estimates:
        """The effect in each period."""
        return self._path("period_effect", np.eye(len(self.added.amounts)))

    @property
    def cumulative(self) -> Estimates:
        """The effect from the first period of the effect to each period."""
        return self._path("total_effect", np.tril(np.ones((len(self.added.amounts),) * 2)))

    @property
    def averted(self) -> Estimate:
        """The events that did not happen because of the intervention: less the total effect."""
        total = self.estimates["total_effect"]
        return replace(
            total, term="events_averted", name=coined("events_averted"), estimand="events_averted", estimate=-total.estimate,
            conf_low=_less(total.conf_high), conf_high=_less(total.conf_low),
        )  # fmt: skip

    def until(self, period: object) -> Estimate:
        """Return the running total at a period.

        Raises
        ------
        DataError : if it is not one of the periods of the effect.
        """
        place = self.calendar.place(period)
        if not self.origin <= place < self.calendar.length:
            first, last = self.calendar.name(self.origin), self.calendar.name(self.calendar.length - 1)
            raise DataError("its_not_after", period=period, first=first, last=last)
        return self.cumulative[self.calendar.name(place)]

    def simulated(self, *, draws: int = 10_000, seed: int = 20190401) -> Estimates:
        """Return total, mean and relative effect with the intervals of simulated amounts, as a check of those by the delta method.

        Parameters
        ----------
        draws : how many sets of amounts are drawn.
        seed : of the numpy Generator.
        """
        sums = self.added.draw(generator(seed), draws).sum(axis=1)
        seen = float(self.outcome[self.origin :].sum())
        drawn = {
            "total_effect": sums,
            "mean_effect": sums / len(self.added.amounts),
            "relative_effect": sums / (seen - sums),
        }
        items = tuple(self._quantiles(item, drawn[item.term]) for item in self.estimates)
        return Estimates(items=items, headline_term="total_effect", notices=self.noticed)

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the total and the relative effect."""
        return [item.sentence(lang) for item in self.estimates if item.term != "mean_effect"]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return the sums, and one row a period."""
        return self.estimates.table(method(self.about.method, lang)), self.pointwise.table()

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw outcome and counterfactual, the effect by period, and its running total; into one given axes the first of them."""
        from ebpm.figures.impact import draw_impact

        return draw_impact(self, ax, lang=lang)

    def _path(self, estimand: str, rows: Floats) -> Estimates:
        names = [self.calendar.name(place) for place in range(self.origin, self.calendar.length)]
        items = tuple(self._item(name, estimand, row) for name, row in zip(names, rows, strict=True))
        return Estimates(items=items, headline_term=names[-1])

    def _item(self, term: str, estimand: str, weights: Floats) -> Estimate:
        std_error, df = self.added.spread(weights)
        return self.about.estimate(term, estimand, float(weights @ self.added.amounts), std_error, df)

    def _relative(self, ones: Floats) -> tuple[Estimate, ...]:
        """The total over what was expected, with the limits of the total; none where the expected amount may not be positive."""
        seen, total = float(self.outcome[self.origin :].sum()), self._item("total_effect", "total_effect", ones)
        limits = (total.conf_low, total.conf_high)
        known = [one for one in limits if not isinstance(one, Unavailable)]
        if not all(seen - one > 0 for one in (total.estimate, *known)):
            return ()
        wide = self.added.spread(ones)[0] * seen / (seen - total.estimate) ** 2
        low, high = (one if isinstance(one, Unavailable) else one / (seen - one) for one in limits)
        found = replace(
            total, term="relative_effect", name=coined("relative_effect"), estimand="relative_effect", estimate=total.estimate / (seen - total.estimate),
            std_error=wide, conf_low=low, conf_high=high,
        )  # fmt: skip
        return (found,)

    def _quantiles(self, item: Estimate, drawn: Floats) -> Estimate:
        tail = 0.5 - self.about.conf_level / 2.0
        low, high = np.quantile(drawn, [tail, 1.0 - tail])
        none = Unavailable("its_simulated")
        return replace(
            item, std_error=float(drawn.std()), df=none, p_value=none, conf_low=float(low), conf_high=float(high)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """What all estimates of an impact share.

    Parameters
    ----------
    name : of the outcome.
    method : entry of the texts.
    n : rows used.
    conf_level : of the intervals.
    """

    name: str
    method: str
    n: int
    conf_level: float

    def estimate(self, term: str, estimand: str, value: float, std_error: float, df: float) -> Estimate:
        """Return an estimate with its t interval."""
        return t_estimate(
            value,
            std_error,
            df=df,
            conf_level=self.conf_level,
            term=term,
            name=coined(term),
            n=self.n,
            estimand=estimand,
            method=self.method,
        )


def _less(value: float | Unavailable) -> float | Unavailable:
    return value if isinstance(value, Unavailable) else -value
