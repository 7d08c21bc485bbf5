"""Values of a declaration in words: lists, nothing, yes and no, and parts within parts, in the language asked for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ebpm.logic.parts import Indicator
from ebpm.spec import Spec, Text
from ebpm.texts import label, said

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel

Sayer = Callable[["LogicModel", Indicator, str | None], str]


def spelled(value: Any) -> object:
    """Return a value that has words; nothing becomes an empty text."""
    if value is None or value == ():
        return ""
    if isinstance(value, bool):
        return YesNo(value)
    if isinstance(value, tuple):
        return Listed(tuple(map(spelled, value)))
    return Fields(value) if isinstance(value, Spec) and not isinstance(value, Text) else value


def titled(part: Spec) -> object:
    """Return what a part of a model is called."""
    return next(getattr(part, name) for name in ("text", "name", "citation") if hasattr(part, name))


@dataclass(frozen=True, slots=True)
class YesNo:
    """A truth in words."""

    value: bool

    def words(self, lang: str | None = None) -> str:
        return label("compare_yes" if self.value else "compare_no", lang)


@dataclass(frozen=True, slots=True)
class Listed:
    """Several values in words."""

    parts: tuple[object, ...]

    def words(self, lang: str | None = None) -> str:
        return label("logic_comma", lang).join(str(said(part, lang)) for part in self.parts)


@dataclass(frozen=True, slots=True)
class Fields:
    """A part within a part: its fields that say something."""

    value: Spec

    def words(self, lang: str | None = None) -> str:
        given = ((name, spelled(getattr(self.value, name))) for name in type(self.value).model_fields)
        return label("logic_comma", lang).join(f"{name} {said(part, lang)}" for name, part in given if part != "")


@dataclass(frozen=True, slots=True)
class Measured:
    """Baseline or target of an indicator in words."""

    say: Sayer
    model: LogicModel
    one: Indicator

    def words(self, lang: str | None = None) -> str:
        return self.say(self.model, self.one, lang) or label("drawing_absent", lang, reason="")
