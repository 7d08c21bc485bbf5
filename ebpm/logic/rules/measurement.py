"""Could anyone tell whether it worked? Outcomes with indicators, indicators with unit, source, baseline and target."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

from ebpm.logic.parts import Baseline
from ebpm.logic.rules.words import Phrase
from ebpm.notices import Facts, Rule

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel

Finds = Iterator[tuple[str, Facts]]
BLANK = frozenset({"", "-", "－", "ー", "―", "…", "n/a"})


def unmeasured(model: LogicModel) -> Finds:
    """Outcomes without an indicator and without a reason."""
    measured = {indicator.node for indicator in model.indicators}
    for node in model.nodes:
        if node.stage == "outcome" and node.unmeasured is None and node.id not in measured:
            yield node.id, {"text": node.text}


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
    Rule("LM010", unmeasured, requires=("LM001",)),
    Rule("LM012", _lacking("unit", "direction")),
    Rule("LM013", _lacking("source", "owner", "frequency")),
    Rule("LM014", no_baseline),
    Rule("LM015", no_target),
)
