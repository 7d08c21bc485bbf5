"""A page as Markdown: the same content in plain text, without pictures."""

from __future__ import annotations

from collections.abc import Iterator

from ebpm.reports.blocks import Block, Bullets, Document, Numbers, Pairs, Picture, Prose, Subheading
from ebpm.texts import label


def markdown(document: Document) -> str:
    """Return the page in Markdown."""
    return "\n\n".join(part for part in _parts(document) if part) + "\n"


def _parts(document: Document) -> Iterator[str]:
    yield f"# {document.title}"
    yield f"> **{label('synthetic_short', document.lang)}** {document.banner}" if document.banner else ""
    for section in document.sections:
        yield f"## {section.title}"
        yield from (_block(block, document.lang) for block in section.blocks)
    yield document.footer


def _block(block: Block, lang: str) -> str:
    match block:
        case Prose():
            text = f"`{block.text}`" if block.tone == "code" else block.text
            return f"**{block.lead}** {text}" if block.lead else text
        case Bullets():
            return "\n".join(f"- {item}" for item in block.items)
        case Pairs():
            return "\n".join(f"- **{name}**: {text}" for name, text in block.items)
        case Subheading():
            return f"### {block.text}"
        case Numbers():
            return block.table.to_markdown(lang)
        case Picture():
            return f"{block.figure.caption}\n\n{block.figure.table.to_markdown(lang)}"
