"""Evidence cards: one Markdown file a piece of evidence, front matter first, in the manner of the EBPM database (EBPMDB)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field

from ebpm import spec
from ebpm.errors import SpecError
from ebpm.logic.formats.damage import Damage, damaged
from ebpm.logic.formats.files import File
from ebpm.logic.parts import Evidence, Id, VerdictCode
from ebpm.spec.problems import problems_of
from ebpm.texts import label

if TYPE_CHECKING:
    from ebpm.logic.model import LogicModel

Effectiveness = Literal["効果あり", "効果なし", "ミックス", "不明"]
WORDS: dict[VerdictCode, Effectiveness] = {
    "supports": "効果あり",
    "against": "効果なし",
    "no_meaningful_effect": "効果なし",
    "mixed": "ミックス",
    "inconclusive": "不明",
    "no_effect_claim": "不明",
}
"""Word of EBPMDB for each verdict; its 効果なし is `the expected effect was not obtained`, its 不明 `too few or a weak method`."""
_FRONT = re.compile(r"\A---\r?\n(.*?)^---[ \t]*\r?$(.*)\Z", re.DOTALL | re.MULTILINE)


class Finding(spec.Spec):
    """One line of a card's table: an outcome, the word for the effect, the level on the scale."""

    title: str
    effectiveness: Effectiveness
    strength: int | str


class Place(spec.Spec):
    """A link that the evidence is about, and its place among the evidence of that link, the latest last."""

    from_: Annotated[Id, Field(alias="from")]
    to: Id
    place: int = 1


class Card(spec.Spec):
    """The front matter of a card: what EBPMDB shows, and the evidence as the logic model holds it."""

    id: Id
    title: str
    date: spec.Date | None = None
    tables: tuple[Finding, ...]
    links: tuple[Place, ...] = ()
    place: int = 0
    """Place among the evidence of the model."""
    evidence: Evidence


def to_cards(model: LogicModel, lang: str | None = None) -> tuple[File, ...]:
    """Return one card a piece of evidence.

    Below the front matter stands the same in words; it is for reading, and what is to change is changed in the front matter.
    """
    return tuple(File(f"{one.id}.md", _card(model, one, lang).encode()) for one in model.evidence)


def _card(model: LogicModel, evidence: Evidence, lang: str | None) -> str:
    card = Card(
        id=evidence.id,
        title=evidence.citation.words(lang),
        date=evidence.date,
        tables=(_finding(evidence, lang),),
        links=tuple(
            Place(**{"from": edge.from_, "to": edge.to, "place": edge.evidence.index(evidence.id) + 1})
            for edge in model.edges
            if evidence.id in edge.evidence
        ),
        place=model.evidence.index(evidence) + 1,
        evidence=evidence,
    )
    return f"---\n{spec.dumps(card)}---\n\n{_body(evidence, lang)}"


def _finding(evidence: Evidence, lang: str | None) -> Finding:
    outcome = evidence.estimate.outcome if evidence.estimate else None
    title = outcome.words(lang) if outcome else evidence.citation.words(lang)
    return Finding(title=title, effectiveness=WORDS[evidence.verdict], strength=evidence.scale.level)


def _body(evidence: Evidence, lang: str | None) -> str:
    return "\n".join(f"## {title}\n\n{text}\n" for title, text in _sections(evidence, lang) if text)


def _sections(evidence: Evidence, lang: str | None) -> Iterator[tuple[str, str]]:
    reason = evidence.scale.reason.words(lang) if evidence.scale.reason else ""
    yield label("formats_card_method", lang), evidence.design.words(lang)
    yield (
        label("formats_card_strength", lang),
        f"- {evidence.scale.name}: {evidence.scale.level}\n" + (f"- {reason}" if reason else ""),
    )
    yield label("formats_card_sample", lang), "\n".join(f"- {text}" for text in _sample(evidence, lang))
    yield label("formats_card_result", lang), label(f"verdict_{evidence.verdict}", lang)
    yield label("formats_card_applicability", lang), evidence.applicability.words(lang)
    yield label("formats_card_weakness", lang), evidence.limits.words(lang) if evidence.limits else ""
    yield (
        label("formats_card_citation", lang),
        "\n".join(text for text in (evidence.citation.words(lang), evidence.doi, evidence.url) if text),
    )


def _sample(evidence: Evidence, lang: str | None) -> Iterator[str]:
    for text in (evidence.population, evidence.place):
        if text:
            yield text.words(lang)
    if evidence.n is not None:
        yield f"n = {evidence.n:,}"


def from_cards(files: Iterable[File], into: LogicModel) -> LogicModel:
    """Read cards into a model: their evidence replaces evidence of the same id or is added, and hangs on the links that they name.

    Cards of EBPMDB itself are read too (`foreign`): one piece of evidence for each line of their table, on no link.

    Raises
    ------
    SpecError : with every problem of every card, each with file, line and remedy.
    """
    cards: list[Card] = []
    damages: list[Damage] = []
    for file in sorted(files, key=lambda file: file.name):
        try:
            cards.extend(_read(file))
        except SpecError as error:
            damages.extend(_damages(file.name, error))
    damages.extend(_unknown(cards, into))
    if damages:
        raise damaged(", ".join(dict.fromkeys(damage.sheet for damage in damages)), damages)
    return _with(sorted(cards, key=lambda card: card.place), into)


def _read(file: File) -> tuple[Card, ...]:
    from ebpm.logic.formats.ebpmdb import foreign
    from ebpm.spec.reading import decode

    text = decode(file.data, file.name)
    found = _FRONT.match(text)
    if not found:
        raise damaged(file.name, [Damage.at(file.name, "1", "formats_no_front_matter")])
    if not re.search(r"^evidence:", found[1], re.MULTILINE):
        return foreign(found[1], found[2], file.name)
    card = spec.loads("\n" + found[1], Card, name=file.name)
    wrong = list(_contradictions(card, file.name))
    if wrong:
        raise damaged(file.name, wrong)
    return (card,)


def _contradictions(card: Card, name: str) -> Iterator[Damage]:
    """Find where what EBPMDB shows and the evidence say different things."""
    evidence = card.evidence
    if card.id != evidence.id:
        yield Damage.at(name, "id", "formats_card_disagrees", one=card.id, other=evidence.id)
    for finding in card.tables:
        for one, other in ((finding.effectiveness, WORDS[evidence.verdict]), (finding.strength, evidence.scale.level)):
            if one != other:
                yield Damage.at(name, "tables", "formats_card_disagrees", one=one, other=other)


def _damages(name: str, error: SpecError) -> Iterator[Damage]:
    from ebpm.logic.formats.damage import damages_of

    yield from damages_of(error)
    for problem in problems_of(error):
        yield Damage(problem.code, name, f"{problem.line} {problem.place}".strip(), problem.facts)


def _unknown(cards: list[Card], into: LogicModel) -> Iterator[Damage]:
    known = {(edge.from_, edge.to) for edge in into.edges}
    seen: dict[str, str] = {}
    for card in cards:
        if card.evidence.id in seen:
            yield Damage.at(
                f"{card.id}.md", "id", "formats_duplicate", id=card.evidence.id, first=seen[card.evidence.id]
            )
        seen.setdefault(card.evidence.id, card.title)
        for link in card.links:
            if (link.from_, link.to) not in known:
                near = ", ".join(edge.name for edge in into.edges if link.from_ in edge.name or link.to in edge.name)
                yield Damage.at(
                    f"{card.id}.md",
                    "links",
                    "formats_unknown_id",
                    id=f"{link.from_} -> {link.to}",
                    pointed="links",
                    near=near or "-",
                )


def _with(cards: list[Card], into: LogicModel) -> LogicModel:
    told = {card.evidence.id: card.evidence for card in cards}
    known = {one.id for one in into.evidence}
    evidence = (
        *(told.get(one.id, one) for one in into.evidence),
        *(one for one in told.values() if one.id not in known),
    )
    edges = []
    for edge in into.edges:
        ids = [one for one in edge.evidence if one not in told]
        for place, name in sorted(
            (link.place, card.evidence.id)
            for card in cards
            for link in card.links
            if (link.from_, link.to) == (edge.from_, edge.to)
        ):
            ids.insert(place - 1, name)
        edges.append(edge.model_copy(update={"evidence": tuple(ids)}))
    document = into.model_copy(update={"evidence": evidence, "edges": tuple(edges)})
    return type(into).model_validate(document.model_dump(by_alias=True))
