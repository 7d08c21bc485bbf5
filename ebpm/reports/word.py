"""A page as a Word file: real headings, lists, tables with repeated header rows, pictures with alternative text."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from ebpm.reports.blocks import Block, Bullets, Document, Numbers, Pairs, Picture, Prose, Subheading
from ebpm.reports.figure import Figure
from ebpm.reports.office import settled
from ebpm.reports.word_parts import (
    BLUE,
    EDGE,
    set_border,
    set_footer,
    set_language,
    set_page,
    set_table,
    shared_widths,
    turn,
)
from ebpm.texts import label

if TYPE_CHECKING:
    from docx.document import Document as File

LATIN, JAPANESE, INK = "Calibri", "游ゴシック", "1A1A1A"
SIZES = {"Normal": 10.5, "Title": 20, "Subtitle": 10.5, "Heading 1": 15, "Heading 2": 12, "Caption": 9.5}
CARD = {"Normal": 9, "Title": 15, "Subtitle": 9, "Heading 1": 11, "Heading 2": 10, "Caption": 8}
ABOVE, CLOSE = {"Heading 1": 7.0, "Caption": 2.0}, 2.5
WIDTHS, HIGHEST = {"full": 17.0, "slides": 17.0, "card": 11.0}, 19.0


def word(document: Document) -> bytes:
    """Return the page as a .docx file."""
    import docx

    file = docx.Document()
    set_page(file, edge=1.5 if document.shape == "card" else EDGE)
    _styles(file, document)
    set_footer(file, document.footer)
    file.add_paragraph(document.kicker, style="Subtitle")
    file.add_heading(document.title, level=0)
    if document.banner:
        _bordered(file, f"{label('synthetic_short', document.lang)} {document.banner}")
    for section in document.sections:
        first = section.blocks[0] if section.blocks else None
        turn(file, sideways=isinstance(first, Numbers) and shared_widths(first.table, document.lang)[1])
        file.add_heading(section.title, level=1)
        for block in section.blocks:
            _block(file, block, document)
    buffer = io.BytesIO()
    file.save(buffer)
    return settled(buffer.getvalue())


def _styles(file: File, document: Document) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Pt, RGBColor

    one_page = document.shape == "card"
    for name, size in (CARD if one_page else SIZES).items():
        style: Any = file.styles[name]
        if one_page:
            style.paragraph_format.space_before, style.paragraph_format.space_after = (
                Pt(ABOVE.get(name, 0.0)),
                Pt(CLOSE),
            )
        style.font.name, style.font.size = LATIN, Pt(size)
        style.font.color.rgb = RGBColor.from_string(BLUE if name.startswith(("Title", "Heading")) else INK)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        fonts.set(qn("w:eastAsia"), JAPANESE)
    file.styles["Subtitle"].font.italic = False
    set_language(file.styles["Normal"].element.get_or_add_rPr())
    core = file.core_properties
    core.title, core.author, core.language = document.title, "ebpm", "ja-JP" if document.lang == "ja" else "en-GB"
    core.comments, core.last_modified_by, core.revision = "", "ebpm", 1


def _block(file: File, block: Block, document: Document) -> None:
    if not isinstance(block, Numbers):
        turn(file, sideways=False)
    match block:
        case Prose():
            _prose(file, block)
        case Bullets():
            for item in block.items:
                file.add_paragraph(item, style="List Bullet")
        case Pairs():
            for name, text in block.items:
                paragraph = file.add_paragraph()
                paragraph.add_run(f"{name}  ").bold = True
                paragraph.add_run(text)
        case Subheading():
            file.add_heading(block.text, level=2)
        case Numbers():
            set_table(file, block.table, document.lang)
        case Picture():
            _picture(file, block.figure, document)


def _prose(file: File, block: Prose) -> None:
    if block.tone in {"verdict", "banner"}:
        _bordered(file, block.text, lead=block.lead)
        return
    paragraph = file.add_paragraph()
    if block.lead:
        paragraph.add_run(f"{block.lead}  ").bold = True
    run = paragraph.add_run(block.text)
    if block.tone == "code":
        run.font.name = "Consolas"


def _bordered(file: File, text: str, *, lead: str = "") -> None:
    paragraph = file.add_paragraph()
    if lead:
        paragraph.add_run(f"{lead}  ").bold = True
    paragraph.add_run(text)
    set_border(paragraph)


def _picture(file: File, figure: Figure, document: Document) -> None:
    from docx.shared import Cm

    paragraph = file.add_paragraph()
    paragraph.paragraph_format.keep_with_next = True
    drawn: Any = paragraph.add_run().add_picture(io.BytesIO(figure.png), width=Cm(WIDTHS[document.shape]))
    if drawn.height > Cm(HIGHEST):
        drawn.width, drawn.height = round(drawn.width * Cm(HIGHEST) / drawn.height), Cm(HIGHEST)
    drawn._inline.docPr.set("descr", figure.alt)  # noqa: SLF001
    drawn._inline.docPr.set("title", figure.title)  # noqa: SLF001
    file.add_paragraph(figure.caption, style="Caption")
    set_table(file, figure.table, document.lang)
