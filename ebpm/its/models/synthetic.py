"""A synthetic series from donors: the weighted mean of other series that went as the exposed one did before the intervention."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError, DesignError
from ebpm.estimate import Estimate, Estimates, Number, Unavailable
from ebpm.its.periods.calendar import Calendar, read_periods, refuse_holes
from ebpm.its.series.events import Event, inside, read_events
from ebpm.moments.frame import Frame, one_of
from ebpm.notices import Facts, Notices, Rule, run
from ebpm.shown import Shown
from ebpm.stats.inference import level
from ebpm.stats.simplex import fit_simplex
from ebpm.table import Table
from ebpm.texts import coined, label, method

if TYPE_CHECKING:
    from collections.abc import Iterator

    from matplotlib.axes import Axes

Floats = NDArray[np.float64]

METHOD = "its.synthetic"
FEWEST_DONORS, FEWEST = 2, 3
POOR = 0.5
TIE = 1e-10


@dataclass(frozen=True, slots=True, kw_only=True)
class SyntheticSeries(Shown):
    """A series beside its synthetic counterpart.

    Parameters
    ----------
    calendar : the T periods.
    start : place of the first period under the intervention.
    exposed : its outcome, shape (T,).
    synthetic : the weighted mean of the donors, moved to the level of the exposed series where levels were not matched, shape (T,).
    donors : their names.
    weights : shape (J,).
    gaps : of the exposed series, and of each donor in its place, from the synthetic one, shape (J + 1, T).
    outcome : its name.
    events : concurrent events.
    conf_level : of the interval.
    """

    calendar: Calendar
    start: int
    exposed: Floats
    synthetic: Floats
    donors: tuple[str, ...]
    weights: Floats
    gaps: Floats
    outcome: str
    events: tuple[Event, ...]
    conf_level: float

    @property
    def before(self) -> Floats:
        """Root mean squared gap before the intervention, of the exposed series and of each donor, shape (J + 1,)."""
        return np.asarray(np.sqrt((self.gaps[:, : self.start] ** 2).mean(axis=1)))

    @property
    def ratios(self) -> Floats:
        """Root mean squared gap after over before the intervention, shape (J + 1,)."""
        after = np.sqrt((self.gaps[:, self.start :] ** 2).mean(axis=1))
        return np.asarray(after / np.maximum(self.before, 1e-12 * np.abs(self.exposed).max()))

    @property
    def notices(self) -> Notices:
        """What the guard rails found."""
        return run(RULES, self) + inside(self.events, self.calendar)

    @property
    def estimates(self) -> Estimates:
        """Average and total effect. The p value is the place of the ratio among those of all donors; it has no standard error."""
        after = self.gaps[0, self.start :]
        limits = self._limits(float(after.mean()))
        p_value = float((self.ratios >= self.ratios[0] * (1.0 - TIE)).mean())
        items = tuple(
            self._item(term, float(after.mean()), p_value, limits, count=count)
            for term, count in (("average_effect", 1), ("total_effect", len(after)))
        )
        return Estimates(items=items, headline_term="average_effect", notices=self.notices)

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the average effect, and who makes up the synthetic series."""
        order = np.argsort(-self.weights, kind="stable")
        used = ", ".join(f"{self.donors[one]} {self.weights[one]:.2f}" for one in order[:6] if self.weights[one] > 5e-3)
        fit = f"{self.before[0]:.3g}"
        return [self.estimates.headline.sentence(lang), label("its_remark_synthetic", lang, weights=used, fit=fit)]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row a term."""
        return (self.estimates.table(method(METHOD, lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw both series, and the gap among those of the donors; into one given axes the first of them."""
        from ebpm.figures.donors import draw_donors

        return draw_donors(self, ax, lang=lang)

    def _limits(self, mean: float) -> tuple[Number, Number]:
        """The constant effects whose removal leaves the exposed series unremarkable among the donors."""
        others, count = np.sort(self.ratios[1:]), len(self.gaps)
        allowed = math.floor((1.0 - self.conf_level) * count + TIE)
        if allowed < 1:
            none = Unavailable("its_few_donors")
            return none, none
        after = self.gaps[0, self.start :]
        room = (others[count - 1 - allowed] * self.before[0]) ** 2 - float(((after - mean) ** 2).mean())
        if room < 0:
            none = Unavailable("its_no_constant")
            return none, none
        return mean - math.sqrt(room), mean + math.sqrt(room)

    def _item(self, term: str, mean: float, p_value: float, ends: tuple[Number, Number], *, count: int) -> Estimate:
        none = Unavailable("its_by_placebos")
        limits = [one if isinstance(one, Unavailable) else one * count for one in ends]
        return Estimate(
            term=term, name=coined(term), estimate=mean * count, std_error=none, df=none, p_value=p_value, conf_low=limits[0], conf_high=limits[1],
            conf_level=self.conf_level, n=self.gaps.size, estimand=term, method=METHOD,
        )  # fmt: skip


def synthetic(
    data: Any, outcome: str, *, time: str, intervention: Any, series: str, exposed: Any, match: str = "levels",
    events: Iterable[Any] = (), conf_level: float = 0.95,
) -> SyntheticSeries:  # fmt: skip
    """Hold a series against a weighted mean of series that the intervention did not touch.

    Parameters
    ----------
    data : a table with one row a period and series. Order of rows does not matter.
    outcome : column of numbers; rates rather than counts, so that series of different size compare.
    time, intervention, events : as in `segmented`; every series has all periods.
    series : column that names the series.
    exposed : the name of the one that was exposed.
    match : "levels", or "changes" from the mean before the intervention.
    conf_level : level of the interval.

    Raises
    ------
    DataError : if a column is missing or not numeric, or no series has the name.
    DesignError : if there are fewer than two donors, periods are missing, or fewer than three lie on either side.

    Formula: weights of at least zero that sum to one and minimise the squared gaps before the intervention. The p value is the place of
    the exposed series' ratio of root mean squared gaps, after over before, among those of all donors, each held against the
    others; the interval holds the constant effects that this place does not rule out.

    Assumptions: donors are not touched by the intervention; without it the weighted mean would have gone on as it did; any of the series
    was as likely to be exposed.

    Source: Abadie, Diamond and Hainmueller (2010), Journal of the American Statistical Association 105(490); Firpo and Possebom (2018),
    Journal of Causal Inference 6(2).

    Examples
    --------
    >>> import pandas as pd
    >>> paths = {"a": [1, 2, 3, 9, 10, 11], "b": [0, 1, 2, 3, 4, 5], "c": [4, 5, 6, 7, 8, 9], "d": [9, 3, 2, 5, 6, 9]}
    >>> table = pd.DataFrame([(city, t, y) for city, path in paths.items() for t, y in enumerate(path)], columns=["city", "t", "y"])
    >>> found = synthetic(table, "y", time="t", intervention=3, series="city", exposed="a")
    >>> round(found.estimates.headline.estimate, 6)
    5.0
    """
    one_of(match, ("levels", "changes"), "match")
    frame = Frame.of(data)
    calendar, places = read_periods(frame.values(time, "time"), time)
    names = frame.codes(series, "series")
    wanted = [place for place, name in enumerate(names.levels) if name == exposed or str(name) == str(exposed)]
    if not wanted:
        raise DataError("its_no_such_series", exposed=exposed, known=", ".join(map(str, names.levels[:8])))
    for place, name in enumerate(names.levels):
        refuse_holes(calendar, places[names.codes == place], str(name))
    values = np.empty((len(names), calendar.length))
    values[names.codes, places] = frame.numbers(outcome, "outcome")
    start = calendar.place(intervention)
    if len(names) <= FEWEST_DONORS:
        raise DesignError("its_few_series", count=len(names) - 1, fewest=FEWEST_DONORS)
    if min(start, calendar.length - start) < FEWEST:
        raise DesignError("its_too_few", before=start, after=max(calendar.length - start, 0), fewest=FEWEST)
    order = [wanted[0], *(place for place in range(len(names)) if place != wanted[0])]
    paths = values[order] - (values[order, :start].mean(axis=1, keepdims=True) if match == "changes" else 0.0)
    weights = [_weights(paths, place, start) for place in range(len(paths))]
    gaps = np.array([path - one @ paths for path, one in zip(paths, weights, strict=True)])
    return SyntheticSeries(
        calendar=calendar, start=start, exposed=values[order[0]], synthetic=values[order[0]] - gaps[0],
        donors=tuple(str(names.levels[place]) for place in order[1:]), weights=weights[0][1:], gaps=gaps, outcome=outcome,
        events=read_events(events, calendar), conf_level=level(conf_level),
    )  # fmt: skip


def _weights(paths: Floats, place: int, start: int) -> Floats:
    """Weights of all series in the synthetic counterpart of one; the exposed one is a donor to none."""
    donors = np.array([one for one in range(1, len(paths)) if one != place])
    found = np.zeros(len(paths))
    found[donors] = fit_simplex(paths[donors, :start].T, paths[place, :start]).weights
    return found


def _poor_fit(found: SyntheticSeries) -> Iterator[tuple[str, Facts]]:
    spread = float(found.exposed[: found.start].std())
    if found.before[0] > POOR * spread:
        yield found.outcome, {"gap": f"{found.before[0]:.3g}", "spread": f"{spread:.3g}"}


def _few_donors(found: SyntheticSeries) -> Iterator[tuple[str, Facts]]:
    if 1.0 / len(found.gaps) > 1.0 - found.conf_level + TIE:
        yield "", {"donors": len(found.donors), "smallest": f"{1.0 / len(found.gaps):.2f}"}


RULES: tuple[Rule[SyntheticSeries], ...] = (Rule("I329", _poor_fit), Rule("I330", _few_donors))
