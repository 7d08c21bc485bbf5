"""Signs that are set on the nodes and links of a drawing: what changed between two versions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Literal

Kind = Literal["added", "removed", "changed"]
KINDS: tuple[Kind, ...] = ("added", "removed", "changed")


@dataclass(frozen=True, slots=True)
class Mark:
    """How a mark looks: colour, line style and sign; the sign says it without the colour."""

    colour: str
    style: str
    sign: str


MARKS: Mapping[Kind, Mark] = MappingProxyType(
    {"added": Mark("#6a3d9a", "solid", "★"), "removed": Mark("#6b6b6b", "dotted", "×"), "changed": Mark("#b45309", "solid", "△")}
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Marks:
    """The kind of mark of nodes by id, and of links by name."""

    nodes: Mapping[str, Kind] = field(default_factory=lambda: MappingProxyType({}))
    edges: Mapping[str, Kind] = field(default_factory=lambda: MappingProxyType({}))

    def __bool__(self) -> bool:
        return bool(self.nodes or self.edges)


NONE = Marks()
