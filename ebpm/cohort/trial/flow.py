"""Who of the records came into an emulated trial, and who did not and why."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.table import Table
from ebpm.texts import Words, entry, label, words

if TYPE_CHECKING:
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True)
class ArmFlow:
    """The way of one strategy.

    Parameters
    ----------
    arm : what the strategy is called.
    persons : who follow it when the comparison begins.
    outcome : of them, with the outcome.
    competing : with what makes it impossible.
    departed : taken out because they departed from the strategy (clones).
    lost : whose observation ended before the horizon for another reason.
    complete : followed to the horizon without either.
    """

    arm: Words
    persons: int
    outcome: int
    competing: int
    departed: int
    lost: int
    complete: int


@dataclass(frozen=True, slots=True)
class CohortFlow(Shown):
    """Persons from the records to the analysis; its numbers add up.

    Parameters
    ----------
    records : persons in the records.
    excluded : reasons for which persons were left out, with their numbers, in the order in which they were looked at.
    included : persons in the analysis.
    arms : the untreated and the treated; clones are in both.
    cloned : whether everybody stands in both arms.
    """

    records: int
    excluded: tuple[tuple[Words, int], ...]
    included: int
    arms: tuple[ArmFlow, ...]
    cloned: bool

    @property
    def notices(self) -> Notices:
        """None: those of `person_time` stand on its result."""
        return Notices()

    def lines(self, lang: str | None = None) -> list[str]:
        """Return how many were in the records and how many are analysed."""
        out = self.records - self.included
        numbers = {"records": f"{self.records:,}", "excluded": f"{out:,}", "included": f"{self.included:,}"}
        return [label("cohort_flow_cloned" if self.cloned else "cohort_flow_sentence", lang, **numbers)]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row a stage and arm."""
        records = [{"flow_stage": entry("label", "cohort_flow_records"), "term": "", "persons": self.records}]
        records += [{"flow_stage": why, "term": "", "persons": -count} for why, count in self.excluded]
        records += [{"flow_stage": entry("label", "cohort_flow_included"), "term": "", "persons": self.included}]
        for arm in self.arms:
            for stage in STAGES:
                if count := getattr(arm, stage):
                    name = words(arm.arm, lang)
                    records.append(
                        {"flow_stage": entry("label", f"cohort_flow_{stage}"), "term": name, "persons": count}
                    )
        return (Table.of(records, label("cohort_flow_caption", lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the diagram."""
        from ebpm.figures.flow import draw_cohort_flow

        return draw_cohort_flow(self, ax, lang=lang)


STAGES = ("persons", "outcome", "competing", "departed", "lost", "complete")
