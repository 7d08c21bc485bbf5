"""What the forms say of an indicator: its name, its values with their dates, and why a value is not there."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from ebpm.logic.parts import Indicator, Node
from ebpm.texts import label

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel


def of_node(model: LogicModel, node: Node) -> tuple[Indicator, ...]:
    """Return the indicators of a node."""
    return tuple(indicator for indicator in model.indicators if indicator.node == node.id)


def number(value: float | str) -> str:
    """Return a value with its thousands marked, all digits kept."""
    if isinstance(value, str):
        return value
    return f"{value:,.0f}" if float(value).is_integer() and abs(value) < 1e15 else f"{value:,}"


def dated(value: float | str, date: str | None, lang: str | None) -> str:
    """Return a value and when it holds."""
    return label("formats_dated", lang, value=number(value), date=date) if date else number(value)


def baseline(model: LogicModel, indicator: Indicator, lang: str | None) -> str:
    """Return the value before; "" where there is none."""
    found = model.baseline(indicator)
    return dated(found.value, found.date, lang) if found else ""


def targets(indicator: Indicator, lang: str | None) -> str:
    """Return the values aimed at, one a line; "" where there are none."""
    return "\n".join(dated(target.value, target.date, lang) for target in indicator.targets)


def observed(model: LogicModel, indicator: Indicator, lang: str | None) -> str:
    """Return the values observed, in the words of their source, one a line; "" where there are none."""
    return "\n".join(
        dated(one.stated.words(lang), label("formats_fy", lang, year=one.fiscal_year), lang)
        for one in model.observed(indicator)
    )


def reasons(model: LogicModel, indicator: Indicator, lang: str | None) -> str:
    """Return why values are blank, and the notes that go with those that are not."""
    said = []
    if not baseline(model, indicator, lang):
        said.append(_why("formats_baseline", indicator.no_baseline.words(lang) if indicator.no_baseline else "", lang))
    if not indicator.targets:
        said.append(_why("formats_target", indicator.no_target.words(lang) if indicator.no_target else "", lang))
    if not observed(model, indicator, lang):
        said.append(_why("formats_observed", "", lang))
    found = model.baseline(indicator)
    if found and found.note:
        said.append(_why("formats_baseline", found.note.words(lang), lang))
    return "\n".join(said)


def _why(code: str, reason: str, lang: str | None) -> str:
    return label("formats_why", lang, what=label(code, lang), why=reason or label("formats_no_reason", lang))


def joined(texts: Iterable[str]) -> str:
    """Return texts one a line."""
    return "\n".join(text for text in texts if text)
