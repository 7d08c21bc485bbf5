"""How the parts of a logic model stand in the columns of a workbook: derived from the schema, so that a new field is a new column."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from types import UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from ebpm.logic.indicators.observed import Observation
from ebpm.logic.parts import About, Assumption, Edge, Evidence, External, Harm, Indicator, Node, Target
from ebpm.spec import Spec, Text

Kind = Literal["words", "text", "ids", "lines", "number", "value", "choice", "flag"]
SKIPPED = {"changelog", "budget", "worth"}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a sheet.

    Parameters
    ----------
    path : keys of the declaration, from the part to the value ("baseline", "note", "ja").
    kind : what its cells hold.
    choices : the values that a choice allows.
    """

    path: tuple[str, ...]
    kind: Kind
    choices: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        return ".".join(self.path)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One sheet: the parts of one list of the model, a row each.

    Parameters
    ----------
    name : the sheet, first word of its title.
    section : key of the list in the declaration.
    part : schema of its parts.
    keys : columns that tell the rows apart; they are locked.
    nested : key of the list inside each part of `section`, for parts of parts; "" where the rows are the parts themselves.
    """

    name: str
    section: str
    part: type[Spec]
    keys: tuple[str, ...] = ("id",)
    nested: str = ""

    @property
    def columns(self) -> tuple[Column, ...]:
        own = tuple(_columns(self.part))
        return (Column(("indicator",), "text"), *own) if self.nested else own


SHEETS = (
    Sheet("model", "model", About),
    Sheet("nodes", "nodes", Node),
    Sheet("links", "edges", Edge, ("from", "to")),
    Sheet("indicators", "indicators", Indicator),
    Sheet("targets", "indicators", Target, ("indicator",), "targets"),
    Sheet("observations", "observations", Observation, ("indicator", "fiscal_year", "part")),
    Sheet("evidence", "evidence", Evidence),
    Sheet("assumptions", "assumptions", Assumption),
    Sheet("externals", "externals", External),
    Sheet("harms", "harms", Harm),
)
REFERENCES = {
    ("links", "from"): "nodes",
    ("links", "to"): "nodes",
    ("links", "assumptions"): "assumptions",
    ("links", "evidence"): "evidence",
    ("indicators", "node"): "nodes",
    ("indicators", "same_as"): "indicators",
    ("targets", "indicator"): "indicators",
    ("observations", "indicator"): "indicators",
    ("assumptions", "indicator"): "indicators",
    ("externals", "affects"): "nodes",
    ("harms", "indicator"): "indicators",
}


@cache
def _columns(part: type[Spec]) -> tuple[Column, ...]:
    return tuple(
        column
        for name, field in part.model_fields.items()
        if name not in SKIPPED
        for column in _of(field.annotation, (field.alias or name,))
    )


def _of(annotation: Any, path: tuple[str, ...]) -> Iterator[Column]:
    kinds = [kind for kind in _alternatives(annotation) if kind is not type(None)]
    first = kinds[0]
    if len(kinds) > 1:
        yield Column(path, "value")
    elif get_origin(first) is Literal:
        yield Column(path, "choice", tuple(map(str, get_args(first))))
    elif get_origin(first) is tuple:
        yield from _of_tuple(get_args(first), path)
    elif first is Text:
        yield from (Column((*path, lang), "words") for lang in ("ja", "en"))
    elif isinstance(first, type) and issubclass(first, Spec):
        if len(path) == 1 and not _holds_parts(first):
            yield from (
                column
                for name, field in first.model_fields.items()
                for column in _of(field.annotation, (*path, field.alias or name))
            )
    else:
        yield Column(path, "flag" if first is bool else "number" if first in {int, float} else "text")


def _of_tuple(items: tuple[Any, ...], path: tuple[str, ...]) -> Iterator[Column]:
    if items[-1] is not Ellipsis:
        yield from (Column((*path, str(place)), "number") for place in range(len(items)))
    elif str in _alternatives(items[0]):
        yield Column(path, "ids" if get_origin(items[0]) is Annotated else "lines")


def _alternatives(annotation: Any) -> tuple[Any, ...]:
    if get_origin(annotation) is Annotated:
        return _alternatives(get_args(annotation)[0])
    if get_origin(annotation) in {Union, UnionType}:
        return tuple(kind for one in get_args(annotation) for kind in _alternatives(one))
    return (annotation,)


def _holds_parts(part: type[Spec]) -> bool:
    kinds = [kind for field in part.model_fields.values() for kind in _alternatives(field.annotation)]
    return any(isinstance(kind, type) and issubclass(kind, Spec) and kind is not Text for kind in kinds)
