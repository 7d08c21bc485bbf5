"""A trial as its power depends on it: how many units, of what size and likeness, in which arms, with what outcome."""

from __future__ import annotations

import math
from dataclasses import dataclass

from ebpm.errors import DesignError
from ebpm.moments.frame import one_of
from ebpm.stats.given import number
from ebpm.stats.inference import level
from ebpm.texts import entry

EXACT = ("fisher", "boschloo")
RULES = ("unpooled", "pooled", "arcsine", *EXACT)


@dataclass(frozen=True, slots=True, kw_only=True)
class Continuous:
    """An outcome that is measured.

    Parameters
    ----------
    sd : its standard deviation, in the unit of the effect.
    """

    sd: float = 1.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Proportion:
    """An outcome that is yes or no.

    Parameters
    ----------
    base : its share under control; effects are differences of shares.
    rule : variance of the test: "unpooled", "pooled" under the null (R's power.prop.test) or "arcsine" (pwr's); or an exact test
        of people assigned one by one: "fisher", or "boschloo", which needs no more of them.
    """

    base: float
    rule: str = "unpooled"


def out_of_range(name: str, value: object) -> DesignError:
    """Return the error of a number that lies outside its range, which says what the range is.

    Parameters
    ----------
    name : of the number.
    value : the number.
    """
    return DesignError("rct_power_range", name=name, value=value, needs=entry("label", f"rct_power_needs_{name}"))


@dataclass(frozen=True, slots=True, kw_only=True)
class TrialDesign:
    """A trial as its power depends on it.

    Parameters
    ----------
    units : units assigned in all, over all arms: clusters, or people where `size` is 1.
    size : people a cluster, on average.
    icc : intra-cluster correlation of the outcome.
    size_cv : coefficient of variation of the sizes of clusters.
    r2 : share of the outcome's variance that covariates explain; the square of the correlation with the outcome before.
    attrition : share of the people whose outcome will be missing.
    shares : of the units by arm, control first; equal for two arms.
    strata : in which units are assigned, each costing a degree of freedom an arm.
    paired : whether units are assigned in pairs, one to each of two arms.
    block_r2 : share of the outcome's variance that strata or pairs explain beyond the covariates.
    factors : two-level factors that are crossed on the same units; the effect is that of one of them, over all levels of the
        others.
    interaction : whether the effect is that of two factors together beyond the sum of both.
    outcome : `Continuous` or `Proportion`.

    Raises
    ------
    DesignError : if a number lies outside its range, naming it.

    Source: Donner and Klar (2000), Design and Analysis of Cluster Randomization Trials, chapter 5; Eldridge, Ashby and Kerry
    (2006), International Journal of Epidemiology 35(5), for unequal sizes; Imbens (2011), on strata and pairs; Muralidharan, Romero
    and Wuthrich (2025), REStat, for factorial designs.

    Examples
    --------
    >>> TrialDesign(units=20, size=30, icc=0.05, size_cv=0.6).design_effect
    2.99
    """

    units: float = 2.0
    size: float = 1.0
    icc: float = 0.0
    size_cv: float = 0.0
    r2: float = 0.0
    attrition: float = 0.0
    shares: tuple[float, ...] = (0.5, 0.5)
    strata: float = 1.0
    paired: bool = False
    block_r2: float = 0.0
    factors: int = 1
    interaction: bool = False
    outcome: Continuous | Proportion = Continuous()

    def __post_init__(self) -> None:
        """Refuse numbers outside their range."""
        spread = self.outcome.sd if isinstance(self.outcome, Continuous) else 1.0
        base = self.outcome.base if isinstance(self.outcome, Proportion) else 0.5
        sound = {
            "units": self.units > 0.0, "size": 1.0 <= self.size < math.inf, "icc": 0.0 <= self.icc <= 1.0, "size_cv": 0.0 <= self.size_cv < math.inf,
            "r2": 0.0 <= self.r2 < 1.0, "attrition": 0.0 <= self.attrition < 1.0,
            "shares": len(self.shares) > 1 and min(self.shares) > 0.0 and math.isclose(sum(self.shares), 1.0),
            "strata": self.strata >= 1.0, "block_r2": 0.0 <= self.block_r2 < 1.0, "factors": self.factors >= 1,
            "paired": not self.paired or (self._halves and self.strata == 1.0 and self.factors == 1),
            "interaction": not self.interaction or (self.factors > 1 and isinstance(self.outcome, Continuous)),
        }  # fmt: skip
        for name, fine in sound.items():
            if not fine:
                raise out_of_range(name, getattr(self, name))
        if not (spread > 0.0 and 0.0 < base < 1.0):
            raise out_of_range("outcome", self.outcome)
        if self.factors > 1 and not self._halves:
            raise out_of_range("shares", self.shares)
        if isinstance(self.outcome, Proportion):
            one_of(self.outcome.rule, RULES, "rule")
        if self.exact and not self._plain:
            raise DesignError("rct_power_exact", rule=self.outcome.rule)  # type: ignore[union-attr]

    @property
    def exact(self) -> bool:
        """Whether the test is an exact one of shares."""
        return isinstance(self.outcome, Proportion) and self.outcome.rule in EXACT

    @property
    def _halves(self) -> bool:
        return len(self.shares) == 2 and math.isclose(self.shares[0], self.shares[1])

    @property
    def _plain(self) -> bool:
        return (self.size, self.r2, self.strata, self.block_r2, self.factors) == (
            1.0,
            0.0,
            1.0,
            0.0,
            1,
        ) and not self.paired

    @property
    def observed(self) -> float:
        """Share of the people whose outcome is analysed; where people are paired, both must be observed."""
        return (1.0 - self.attrition) ** (2 if self.paired and self.size == 1.0 else 1)

    @property
    def design_effect(self) -> float:
        """1 + ((1 + cv^2) m - 1) icc, m the people a cluster whose outcome is observed."""
        observed = self.size * self.observed
        return 1.0 + ((1.0 + self.size_cv**2) * observed - 1.0) * self.icc if self.size > 1.0 else 1.0

    @property
    def per_arm(self) -> tuple[int, ...]:
        """Whole units of each arm, rounded up."""
        return tuple(math.ceil(round(self.units * share, 6)) for share in self.shares)

    @property
    def df(self) -> float:
        """Units of control and of the smallest arm, less two a stratum; pairs less one; units less the cells of a factorial."""
        left = self.units * (self.observed if self.size == 1.0 else 1.0)
        if self.paired:
            return left / 2.0 - 1.0
        return left * (self.shares[0] + min(self.shares[1:])) - max(2.0 * self.strata, 2.0**self.factors)

    def error(self, conf_level: float) -> float:
        """Return the level of one test, Bonferroni's where several arms are compared with control."""
        return (1.0 - level(conf_level)) / (len(self.shares) - 1)

    def ratio(self, effect: float, critical: float) -> float:
        """Return the effect over its standard error, for control and the smallest other arm.

        Parameters
        ----------
        effect : in the unit of the outcome; a difference of shares.
        critical : value of the test, which the pooled rule needs.
        """
        if not math.isfinite(number(effect, "effect")):
            raise out_of_range("effect", effect)
        people = self.units * self.size * self.observed / (4.0 if self.interaction else 1.0)
        control, treated = people * self.shares[0], people * min(self.shares[1:])
        inflation = self.design_effect * (1.0 - self.r2) * (1.0 - self.block_r2)
        if isinstance(self.outcome, Continuous):
            return abs(effect) / (self.outcome.sd * math.sqrt(inflation * (1.0 / control + 1.0 / treated)))
        base, other = self.outcome.base, self.outcome.base + effect
        if not 0.0 < other < 1.0:
            raise out_of_range("effect", effect)
        if self.outcome.rule == "arcsine":
            turn = abs(2.0 * math.asin(math.sqrt(other)) - 2.0 * math.asin(math.sqrt(base)))
            return turn / math.sqrt(inflation * (1.0 / control + 1.0 / treated))
        error = math.sqrt(inflation * (base * (1.0 - base) / control + other * (1.0 - other) / treated))
        if self.outcome.rule == "unpooled":
            return abs(effect) / error
        mean = (base * control + other * treated) / (control + treated)
        null = math.sqrt(inflation * mean * (1.0 - mean) * (1.0 / control + 1.0 / treated))
        return (abs(effect) - critical * (null - error)) / error
