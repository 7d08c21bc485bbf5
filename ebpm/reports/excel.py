"""A page as an Excel workbook: the words on the first sheet, every table on a sheet of its own with numbers at full precision."""

from __future__ import annotations

import io
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from ebpm.reports.blocks import Bullets, Document, Numbers, Pairs, Picture, Prose, Subheading
from ebpm.reports.figure import Figure
from ebpm.reports.office import columns, described_pictures, length, lines, settled
from ebpm.table import Table
from ebpm.texts import label

if TYPE_CHECKING:
    from openpyxl import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

FONT, WIDEST, NARROWEST, LINE, SHARES, WIDE = "游ゴシック", 60, 8, 17, (28, 90), 640
FORBIDDEN = str.maketrans(dict.fromkeys("[]:*?/\\", " "))


def excel(document: Document) -> bytes:
    """Return the page as an .xlsx file."""
    from openpyxl import Workbook

    book = Workbook()
    _words(book, document)
    described = []
    for place, (table, figure) in enumerate(_tables(document), start=1):
        sheet = _table(book, table, document.lang, place)
        if figure:
            _picture(sheet, figure)
            described.append(figure.alt)
    book.properties.title, book.properties.creator, book.properties.language = document.title, "ebpm", document.lang
    buffer = io.BytesIO()
    book.save(buffer)
    return settled(described_pictures(buffer.getvalue(), described))


def _tables(document: Document) -> Iterator[tuple[Table, Figure | None]]:
    for section in document.sections:
        for block in section.blocks:
            if isinstance(block, Numbers):
                yield block.table, None
            elif isinstance(block, Picture):
                yield block.figure.table, block.figure


def _picture(sheet: Any, figure: Figure) -> None:
    """Set the picture below the table of its numbers."""
    from openpyxl.drawing.image import Image

    drawn = Image(io.BytesIO(figure.png))
    drawn.width, drawn.height = WIDE, round(WIDE * drawn.height / drawn.width)
    sheet.page_setup.fitToHeight = 1
    sheet.add_image(drawn, f"A{sheet.max_row + 2}")


def _words(book: Workbook, document: Document) -> None:
    from openpyxl.styles import Alignment, Font

    sheet: Any = book.active
    sheet.title = label("excel_words", document.lang)
    for size, row in _lines(document):
        sheet.append(row)
        for cell in sheet[sheet.max_row]:
            cell.font = Font(name=FONT, size=size, bold=size > 10 or cell.column == 1)
            cell.alignment = Alignment(wrap_text=True, vertical="top")
        sheet.row_dimensions[sheet.max_row].height = LINE * size / 10 * lines(row, SHARES)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = SHARES
    _printed(sheet)


def _lines(document: Document) -> Iterator[tuple[float, tuple[str, str]]]:
    yield 16, ("", document.title)
    if document.banner:
        yield 10, (label("synthetic_short", document.lang), document.banner)
    for section in document.sections:
        yield 13, (section.title, "")
        for block in section.blocks:
            match block:
                case Prose():
                    yield 10, (block.lead, block.text)
                case Bullets():
                    yield from ((10, ("", f"・{item}")) for item in block.items)
                case Pairs():
                    yield from ((10, pair) for pair in block.items)
                case Subheading():
                    yield 11, ("", block.text)
                case Numbers():
                    yield 10, ("", label("excel_see", document.lang, table=block.table.caption))
                case Picture():
                    yield 10, (block.figure.title, block.figure.alt)
    yield 10, ("", document.footer)


def _table(book: Workbook, table: Table, lang: str, place: int) -> Worksheet:
    from openpyxl.styles import Alignment, Font, PatternFill

    name = f"{place} {table.caption.translate(FORBIDDEN)}"[:31].strip()
    sheet: Worksheet = book.create_sheet(name)
    sheet.append([table.caption])
    sheet.append(list(table.headings(lang)))
    for values, shown in zip(table.rows, table.cells(lang), strict=True):
        sheet.append([_value(value, text) for value, text in zip(values, shown, strict=True)])
    for row in sheet.iter_rows(min_row=1):
        for cell in row:
            cell.font = Font(name=FONT, size=10, bold=cell.row <= 2)
            cell.alignment = Alignment(wrap_text=cell.row > 1, vertical="top")
            if isinstance(cell.value, float):
                cell.number_format = "General" if cell.value == round(cell.value, 4) else "0.0000"
    for cell in sheet[2]:
        cell.fill = PatternFill("solid", fgColor="EEF2F7")
    wide = [min(max(max(map(length, one)) + 2, NARROWEST), WIDEST) for one in columns(table, lang)]
    for letter, width in zip(_letters(len(wide)), wide, strict=True):
        sheet.column_dimensions[letter].width = width
    for line, shown in enumerate((table.headings(lang), *table.cells(lang)), start=2):
        sheet.row_dimensions[line].height = LINE * lines(shown, wide)
    sheet.freeze_panes, sheet.print_title_rows = "A3", "1:2"
    if table.rows:
        sheet.auto_filter.ref = f"A2:{_letters(len(table.columns))[-1]}{len(table.rows) + 2}"
    _printed(sheet)
    return sheet


def _value(value: object, text: str) -> object:
    """Return a number as it is, everything else as it is shown; never a formula."""
    if isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < float("inf"):
        return value
    return f"'{text}" if text.startswith(("=", "+", "@")) else text


def _letters(count: int) -> list[str]:
    from openpyxl.utils import get_column_letter

    return [get_column_letter(place) for place in range(1, count + 1)]


def _printed(sheet: Any) -> None:
    sheet.page_setup.orientation, sheet.page_setup.paperSize, sheet.page_setup.fitToHeight = "landscape", 9, 0
    sheet.sheet_properties.pageSetUpPr.fitToPage = True
