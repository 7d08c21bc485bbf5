"""Is the model looked after? Budget, review, size, and opt-outs that have run out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from ebpm.logic.parts import Ignore
from ebpm.logic.rules.case import Case, Finds
from ebpm.logic.rules.words import Phrase
from ebpm.notices import Rule


def neglected(case: Case) -> Finds:
    """Models without budget, inputs or date of review, and stages that hold too much."""
    yield from ((case.model.model.id, {"detail": detail}) for detail in _details(case))


def _details(case: Case) -> Iterator[Phrase]:
    about, limit = case.model.model, case.profile.stage_nodes
    if not about.budget:
        yield Phrase("logic_no_budget")
    if not any(node.stage == "input" for node in case.model.nodes):
        yield Phrase("logic_no_input")
    if about.review_by is None:
        yield Phrase("logic_no_review")
    elif before_today(about.review_by, case.today):
        yield Phrase("logic_review_passed", (("date", about.review_by),))
    for step, count in sorted(Counter(node.step for node in case.model.nodes).items()):
        if count > limit:
            facts = (("stage", Phrase(f"logic_step_{step}")), ("count", count), ("limit", limit))
            yield Phrase("logic_many_nodes", facts)


def before_today(until: str, today: str) -> bool:
    """Return whether a day, month or year is over."""
    return today[: len(until)] > until


def holds(entry: Ignore, today: str) -> bool:
    """Return whether an opt-out holds on a day; it holds through the day, month or year in `until`."""
    return entry.until is None or not before_today(entry.until, today)


def expired(case: Case) -> Finds:
    """Opt-outs whose date has passed."""
    for entry in case.model.lint_ignore:
        if not holds(entry, case.today):
            yield entry.about or case.model.model.id, {"code": entry.code, "until": entry.until, "reason": entry.reason}


RULES = (
    Rule("LM036", neglected),
    Rule("LM039", expired),
)
