"""Guard rails of sampling designs, calibrated weights and what is estimated from them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import wraps
from typing import TYPE_CHECKING, ParamSpec

from ebpm.moments.frame import Floats, Ints
from ebpm.notices import Notices, Rule, run
from ebpm.survey.checks import FEW_DF, Find, shown_df
from ebpm.survey.design.effective import effective_df
from ebpm.texts import LANGUAGES, label

if TYPE_CHECKING:
    from ebpm.survey.design.sampling import Sampling

LARGE_DEFF = 3.0
LARGE_FACTOR = 5.0
SMALL_FACTOR = 0.2
FEW_EFFECTIVE = 30.0
WORTH = 0.8
WIDE_INTERVAL = 0.3
NARROW_INTERVAL = 0.05
WIDE_FOR_ITS_SHARE = 1.3
UNLIKELY = 0.1
MANY_AT_AN_END = 0.15
WIDE_RESPONSE = 0.1
SHOWN = 5

Given = ParamSpec("Given")


def guard(code: str) -> Callable[[Callable[Given, Iterable[Find]]], Callable[Given, Notices]]:
    """Turn a function that yields what it finds into one that returns the notices of a code."""

    def turned(check: Callable[Given, Iterable[Find]]) -> Callable[Given, Notices]:
        @wraps(check)
        def noticed(*given: Given.args, **named: Given.kwargs) -> Notices:
            return run((Rule(code, lambda _: check(*given, **named)),), given)

        return noticed

    return turned


def lonely_units(design: Sampling) -> Notices:
    """Return S109 where strata with one sampling unit count by a rule instead of by their own variance."""
    stages = [[stage.names[cell] for cell in stage.lonely.nonzero()[0]] for stage in design.stages]
    return lonely_cells(design.lonely, stages)


@guard("S109")
def lonely_cells(lonely: str, stages: Sequence[Sequence[str]]) -> Iterable[Find]:
    """Return S109 for each stage with cells, named, of which one unit was drawn."""
    for number, names in enumerate(stages, start=1):
        if names:
            yield lonely, {"stage": number, "count": len(names), "strata": ", ".join(names[:SHOWN])}


@dataclass(frozen=True, slots=True)
class Effect:
    """A design effect of one term."""

    term: str
    effect: float
    n: int


@guard("S110")
def large_effects(effects: Sequence[Effect]) -> Iterable[Find]:
    """Return S110 for each term whose design effect exceeds 3."""
    for one in effects:
        if one.effect > LARGE_DEFF:
            effective = f"{one.n / one.effect:,.0f}"
            yield one.term, {"effect": f"{one.effect:.2f}", "n": f"{one.n:,}", "effective": effective}


@guard("S111")
def empty_cells(cells: Sequence[str], share: float) -> Iterable[Find]:
    """Return S111 where cells with a share of the population were left out because nobody answered in them."""
    if cells:
        yield ", ".join(cells[:SHOWN]), {"count": len(cells), "share": f"{share:.1%}"}


@guard("S112")
def strange_factors(factors: Floats) -> Iterable[Find]:
    """Return S112 where calibration makes a weight negative, or moves one by more than a factor of 5."""
    low, high = float(factors.min()), float(factors.max())
    if low < SMALL_FACTOR or high > LARGE_FACTOR:
        yield "", {"low": f"{low:.3g}", "high": f"{high:.3g}", "negative": int((factors < 0).sum())}


@guard("S113")
def few_units_of_domain(design: float, domains: Mapping[str, float]) -> Iterable[Find]:
    """Return S113 for each domain with fewer than 8 degrees of freedom in a design that has more."""
    for name, df in domains.items():
        if df < FEW_DF <= design:
            yield name, {"df": shown_df(df), "least": FEW_DF, "design": shown_df(design)}


@guard("S122")
def unequal_units(weights: Floats, strata: Ints, df: float) -> Iterable[Find]:
    """Return S122 where units of unequal size are worth fewer than 30 degrees of freedom, and less than 0.8 of those that are used."""
    effective = effective_df(weights, strata)
    if effective < min(FEW_EFFECTIVE, WORTH * df):
        largest = f"{weights.max() / weights.sum():.0%}"
        yield "", {"df": shown_df(df), "effective": f"{effective:.1f}", "units": len(weights), "largest": largest}


@guard("S114")
def list_design_effect(p_value: float, level: float, worst: str, share: float) -> Iterable[Find]:
    """Return S114 where answers to the control items seem to change when the sensitive item is on the list."""
    if p_value < level:
        yield worst, {"p_value": f"{p_value:.4f}", "share": f"{share:.3f}", "level": f"{level:g}"}


@guard("S115")
def list_extremes(ceiling: float, floor: float) -> Iterable[Find]:
    """Return S115 where many of the control group agree with all, or with none, of the control items."""
    for end, share in (("ceiling", ceiling), ("floor", floor)):
        if share > MANY_AT_AN_END:
            named = {lang: label(f"survey_list_{end}", lang) for lang in LANGUAGES}
            yield "", {"end": named, "share": f"{share:.1%}", "limit": f"{MANY_AT_AN_END:.0%}"}


@guard("S116")
def unresolved_cases(least: float, most: float, share: float) -> Iterable[Find]:
    """Return S116 where the eligibility that is assumed can move the response rate by more than 10 points."""
    if most - least > WIDE_RESPONSE:
        yield "", {"least": f"{least:.1%}", "most": f"{most:.1%}", "share": f"{share:.1%}"}


@dataclass(frozen=True, slots=True)
class Share:
    """A share, the effective number of its answers, and the width of its Korn-Graubard interval."""

    term: str
    share: float
    answers: float
    width: float


@guard("S117")
def unreliable_shares(shares: Sequence[Share]) -> Iterable[Find]:
    """Return S117 for each share that rests on fewer than 30 effective answers or whose interval is too wide to be shown."""
    for one in shares:
        relative = one.share > 0.0 and one.width > WIDE_FOR_ITS_SHARE * one.share
        wide = one.width >= WIDE_INTERVAL or (one.width > NARROW_INTERVAL and relative)
        if one.answers < FEW_EFFECTIVE or wide:
            yield one.term, {"answers": f"{one.answers:,.0f}", "width": f"{one.width:.3f}"}


@guard("S118")
def open_quantiles(terms: Sequence[str]) -> Iterable[Find]:
    """Return S118 for each quantile too far out for the sample to bound it on both sides."""
    for term in terms:
        yield term, {}


@guard("S119")
def unlikely_answers(propensities: Floats) -> Iterable[Find]:
    """Return S119 where some who answered had a chance below 0.1: their weights are large."""
    count, n = int((propensities < UNLIKELY).sum()), len(propensities)
    if count:
        yield "", {"count": count, "n": n, "least": f"{float(propensities.min()):.3f}", "limit": UNLIKELY}


@guard("S120")
def left_out(outcome: str, count: int, rows: int) -> Iterable[Find]:
    """Return S120 where rows without an answer were left out."""
    if count:
        yield outcome, {"count": count, "rows": rows, "share": f"{count / rows:.1%}"}
