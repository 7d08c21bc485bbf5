"""Guard rails of sampling designs, calibrated weights and what is estimated from them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ebpm.moments.frame import Floats
from ebpm.notices import Notices, Rule, run
from ebpm.survey.checks import FEW_DF, Find

if TYPE_CHECKING:
    from ebpm.survey.sampling import Sampling

LARGE_DEFF = 3.0
LARGE_FACTOR = 5.0
SMALL_FACTOR = 0.2
FEW_EFFECTIVE = 30.0
WIDE_INTERVAL = 0.3
NARROW_INTERVAL = 0.05
WIDE_FOR_ITS_SHARE = 1.3
UNLIKELY = 0.1


def _lonely_units(design: Sampling) -> Iterable[Find]:
    for number, stage in enumerate(design.stages, start=1):
        names = [stage.names[cell] for cell in range(len(stage.lonely)) if stage.lonely[cell]]
        if names:
            yield design.lonely, {"stage": number, "count": len(names), "strata": ", ".join(names[:5])}


def lonely_units(design: Sampling) -> Notices:
    """Return S109 where strata with one sampling unit count by a rule instead of by their own variance."""
    return run((Rule("S109", _lonely_units),), design)


@dataclass(frozen=True, slots=True)
class Effect:
    """A design effect of one term."""

    term: str
    effect: float
    n: int


def _large_effects(effects: Sequence[Effect]) -> Iterable[Find]:
    for one in effects:
        if one.effect > LARGE_DEFF:
            effective = f"{one.n / one.effect:,.0f}"
            yield one.term, {"effect": f"{one.effect:.2f}", "n": f"{one.n:,}", "effective": effective}


def large_effects(effects: Sequence[Effect]) -> Notices:
    """Return S110 for each term whose design effect exceeds 3."""
    return run((Rule("S110", _large_effects),), effects)


@dataclass(frozen=True, slots=True)
class Empty:
    """Cells of the population in which nobody answered."""

    cells: tuple[str, ...]
    share: float


def _empty_cells(one: Empty) -> Iterable[Find]:
    if one.cells:
        yield ", ".join(one.cells[:5]), {"count": len(one.cells), "share": f"{one.share:.1%}"}


def empty_cells(cells: Sequence[str], share: float) -> Notices:
    """Return S111 where cells of the population were left out because nobody answered in them."""
    return run((Rule("S111", _empty_cells),), Empty(tuple(cells), share))


def _strange_factors(factors: Floats) -> Iterable[Find]:
    low, high = float(factors.min()), float(factors.max())
    if low < SMALL_FACTOR or high > LARGE_FACTOR:
        yield "", {"low": f"{low:.3g}", "high": f"{high:.3g}", "negative": int((factors < 0).sum())}


def strange_factors(factors: Floats) -> Notices:
    """Return S112 where calibration makes a weight negative, or moves one by more than a factor of 5."""
    return run((Rule("S112", _strange_factors),), factors)


@dataclass(frozen=True, slots=True)
class DomainUnits:
    """Degrees of freedom of the design, and of each domain."""

    design: int
    domains: Mapping[str, int]


def _few_units_of_domain(one: DomainUnits) -> Iterable[Find]:
    for name, df in one.domains.items():
        if df < FEW_DF <= one.design:
            yield name, {"df": df, "least": FEW_DF, "design": one.design}


def few_units_of_domain(design: int, domains: Mapping[str, int]) -> Notices:
    """Return S113 for each domain with fewer than 8 degrees of freedom in a design that has more."""
    return run((Rule("S113", _few_units_of_domain),), DomainUnits(design, domains))


@dataclass(frozen=True, slots=True)
class ListTest:
    """The test of a list experiment: its p value, its level, and the type of respondent whose share is most negative."""

    p_value: float
    level: float
    worst: str
    share: float


def _list_design_effect(one: ListTest) -> Iterable[Find]:
    if one.p_value < one.level:
        yield one.worst, {"p_value": f"{one.p_value:.4f}", "share": f"{one.share:.3f}", "level": f"{one.level:g}"}


def list_design_effect(one: ListTest) -> Notices:
    """Return S114 where answers to the control items seem to change when the sensitive item is on the list."""
    return run((Rule("S114", _list_design_effect),), one)


@dataclass(frozen=True, slots=True)
class Extremes:
    """Shares of a control group that agree with all and with none of the control items."""

    ceiling: float
    floor: float
    limit: float


def _list_extremes(one: Extremes) -> Iterable[Find]:
    for end in ("ceiling", "floor"):
        share = getattr(one, end)
        if share > one.limit:
            yield end, {"share": f"{share:.1%}", "limit": f"{one.limit:.0%}"}


def list_extremes(one: Extremes) -> Notices:
    """Return S115 where many of the control group agree with all, or with none, of the control items."""
    return run((Rule("S115", _list_extremes),), one)


@dataclass(frozen=True, slots=True)
class Unresolved:
    """What response rates rest on: the least and the greatest that the cases of unknown eligibility allow."""

    least: float
    most: float
    share: float
    limit: float


def _unresolved_cases(one: Unresolved) -> Iterable[Find]:
    if one.most - one.least > one.limit:
        yield "", {"least": f"{one.least:.1%}", "most": f"{one.most:.1%}", "share": f"{one.share:.1%}"}


def unresolved_cases(one: Unresolved) -> Notices:
    """Return S116 where the eligibility that is assumed moves the response rate by more than a limit."""
    return run((Rule("S116", _unresolved_cases),), one)


@dataclass(frozen=True, slots=True)
class Share:
    """A share, the effective number of its answers, and the width of its Korn-Graubard interval."""

    term: str
    share: float
    answers: float
    width: float


def _unreliable_shares(shares: Sequence[Share]) -> Iterable[Find]:
    for one in shares:
        relative = one.share > 0.0 and one.width > WIDE_FOR_ITS_SHARE * one.share
        wide = one.width >= WIDE_INTERVAL or (one.width > NARROW_INTERVAL and relative)
        if one.answers < FEW_EFFECTIVE or wide:
            yield one.term, {"answers": f"{one.answers:,.0f}", "width": f"{one.width:.3f}"}


def unreliable_shares(shares: Sequence[Share]) -> Notices:
    """Return S117 for each share that rests on fewer than 30 effective answers or whose interval is too wide to be shown."""
    return run((Rule("S117", _unreliable_shares),), shares)


@dataclass(frozen=True, slots=True)
class Reach:
    """A quantile whose interval leaves the sample at one end."""

    term: str
    probability: float
    open: bool


def _open_quantiles(found: Sequence[Reach]) -> Iterable[Find]:
    for one in found:
        if one.open:
            yield one.term, {"probability": f"{one.probability:g}"}


def open_quantiles(found: Sequence[Reach]) -> Notices:
    """Return S118 for each quantile too far out for the sample to bound it on both sides."""
    return run((Rule("S118", _open_quantiles),), found)


def _unlikely_answers(propensities: Floats) -> Iterable[Find]:
    count = int((propensities < UNLIKELY).sum())
    if count:
        facts = {"count": count, "n": len(propensities), "least": f"{float(propensities.min()):.3f}", "limit": UNLIKELY}
        yield "", facts


def unlikely_answers(propensities: Floats) -> Notices:
    """Return S119 where some who answered had been unlikely to: their weights are large."""
    return run((Rule("S119", _unlikely_answers),), propensities)


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Rows of a domain without an answer."""

    outcome: str
    count: int
    rows: int


def _left_out(one: LeftOut) -> Iterable[Find]:
    if one.count:
        yield one.outcome, {"count": one.count, "rows": one.rows, "share": f"{one.count / one.rows:.1%}"}


def left_out(outcome: str, count: int, rows: int) -> Notices:
    """Return S120 where rows without an answer were left out."""
    return run((Rule("S120", _left_out),), LeftOut(outcome, count, rows))
