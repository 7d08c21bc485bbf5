"""Rules R1xx on who is missing."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ebpm.estimate import Unavailable
from ebpm.notices import Facts, Rule
from ebpm.rct.threats.omnibus import Omnibus
from ebpm.texts import entry

if TYPE_CHECKING:
    from ebpm.rct.missing.attrition import Attrition

HIGH_ATTRITION = 0.20
LARGE_DIFFERENCE = 0.10
RELATED = 0.05

Finds = Iterator[tuple[str, Facts]]


def _high(found: Attrition) -> Finds:
    if found.missing >= HIGH_ATTRITION - 1e-12:
        yield found.column, {"missing": f"{100 * found.missing:.1f}"}


def _differential(found: Attrition) -> Finds:
    for one in (arm.difference for arm in found.arms):
        low = -math.inf if isinstance(one.conf_low, Unavailable) else one.conf_low
        high = math.inf if isinstance(one.conf_high, Unavailable) else one.conf_high
        if abs(one.estimate) >= LARGE_DIFFERENCE or low > 0 or high < 0:
            points = {
                "difference": f"{100 * one.estimate:+.1f}",
                "low": f"{100 * low:.1f}",
                "high": f"{100 * high:.1f}",
            }
            yield one.term, {"column": found.column, **points}


def _complete(found: Attrition) -> Finds:
    if found.reading == "complete":
        yield found.column, {}


def _related(found: Attrition) -> Finds:
    for one in found.arms:
        if isinstance(one.related, Omnibus) and one.related.p_value * len(found.arms) < RELATED:
            yield one.arm, {"column": found.column, "p": f"{min(1.0, one.related.p_value * len(found.arms)):.4f}"}


def _beyond_boundary(found: Attrition) -> Finds:
    for arm, stage, most in found.judged:
        if isinstance(most, Unavailable) or stage.apart > most + 1e-9:
            shown = most if isinstance(most, Unavailable) else f"{100 * most:.1f}"
            yield arm, {
                "overall": f"{100 * stage.overall:.1f}", "apart": f"{100 * stage.apart:.1f}", "most": shown,
                "standard": entry("label", f"rct_standard_{found.standard}"),
                "stage": entry("label", f"rct_stage_{stage.level}"),
            }  # fmt: skip


RULES = (
    Rule("R106", _differential), Rule("R107", _high), Rule("R120", _related), Rule("R121", _beyond_boundary),
    Rule("R132", _complete),
)  # fmt: skip
