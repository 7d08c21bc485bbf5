"""What a reader needs in order to trust a report: the items of the guideline, the frozen plan and its deviations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ebpm.pilot.checklist import checklist
from ebpm.reports.blocks import Block, Numbers, Prose, Section
from ebpm.texts import label

if TYPE_CHECKING:
    from ebpm.pilot import Evaluation


def items(evaluation: Evaluation, lang: str) -> Section:
    """Return the items of CONSORT, TREND or STROBE: how many are reported, which are missing, and what is said."""
    found = checklist(evaluation, lang)
    return Section("items", label("section_items", lang), (Prose(found.sentence()), Numbers(found.table())))


def plan(evaluation: Evaluation, lang: str) -> Section:
    """Return when the plan was frozen, and where it departs from its lock, each with its reason or with none."""
    return Section("plan", label("section_plan", lang), tuple(_plan(evaluation, lang)))


def _plan(evaluation: Evaluation, lang: str) -> list[Block]:
    lock, deviations = evaluation.pilot.lock, evaluation.pilot.deviations
    if lock is None:
        return [Prose(evaluation.data.unfrozen, lead=label("plan_not_frozen_banner", lang))]
    told: list[Block] = [Prose(lock.digest, lead=label("plan_frozen_on", lang, frozen=lock.frozen), tone="code")]
    if lock.outcomes_seen:
        reason = lock.seen_because or "; ".join(one.reason for one in lock.reads)
        told.append(Prose(label("plan_seen_banner", lang, reason=reason)))
    return [*told, Numbers(deviations.table(lang)) if deviations else Prose(label("plan_as_frozen", lang))]
