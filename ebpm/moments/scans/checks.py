"""What the rounding of values to steps means for the numbers that follow."""

from __future__ import annotations

from collections.abc import Iterator

from ebpm.moments.scans.fixed_point import Fixed
from ebpm.notices import Facts, Notices, Rule, run

Written = tuple[str, Fixed]


def _rounded(written: Written) -> Iterator[tuple[str, Facts]]:
    column, fixed = written
    if not fixed.exact:
        yield column, {"step": fixed.step}


RULES: tuple[Rule[Written], ...] = (Rule("T060", _rounded),)


def check_steps(column: str, fixed: Fixed) -> Notices:
    """Say to which steps the values of a column were rounded, where they have more decimals than fit."""
    return run(RULES, (column, fixed))
