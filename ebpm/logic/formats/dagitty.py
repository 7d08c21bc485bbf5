"""The logic model as a graph for DAGitty, with the external factors as nodes."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ebpm.texts import label

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel
    from ebpm.logic.parts import Edge

_CONTROL = re.compile(r"[\x00-\x1f\x7f\\]")


def to_dagitty(model: LogicModel, lang: str | None = None, *, link: tuple[str, str] = ("", "")) -> str:
    """Return the causal links and the external factors as a `dag`, exposure and outcome marked.

    A logic model is not a causal DAG: it holds what is intended, and not every common cause. The file says so. External factors
    that nobody observes are latent. Remarks are graph attributes, since the grammar of DAGitty has no comments.

    Parameters
    ----------
    model : the logic model.
    lang : "ja" or "en".
    link : ids of the link whose effect is asked for; the first key link where it is left out.

    Raises
    ------
    SpecError : if there is no such link.

    Notes
    -----
    Source: Textor et al. (2016), International Journal of Epidemiology 45(6), and the grammar of dagitty.net.
    """
    key = next((edge for edge in model.edges if edge.key), model.edges[0] if model.edges else None)
    chosen = model.edge(*link) if link != ("", "") else key
    return "\n".join(_lines(model, chosen, lang)) + "\n"


def _lines(model: LogicModel, chosen: Edge | None, lang: str | None) -> Iterator[str]:
    yield "dag {"
    for place, remark in enumerate(_remarks(model, lang), 1):
        yield f"  remark{place} = {_quoted(remark)}"
    for node in model.nodes:
        marks = (
            ["exposure"]
            if chosen and node.id == chosen.from_
            else ["outcome"]
            if chosen and node.id == chosen.to
            else []
        )
        yield f"  {_name(node.id)} [{', '.join([*marks, f'label={_quoted(node.text.words(lang))}'])}]"
    for part in model.externals:
        marks = [] if part.observed_by else ["latent"]
        yield f"  {_name(part.id)} [{', '.join([*marks, f'label={_quoted(part.text.words(lang))}'])}]"
    yield from (f"  {_name(start)} -> {_name(end)}" for start, end in dict.fromkeys(model.arcs()))
    yield from (f"  {_name(part.id)} -> {_name(end)}" for part in model.externals for end in part.affects)
    yield "}"


def _remarks(model: LogicModel, lang: str | None) -> Iterator[str]:
    yield model.model.title.words(lang)
    yield from label("formats_not_a_dag", lang).split("\n")
    for part in model.assumptions:
        yield label("formats_named", lang, name=label("logic_assumptions", lang), text=part.text.words(lang))
    left_out = [edge.name for edge in model.edges if edge.feedback]
    if left_out:
        yield label("formats_feedback_left_out", lang, links=", ".join(left_out))


def _name(wanted: str) -> str:
    """Return an id as the name of a variable; DAGitty keeps two words for itself."""
    return _quoted(f"{wanted}_" if wanted in {"graph", "node"} else wanted)


def _quoted(text: str) -> str:
    return '"' + _CONTROL.sub(" ", text).replace('"', "'") + '"'
