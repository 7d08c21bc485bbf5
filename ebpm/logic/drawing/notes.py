"""What stands under a node: its indicators, from where to where, or why not."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ebpm.logic.drawing.sheet import NOTE, wrapped
from ebpm.logic.parts import Indicator, Node
from ebpm.spec import Text
from ebpm.texts import label

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel


def reasons(model: LogicModel) -> tuple[Text, ...]:
    """Return why baselines, targets and indicators are absent, each reason once; their place from 1 is their number."""
    stated = [
        *(node.unmeasured for node in model.nodes),
        *(reason for one in model.indicators for reason in (one.no_baseline, one.no_target)),
    ]
    return tuple(dict.fromkeys(reason for reason in stated if reason is not None))


def node_notes(model: LogicModel, node: Node, wide: float, lang: str | None) -> tuple[str, ...]:
    """Return the lines on the indicators of a node, or that it has none; reasons are given by their number."""
    found = [one for one in model.indicators if one.node == node.id]
    lines = [line for one in found for line in _indicator(model, one, lang)]
    if not found and node.unmeasured:
        lines.append(label("drawing_unmeasured", lang, reason=_numbered(model, node.unmeasured)))
    return tuple(row for line in lines for row in wrapped(line, wide, NOTE))


def _indicator(model: LogicModel, one: Indicator, lang: str | None) -> Iterator[str]:
    yield label("drawing_indicator", lang, name=named(one, lang))
    start = baseline(model, one, lang) or label("drawing_absent", lang, reason=_numbered(model, one.no_baseline))
    goal = target(one, lang) or label("drawing_absent", lang, reason=_numbered(model, one.no_target))
    yield label("drawing_progress", lang, start=start, goal=goal)
    latest = observed(model, one, lang)
    if latest:
        yield latest


def _numbered(model: LogicModel, reason: Text | None) -> str:
    return f"*{reasons(model).index(reason) + 1}" if reason is not None else ""


def named(one: Indicator, lang: str | None) -> str:
    """Return an indicator's name with its unit."""
    if one.unit is None:
        return one.name.words(lang)
    return label("drawing_in_unit", lang, name=one.name.words(lang), unit=one.unit.words(lang))


def baseline(model: LogicModel, one: Indicator, lang: str | None) -> str:
    """Return the value before with its date; empty where there is none."""
    if one.baseline is not None:
        return _dated(one.baseline.value, one.baseline.date, lang)
    found = model.observed(one)
    if not found:
        return ""
    later = found[-1].fiscal_year > found[0].fiscal_year
    first = [
        item.stated.words(lang) if item.value is None or not later else shown(item.value)
        for item in found
        if item.fiscal_year == found[0].fiscal_year
    ]
    value = label("logic_comma", lang).join(first)
    return label("drawing_in_year", lang, value=value, fiscal_year=found[0].fiscal_year)


def target(one: Indicator, lang: str | None) -> str:
    """Return the values aimed at with their dates; empty where there are none."""
    return label("logic_comma", lang).join(_dated(goal.value, goal.date, lang) for goal in one.targets)


def observed(model: LogicModel, one: Indicator, lang: str | None) -> str:
    """Return what was observed last in the words of its source; empty where that is the baseline, or nothing was."""
    found = model.observed(one)
    years = {item.fiscal_year for item in found}
    if not found or (one.baseline is None and len(years) == 1):
        return ""
    last = max(years)
    stated = label("logic_comma", lang).join(item.stated.words(lang) for item in found if item.fiscal_year == last)
    return label("drawing_observed", lang, value=stated, fiscal_year=last)


def _dated(value: float | str, date: str | None, lang: str | None) -> str:
    return label("drawing_dated", lang, value=shown(value), date=date) if date else shown(value)


def shown(value: float | str) -> str:
    """Return a value as it is read: numbers with separators and no more digits than they have."""
    return value if isinstance(value, str) else f"{value:,.10g}"
