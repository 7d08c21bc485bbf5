"""What is asked of a table whose numbers are summed by keys."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from ebpm.moments.scans.fixed_point import Fixed
from ebpm.moments.scans.profile import Range

MOST_GROUPS = 500_000


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupRequest:
    """Which sums are taken.

    Parameters
    ----------
    keys : columns of labels; the sums are taken for each combination that occurs.
    numbers : columns of numbers.
    weights : column of positive weights w, with which sums are also taken of w and of w^2 times everything; empty without.
    products : whether products of two numbers are summed too.
    arguments : the argument that named each column, for messages.
    dates : keys that hold dates or times, of which only the "day" or the "month" counts.
    """

    keys: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()
    weights: str = ""
    products: bool = True
    arguments: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    dates: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def columns(self) -> tuple[str, ...]:
        """Columns of numbers, and the weights after them."""
        return (*self.numbers, *([self.weights] if self.weights else []))

    @property
    def named_numbers(self) -> list[tuple[str, str]]:
        """Columns of numbers and the arguments that named them."""
        weights = [(self.weights, "weights")] if self.weights else []
        return [*((one, self.arguments.get(one, "numbers")) for one in self.numbers), *weights]

    @property
    def named_keys(self) -> list[tuple[str, str]]:
        """Columns of labels and the arguments that named them."""
        return [(one, self.arguments.get(one, "keys")) for one in self.keys]


def steps_of(seen: Range, width: int) -> Fixed:
    """Return the steps in which numbers within a range are written, the same however they are summed."""
    return Fixed.of(seen.low, seen.high, decimals=seen.decimals, width=width, fine=True)


def weight_steps_of(seen: Range, width: int) -> Fixed:
    """Return the steps in which weights within a range are written: from zero, as sums of their squares have no shift."""
    return replace(Fixed.of(0.0, seen.high, decimals=seen.decimals, width=width, fine=True), shift=0)
