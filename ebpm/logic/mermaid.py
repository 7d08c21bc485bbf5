"""The logic model as a Mermaid flowchart."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ebpm.logic.parts import Edge
from ebpm.texts import label

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel


def to_mermaid(model: LogicModel, lang: str | None = None) -> str:
    """Return a flowchart from left to right, a subgraph a stage, with the latest verdict on each link.

    The table of links (`LogicModel.table`) is its equal for those who cannot see it.
    """
    return "\n".join(_lines(model, lang)) + "\n"


def _lines(model: LogicModel, lang: str | None) -> Iterator[str]:
    yield "flowchart LR"
    yield f"  accTitle: {_line(model.model.title.words(lang))}"
    for step in sorted({node.step for node in model.nodes}):
        yield f'  subgraph step{step}["{escaped(label(f"logic_step_{step}", lang))}"]'
        yield from (f'    n_{node.id}["{escaped(node.text.words(lang))}"]' for node in model.nodes if node.step == step)
        yield "  end"
    yield from (f"  {_link(model, edge, lang)}" for edge in model.edges)


def _link(model: LogicModel, edge: Edge, lang: str | None) -> str:
    evidence = model.evidence_on(edge)
    arrow = "==>" if edge.key else "-->" if evidence and not edge.feedback else "-.->"
    said = f'|"{escaped(label(f"verdict_{evidence[-1].verdict}", lang))}"|' if evidence else ""
    return f"n_{edge.from_} {arrow}{said} n_{edge.to}"


def escaped(text: str) -> str:
    """Return a text for a quoted Mermaid label: whatever Mermaid or HTML would read as markup becomes a character code."""
    return "".join(f"#{ord(char)};" if char in '"#&<>;`\\[]{}|' else " " if char in "\r\n\t" else char for char in text)


def _line(text: str) -> str:
    return " ".join(text.replace("#", "＃").replace(";", "；").split())
