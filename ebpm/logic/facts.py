"""What the rules of logic models ask about an evaluation; the room that knows evaluations fills it in."""

from __future__ import annotations

from typing import Literal

from ebpm.spec import Date, Spec, Text


class ConcurrentEvent(Spec):
    """Something else that happened in the window of the evaluation."""

    date: Date
    text: Text
    separable: bool = False
    """Whether the design can tell it apart from the programme."""


class EvaluationFacts(Spec):
    """An evaluation of a link of the model, as far as the rules ask about it."""

    id: str
    question: Text
    link: tuple[str, str] | None = None
    claims_effect: bool = True
    """Whether its estimand is an effect; a description is none."""
    counterfactual: Text | None = None
    """What would have happened otherwise is seen in; none where the design has none."""
    assumptions: tuple[Text, ...] = ()
    """Under which the comparison is fair."""
    events: tuple[ConcurrentEvent, ...] = ()
    protected: tuple[str, ...] = ()
    """Columns about persons or firms that are sensitive or could identify them."""
    tier: Literal["open", "semi_closed", "section_only"] | None = None
    min_cell: int | None = None
