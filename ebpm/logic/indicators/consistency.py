"""What is observed must fit what is defined: no value twice, parts that exist, shares that are their quotient, counts that add up."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import TYPE_CHECKING

from ebpm.logic.indicators.observed import STATUSES, Observation, Statuses, scale_of
from ebpm.logic.parts import Indicator
from ebpm.spec.problems import Path, Problem, fail
from ebpm.spec.yaml import parse

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel

Fault = tuple[Path, str, dict[str, object]]


def refuse_contradictions(model: LogicModel, text: str, name: str) -> None:
    """Raise the error that lists what contradicts itself among observations and counts of statuses.

    Parameters
    ----------
    model : as it was read.
    text : the YAML that it was read from.
    name : what messages call the text.

    Raises
    ------
    SpecError : with each contradiction and its line.
    """
    faults = (*_observations(model), *_statuses(model))
    if faults:
        parsed = parse(text)
        raise fail(name, [Problem.at(parsed.line(path), path, code, **facts) for path, code, facts in faults])


def _observations(model: LogicModel) -> Iterator[Fault]:
    known = {indicator.id: indicator for indicator in model.indicators}
    seen: set[tuple[str, int, str | None]] = set()
    for place, one in enumerate(model.observations):
        path = ("observations", str(place))
        what: dict[str, object] = {"indicator": one.indicator, "fiscal_year": one.fiscal_year}
        if (one.indicator, one.fiscal_year, one.part) in seen:
            yield path, "logic_observed_twice", what
        seen.add((one.indicator, one.fiscal_year, one.part))
        if one.indicator in known:
            yield from ((path, code, what | facts) for code, facts in _misfits(one, known[one.indicator]))


def _misfits(one: Observation, indicator: Indicator) -> Iterator[tuple[str, dict[str, object]]]:
    parts = [part.id for part in indicator.parts]
    if (one.part is None) == bool(parts) or (one.part is not None and one.part not in parts):
        yield "logic_observed_part", {"part": one.part or "-", "parts": ", ".join(parts) or "-"}
    quotient = _quotient(one, indicator)
    if one.value is not None and quotient is not None and abs(quotient - one.value) > _rounding(one.value):
        yield "logic_observed_share", {"value": one.value, "quotient": f"{quotient:.6g}"}


def _quotient(one: Observation, indicator: Indicator) -> float | None:
    if indicator.measure != "rate" or one.numerator is None or one.denominator is None:
        return None
    return scale_of(indicator) * one.numerator / one.denominator


def _rounding(value: float) -> float:
    """Return half a unit of the last digit that is not zero behind the point, and a little for binary fractions."""
    exponent = Decimal(f"{value:.12g}").as_tuple().exponent
    digits = -exponent if isinstance(exponent, int) and exponent < 0 else 0
    return 0.5000001 * 10.0**-digits


def _statuses(model: LogicModel) -> Iterator[Fault]:
    for place, counts in enumerate(model.statuses):
        path = ("statuses", str(place))
        rows = len(model.indicators)
        if counts.total != rows:
            yield path, "logic_statuses_total", {"total": counts.total, "rows": rows}
        yield from ((path, "logic_statuses_named", facts) for facts in _overcounted(model, counts))


def _overcounted(model: LogicModel, counts: Statuses) -> Iterator[dict[str, object]]:
    from ebpm.logic.indicators.progress import named_under

    for status in STATUSES:
        named = len(named_under(model, status, counts.fiscal_year))
        if named > counts.count(status):
            yield {"status": status, "count": counts.count(status), "named": named}
