"""A logic model against its rules under a profile, minus what it sets aside with a reason."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING

from ebpm.errors import SpecError
from ebpm.logic.facts import EvaluationFacts
from ebpm.logic.profiles import DEFAULT, profile_of
from ebpm.logic.rules import RULES, Case
from ebpm.logic.rules.upkeep import holds
from ebpm.notices import Notice, Notices, run

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel

UNSILENCED = frozenset({"LM001", "LM039"})
"""Codes that no opt-out reaches: broken ids, and opt-outs that have run out."""


def lint(
    model: LogicModel,
    *,
    profile: str = DEFAULT,
    evaluations: Iterable[EvaluationFacts] = (),
    on: date | str | None = None,
) -> Notices:
    """Check a logic model.

    Parameters
    ----------
    model : the logic model.
    profile : "draft", "yokohama-jigyo", "review-sheet", "pilot-evaluation" or "training".
    evaluations : facts about evaluations of its links, for the rules that ask about them.
    on : the day on which dates are judged, a date or "2026-11-23", `lint_ignore` among them: its entries hold through the day, month or year in
        `until`. Today where None.

    Raises
    ------
    SpecError : if there is no such profile, or no such day.

    Examples
    --------
    >>> import ebpm
    >>> from ebpm.logic import lint
    >>> lint(ebpm.read_logic_model("logic_models/venture_support.yaml"), profile="draft").codes
    ()
    """
    chosen, today = profile_of(profile), _day(on)
    rules = [rule for rule in RULES if chosen.counts(rule.code)]
    found = run(rules, Case(model, chosen, tuple(evaluations), today))
    return Notices(tuple(chosen.weighed(notice) for notice in found if not _ignored(model, notice, today)))


def _day(on: date | str | None) -> str:
    try:
        return (date.fromisoformat(on) if isinstance(on, str) else on or date.today()).isoformat()  # noqa: DTZ011
    except ValueError:
        raise SpecError("spec_bad_date", value=on) from None


def _ignored(model: LogicModel, notice: Notice, today: str) -> bool:
    if notice.code in UNSILENCED:
        return False
    entries = (one for one in model.lint_ignore if one.code == notice.code and one.about in {None, notice.about})
    return any(holds(entry, today) for entry in entries)
