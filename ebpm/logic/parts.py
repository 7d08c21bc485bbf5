"""The parts of a logic model, as they stand in its YAML."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from ebpm.logic.economics.parts import Cost, Worth
from ebpm.spec import Date, Spec, Text, Wrong

Id = Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")]
Stage = Literal["input", "activity", "output", "outcome", "impact"]
Horizon = Literal["short", "mid", "long"]
Direction = Literal["up", "down", "hold"]
VerdictCode = Literal["supports", "against", "no_meaningful_effect", "inconclusive", "mixed", "no_effect_claim"]

STEPS = ("input", "activity", "output", "outcome_short", "outcome_mid", "outcome_long", "impact")


class Owner(Spec):
    """Who answers for the model: a bureau and a role, never a person."""

    bureau: Text
    section: Text | None = None
    contact_role: Text | None = None
    note: Text | None = None


class Budget(Spec):
    """Money and people of one fiscal year; an unknown amount is left out and `note` says why."""

    fy: int
    amount_jpy: int | None = None
    fte: float | None = None
    note: Text | None = None


class Change(Spec):
    """A dated change."""

    date: Date
    what: Text
    why: Text | None = None


class About(Spec):
    """What the model is of: the problem, the goal, whom it is for, who answers for it."""

    id: Id
    title: Text
    owner: Owner
    level: Literal["policy", "programme", "project", "plan"]
    parent: Id | None = None
    """The model that this one is a part of."""
    parent_node: Id | None = None
    """The node of the parent that this model works out."""
    fiscal_year: int
    period: tuple[int, int] | None = None
    """First and last fiscal year of a plan."""
    document: Text | None = None
    """The document that the model was made from."""
    status: Literal["draft", "adopted", "closed"] = "draft"
    version: str = "1"
    problem: Text
    goal: Text
    target_population: Text
    region: str | None = None
    budget: tuple[Budget, ...] = ()
    started: Date | None = None
    review_by: Date | None = None
    legal_basis: Text | None = None
    licence: str = "CC-BY-4.0"
    changelog: tuple[Change, ...] = ()


class Node(Spec):
    """A box: an input, an activity, an output, an outcome with its horizon, or the impact."""

    id: Id
    stage: Stage
    horizon: Horizon | None = None
    text: Text
    actor: Text | None = None
    beneficiary: Text | None = None
    start: Date | None = None
    end: Date | None = None
    unmeasured: Text | None = None
    """Why an outcome has no indicator."""
    tags: tuple[str, ...] = ()
    costs: tuple[Cost, ...] = ()
    worth: Worth | None = None

    @model_validator(mode="after")
    def _horizon(self) -> Node:
        if (self.stage == "outcome") != (self.horizon is not None):
            raise Wrong("logic_horizon", id=self.id, stage=self.stage)
        return self

    @property
    def step(self) -> int:
        """Place on the way from input (0) to impact (6)."""
        return STEPS.index(f"{self.stage}_{self.horizon}" if self.horizon else self.stage)


class Expected(Spec):
    """The size of an effect that the theory claims, and where that comes from."""

    value: float
    scale: Text
    low: float | None = None
    high: float | None = None
    source: Text


class Prospect(Spec):
    """What an evaluation of the link could rest on; what nobody has looked into is left out, and counts as not known."""

    data: Text | None = None
    no_data: Text | None = None
    counterfactual: Text | None = None
    no_counterfactual: Text | None = None
    mde: Annotated[float | None, Field(gt=0)] = None
    """Smallest effect that can be detected with what is at hand, in the scale of `effect`."""
    effect: float | None = None
    """The effect to be detected; that of `expected_effect` where it is left out."""
    scale: Text | None = None
    source: Text | None = None


class Edge(Spec):
    """A link: because of `from`, `to`."""

    from_: Annotated[Id, Field(alias="from")]
    to: Id
    key: bool = False
    rationale: Text | None = None
    assumptions: tuple[Id, ...] = ()
    evidence: tuple[Id, ...] = ()
    no_evidence: Text | None = None
    """That none is known, and where it was looked for."""
    expected_effect: Expected | None = None
    prospect: Prospect | None = None
    lag_months: float | None = None
    feedback: bool = False
    confidence: Literal["low", "mid", "high"] | None = None

    @property
    def name(self) -> str:
        return f"{self.from_} -> {self.to}"


class Assumption(Spec):
    """What must hold for a link to hold, and how that can be checked."""

    id: Id
    text: Text
    status: Literal["untested", "supported", "refuted"] = "untested"
    criticality: Literal["low", "mid", "high"] | None = None
    how_to_check: Text | None = None
    indicator: Id | None = None


class External(Spec):
    """What acts on the outcome from outside the programme."""

    id: Id
    text: Text
    affects: tuple[Id, ...] = ()
    direction: Literal["up", "down", "unclear"] | None = None
    observed_by: Text | None = None
    date: Date | None = None


class Harm(Spec):
    """What could go wrong, and for whom."""

    id: Id
    text: Text
    who: Text | None = None
    indicator: Id | None = None


class Baseline(Spec):
    """The value before."""

    value: float | str
    date: Date | None = None
    n: int | None = None
    note: Text | None = None


class Target(Spec):
    """The value aimed at, by when, and why that one."""

    value: float | str
    date: Date | None = None
    rationale: Text | None = None


class Part(Spec):
    """One of several numbers that an indicator reports together."""

    id: Id
    name: Text
    unit: Text | None = None


class Indicator(Spec):
    """How a node is measured. What is not known is said in words: `no_baseline`, `no_target`."""

    id: Id
    node: Id
    name: Text
    definition: Text | None = None
    kind: Literal["output", "outcome", "process", "context"]
    aspect: Literal["quantity", "quality"] | None = None
    unit: Text | None = None
    measure: Literal["count", "rate", "mean", "index", "money", "qualitative"] | None = None
    direction: Direction | None = None
    valid_range: tuple[float, float] | None = None
    numerator: Text | None = None
    denominator: Text | None = None
    population: Text | None = None
    disaggregate: tuple[str, ...] = ()
    source: Text | None = None
    method: Text | None = None
    frequency: Text | None = None
    owner: Text | None = None
    baseline: Baseline | None = None
    no_baseline: Text | None = None
    targets: tuple[Target, ...] = ()
    no_target: Text | None = None
    parts: tuple[Part, ...] = ()
    same_as: Id | None = None
    """The indicator whose definition and observations these are, where it stands under a second node."""
    data: tuple[Id, ...] = ()
    """Data sets of the inventory that it is counted from."""
    key: bool = False
    shared: bool = False
    revised: tuple[Change, ...] = ()


class Scale(Spec):
    """A grade under a named scale; levels of different scales are never compared."""

    name: str
    level: int | str
    reason: Text | None = None


class Finding(Spec):
    """The number that a piece of evidence reports."""

    value: float | str
    conf_low: float | None = None
    conf_high: float | None = None
    conf_level: float | None = None
    unit: Text
    outcome: Text | None = None


class Evidence(Spec):
    """A study about a link: what it found, how strong its design is, and how far it speaks to this population."""

    id: Id
    citation: Text
    doi: str | None = None
    url: str | None = None
    accessed: Date | None = None
    date: Date | None = None
    design: Text
    verdict: VerdictCode
    scale: Scale
    estimate: Finding | None = None
    n: int | None = None
    population: Text | None = None
    place: Text | None = None
    years: str | None = None
    applicability: Text
    transfer: Literal["same", "similar", "different"] | None = None
    """How its population, place and programme compare with those of the model; `applicability` says why."""
    limits: Text | None = None
    plan: str | None = None
    """SHA-256 of the plan that it was evaluated by."""
    synthetic: bool = False
    """True where the data are synthetic, so that nothing is said of the real programme."""
    funding_conflict: Text | None = None
    reviewer: str | None = None


class Ignore(Spec):
    """A notice that is not shown, for a stated reason and until a date."""

    code: Annotated[str, Field(pattern=r"^LM\d{3}$")]
    about: str | None = None
    reason: Text
    until: Date | None = None
