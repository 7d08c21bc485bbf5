"""Did an indicator move? The change between two fiscal years, with what sampling and silence leave open, and a verdict in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from ebpm.errors import DataError
from ebpm.estimate import Number, Unavailable
from ebpm.logic.fiscal import FiscalYear
from ebpm.logic.indicators.observed import Observation, is_percent, scale_of
from ebpm.stats.inference import level
from ebpm.stats.proportions import LOW_RESPONSE, newcombe, worst_case
from ebpm.texts import label

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel
    from ebpm.logic.parts import Indicator

Moved = Literal[
    "better", "worse", "better_answered", "worse_answered", "unchanged", "higher", "lower", "unclear", "low_response", "response_unknown", "size_unknown",
    "words_only",
]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """An indicator in two fiscal years.

    Parameters
    ----------
    indicator : what was measured.
    before, after : the two observations.
    difference : after less before, in the unit of the indicator; percentage points for a share in percent.
    conf_low, conf_high : its interval from the numbers of answers.
    low, high : the smallest and the largest change that is possible when nothing is assumed of those who did not answer.
    conf_level : level of the interval.
    verdict : what can be said of the direction.
    """

    indicator: Indicator
    before: Observation
    after: Observation
    difference: Number
    conf_low: Number
    conf_high: Number
    low: Number
    high: Number
    conf_level: float
    verdict: Moved

    def sentence(self, lang: str | None = None) -> str:
        """Return values, change, interval, bounds and verdict in words."""
        years = (FiscalYear(one.fiscal_year).words(lang) for one in (self.before, self.after))
        facts = dict(zip(("since", "until"), years, strict=True))
        parts = [
            label(
                "change_values", lang, name=self.indicator.name,
                before=self._shown(self.before, lang), after=self._shown(self.after, lang), **facts,
            )
        ]  # fmt: skip
        if not isinstance(self.difference, Unavailable):
            parts.append(label("change_difference", lang, change=f"{self.difference:+.4g}", unit=self._unit(lang)))
            parts.append(self._between("change_interval", self.conf_low, self.conf_high, lang))
            parts.append(self._between("change_bounds", self.low, self.high, lang))
        parts.append(label(f"change_verdict_{self.verdict}", lang, minimum=f"{LOW_RESPONSE:.0%}"))
        return label("change_gap", lang).join(part for part in parts if part)

    def _shown(self, one: Observation, lang: str | None) -> str:
        if one.value is None:
            return one.stated.words(lang)
        unit = self.indicator.unit
        return label("change_shown", lang, value=f"{one.value:.6g}", unit=unit) if unit else f"{one.value:.6g}"

    def _unit(self, lang: str | None) -> str:
        if is_percent(self.indicator):
            return label("change_points", lang)
        return f" {self.indicator.unit.words(lang)}" if self.indicator.unit else ""

    def _between(self, code: str, low: Number, high: Number, lang: str | None) -> str:
        if isinstance(low, Unavailable) or isinstance(high, Unavailable):
            return ""
        return label(code, lang, low=f"{low:+.4g}", high=f"{high:+.4g}", level=f"{100 * self.conf_level:g}")

    def __str__(self) -> str:
        return self.sentence()


def change(
    model: LogicModel, indicator: str, *, since: int | None = None, until: int | None = None, part: str | None = None,
    conf_level: float = 0.95,
) -> Change:  # fmt: skip
    """Return how an indicator changed between two fiscal years, and what can be said of it.

    Parameters
    ----------
    model : a model with observations.
    indicator : id.
    since, until : fiscal years; the last two that were observed where None.
    part : which part, where the indicator reports several numbers.
    conf_level : level of the interval.

    Raises
    ------
    DataError : if a year has no observation, or a part must be chosen.

    A count is taken as complete. A share moves beyond chance where Newcombe's interval excludes zero and beyond silence where the
    worst-case change does; a share of fewer than half of those asked is no progress unless it moves beyond silence.

    Assumptions: the two surveys are independent simple random samples; a change is not an effect of the plan.

    Source: Newcombe (1998), Statistics in Medicine 17(8); Manski (1989), Journal of Human Resources 24(3).

    Examples
    --------
    >>> import ebpm
    >>> plan = ebpm.read_logic_model("logic_models/data_utilisation_plan.yaml")
    >>> ebpm.logic.change(plan, "in_6_2").difference
    4.0
    """
    what = model.indicator(indicator)
    found = {one.fiscal_year: one for one in series(model, what, part)}
    years = sorted(found)
    first = since if since is not None else (years[-2] if len(years) > 1 else None)
    last = until if until is not None else (years[-1] if years else None)
    if first is None or last is None or first not in found or last not in found or first >= last:
        listed = ", ".join(map(str, years)) or "-"
        raise DataError(
            "indicator_two_values", indicator=indicator, years=listed, wanted=f"{first or '-'}, {last or '-'}"
        )
    return _change(what, found[first], found[last], level(conf_level))


def series(model: LogicModel, indicator: Indicator, part: str | None = None) -> tuple[Observation, ...]:
    """Return the observations of an indicator, or of one of its parts, by fiscal year.

    Raises
    ------
    DataError : if it has parts and none of them is named, or a name that it does not have.
    """
    source = model.indicator(indicator.same_as) if indicator.same_as else indicator
    parts = [one.id for one in source.parts]
    if (part is not None or parts) and part not in parts:
        raise DataError("indicator_part", indicator=indicator.id, part=part or "-", parts=", ".join(parts) or "-")
    return tuple(one for one in model.observed(indicator) if one.part == part)


def _change(indicator: Indicator, before: Observation, after: Observation, conf_level: float) -> Change:
    difference: Number = Unavailable("indicator_words_only")
    if before.value is not None and after.value is not None:
        difference = after.value - before.value
    conf_low, conf_high = _interval(indicator, before, after, conf_level)
    low, high = _bounds(indicator, before, after)
    found = Change(
        indicator=indicator, before=before, after=after, difference=difference, conf_low=conf_low, conf_high=conf_high,
        low=low, high=high, conf_level=conf_level, verdict="unclear",
    )  # fmt: skip
    return replace(found, verdict=_verdict(found))


def _interval(
    indicator: Indicator, before: Observation, after: Observation, conf_level: float
) -> tuple[Number, Number]:
    none = Unavailable("indicator_no_size" if indicator.measure == "rate" else "indicator_no_sampling")
    if (
        indicator.measure != "rate"
        or before.value is None
        or after.value is None
        or before.n is None
        or after.n is None
    ):
        return none, none
    scale = scale_of(indicator)
    ends = newcombe((before.value / scale, before.n), (after.value / scale, after.n), conf_level=conf_level)
    return ends[0] * scale, ends[1] * scale


def _bounds(indicator: Indicator, before: Observation, after: Observation) -> tuple[Number, Number]:
    ends = [possible(indicator, one) for one in (before, after)]
    if isinstance(ends[0], Unavailable) or isinstance(ends[1], Unavailable):
        none = Unavailable("indicator_no_response_rate")
        return none, none
    return ends[1][0] - ends[0][1], ends[1][1] - ends[0][0]


def possible(indicator: Indicator, one: Observation) -> tuple[float, float] | Unavailable:
    """Return the lowest and the highest value among all who were asked, whatever those who did not answer would have said."""
    reach = indicator.valid_range or ((0.0, scale_of(indicator)) if indicator.measure == "rate" else None)
    if one.value is None or one.response_rate is None or reach is None:
        return Unavailable("indicator_no_response_rate")
    low, high = reach
    return worst_case(one.value, one.response_rate, low=low, high=high)


def _verdict(found: Change) -> Moved:
    if isinstance(found.difference, Unavailable):
        return "words_only"
    before, after = found.before.response_rate, found.after.response_rate
    asked = any(one.n is not None or one.response_rate is not None for one in (found.before, found.after))
    if not asked:
        return _direction(found.indicator, found.difference) if _complete(found) else "size_unknown"
    if before is None or after is None:
        return "response_unknown"
    if min(before, after) < LOW_RESPONSE and not _excludes_zero(found.low, found.high):
        return "low_response"
    return _sampled(found, found.difference)


def _sampled(found: Change, difference: float) -> Moved:
    if isinstance(found.conf_low, Unavailable):
        return "size_unknown"
    if not _excludes_zero(found.conf_low, found.conf_high):
        return "unclear"
    moved = _direction(found.indicator, difference)
    if _excludes_zero(found.low, found.high) or moved not in {"better", "worse"}:
        return moved
    return "better_answered" if moved == "better" else "worse_answered"


def _complete(found: Change) -> bool:
    counted = all(one.denominator is not None for one in (found.before, found.after))
    return counted or found.indicator.measure in {"count", "money"}


def _excludes_zero(low: Number, high: Number) -> bool:
    return not isinstance(low, Unavailable) and not isinstance(high, Unavailable) and (low > 0 or high < 0)


def _direction(indicator: Indicator, difference: float) -> Moved:
    if difference == 0:
        return "unchanged"
    if indicator.direction in {None, "hold"}:
        return "higher" if difference > 0 else "lower"
    return "better" if (difference > 0) == (indicator.direction == "up") else "worse"


def changes(model: LogicModel) -> tuple[Change, ...]:
    """Return the last change of every indicator, and of every part of one, that was observed in two fiscal years or more.

    Parameters
    ----------
    model : as in `change`.

    Examples
    --------
    >>> import ebpm
    >>> len(ebpm.logic.changes(ebpm.read_logic_model("logic_models/data_utilisation_plan.yaml")))
    1
    """
    return tuple(
        change(model, one.id, part=part) for one, part in every_part(model) if len(series(model, one, part)) > 1
    )


def every_part(model: LogicModel) -> Iterator[tuple[Indicator, str | None]]:
    """Yield every indicator with each of its parts, or with none where it has none; what is the same as another is left out."""
    for indicator in model.indicators:
        if indicator.same_as is None:
            parts: tuple[str | None, ...] = tuple(part.id for part in indicator.parts)
            yield from ((indicator, part) for part in parts or (None,))
