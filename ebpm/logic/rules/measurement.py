"""Could anyone tell whether it worked? Outcomes with indicators, indicators with unit, source, baseline and target."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from ebpm.logic.parts import Baseline
from ebpm.logic.rules.case import Finds, of_model
from ebpm.logic.rules.words import BLANK, Phrase
from ebpm.notices import Rule

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel


def unmeasured(model: LogicModel) -> Finds:
    """Outcomes without an indicator and without a reason."""
    measured = {indicator.node for indicator in model.indicators}
    for node in model.nodes:
        if node.stage == "outcome" and node.unmeasured is None and node.id not in measured:
            yield node.id, {"text": node.text}


def outputs_only(model: LogicModel) -> Finds:
    """Models that measure what was done and never what changed."""
    if model.indicators and not any(indicator.kind == "outcome" for indicator in model.indicators):
        yield model.model.id, {"count": len(model.indicators)}


def _lacking(*fields: str) -> Callable[[LogicModel], Finds]:
    def check(model: LogicModel) -> Finds:
        for indicator in model.indicators:
            absent = tuple(f"logic_field_{field}" for field in fields if getattr(indicator, field) is None)
            if absent:
                yield indicator.id, {"name": indicator.name, "absent": Phrase("logic_fields", codes=absent)}

    return check


def no_baseline(model: LogicModel) -> Finds:
    """Indicators without a baseline and without a reason."""
    for indicator in model.indicators:
        if _blank(model.baseline(indicator)) and indicator.no_baseline is None:
            yield indicator.id, {"name": indicator.name}


def _blank(baseline: Baseline | None) -> bool:
    return baseline is None or str(baseline.value).strip().lower() in BLANK


def no_target(model: LogicModel) -> Finds:
    """Indicators without a target and without a reason."""
    for indicator in model.indicators:
        if not indicator.targets and indicator.no_target is None:
            yield indicator.id, {"name": indicator.name}


RULES = (
    Rule("LM010", of_model(unmeasured), requires=("LM001",)),
    Rule("LM011", of_model(outputs_only)),
    Rule("LM012", of_model(_lacking("unit", "direction"))),
    Rule("LM013", of_model(_lacking("source", "owner", "frequency"))),
    Rule("LM014", of_model(no_baseline)),
    Rule("LM015", of_model(no_target)),
)
