"""Which numbers of a result may not leave, and why: small groups, shares that tell a count, extremes, exact p values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

from ebpm.disclosure.rules import SMALLEST, Disclosure
from ebpm.estimate import Estimate, Estimates, Unavailable
from ebpm.notices import Notice, Notices
from ebpm.pilot.leaving.contributors import Behind
from ebpm.pilot.result import Result

NUMBERS = ("estimate", "std_error", "df", "p_value", "conf_low", "conf_high")


@dataclass(frozen=True, slots=True)
class Reason:
    """Why numbers of a term are withheld: the label of the reason, and which numbers; `n` only where it is itself too small."""

    code: str
    numbers: tuple[str, ...]


def protected(result: Result, behind: Behind, rules: Disclosure) -> Result:
    """Return a result without the numbers that may not leave.

    Where any is withheld, or would have to be among the further numbers of the routine's own result or figure, the estimates stand
    in their place.
    """
    hidden = masked(result, {item.term: _reason(item, behind, rules) for item in result.estimates})
    further = () if hidden is not result else _further(result)
    return replace(result, value=result.estimates) if any(_reason(one, behind, rules) for one in further) else hidden


def _further(result: Result) -> Iterator[Estimate]:
    """Yield the estimates behind the headline ones: those of the routine, and of its figure."""
    if result.analysis.aggregate and not isinstance(result.value, Estimates):
        yield from result.value.estimates
        yield from result.drawn


def _reason(item: Estimate, behind: Behind, rules: Disclosure) -> Reason | None:
    fewest, least = behind.fewest(item), rules.min_units if behind.bodies else rules.min_cell
    if item.n < rules.min_cell or 0 < fewest < least:
        return Reason("disclosure_few_persons", (*NUMBERS, "n"))
    count, total = behind.tally(item)
    if total and not rules.saturated and count in {0, total}:
        return Reason("disclosure_saturated", NUMBERS)
    if total and any(0 < one < rules.min_cell for one in (count, total - count)):
        return Reason("disclosure_tells_count", NUMBERS)
    if item.estimand == "quantile" and not rules.extremes and behind.beside(item) < rules.min_cell:
        return Reason("disclosure_extreme", NUMBERS)
    if not behind.bodies and not rules.exact_p and 0 < fewest < SMALLEST:
        return Reason("disclosure_exact_p", ("p_value",))
    return None


def masked(result: Result, reasons: Mapping[str, Reason | None]) -> Result:
    """Return a result without some numbers; where any is withheld its own figure and value stay behind."""
    if not any(reasons.values()):
        return result
    items = tuple(_hidden(item, reasons.get(item.term)) for item in result.estimates)
    estimates = replace(result.estimates, items=items, covariance=Unavailable("disclosure_withheld"))
    return replace(result, estimates=estimates, value=estimates)


def _hidden(item: Estimate, reason: Reason | None) -> Estimate:
    if reason is None or isinstance(item.estimate, Unavailable):
        return item
    hidden: dict[str, Any] = dict.fromkeys(reason.numbers, Unavailable(reason.code))
    return replace(item, **hidden)


def withheld(found: Iterable[Result]) -> Notices:
    """Say how many numbers of each analysis are withheld, and why (X602)."""
    codes: dict[tuple[str, str], int] = {}
    for result in found:
        for item in result.estimates:
            value = item.estimate if isinstance(item.estimate, Unavailable) else item.p_value
            if isinstance(value, Unavailable) and value.reason.startswith("disclosure_"):
                codes[result.analysis.id, value.reason] = codes.get((result.analysis.id, value.reason), 0) + 1
    return Notices(
        tuple(
            Notice("X602", name, {"count": count, "reason": Unavailable(code)}) for (name, code), count in codes.items()
        )
    )
