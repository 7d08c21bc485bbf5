"""Guard rails of designs: what the data and the structure of adoption say before and beside an estimate."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from ebpm.notices import Facts, Notices, Rule, run

Finds = Iterator[tuple[str, Facts]]


@dataclass(frozen=True, slots=True)
class Missed:
    """A trend that a test before treatment may miss.

    Parameters
    ----------
    bias : that it leaves in the effect where the test was passed.
    power : of the test against it.
    estimate, std_error : of the effect.
    """

    bias: float
    power: float
    estimate: float
    std_error: float


def _missed(subject: Missed) -> Finds:
    if abs(subject.bias) >= abs(subject.estimate):
        yield "", {"bias": abs(subject.bias), "power": subject.power, "estimate": subject.estimate}


MISSED: tuple[Rule[Missed], ...] = (Rule("D238", _missed),)


def check_missed(subject: Missed) -> Notices:
    """Return the notices on a trend that a test of the periods before treatment may miss."""
    return run(MISSED, subject)
