"""How far an effect bears departures from parallel trends (Rambachan and Roth 2023)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from ebpm.did.regression_checks import check_breakdown
from ebpm.did.sensitivity.coefficients import AVERAGE, Coefficients, Interval, Target
from ebpm.did.sensitivity.robust_intervals import RESTRICTIONS, Robust
from ebpm.errors import DataError
from ebpm.estimate import Estimate, Estimates, Number, Unavailable
from ebpm.moments.frame import one_of
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.stats.given import numbers
from ebpm.stats.inference import level
from ebpm.table import Table
from ebpm.texts import coined, label, method

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

RECOMMENDED = {"relative_magnitudes": "hybrid", "smoothness": "flci"}
SINGULAR = {"relative_magnitude": "relative_magnitudes"}
MULTIPLES = (0.5, 1.0, 1.5, 2.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Honest(Shown):
    """Intervals for an effect that allow for departures from parallel trends.

    Parameters
    ----------
    study : the event study, whose terms give rows, clusters and unit.
    restriction : "relative_magnitudes" or "smoothness".
    inference : "hybrid", "conditional", "least_favourable" or "flci".
    coefficients : of the event study, with the weights of the target.
    bounds : M, ascending.
    intervals : one a bound.
    original : interval under exactly parallel trends, normal reference.
    breakdown : smallest M at which zero is not rejected.
    conf_level : level of the intervals.
    notices : what the guard rails found.
    """

    study: Estimates
    restriction: str
    inference: str
    coefficients: Coefficients
    bounds: tuple[float, ...]
    intervals: tuple[Interval, ...]
    original: Interval
    breakdown: Number
    conf_level: float
    notices: Notices = field(default_factory=Notices)

    @property
    def estimates(self) -> Estimates:
        """One item a bound, "M=...", after "original"; the headline is the first positive bound."""
        named = [
            ("original", self.original),
            *zip((f"M={one:.4g}" for one in self.bounds), self.intervals, strict=True),
        ]
        items = tuple(self._estimate(name, interval) for name, interval in named)
        head = next((place + 1 for place, one in enumerate(self.bounds) if one > 0), 0)
        return Estimates(items=items, headline_term=items[head].term, notices=self.notices)

    def tidy(self) -> pd.DataFrame:
        """Return one row a bound, with the glossary's columns."""
        return self.estimates.tidy()

    def lines(self, lang: str | None = None) -> list[str]:
        """Return estimate and breakdown value."""
        first, last = (f"{one:.4g}" for one in self.original)
        value = self.breakdown if isinstance(self.breakdown, Unavailable) else f"{self.breakdown:.3g}"
        return [
            label("did_honest_line", lang, name=method(self._method, lang), estimate=f"{self.coefficients.estimate:.4g}",
                  low=first, high=last, breakdown=value),
        ]  # fmt: skip

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row a bound."""
        names = ("conf_low", "conf_high", "conf_level")
        records = [{"term": one.called(lang)} | {name: getattr(one, name) for name in names} for one in self.estimates]
        return (Table.of(records, method(self._method, lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the interval of every bound, with the breakdown value."""
        from ebpm.figures.honest import draw_honest

        return draw_honest(self, ax, lang=lang)

    @property
    def _method(self) -> str:
        return f"did.honest.{self.restriction}"

    def _estimate(self, name: str, interval: Interval) -> Estimate:
        none, like = Unavailable("did_honest_interval_only"), self.study.headline
        return Estimate(
            term=name, name=coined(f"did_honest_{name}"), estimate=self.coefficients.estimate, std_error=none, df=none, p_value=none, conf_low=interval[0],
            conf_high=interval[1], conf_level=self.conf_level, n=like.n, clusters=like.clusters, estimand=like.estimand,
            unit=like.unit, method=self._method,
        )  # fmt: skip


def honest(
    study: Estimates,
    *,
    restriction: str = "relative_magnitudes",
    inference: str = "recommended",
    bounds: Sequence[float] = (),
    target: Target = AVERAGE,
    conf_level: float = 0.95,
) -> Honest:
    """Find intervals for an effect when trends may depart from parallel, and the departure that takes the effect away.

    Parameters
    ----------
    study : event study with one reference period and a joint covariance: `did.event_study(...)` or
        `did.att_gt(..., base="universal").aggregate("event")`.
    restriction : "relative_magnitudes" (or in the singular): no step of the departure from the reference on exceeds M times the largest step before it;
        "smoothness": its slope changes by at most M, in the unit of the outcome, from one period to the next.
    inference : "hybrid" (least favourable, then conditional), "conditional", "least_favourable", for "smoothness" also "flci", the
        shortest interval of fixed length; "recommended" is "hybrid" for relative magnitudes and "flci" for smoothness.
    bounds : values of M; 0.5, 1, 1.5 and 2 where empty, for "smoothness" times a quarter of the standard error of the effect.
    target : "average" of the effects from event time 0 on, one of these event times ("0", "1"), or weights: {"0": -1, "2": 1}, or one
        a coefficient after the reference, in order.
    conf_level : level of the intervals.

    Returns
    -------
    Honest. An interval may be wider than the one under parallel trends, or lie elsewhere: smoothness also extrapolates a straight trend.

    Raises
    ------
    DataError : an unknown `restriction`, `inference` or target; bounds that are negative.
    DesignError : no single reference, gaps between periods, no period before the reference, effects without standard error.

    Formula: departures d of the untreated difference from its value in the reference period; coefficients are effect + d after and d before.
    The tests of moment inequalities are inverted, their critical values by quadrature; nothing is simulated. Coefficients are taken
    as normal with known covariance.

    Assumptions: the departure after treatment is bounded in terms of what was seen before it; coefficients are normal.

    Source: Rambachan and Roth (2023), Review of Economic Studies 90(5), sections 3 and 4; Andrews, Roth and Pakes (2023), Review of
    Economic Studies 90(6).

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import did
    >>> y = [0, 1, 5, 1, 1, 7, 0, 0, 1, 2, 1, 3, 1, 2, 2, 4, 5, 5]
    >>> rows = {"y": y, "id": [i for i in range(6) for _ in range(3)], "t": [1, 2, 3] * 6, "g": [3] * 6 + [0] * 12}
    >>> found = did.honest(did.event_study(pd.DataFrame(rows), "y", unit="id", time="t", first_treated="g"), bounds=[1.0])
    >>> bool(found.intervals[0][0] < found.original[0] < found.original[1] < found.intervals[0][1])
    True
    """
    restriction = SINGULAR.get(str(restriction), restriction)
    methods, alpha = RESTRICTIONS[one_of(restriction, tuple(RESTRICTIONS), "restriction")], 1 - level(conf_level)
    named = one_of(inference, ("recommended", *methods), "inference")
    robust = Robust(restriction, RECOMMENDED[restriction] if named == "recommended" else named, alpha)
    coefficients = Coefficients.of(study, target)
    scale = 1.0 if restriction == "relative_magnitudes" else 0.25 * coefficients.std_error
    chosen = tuple(sorted(map(float, numbers(bounds or (), "bounds") or (scale * one for one in MULTIPLES))))
    if not all(0 <= one < np.inf for one in chosen):
        raise DataError("did_honest_bounds", bounds=chosen)
    largest = robust.breakdown(coefficients, scale)
    return Honest(
        study=study, restriction=restriction, inference=robust.inference, coefficients=coefficients, bounds=chosen,
        intervals=tuple(robust.interval(coefficients, bound) for bound in chosen), original=coefficients.original(alpha),
        breakdown=Unavailable("did_honest_no_breakdown") if largest is None else largest, conf_level=conf_level,
        notices=check_breakdown(largest or 0.0) if restriction == "relative_magnitudes" else Notices(),
    )  # fmt: skip
