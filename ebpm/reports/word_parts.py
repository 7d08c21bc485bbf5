"""Parts of a Word file that python-docx has no words for: tables that never break a number, borders, page numbers, language."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from ebpm.reports.office import widths
from ebpm.table import SHORT as SHORT_TEXT
from ebpm.table import Table

if TYPE_CHECKING:
    from docx.document import Document as File

SHORT, LONG, EDGE = 21.0, 29.7, 2.0
CHARACTER, SMALL, BLUE = 0.17, 8, "0B5394"


def set_table(file: File, table: Table, lang: str) -> None:
    """Set a table under its caption, its heading row repeated on every page; on a page turned sideways where it is too wide."""
    shared, sideways = shared_widths(table, lang)
    turn(file, sideways=sideways)
    caption = file.add_paragraph(table.caption, style="Caption")
    caption.paragraph_format.keep_with_next = True
    grid = (table.headings(lang), *table.cells(lang))
    shown = file.add_table(rows=len(grid), cols=len(table.columns), style="Light Grid Accent 1")
    shown.autofit = False
    layout = tuple(zip(shared, table.numeric, strict=True))
    for line, texts in zip(shown.rows, grid, strict=True):
        _fill(line, texts, layout)
    shown.rows[0]._tr.get_or_add_trPr().append(_element("tblHeader"))  # noqa: SLF001
    for column, width in zip(shown.columns, shared, strict=True):
        column.width = _centimetres(width)
    _margins(shown)
    _small(file.add_paragraph())


def shared_widths(table: Table, lang: str) -> tuple[list[float], bool]:
    """Return the width of each column, in half-width characters, and whether the page has to be turned sideways for them."""
    upright = widths(table, lang, (SHORT - 2 * EDGE) / CHARACTER)
    if sum(upright) * CHARACTER <= SHORT - 2 * EDGE + 0.1:
        return upright, False
    return widths(table, lang, (LONG - 2 * EDGE) / CHARACTER), True


def _small(empty: Any) -> None:
    """Make the empty paragraph that has to stand between tables as low as can be."""
    from docx.shared import Pt

    empty.paragraph_format.space_after, empty.paragraph_format.line_spacing = Pt(0), Pt(SMALL)


def _fill(line: Any, texts: Sequence[str], layout: Sequence[tuple[float, bool]]) -> None:
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    line._tr.get_or_add_trPr().append(_element("cantSplit"))  # noqa: SLF001
    for cell, text, (width, right) in zip(line.cells, texts, layout, strict=True):
        cell.text, cell.width = text, _centimetres(width)
        for paragraph in cell.paragraphs:
            if right and len(text) <= SHORT_TEXT:
                paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
            paragraph.paragraph_format.space_after = Pt(0)
            for run in paragraph.runs:
                run.font.size = Pt(SMALL)


def _centimetres(characters: float) -> Any:
    from docx.shared import Cm

    return Cm(characters * CHARACTER)


def _margins(table: Any) -> None:
    sides = _element("tblCellMar")
    for side in ("left", "right"):
        sides.append(_element(side, w=57, type="dxa"))
    table._tbl.tblPr.append(sides)  # noqa: SLF001


def turn(file: File, *, sideways: bool) -> None:
    """Begin a new page of the other orientation where the page in hand has not the one that is wanted."""
    from docx.enum.section import WD_ORIENT, WD_SECTION
    from docx.shared import Cm

    wanted = WD_ORIENT.LANDSCAPE if sideways else WD_ORIENT.PORTRAIT
    if file.sections[-1].orientation == wanted:
        return
    page = file.add_section(WD_SECTION.NEW_PAGE)
    page.orientation = wanted
    page.page_width, page.page_height = (Cm(LONG), Cm(SHORT)) if sideways else (Cm(SHORT), Cm(LONG))


def set_page(file: File, *, edge: float) -> None:
    """Make the first pages A4, upright, with edges of so many centimetres."""
    from docx.shared import Cm

    page = file.sections[0]
    page.page_width, page.page_height = Cm(SHORT), Cm(LONG)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Cm(edge)
    page.header_distance = page.footer_distance = Cm(edge / 2)


def set_footer(file: File, text: str) -> None:
    """Set the last line of the document, and the number of the page and of all pages, at the foot of every page."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt

    footer = file.sections[0].footer
    footer.paragraphs[0].text = text
    count = footer.add_paragraph()
    count.alignment = WD_ALIGN_PARAGRAPH.RIGHT
    for part in ("PAGE", " / ", "NUMPAGES"):
        run = count.add_run("1" if part.isupper() else part)
        run.font.size = Pt(SMALL)
        if part.isupper():
            field = _element("fldSimple", instr=part)
            field.append(run._r)  # noqa: SLF001
            count._p.append(field)  # noqa: SLF001
    for paragraph in footer.paragraphs:
        paragraph.paragraph_format.space_after = Pt(0)
    for run in footer.paragraphs[0].runs:
        run.font.size = Pt(SMALL)


def set_border(paragraph: Any) -> None:
    """Set a frame around a paragraph, thicker at its left."""
    from docx.shared import Cm

    paragraph.paragraph_format.left_indent = paragraph.paragraph_format.right_indent = Cm(0.25)
    borders = _element("pBdr")
    for side in ("top", "left", "bottom", "right"):
        borders.append(_element(side, val="single", sz=24 if side == "left" else 6, space=6, color=BLUE))
    properties = paragraph._p.get_or_add_pPr()  # noqa: SLF001
    properties.insert_element_before(borders, "w:shd", "w:tabs", "w:spacing", "w:ind", "w:jc", "w:rPr")


def set_language(properties: Any) -> None:
    """Say which language Latin and Japanese letters are in, as Japanese offices do: so Latin words break between words in both."""
    properties.append(_element("lang", val="en-GB", eastAsia="ja-JP"))


def _element(name: str, **attributes: object) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    element: Any = OxmlElement(f"w:{name}")
    for key, value in attributes.items():
        element.set(qn(f"w:{key}"), str(value))
    return element
