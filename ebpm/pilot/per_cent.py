"""A headline on a logarithmic scale, told as per cent of what would have been without it."""

from __future__ import annotations

import math
import re
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from ebpm.estimate import Unavailable
from ebpm.texts import words

if TYPE_CHECKING:
    from ebpm.pilot.evaluation import Evaluation

LOGARITHM = re.compile(r"対数(?!オッズ)|\blog\b(?! odds)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PerCent:
    """A headline and its interval in per cent: 100 (exp(x) - 1)."""

    estimate: float
    conf_low: float
    conf_high: float


def per_cent(evaluation: Evaluation) -> PerCent | None:
    """Return the headline in per cent; nothing where its unit is no logarithm, it has no interval, or there is no comparison."""
    head = evaluation.headline
    told = (head.estimate, head.conf_low, head.conf_high)
    unit = f"{words(head.unit, 'ja')} {words(head.unit, 'en')}"
    if evaluation.verdict.code == "no_effect_claim" or not LOGARITHM.search(unit):
        return None
    known = [100 * math.expm1(one) for one in told if not isinstance(one, Unavailable)]
    return PerCent(*known) if len(known) == len(told) else None


def record_of(evaluation: Evaluation) -> dict[str, dict[str, float]]:
    """Return it as plain values of results.json."""
    found = per_cent(evaluation)
    return {"per_cent": asdict(found)} if found else {}
