"""What may leave the office, by tier: declared in pilot.yaml, strictest for what everybody will read."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Annotated, Any, Literal

from pydantic import Field, SerializerFunctionWrapHandler, model_serializer, model_validator

from ebpm.notices import Notice, Notices
from ebpm.spec import Spec

Tier = Literal["open", "semi_closed", "section_only"]
ALWAYS = frozenset({"tier", "min_cell", "dominance"})
TIERS: Mapping[str, Mapping[str, Any]] = MappingProxyType({
    "open": {"min_units": 3, "p_percent": 15.0, "round_to": 5, "saturated": False, "extremes": False, "exact_p": False},
    "semi_closed": {"min_units": 3, "p_percent": 10.0, "round_to": 1, "saturated": False, "extremes": False, "exact_p": False},
    "section_only": {"min_units": 1, "p_percent": 0.0, "round_to": 1, "saturated": True, "extremes": True, "exact_p": True},
})  # fmt: skip
"""What a tier asks for where the declaration is silent."""
LOOSER_BELOW = {"section_only": 1}
SMALLEST = 10


class Dominance(Spec):
    """The n largest contributors may not hold more than this share."""

    n: Annotated[int, Field(ge=1)] = 1
    share: Annotated[float, Field(gt=0, le=1)] = 0.5

    def reach(self, top: float, total: float) -> float:
        """Return how far above a sum one must hold it possible that it lies, so that its n largest hold no more than the share."""
        return top / self.share - total


class Disclosure(Spec):
    """What may leave the office; what is not declared follows from the tier.

    Source: Hundepool et al. (2012), Statistical Disclosure Control, Wiley, chapters 4 and 5.

    Examples
    --------
    >>> from ebpm.disclosure import Disclosure
    >>> Disclosure(tier="open").round_to, Disclosure(tier="section_only").round_to
    (5, 1)
    """

    tier: Tier
    min_cell: Annotated[int, Field(ge=1)] = SMALLEST
    """Fewest persons (rows, where rows are no panel) that a number may rest on; a count of zero is no such number."""
    min_units: Annotated[int, Field(ge=1)] = 3
    """Fewest contributors to a sum of amounts."""
    dominance: Dominance = Dominance()
    p_percent: Annotated[float, Field(ge=0, le=100)] = 10.0
    """No contributor may be estimated to within this percentage of its value by the second largest; 0 asks nothing."""
    round_to: Annotated[int, Field(ge=1)] = 1
    """Counts in tables are rounded to multiples of it; 1 leaves them as they are."""
    zeros: bool = True
    """Whether a count of zero may be shown."""
    saturated: bool = False
    """Whether a share of 0 or 100 %, or one person away from it, may be shown."""
    extremes: bool = False
    """Whether smallest and largest values may be shown though few hold them."""
    exact_p: bool = False
    """Whether p values may be shown though an arm has fewer than `min_cell` units."""
    count_words: list[str] = Field(default_factory=list)
    """Further headings below which a file's counts of persons stand, such as "会員" or "members"; X636 looks for them."""
    round_sums: dict[str, Annotated[float, Field(gt=0)]] = Field(default_factory=dict)
    """Sums of an outcome in moment files are rounded to multiples of its base, in its unit; of no outcome unless declared."""

    @model_validator(mode="before")
    @classmethod
    def _by_tier(cls, given: Any) -> Any:
        known = isinstance(given, dict) and isinstance(given.get("tier"), str)
        return {**TIERS.get(given["tier"], {}), **given} if known else given

    @model_serializer(mode="wrap")
    def _what_differs_from_the_tier(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        shown: dict[str, Any] = handler(self)
        usual = {**TIERS[self.tier], "zeros": True, "count_words": [], "round_sums": {}}
        return {name: value for name, value in shown.items() if name in ALWAYS or usual.get(name) != value}

    @property
    def looser(self) -> tuple[str, ...]:
        """The rules that are looser than the tier asks for."""
        usual = {**TIERS[self.tier], "min_cell": LOOSER_BELOW.get(self.tier, SMALLEST)}
        more = ("min_cell", "min_units", "p_percent", "round_to")
        lower = [name for name in more if 0 <= getattr(self, name) < usual[name]]
        flags = ("saturated", "extremes", "exact_p")
        return (*lower, *(name for name in flags if getattr(self, name) and not usual[name]))

    @property
    def notices(self) -> Notices:
        """Say which rules were declared looser than the tier asks for (X601)."""
        facts = {"rules": ", ".join(self.looser), "tier": self.tier}
        return Notices((Notice("X601", "disclosure", facts),)) if self.looser else Notices()

    def too_few(self, count: int) -> bool:
        """Return whether a count of persons is too small to be shown or to rest a number on."""
        return count < self.min_cell if count else not self.zeros

    def reach_of_largest(self, first: float, two: float, total: float) -> float:
        """Return how far above a sum one must hold it possible that it lies, so that the second largest cannot work out the largest.

        Parameters
        ----------
        first, two : the largest amount; the two largest together.
        total : the sum of all.
        """
        return self.p_percent / 100.0 * first - (total - two) if self.p_percent else 0.0
