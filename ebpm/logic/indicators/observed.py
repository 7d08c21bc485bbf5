"""What was observed of the indicators, year by year, apart from their definitions: a new year is one row an indicator."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from ebpm.logic.parts import Id, Indicator
from ebpm.spec import Date, Spec, Text, Wrong

StatusCode = Literal["achieved", "in_progress", "preparatory", "under_review"]
STATUSES: tuple[StatusCode, ...] = ("achieved", "in_progress", "preparatory", "under_review")
Share = Annotated[float, Field(ge=0, le=1)]


class Viewpoint(Spec):
    """A heading under which a plan sets some of its nodes; a node may stand under several."""

    id: Id
    name: Text
    text: Text | None = None
    nodes: tuple[Id, ...]


class Observation(Spec):
    """What a source says of an indicator in one fiscal year: its words, and the number where they hold one."""

    indicator: Id
    fiscal_year: int = Field(ge=1868, le=2200)
    """The year in which its April lies: 2018 for 平成30年度."""
    part: Id | None = None
    """Which of the indicator's parts, where it has several."""
    stated: Text
    """The value in the words of the source."""
    value: float | None = None
    """The number in the unit of the indicator; none where the source gives words only."""
    date: Date | None = None
    numerator: float | None = None
    denominator: float | None = Field(default=None, gt=0)
    n: int | None = Field(default=None, gt=0)
    """How many answered or were examined."""
    response_rate: Share | None = None
    """Share of those asked who answered, from 0 to 1."""
    status: StatusCode | None = None
    """Where the source says how far the indicator has come."""
    note: Text | None = None

    @model_validator(mode="after")
    def _both(self) -> Observation:
        if (self.numerator is None) != (self.denominator is None):
            raise Wrong("logic_half_share", indicator=self.indicator, fiscal_year=self.fiscal_year)
        return self


class Statuses(Spec):
    """How many indicators a source counts under each status in one fiscal year; it may name only some of them."""

    fiscal_year: int
    achieved: int = Field(ge=0)
    in_progress: int = Field(ge=0)
    preparatory: int = Field(ge=0)
    under_review: int = Field(ge=0)
    note: Text | None = None

    def count(self, status: StatusCode) -> int:
        """Return the count of one status."""
        return int(getattr(self, status))

    @property
    def total(self) -> int:
        return sum(self.count(status) for status in STATUSES)


def is_percent(indicator: Indicator) -> bool:
    """Return whether the values of an indicator are percentages."""
    return indicator.unit is not None and indicator.unit.words("en").strip() in {"%", "percent", "per cent"}


def scale_of(indicator: Indicator) -> float:
    """Return what the whole counts for in a share: 100 in percent, else 1."""
    return 100.0 if is_percent(indicator) else 1.0
