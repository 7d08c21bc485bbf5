"""Cards of the EBPM database (EBPMDB, CyberAgent AI Lab and others): their front matter and sections as evidence."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from ebpm import spec
from ebpm.logic.formats.damage import Damage, damaged
from ebpm.logic.parts import Evidence, Scale, VerdictCode
from ebpm.spec import Text
from ebpm.texts import label

if TYPE_CHECKING:
    from ebpm.logic.formats.cards import Card

VERDICTS: dict[str, VerdictCode] = {
    "効果あり": "supports",
    "効果なし": "no_meaningful_effect",
    "ミックス": "mixed",
    "不明": "inconclusive",
}
_SECTION = re.compile(r"^##[ \t]+(.+?)[ \t]*\r?\n(.*?)(?=^##[ \t]|\Z)", re.DOTALL | re.MULTILINE)
_URL = re.compile(r"https?://[^\s)>\]]+")
_DOI = re.compile(r"10\.\d{4,9}/[^\s)>\]]+")


class Line(spec.Spec):
    """One outcome of a card."""

    title: str
    effectiveness: str
    strength: int | str


class Front(spec.Spec):
    """The front matter that EBPMDB asks for."""

    id: str | int | None = None
    title: str
    description: str = ""
    date: spec.Date | None = None
    category: str = ""
    categoryLabel: str = ""  # noqa: N815
    tables: tuple[Line, ...]
    points: tuple[str, ...] = ()
    contacts: tuple[str, ...] = ()


def foreign(front: str, body: str, name: str) -> tuple[Card, ...]:
    """Return a card of EBPMDB as one piece of evidence an outcome; whether it applies here is left to be judged.

    Parameters
    ----------
    front : the front matter.
    body : the sections below it.
    name : the file, for messages and ids.

    Raises
    ------
    SpecError : if the front matter is damaged, or a word for the effect is not one of EBPMDB's.
    """
    found = spec.loads("\n" + front, Front, name=name)
    wrong = [
        Damage.at(
            name,
            f"tables[{place}]",
            "spec_bad_choice",
            value=line.effectiveness,
            choices=", ".join(VERDICTS),
            near=", ".join(VERDICTS),
        )
        for place, line in enumerate(found.tables)
        if line.effectiveness not in VERDICTS
    ]
    if wrong:
        raise damaged(name, wrong)
    sections = {title: _plain(text) for title, text in _SECTION.findall(body)}
    stem = re.sub(r"[^a-z0-9]+", "_", f"{found.id or name.removesuffix('.md')}".lower()).strip("_") or "card"
    return tuple(
        _card(found, line, sections, f"ev_ebpmdb_{stem}_{place}") for place, line in enumerate(found.tables, 1)
    )


def _card(front: Front, line: Line, sections: dict[str, str], name: str) -> Card:
    from ebpm.logic.formats.cards import Card, Finding

    citation = sections.get("書誌情報", "")
    evidence = Evidence(
        id=name,
        citation=Text(ja=citation or front.title),
        doi=_first(_DOI, citation),
        url=_first(_URL, citation),
        date=front.date,
        design=Text(ja=sections.get("分析方法") or label("formats_card_unsaid", "ja")),
        verdict=VERDICTS[line.effectiveness],
        scale=Scale(name="SMS", level=line.strength, reason=_said(sections.get("証拠の強さ", ""))),
        population=_said(sections.get("サンプル", "")),
        applicability=Text(ja=label("formats_card_unjudged", "ja"), en=label("formats_card_unjudged", "en")),
        limits=_said(sections.get("研究の弱点", "")),
    )
    finding = Finding(title=line.title, effectiveness=line.effectiveness, strength=line.strength)
    return Card(id=name, title=front.title, date=front.date, tables=(finding,), evidence=evidence)


def _plain(text: str) -> str:
    """Return a section's lines without bullets; a lone bullet is nothing."""
    lines = (re.sub(r"^\s*[-*]\s*", "", line).strip() for line in text.splitlines())
    return "\n".join(line for line in lines if line)


def _said(text: str) -> Text | None:
    return Text(ja=text) if text else None


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return found[0] if found else None
