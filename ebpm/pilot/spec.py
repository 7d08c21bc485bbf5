"""The schema of pilot.yaml: question, link, estimand, design, data contract, plan, checks, limits."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, SerializerFunctionWrapHandler, field_validator, model_serializer

from ebpm.data.contract import DataSet
from ebpm.disclosure.rules import Disclosure
from ebpm.errors import SpecError, did_you_mean
from ebpm.pilot.guidelines import TOPICS
from ebpm.spec import Spec, Text, Wrong

Scalar = str | int | float | bool
Design = Literal["rct", "cluster_rct", "did", "controlled_its", "its", "cohort", "survey_experiment", "survey"]
Role = Literal["primary", "secondary", "sensitivity", "placebo", "descriptive"]
INHERITED = ("data", "where", "collapse", "outcome", "unit")
Identifier = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]


class Link(Spec):
    """The edge of the logic model that the evaluation is about."""

    from_: Annotated[str, Field(alias="from")]
    to: str


class Estimand(Spec):
    """What is estimated, in the five parts that make it unmistakable."""

    term: str
    unit: Text
    population: Text
    treatment: Text
    outcome: Text
    contrast: Text
    window: Text


class Assignment(Spec):
    """How treatment was assigned."""

    unit: str
    strata: str = ""
    rule: Text


class Event(Spec):
    """Something else that happened in the window of the evaluation."""

    date: str
    text: Text
    affects: Text
    separable: bool = False


class DesignSpec(Spec):
    """Why the comparison is fair."""

    type: Design
    counterfactual: Text
    assignment: Assignment | None = None
    treated_from: str = ""
    concurrent_events: tuple[Event, ...] = ()
    assumptions: tuple[Text, ...] = ()


class Between(Spec):
    """A range of values, ends included; an open end is left out."""

    from_: Annotated[Scalar | None, Field(alias="from")] = None
    to: Scalar | None = None


class Collapse(Spec):
    """One row a group: means and sums of some columns; the others are kept where constant in the group."""

    by: tuple[str, ...]
    mean: tuple[str, ...] = ()
    sum: tuple[str, ...] = ()


class Derive(Spec):
    """A new column from the closed vocabulary: exactly one of ratio, difference, positive, equals, scale, log, treated.

    `treated: [time, first_treated]` is 1 from the first treated period on; 0 or a missing period is never treated.
    """

    data: str
    column: str
    ratio: tuple[str, str] | None = None
    difference: tuple[str, str] | None = None
    positive: str | None = None
    equals: tuple[str, Scalar] | None = None
    scale: tuple[str, float] | None = None
    log: str | None = None
    treated: tuple[str, str] | None = None


class Margin(Spec):
    """The smallest effect that matters, declared beforehand."""

    value: Annotated[float, Field(gt=0)]
    unit: Text
    why: Text


class Analysis(Spec):
    """One analysis of the plan: which rows, which routine, which number is its headline.

    With `of`, the id of an earlier analysis, it is about the event study that this one gave, and about its data and outcome.
    """

    id: Identifier
    of: str = ""
    role: Role
    title: Text
    data: str
    where: dict[str, tuple[Scalar, ...] | Between] = Field(default_factory=dict)
    collapse: Collapse | None = None
    routine: str
    outcome: str
    arguments: dict[str, Any] = Field(default_factory=dict)
    aggregate: Literal["", "simple", "group", "calendar", "event", "normalised", "dose"] = ""
    term: str = ""
    expected: Literal["up", "down", "none"] = "none"
    margin: Margin | None = None
    unit: Text | None = None

    @model_serializer(mode="wrap")
    def _without_empty_of(self, handler: SerializerFunctionWrapHandler) -> dict[str, Any]:
        shown: dict[str, Any] = handler(self)
        return shown if self.of else {name: value for name, value in shown.items() if name != "of"}


def _inherited(plan: Any) -> Any:
    """Give each analysis `of` an earlier one the rows, the outcome and the unit of that one."""
    if not isinstance(plan, list | tuple):
        return plan
    known: dict[Any, Any] = {}
    found = []
    for one in plan:
        if isinstance(one, dict) and one.get("of"):
            if one["of"] not in known:
                raise Wrong(
                    "pilot_unknown_source", analysis=one.get("id", ""), of=one["of"], known=", ".join(map(str, known))
                )
            source = known[one["of"]]
            found.append({name: source[name] for name in INHERITED if name in source} | dict(one))
        else:
            found.append(one)
            known |= {one.get("id"): one} if isinstance(one, dict) else {}
    return type(plan)(found)


class Check(Spec):
    """A check of data or design that is not part of an estimator."""

    routine: str
    data: str
    column: str
    where: dict[str, tuple[Scalar, ...] | Between] = Field(default_factory=dict)
    collapse: Collapse | None = None
    arguments: dict[str, Any] = Field(default_factory=dict)


class Published(Spec):
    """A number that somebody else published, to be reproduced by a twin."""

    analysis: str
    term: str
    column: Literal["estimate", "std_error", "n", "p_value", "conf_low", "conf_high", "df"]
    value: float
    tolerance: Annotated[float, Field(gt=0)]
    source: str


class PilotSpec(Spec):
    """The whole of pilot.yaml."""

    schema_: Annotated[Literal[1], Field(alias="schema")]
    id: Identifier
    kind: Literal["pilot", "twin"]
    title: Text
    question: Text
    logic_model: str = ""
    link: Link | None = None
    estimand: Estimand
    design: DesignSpec
    data: Annotated[tuple[DataSet, ...], Field(min_length=1)]
    derive: tuple[Derive, ...] = ()
    plan: Annotated[tuple[Analysis, ...], Field(min_length=1), BeforeValidator(_inherited)]
    checks: tuple[Check, ...] = ()
    disclosure: Disclosure
    notebook: str = ""
    limits: tuple[Text, ...] = ()
    reporting: dict[str, Text] = Field(default_factory=dict)
    """What only people know of the items of the reporting guideline, by topic: registration, funding, harms ..."""
    references: tuple[str, ...] = ()
    published: tuple[Published, ...] = ()

    @field_validator("reporting")
    @classmethod
    def _known_topics(cls, given: dict[str, Text]) -> dict[str, Text]:
        for topic in given:
            if topic not in TOPICS:
                raise Wrong("reporting_topic", topic=topic, near=did_you_mean(topic, TOPICS))
        return given

    @property
    def synthetic(self) -> bool:
        """Whether any table is synthetic; then every output says so."""
        return any(dataset.synthetic for dataset in self.data)

    def analysis(self, wanted: str) -> Analysis:
        """Return an analysis of the plan.

        Raises
        ------
        SpecError : if there is none of that id.
        """
        for one in self.plan:
            if one.id == wanted:
                return one
        known = [one.id for one in self.plan]
        raise SpecError("pilot_unknown_analysis", analysis=wanted, pilot=self.id, near=did_you_mean(wanted, known))

    @property
    def primary(self) -> tuple[Analysis, ...]:
        return tuple(analysis for analysis in self.plan if analysis.role == "primary")
