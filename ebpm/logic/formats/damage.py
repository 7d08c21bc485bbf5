"""What is wrong in a file that came back: every problem with its place and its remedy, in one SpecError."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from ebpm.errors import EbpmError, SpecError
from ebpm.texts import entry, label, spoken, words


@dataclass(frozen=True, slots=True)
class Damage:
    """One problem of a file.

    Parameters
    ----------
    code : the entry `error.<code>` of the texts.
    sheet : the sheet of a workbook, or the file of a folder.
    cell : the cell ("B3"), or the line.
    facts : what the templates need.
    """

    code: str
    sheet: str
    cell: str
    facts: tuple[tuple[str, object], ...] = ()

    @classmethod
    def at(cls, sheet: str, cell: str, code: str, **facts: object) -> Damage:
        return cls(code, sheet, cell, tuple(facts.items()))

    def line_of(self, part: str, lang: str | None = None) -> str:
        """Return `given` or `remedy` behind the place it is about."""
        facts = {"sheet": self.sheet, "cell": self.cell, **dict(self.facts)}
        text = words(entry("error", self.code)[part], lang).format(**spoken(facts, lang))
        return label("formats_place", lang, sheet=self.sheet, cell=self.cell, text=text)


@dataclass(frozen=True, slots=True)
class Listing:
    """One part of several problems, a line each."""

    damages: tuple[Damage, ...]
    part: str

    def words(self, lang: str | None = None) -> str:
        indent = "\n  " if self.part == "given" else "\n    "
        return indent.join(dict.fromkeys(damage.line_of(self.part, lang) for damage in self.damages))


def damaged(name: str, damages: Iterable[Damage]) -> SpecError:
    """Return the error that lists the problems of a file, in the order in which they were found."""
    found = tuple(damages)
    return SpecError(
        "spec_problems", file=name, count=len(found), damages=found, given=Listing(found, "given"), remedies=Listing(found, "remedy")
    )  # fmt: skip


def damages_of(error: EbpmError) -> tuple[Damage, ...]:
    """Return the problems that such an error lists."""
    found = error.facts.get("damages", ())
    return found if isinstance(found, tuple) else ()
