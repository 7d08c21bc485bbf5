"""Do the numbers hold together? Baselines, targets and observed values against each other and against their dates."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ebpm.logic.parts import Indicator, Target
from ebpm.logic.rules.case import Case, Finds, before, of_model
from ebpm.logic.rules.lexicon import found
from ebpm.logic.rules.words import Phrase
from ebpm.notices import Rule

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel


def _targets(model: LogicModel) -> Iterator[tuple[Indicator, Target]]:
    yield from ((indicator, target) for indicator in model.indicators for target in indicator.targets)


def no_target_date(model: LogicModel) -> Finds:
    """Targets without a date, or with one before the baseline."""
    for indicator, target in _targets(model):
        baseline = model.baseline(indicator)
        start = baseline.date if baseline else None
        if target.date is None:
            yield (
                indicator.id,
                {"name": indicator.name, "detail": Phrase("logic_target_undated", (("value", shown(target.value)),))},
            )
        elif start is not None and before(target.date, start):
            facts = (("date", target.date), ("start", start))
            yield indicator.id, {"name": indicator.name, "detail": Phrase("logic_target_early", facts)}


def late_baseline(model: LogicModel) -> Finds:
    """Baselines of outcomes that were measured after the activity had begun."""
    for indicator in model.indicators:
        baseline, start = model.baseline(indicator), _start(model, indicator.node)
        measured = baseline.date if baseline else None
        if indicator.kind == "outcome" and measured is not None and start is not None and before(start, measured):
            yield indicator.id, {"name": indicator.name, "date": measured, "start": start}


def _start(model: LogicModel, node: str) -> str | None:
    """Return when the first activity that leads to a node began."""
    starts = [
        one.start
        for one in model.nodes
        if one.stage == "activity" and one.start is not None and model.reaches(one.id, node)
    ]
    return min(starts, default=model.model.started)


def wrong_target(model: LogicModel) -> Finds:
    """Targets against the wanted direction, outside what is possible, or equal to the baseline."""
    for indicator, target in _targets(model):
        baseline = model.baseline(indicator)
        value, base = _number(target.value), _number(baseline.value) if baseline else None
        code = "" if value is None else _fault(indicator, value, base)
        if code:
            low, high = _range(indicator)
            facts = tuple(
                (key, shown(number))
                for key, number in (("value", target.value), ("base", base), ("low", low), ("high", high))
            )
            yield indicator.id, {"name": indicator.name, "detail": Phrase(code, facts)}


def _fault(indicator: Indicator, value: float, base: float | None) -> str:
    low, high = _range(indicator)
    if not low <= value <= high:
        return "logic_target_outside"
    if base is None or indicator.direction in {None, "hold"}:
        return ""
    if value == base:
        return "logic_target_same"
    return "logic_target_against" if (value > base) != (indicator.direction == "up") else ""


def _range(indicator: Indicator) -> tuple[float, float]:
    percent = indicator.measure == "rate" and indicator.unit is not None and indicator.unit.words("en").strip() == "%"
    return indicator.valid_range or ((0.0, 100.0) if percent else (float("-inf"), float("inf")))


def shown(value: float | str | None) -> str:
    """Return a value as it is written in a message: no needless decimals, no exponent."""
    return f"{value:.12g}" if isinstance(value, float) else str(value)


def _number(value: float | str) -> float | None:
    return None if isinstance(value, str) else float(value)


def unreasoned_target(model: LogicModel) -> Finds:
    """Targets that come from nowhere."""
    for indicator, target in _targets(model):
        if target.rationale is None:
            yield indicator.id, {"name": indicator.name, "value": shown(target.value)}


def over_achieved(case: Case) -> Finds:
    """Observed values that leave the target far behind."""
    limit = case.profile.over_achievement
    for indicator in case.model.indicators:
        goal = _number(indicator.targets[-1].value) if indicator.targets else None
        values = [one.value for one in case.model.observed(indicator) if one.value is not None]
        if goal is None or not values or goal <= 0 or values[-1] <= 0:
            continue
        ratio = values[-1] / goal if indicator.direction == "up" else goal / values[-1]
        if indicator.direction in {"up", "down"} and ratio > limit:
            yield (
                indicator.id,
                {"name": indicator.name, "value": shown(values[-1]), "target": shown(goal), "limit": f"{limit:.0%}"},
            )


def bare_rate(model: LogicModel) -> Finds:
    """Shares that do not say of what."""
    for indicator in model.indicators:
        fields = ("numerator", "denominator", "population")
        absent = tuple(f"logic_field_{field}" for field in fields if getattr(indicator, field) is None)
        if indicator.measure == "rate" and absent:
            yield indicator.id, {"name": indicator.name, "absent": Phrase("logic_fields", codes=absent)}


def bare_survey(case: Case) -> Finds:
    """Survey values without n, mode or response rate, or with few answers and no word on the silent."""
    for indicator in case.model.indicators:
        observed = [one for one in case.model.observed(indicator) if one.value is not None]
        if not observed or not found("surveys", indicator.source, indicator.method):
            continue
        latest, codes = observed[-1], [] if indicator.method else ["logic_field_method"]
        codes += [f"logic_field_{field}" for field in ("n", "response_rate") if getattr(latest, field) is None]
        low = (
            latest.response_rate is not None
            and latest.response_rate < case.profile.response_rate
            and latest.note is None
        )
        codes += ["logic_field_nonresponse"] if low else []
        if codes:
            yield indicator.id, {"name": indicator.name, "absent": Phrase("logic_fields", codes=tuple(codes))}


RULES = (
    Rule("LM016", of_model(no_target_date)),
    Rule("LM017", of_model(late_baseline), requires=("LM001",)),
    Rule("LM018", of_model(wrong_target)),
    Rule("LM019", of_model(unreasoned_target)),
    Rule("LM020", of_model(bare_rate)),
    Rule("LM023", bare_survey, requires=("LM001",)),
    Rule("LM037", over_achieved, requires=("LM001",)),
)
