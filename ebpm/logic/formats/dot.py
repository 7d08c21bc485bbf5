"""The logic model as a Graphviz digraph, for print."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from ebpm.texts import label

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel
    from ebpm.logic.parts import Edge

FONT = "Noto Sans CJK JP"
LINE = 22


def to_dot(model: LogicModel, lang: str | None = None, *, font: str = FONT) -> str:
    """Return a digraph from left to right, a cluster a stage, the verdict of the latest evidence on each link.

    Parameters
    ----------
    model : the logic model.
    lang : "ja" or "en".
    font : a font that has Japanese glyphs; Graphviz draws boxes where it has none.

    Notes
    -----
    Source: Graphviz, DOT language: in a quoted string only the quote and the backslash are special.
    """
    return "\n".join(_lines(model, lang, font)) + "\n"


def _lines(model: LogicModel, lang: str | None, font: str) -> Iterator[str]:
    face = f"fontname={quoted(font)}"
    yield f"digraph {quoted(model.model.id)} {{"
    yield f"  graph [rankdir=LR, newrank=true, compound=true, {face}, fontsize=14, label={quoted(model.model.title.words(lang))}, labelloc=t];"
    yield f"  node [shape=box, style=rounded, {face}, fontsize=11];"
    yield f"  edge [{face}, fontsize=9];"
    for step in sorted({node.step for node in model.nodes}):
        yield f"  subgraph cluster_{step} {{"
        yield f"    label={quoted(label(f'logic_step_{step}', lang))}; color=gray70; rank=same;"
        yield from (
            f"    {quoted(node.id)} [label={quoted(_folded(node.text.words(lang)))}];"
            for node in model.nodes
            if node.step == step
        )
        yield "  }"
    yield from (f"  {quoted(edge.from_)} -> {quoted(edge.to)}{_style(model, edge, lang)};" for edge in model.edges)
    yield "}"


def _style(model: LogicModel, edge: Edge, lang: str | None) -> str:
    evidence = model.evidence_on(edge)
    found = ["penwidth=2.5"] if edge.key else []
    found += ["style=dashed"] if edge.feedback or not evidence else []
    found += ["constraint=false"] if edge.feedback else []
    found += [f"label={quoted(label(f'verdict_{evidence[-1].verdict}', lang))}"] if evidence else []
    return f" [{', '.join(found)}]" if found else ""


def quoted(text: str) -> str:
    """Return a quoted string in which nothing is markup; line breaks stay, other control characters become spaces."""
    clean = "".join(char if char >= " " or char == "\n" else " " for char in text)
    return '"' + clean.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n") + '"'


def _folded(text: str) -> str:
    """Break a text into lines of about the same width: between words, or anywhere in Japanese."""
    total = sum(2 if ord(char) > 0x2E7F else 1 for char in text)
    room = -(-total // -(-total // LINE)) + 2 if total else LINE
    lines, width = [""], 0
    for piece in _pieces(text):
        size = sum(2 if ord(char) > 0x2E7F else 1 for char in piece)
        if width and width + size > room and piece not in "、。・)）」":
            lines, width = [*lines, ""], 0
        lines[-1], width = (lines[-1] + piece).lstrip(), width + size
    return "\n".join(lines)


def _pieces(text: str) -> Iterator[str]:
    word = ""
    for char in text:
        if ord(char) > 0x2E7F:
            yield from (piece for piece in (word, char) if piece)
            word = ""
        elif char == " ":
            yield word
            word = char
        else:
            word += char
    if word:
        yield word
