"""One indicator over the years: values, what sampling and silence leave open, and the target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ebpm.errors import DataError
from ebpm.estimate import Number, Unavailable
from ebpm.logic.fiscal import FiscalYear
from ebpm.logic.indicators.change import every_part, possible, series
from ebpm.logic.indicators.observed import scale_of
from ebpm.logic.indicators.progress import years_of
from ebpm.logic.rules.words import Phrase
from ebpm.records import carrying
from ebpm.stats.inference import level
from ebpm.stats.proportions import wilson
from ebpm.table import Table
from ebpm.texts import Words, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

    from ebpm.logic.indicators.observed import Observation
    from ebpm.logic.model import LogicModel
    from ebpm.logic.parts import Indicator


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A value of one fiscal year.

    Parameters
    ----------
    fiscal_year : the year in which its April lies.
    value : in the unit of the indicator.
    conf_low, conf_high : interval of a share from the number of answers.
    low, high : what the value can be among all who were asked.
    response_rate : share of those asked who answered.
    n : how many answered.
    """

    fiscal_year: int
    value: float
    conf_low: Number
    conf_high: Number
    low: Number
    high: Number
    response_rate: Number
    n: Number


@dataclass(frozen=True, slots=True, kw_only=True)
class Trend:
    """An indicator over the years of its plan.

    Parameters
    ----------
    name, unit : of the indicator or of its part.
    years : the fiscal years shown; those without a value stay empty.
    points : the values that are numbers.
    targets : fiscal year and value of each numeric target with a date.
    conf_level : level of the intervals.
    """

    name: Words
    unit: Words
    years: tuple[int, ...]
    points: tuple[Point, ...]
    targets: tuple[tuple[int, float], ...]
    conf_level: float

    @property
    def year_names(self) -> tuple[FiscalYear, ...]:
        return tuple(map(FiscalYear, self.years))

    def table(self, lang: str | None = None) -> Table:
        """Return one row a year that has a value."""
        rows = tuple(
            (FiscalYear(one.fiscal_year), one.value, one.conf_low, one.conf_high, one.low, one.high, one.n)
            for one in self.points
        )
        columns = ("observed_year", "observed_value", "conf_low", "conf_high", "bound_low", "bound_high", "n")
        return Table(columns, rows, label("trend_caption", lang, name=self.name, unit=self.unit))

    def sentence(self, lang: str | None = None) -> str:
        """Return the latest value in words, with what those who did not answer leave open."""
        last = self.points[-1]
        facts = {
            "name": self.name,
            "year": FiscalYear(last.fiscal_year),
            "value": f"{last.value:.6g}",
            "unit": self.unit,
        }
        rate, low, high = last.response_rate, last.low, last.high
        if isinstance(rate, Unavailable) or isinstance(low, Unavailable) or isinstance(high, Unavailable):
            return label("trend_sentence", lang, **facts)
        return label("trend_sentence_open", lang, rate=f"{rate:.1%}", low=f"{low:.1f}", high=f"{high:.1f}", **facts)

    def plot(self, ax: Axes | None = None, *, lang: str | None = None) -> Axes:
        """Draw the values by fiscal year with interval, bounds and target."""
        from ebpm.figures.trend import draw_trend

        return carrying(ax, lambda: draw_trend(self, ax, lang=lang), lambda: self.table("en").to_lines())


def trend(model: LogicModel, indicator: str, *, part: str | None = None, conf_level: float = 0.95) -> Trend:
    """Return an indicator over the years.

    Parameters
    ----------
    model : a model with observations.
    indicator : id.
    part : which part, where the indicator reports several numbers.
    conf_level : level of the intervals.

    Raises
    ------
    DataError : if a part must be chosen, or no value is a number.

    Intervals are Wilson's, from the number of answers; bounds assume nothing of those who did not answer.

    Source: Wilson (1927), Journal of the American Statistical Association 22(158); Manski (1989), Journal of Human Resources 24(3).

    Examples
    --------
    >>> import ebpm
    >>> plan = ebpm.read_logic_model("logic_models/data_utilisation_plan.yaml")
    >>> (staff,) = ebpm.logic.trend(plan, "in_1_1").points
    >>> round(staff.low, 1), round(staff.high, 1)
    (15.8, 89.4)
    """
    what = model.indicator(indicator)
    observed = [one for one in series(model, what, part) if one.value is not None]
    if not observed:
        raise DataError("indicator_no_numbers", indicator=indicator)
    chosen = next((one for one in what.parts if one.id == part), None)
    targets = () if chosen else tuple(_targets(what))
    seen = [*years_of(model), *(one.fiscal_year for one in observed), *(year for year, _ in targets)]
    return Trend(
        name=Phrase("trend_part", (("name", what.name), ("part", chosen.name))) if chosen else what.name,
        unit=(chosen.unit if chosen else what.unit) or "",
        years=tuple(range(min(seen), max(seen) + 1)),
        points=tuple(_point(what, one, level(conf_level)) for one in observed),
        targets=targets,
        conf_level=conf_level,
    )


def _targets(indicator: Indicator) -> list[tuple[int, float]]:
    dated = [one for one in indicator.targets if one.date is not None and not isinstance(one.value, str)]
    return [(fiscal_year_of(one.date or ""), float(one.value)) for one in dated]


def fiscal_year_of(date: str) -> int:
    """Return the fiscal year of a partial ISO date; a year alone is a fiscal year."""
    return int(date[:4]) - (date[5:7] in {"01", "02", "03"})


def _point(indicator: Indicator, one: Observation, conf_level: float) -> Point:
    value = 0.0 if one.value is None else one.value
    conf_low: Number = Unavailable("indicator_no_size" if indicator.measure == "rate" else "indicator_no_sampling")
    conf_high = conf_low
    if indicator.measure == "rate" and one.n is not None:
        scale = scale_of(indicator)
        conf_low, conf_high = (end * scale for end in wilson(value / scale, one.n, conf_level=conf_level))
    ends = possible(indicator, one)
    low, high = (ends, ends) if isinstance(ends, Unavailable) else ends
    none = Unavailable("indicator_no_response_rate")
    return Point(
        fiscal_year=one.fiscal_year, value=value, conf_low=conf_low, conf_high=conf_high, low=low, high=high,
        response_rate=none if one.response_rate is None else one.response_rate,
        n=Unavailable("indicator_no_size") if one.n is None else one.n,
    )  # fmt: skip


def trends(model: LogicModel) -> tuple[tuple[str, Trend], ...]:
    """Return the trend of every indicator, and of every part of one, that has a number, under its name for a file.

    Parameters
    ----------
    model : a plan or another model with observations.

    Examples
    --------
    >>> import ebpm
    >>> plan = ebpm.read_logic_model("logic_models/data_utilisation_plan.yaml")
    >>> len(ebpm.logic.trends(plan)) > 0
    True
    """
    return tuple(
        (f"{one.id}_{part}" if part else one.id, trend(model, one.id, part=part))
        for one, part in every_part(model)
        if any(seen.value is not None for seen in series(model, one, part))
    )
