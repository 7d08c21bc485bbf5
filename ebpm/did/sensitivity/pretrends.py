"""What a test of the periods before treatment could have found, and what it leaves when it finds nothing (Roth 2022)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
from scipy.optimize import brentq

from ebpm.did.design_checks import Missed, check_missed
from ebpm.did.sensitivity.coefficients import AVERAGE, Coefficients, Target
from ebpm.errors import DataError
from ebpm.estimate import Estimate, Estimates, Unavailable
from ebpm.moments.frame import Floats
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.stats.given import numbers, several
from ebpm.stats.inference import level, quantile
from ebpm.stats.normal.rectangle import rectangle, truncated_mean
from ebpm.table import Table
from ebpm.texts import LANGUAGES, Words, label, method

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

METHOD = "did.pretrends"
POWERS = (0.5, 0.8)
DOUBLINGS = 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Violation:
    """A hypothesised departure from parallel trends, and what the test of the periods before treatment makes of it.

    Parameters
    ----------
    term : "power_50", "slope_0.1" or "departure".
    slope : change of the departure a period; `Unavailable` where it is not linear.
    departure : of each coefficient from zero, shape (P + Q,).
    power : probability that a coefficient before treatment is significant.
    bayes_factor : probability of passing the test, relative to that under parallel trends.
    likelihood_ratio : likelihood of the coefficients before treatment, relative to that under parallel trends.
    bias : of the target.
    bias_passed : of the target where the test was passed.
    expected : coefficients to be expected without any effect where the test was passed, shape (P + Q,).
    """

    term: str
    slope: float | Unavailable
    departure: Floats
    power: float
    bayes_factor: float
    likelihood_ratio: float
    bias: float
    bias_passed: float
    expected: Floats

    @property
    def name(self) -> Words:
        """What a reader calls it."""
        if isinstance(self.slope, Unavailable):
            return {lang: label("did_pretrends_departure", lang) for lang in LANGUAGES}
        return {lang: label("did_pretrends_slope", lang, slope=f"{self.slope:.4g}") for lang in LANGUAGES}


@dataclass(frozen=True, slots=True, kw_only=True)
class Pretrends(Shown):
    """What the test that no coefficient before treatment is significant can find.

    Parameters
    ----------
    study : the event study.
    coefficients : of it, with the weights of the target.
    violations : those asked for; the first is the headline.
    threshold : t value from which a coefficient counts as significant.
    passed : whether none of the coefficients before treatment reaches it.
    conf_level : level of the test.
    notices : what the guard rails found.
    """

    study: Estimates
    coefficients: Coefficients
    violations: tuple[Violation, ...]
    threshold: float
    passed: bool
    conf_level: float
    notices: Notices = field(default_factory=Notices)

    def __getitem__(self, term: str) -> Violation:
        self.estimates[term]
        return next(one for one in self.violations if one.term == term)

    @property
    def estimates(self) -> Estimates:
        """The bias of the target that each violation leaves where the test was passed."""
        like, none = self.study.headline, Unavailable("did_pretrends_hypothetical")
        items = tuple(
            Estimate(
                term=one.term, name=one.name, estimate=one.bias_passed, std_error=none, df=none, p_value=none, conf_low=none,
                conf_high=none, conf_level=self.conf_level, n=like.n, clusters=like.clusters, estimand="pretrend_bias",
                unit=like.unit, method=METHOD,
            )
            for one in self.violations
        )  # fmt: skip
        return Estimates(items=items, headline_term=items[0].term, notices=self.notices)

    def tidy(self) -> pd.DataFrame:
        """Return one row a violation."""
        return self._table([one.term for one in self.violations]).to_frame()

    def lines(self, lang: str | None = None) -> list[str]:
        """Say whether the test was passed, and what the headline's trend would do."""
        head = self.violations[0]
        said = label("did_pretrends_passed" if self.passed else "did_pretrends_failed", lang)
        facts = {
            "power": f"{head.power:.0%}",
            "bias": f"{head.bias_passed:.4g}",
            "estimate": f"{self.coefficients.estimate:.4g}",
        }
        return [said, label("did_pretrends_line", lang, violation=head.name, **facts)]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row a violation."""
        return (self._table([one.name for one in self.violations], method(METHOD, lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the event study with the headline's trend and the coefficients to be expected where the test was passed."""
        from ebpm.figures.pretrends import draw_pretrends

        return draw_pretrends(self, ax, lang=lang)

    def _table(self, names: Sequence[Words], caption: str = "") -> Table:
        columns = ("slope", "power", "bias", "bias_passed", "bayes_factor", "likelihood_ratio")
        rows = zip(names, self.violations, strict=True)
        return Table.of(
            [{"term": name} | {column: getattr(one, column) for column in columns} for name, one in rows], caption
        )


def pretrends(
    study: Estimates,
    *,
    powers: Sequence[float] = POWERS,
    slopes: Sequence[float] = (),
    departure: Mapping[str, float] | Sequence[float] = (),
    target: Target = AVERAGE,
    conf_level: float = 0.95,
) -> Pretrends:
    """Say which trends a test of the periods before treatment would have missed, and the bias that these leave in the effect.

    Parameters
    ----------
    study : event study as for `did.honest`.
    powers : probabilities of detection, between the size of the test and 1: the slope that is found so often is sought.
    slopes : of further linear trends, in the unit of the outcome a period; listed before those found by power.
    departure : a departure of any shape: {event time: value}, zero where nothing is said, or one a coefficient in order (the
        reference left out); listed first.
    target : effect whose bias is asked for, as in `did.honest`.
    conf_level : level at which a single coefficient before treatment counts as significant.

    Returns
    -------
    Pretrends. Slopes that are found by power are positive; their mirror images have the same power and the opposite bias.

    Raises
    ------
    DataError : powers that no slope has, nothing to look at, a departure that does not fit the event study.
    DesignError : as `did.honest`; a covariance that is singular.

    Formula: the test is passed where |b_t| <= z s_t for every coefficient b_t before treatment; b ~ N(departure, covariance), so that
    power, and the mean of the coefficients where it was passed, are probabilities of rectangles and truncated means of a normal.

    Assumptions: the coefficients are normal with known covariance.

    Source: Roth (2022), American Economic Review: Insights 4(3).

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import did
    >>> y = [0, 1, 5, 1, 1, 7, 0, 0, 1, 2, 1, 3, 1, 2, 2, 4, 5, 5]
    >>> rows = {"y": y, "id": [i for i in range(6) for _ in range(3)], "t": [1, 2, 3] * 6, "g": [3] * 6 + [0] * 12}
    >>> found = did.pretrends(did.event_study(pd.DataFrame(rows), "y", unit="id", time="t", first_treated="g"))
    >>> [round(one.power, 6) for one in found.violations]
    [0.5, 0.8]
    """
    coefficients = Coefficients.of(study, target)
    test = _Test.of(coefficients, quantile(0.5 + level(conf_level) / 2))
    found = tuple(_violations(test, powers, slopes, departure))
    if not found:
        raise DataError("did_pretrends_nothing", powers=tuple(powers), slopes=tuple(slopes))
    pre = slice(0, coefficients.before)
    notices = check_missed(Missed(found[0].bias_passed, found[0].power, coefficients.estimate, coefficients.std_error))
    return Pretrends(
        study=study, coefficients=coefficients, violations=found, threshold=test.threshold,
        passed=bool((np.abs(coefficients.values[pre]) <= test.high).all()), conf_level=conf_level, notices=notices,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Test:
    """The test that no coefficient before treatment is significant: passed within +-high, shape (P,)."""

    study: Coefficients
    threshold: float
    high: Floats
    plain: float

    @classmethod
    def of(cls, study: Coefficients, threshold: float) -> _Test:
        P = study.before
        covariance = study.covariance[:P, :P]
        high = threshold * np.sqrt(np.diag(covariance))
        return cls(study, threshold, high, rectangle(np.zeros(P), covariance, -high, high))

    def passes(self, departure: Floats) -> float:
        """Return the probability of passing."""
        P = self.study.before
        return rectangle(departure[:P], self.study.covariance[:P, :P], -self.high, self.high)

    def slope(self, power: float) -> float:
        """Return the slope that is found with this power."""
        if not 1 - self.plain < power < 1:
            raise DataError("did_pretrends_power", power=power, least=1 - self.plain)

        def gap(slope: float) -> float:
            return 1 - self.passes(slope * self.study.steps) - power

        high = float(self.high.max())
        for _ in range(DOUBLINGS):
            if gap(high) > 0:
                break
            high *= 2
        return float(brentq(gap, 0.0, high, xtol=1e-14 * high, rtol=1e-13))

    def violation(self, term: str, departure: Floats, slope: float | Unavailable) -> Violation:
        """Return what the test makes of a departure, shape (P + Q,)."""
        study, P, passes = self.study, self.study.before, self.passes(departure)
        V, pre = study.covariance, departure[:P]
        within = truncated_mean(pre, V[:P, :P], -self.high, self.high)
        after = departure[P:] + V[P:, :P] @ np.linalg.solve(V[:P, :P], within - pre)
        observed = study.values[:P]
        ratio = np.linalg.solve(V[:P, :P], pre) @ (observed - pre / 2)
        return Violation(
            term=term, slope=slope, departure=departure, power=1 - passes, bayes_factor=passes / self.plain,
            likelihood_ratio=float(np.exp(ratio)), bias=float(study.weights @ departure[P:]),
            bias_passed=float(study.weights @ after), expected=np.concatenate([within, after]),
        )  # fmt: skip


def _violations(
    test: _Test, powers: Sequence[float], slopes: Sequence[float], departure: Mapping[str, float] | Sequence[float]
) -> Iterator[Violation]:
    if len(several(departure, "departure")):
        yield test.violation("departure", _shape(test.study, departure), Unavailable("did_pretrends_not_linear"))
    for slope in numbers(slopes, "slopes"):
        yield test.violation(f"slope_{slope:g}", float(slope) * test.study.steps, float(slope))
    for power in numbers(powers, "powers"):
        slope = test.slope(power)
        yield test.violation(f"power_{100 * power:g}", slope * test.study.steps, slope)


def _shape(study: Coefficients, departure: Mapping[str, float] | Sequence[float]) -> Floats:
    terms = [f"{place:g}" for place in study.places]
    if isinstance(departure, Mapping):
        named = {str(term): float(value) for term, value in departure.items()}
        values = np.array([named.get(term, 0.0) for term in terms])
        fits = named.keys() <= set(terms)
    else:
        values = np.array(numbers(departure, "departure"), dtype=np.float64)
        fits = len(values) == len(terms)
    if not fits or not np.isfinite(values).all():
        raise DataError("did_pretrends_shape", departure=departure, terms=", ".join(terms))
    return values
