"""What the rules of logic models look at, and how a rule of the model alone is made one of the case."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ebpm.logic.facts import EvaluationFacts
from ebpm.logic.profiles import Profile
from ebpm.notices import Facts

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel

Finds = Iterator[tuple[str, Facts]]


@dataclass(frozen=True, slots=True)
class Case:
    """A logic model with what its reading depends on.

    Parameters
    ----------
    model : the logic model.
    profile : which rules count, how gravely, and at which thresholds.
    evaluations : what is known of the evaluations of its links.
    today : ISO date of the day on which dates are judged.
    """

    model: LogicModel
    profile: Profile
    evaluations: tuple[EvaluationFacts, ...]
    today: str


def of_model(
    check: Callable[[LogicModel], Iterable[tuple[str, Facts]]],
) -> Callable[[Case], Iterable[tuple[str, Facts]]]:
    """Return a check of the case from a check of the model alone."""
    return lambda case: check(case.model)


def before(first: str, second: str) -> bool:
    """Return whether one partial ISO date surely lies before another.

    Examples
    --------
    >>> from ebpm.logic.rules.case import before
    >>> before("2018", "2019-04"), before("2019", "2019-04")
    (True, False)
    """
    length = min(len(first), len(second))
    return first[:length] < second[:length]
