"""The content of a moment file, key by key: closed, so that an older version never answers from what it does not know."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints, ValidationError

from ebpm.spec import Spec, json_schema

Whole = Annotated[int, Field(strict=True)]
Count = Annotated[int, Field(strict=True, ge=1)]
Share = Annotated[float, Field(ge=0, le=1)]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
Ratio = Annotated[str, StringConstraints(pattern=r"^\d+(/\d+)?$")]
Fact = bool | int | float | str | dict[Literal["ja", "en"], str]


class Steps(Spec):
    """How values are written as whole numbers: value = (whole number + shift) / scale."""

    scale: Ratio
    shift: Whole
    exact: bool
    """Whether every value is a whole number of steps, so that nothing was rounded."""


class PathGroup(Spec):
    """Units of one cohort, one cluster and one pattern of periods seen."""

    cohort: Whole
    """First treated period, 0 where never; by treatment the periods treated, as bits."""
    cluster: str
    seen: Whole
    """Periods seen, as bits, the first period lowest."""
    count: Count
    sums: tuple[Whole, ...]
    products: tuple[tuple[Whole, ...], ...]
    """Rows of the upper triangle, from the diagonal on."""


class Paths(Spec):
    """Sums of the outcomes of units over periods."""

    family: Literal["paths"]
    by: Literal["first_treated", "treatment"] = "first_treated"
    periods: tuple[Whole, ...]
    fixed: Steps
    largest_share: Share
    """Share of the treated outcomes that the largest unit has, to 0.1."""
    groups: tuple[PathGroup, ...]


class Day(Spec):
    """A date among the labels of a group."""

    date: Annotated[str, StringConstraints(pattern=r"^\d{4}-\d\d-\d\d$")]


class KeyGroup(Spec):
    """Rows with the same labels in the keys."""

    labels: tuple[bool | int | float | str | Day | None, ...]
    moments: tuple[tuple[tuple[Whole, ...], ...], ...]
    """For each power of the weight, 0, 1 and 2 (0 alone without one): rows of the upper triangle of products of (1, numbers ...)."""


class Groups(Spec):
    """Sums of numbers by keys."""

    family: Literal["groups"]
    keys: tuple[str, ...]
    numbers: tuple[str, ...]
    weights: str
    """Column of the weights; empty without one."""
    fixed: tuple[Steps, ...]
    groups: tuple[KeyGroup, ...]


class Stayed(Spec):
    """A group that keeps an analysis in, and why."""

    group: str
    reason: str


class Off(Spec):
    """How far rounded sums can be off, in the unit of the outcome and in its square, as fractions."""

    sums: Ratio
    products: Ratio


class Said(Spec):
    """A notice: what reading and checking the records raised, without values of records."""

    code: str
    about: str
    within: str
    facts: dict[str, Fact]


class Content(Spec):
    """A moment file of ebpm: sums that may leave an office, in the place of its records."""

    schema_: Annotated[Literal[2], Field(alias="schema")]
    kind: Literal["moments"]
    digest: Sha256
    """SHA-256 of the file without this key, as JSON with its keys in order and nothing between them."""
    pilot: str
    plan: str
    """SHA-256 of the plan."""
    items: dict[str, Annotated[Paths | Groups, Field(discriminator="family")]]
    withheld: dict[str, tuple[Stayed, ...]]
    records: tuple[str, ...]
    rounded: dict[str, Off] = Field(default_factory=dict)
    notices: tuple[Said, ...] = ()
    tables: tuple[str, ...] = ()
    parts: tuple[Sha256, ...] = ()


def schema_of_moment_files() -> str:
    """Return the JSON Schema (draft 2020-12) of a moment file."""
    return json_schema(Content)


def first_fault(content: object) -> str:
    """Return where content departs from the schema, as keys with points between; empty where it does not."""
    try:
        Content.model_validate(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        return ".".join(map(str, first["loc"])) or "–"
    return ""
