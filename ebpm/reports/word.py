"""A page as a Word file: real headings, lists, tables with repeated header rows, pictures with alternative text."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

from ebpm.reports.blocks import Block, Bullets, Document, Numbers, Pairs, Picture, Prose, Subheading
from ebpm.reports.figure import Figure
from ebpm.reports.office import settled, widths
from ebpm.table import Table
from ebpm.texts import label

if TYPE_CHECKING:
    from docx.document import Document as File

LATIN, JAPANESE, WIDTH = "Calibri", "游ゴシック", 16.0
INK, BLUE = "1A1A1A", "0B5394"


def word(document: Document) -> bytes:
    """Return the page as a .docx file."""
    import docx

    file = docx.Document()
    _styles(file, document)
    file.add_paragraph(document.kicker, style="Subtitle")
    file.add_heading(document.title, level=0)
    if document.banner:
        _bordered(file, f"{label('synthetic_short', document.lang)} {document.banner}")
    for section in document.sections:
        file.add_heading(section.title, level=1)
        for block in section.blocks:
            _block(file, block, document.lang)
    file.sections[0].footer.paragraphs[0].text = document.footer
    buffer = io.BytesIO()
    file.save(buffer)
    return settled(buffer.getvalue())


def _styles(file: File, document: Document) -> None:
    from docx.oxml.ns import qn
    from docx.shared import Cm, Pt, RGBColor

    page = file.sections[0]
    page.page_width, page.page_height = Cm(21.0), Cm(29.7)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm(2.5)
    for name, size in (
        ("Normal", 10.5),
        ("Title", 20),
        ("Subtitle", 10.5),
        ("Heading 1", 15),
        ("Heading 2", 12),
        ("Caption", 9.5),
    ):
        style: Any = file.styles[name]
        style.font.name, style.font.size = LATIN, Pt(size)
        style.font.color.rgb = RGBColor.from_string(BLUE if name.startswith(("Title", "Heading")) else INK)
        fonts = style.element.get_or_add_rPr().get_or_add_rFonts()
        for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
            fonts.attrib.pop(qn(f"w:{theme}"), None)
        fonts.set(qn("w:eastAsia"), JAPANESE)
    _language(file.styles["Normal"].element.get_or_add_rPr(), document.lang)
    core = file.core_properties
    core.title, core.author, core.language = document.title, "ebpm", "ja-JP" if document.lang == "ja" else "en-GB"
    core.comments, core.last_modified_by, core.revision = "", "ebpm", 1


def _language(properties: Any, lang: str) -> None:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    element = OxmlElement("w:lang")
    element.set(qn("w:val"), "ja-JP" if lang == "ja" else "en-GB")
    element.set(qn("w:eastAsia"), "ja-JP")
    properties.append(element)


def _block(file: File, block: Block, lang: str) -> None:
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
            _table(file, block.table, lang)
        case Picture():
            _picture(file, block.figure, lang)


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
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    paragraph = file.add_paragraph()
    if lead:
        paragraph.add_run(f"{lead}  ").bold = True
    paragraph.add_run(text)
    borders = OxmlElement("w:pBdr")
    for side in ("top", "left", "bottom", "right"):
        edge = OxmlElement(f"w:{side}")
        for name, value in (
            ("val", "single"),
            ("sz", "24" if side == "left" else "6"),
            ("space", "6"),
            ("color", BLUE),
        ):
            edge.set(qn(f"w:{name}"), value)
        borders.append(edge)
    paragraph._p.get_or_add_pPr().append(borders)  # noqa: SLF001  # python-docx has no borders of its own


def _table(file: File, table: Table, lang: str) -> None:
    from docx.oxml import OxmlElement
    from docx.shared import Cm

    file.add_paragraph(table.caption, style="Caption")
    shown = file.add_table(rows=1, cols=len(table.columns), style="Light Grid Accent 1")
    shown.autofit = False
    for cell, name in zip(shown.rows[0].cells, table.headings(lang), strict=True):
        cell.text = name
    shown.rows[0]._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001
    for row in table.cells(lang):
        for cell, text in zip(shown.add_row().cells, row, strict=True):
            cell.text = text
    for column, width in zip(shown.columns, widths(table, lang, WIDTH), strict=True):
        column.width = Cm(width)
        for cell in column.cells:
            cell.width = Cm(width)
    for line in shown.rows:
        line._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))  # noqa: SLF001
        for cell in line.cells:
            _small(cell)
    file.add_paragraph()


def _small(cell: Any) -> None:
    from docx.shared import Pt

    for paragraph in cell.paragraphs:
        paragraph.paragraph_format.space_after = Pt(0)
        for run in paragraph.runs:
            run.font.size = Pt(8.5)


def _picture(file: File, figure: Figure, lang: str) -> None:
    from docx.shared import Cm

    run = file.add_paragraph().add_run()
    drawn: Any = run.add_picture(io.BytesIO(figure.png), width=Cm(WIDTH))
    drawn._inline.docPr.set("descr", figure.alt)  # noqa: SLF001
    drawn._inline.docPr.set("title", figure.title)  # noqa: SLF001
    file.add_paragraph(figure.caption, style="Caption")
    _table(file, figure.table, lang)
