"""What a page says, apart from how a format writes it: sections of blocks, the same for every format."""

from __future__ import annotations

from dataclasses import dataclass, field

from ebpm.reports.figure import Figure
from ebpm.table import Table


@dataclass(frozen=True, slots=True)
class Prose:
    """A paragraph.

    Parameters
    ----------
    text : its words.
    lead : a word or two in bold before them.
    tone : "plain", "question", "verdict", "banner" or "code".
    """

    text: str
    lead: str = ""
    tone: str = "plain"
    kind: str = field(default="prose", init=False)


@dataclass(frozen=True, slots=True)
class Bullets:
    """A list of sentences."""

    items: tuple[str, ...]
    kind: str = field(default="bullets", init=False)


@dataclass(frozen=True, slots=True)
class Pairs:
    """Terms with what they mean here."""

    items: tuple[tuple[str, str], ...]
    kind: str = field(default="pairs", init=False)


@dataclass(frozen=True, slots=True)
class Subheading:
    """A heading within a section."""

    text: str
    kind: str = field(default="subheading", init=False)


@dataclass(frozen=True, slots=True)
class Numbers:
    """A table."""

    table: Table
    kind: str = field(default="numbers", init=False)


@dataclass(frozen=True, slots=True)
class Picture:
    """A figure, with the table of its numbers."""

    figure: Figure
    kind: str = field(default="picture", init=False)


Block = Prose | Bullets | Pairs | Subheading | Numbers | Picture


@dataclass(frozen=True, slots=True)
class Section:
    """A heading and what stands under it.

    Parameters
    ----------
    id : anchor within the page.
    title : heading.
    blocks : in order.
    """

    id: str
    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Document:
    """A page in one language.

    Parameters
    ----------
    lang : "ja" or "en".
    title : its main heading.
    kicker : the line above it: what kind of page.
    banner : what must be read first, such as that data are synthetic; empty where nothing.
    sections : in order.
    footer : last line.
    shape : "full", "card" or "slides".
    digests : the whole SHA-256 of plan, data, code and environment, by name; the footer has their beginnings.
    """

    lang: str
    title: str
    kicker: str
    banner: str
    sections: tuple[Section, ...]
    footer: str
    shape: str = "full"
    digests: tuple[tuple[str, str], ...] = ()

    def __getitem__(self, section: str) -> Section:
        return next(one for one in self.sections if one.id == section)

    def figures(self) -> tuple[Figure, ...]:
        """Return the figures in order."""
        return tuple(block.figure for one in self.sections for block in one.blocks if isinstance(block, Picture))
