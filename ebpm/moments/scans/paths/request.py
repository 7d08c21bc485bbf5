"""What is asked of a table whose outcome paths are summed, and in which steps its values are written."""

from __future__ import annotations

from dataclasses import dataclass

from ebpm.moments.scans.fixed_point import Fixed, width_for
from ebpm.moments.scans.profile import Range

LONGEST, FEW, PARTS = 62, 1 << 18, 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class PathRequest:
    """Which paths are summed.

    Parameters
    ----------
    outcome, unit, time : columns, one row a unit and period.
    first_treated : column of the first treated period; empty where `treatment` is named.
    treatment : column of 0 and 1, treated in that period.
    cluster : column of clusters that are kept apart; empty where units are independent, as they are where it is the unit.
    weights : column of positive numbers, the same in all rows of a unit; empty where all units count alike.
    """

    outcome: str
    unit: str
    time: str
    first_treated: str = ""
    treatment: str = ""
    cluster: str = ""
    weights: str = ""

    def __post_init__(self) -> None:
        if self.cluster == self.unit:
            object.__setattr__(self, "cluster", "")

    @property
    def by(self) -> tuple[str, str]:
        """Column that says who is treated when, and the argument that named it."""
        return (self.first_treated, "first_treated") if self.first_treated else (self.treatment, "treatment")

    @property
    def numbers(self) -> list[tuple[str, str]]:
        """Columns of numbers and the arguments that named them."""
        weights = [(self.weights, "weights")] if self.weights else []
        return [(self.outcome, "outcome"), (self.time, "time"), self.by, *weights]

    @property
    def labels(self) -> list[tuple[str, str]]:
        """Columns of labels and the arguments that named them."""
        return [(self.unit, "unit"), *([(self.cluster, "cluster")] if self.cluster else [])]


def never_of(periods: tuple[int, ...]) -> int:
    """Return the cohort of those that are never treated: 0, or the period after the last where 0 may be a period."""
    return 0 if periods[0] > 0 else periods[-1] + 1


def parts_of(units: int) -> int:
    """Return the parts in which an engine sums so many units, so that sums of products stay within a word."""
    return 1 if units <= FEW else PARTS


def steps_of(seen: Range, *, rows: int, periods: int) -> Fixed:
    """Return the steps in which outcomes within a range are written, the same however they are summed."""
    units = -(-rows // periods)
    parts = parts_of(units)
    width = width_for(units if parts == 1 else 4 * units // parts)
    return Fixed.of(seen.low, seen.high, decimals=seen.decimals, width=width, fine=parts == 1)
