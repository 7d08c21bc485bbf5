"""Workbooks that are the same bytes for the same content, and cells that no program computes."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from ebpm.errors import SpecError

if TYPE_CHECKING:
    from openpyxl.cell import Cell
    from openpyxl.styles import Font, NamedStyle
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

LONGEST = 32_767
FACE = "Yu Gothic"
ANY, WORDS, KEY = "ebpm any", "ebpm words", "ebpm id"
HEAD, LOCKED, NOTE = "1F3864", "E7E6E6", "7F7F7F"
_STAMP = (2000, 1, 1, 0, 0, 0)
_TIMES = re.compile(rb"(<dcterms:(created|modified)[^>]*>)[^<]*(<)")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
_ESCAPED = re.compile(r"_x(00[01][0-9A-Fa-f]|005[Ff]|[Ff]{3}[EeFf])_")
_TO_ESCAPE = re.compile(r"_(?=x[0-9A-Fa-f]{4}_)|[\x00-\x08\x0b-\x1f\ufffe\uffff]")


def encoded(text: str) -> str:
    """Return a text as a workbook stores it: characters that XML forbids as _xHHHH_ (ISO/IEC 29500-1, ST_Xstring)."""
    return _TO_ESCAPE.sub(lambda found: f"_x{ord(found[0]):04X}_", text)


def decoded(text: str) -> str:
    """Return a stored text as it was written; some programs store text that only looks like an escape unescaped."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), text)


def put(cell: Cell, value: object, place: str = "") -> None:
    """Write a value as itself: a text stays a text, whatever it begins with.

    Raises
    ------
    SpecError : if a text is longer than a cell holds.
    """
    if not isinstance(value, str):
        cell.value = value
        return
    text = encoded(value)
    if len(text) > LONGEST:
        raise SpecError("formats_too_long", place=place or cell.coordinate, length=len(text), longest=LONGEST)
    cell.value = text
    cell.data_type = "s"
    cell.quotePrefix = text.startswith(_FORMULA_STARTS) or value.startswith(_FORMULA_STARTS)


def new_workbook() -> Workbook:
    """Return an empty workbook."""
    from openpyxl import Workbook

    book = Workbook()
    book.remove(book.active)
    book.properties.creator = "ebpm"
    book._fonts[0] = font()  # noqa: SLF001
    for style in _styles():
        book.add_named_style(style)
    return book


def font(**facts: Any) -> Font:
    """Return a font that has Japanese glyphs in Excel."""
    from openpyxl.styles import Font

    return Font(name=FACE, **{"size": 11, **facts})


def head(sheet: Worksheet, row: int, texts: Iterable[str]) -> None:
    """Write a row of headings."""
    from openpyxl.styles import Alignment, PatternFill

    for place, text in enumerate(texts, 1):
        cell = sheet.cell(row, place)
        put(cell, text)
        cell.font = font(bold=True, color="FFFFFF")
        cell.fill = PatternFill("solid", fgColor=HEAD)
        cell.alignment = Alignment(wrap_text=True, vertical="center")


def _styles() -> Iterator[NamedStyle]:
    """Yield the styles of framed cells: numbers or anything, text only, and ids that are not to be edited."""
    from openpyxl.styles import Alignment, Border, NamedStyle, PatternFill, Protection, Side

    side = Side(style="thin", color="BFBFBF")
    for name, shown_as in ((ANY, "General"), (WORDS, "@"), (KEY, "@")):
        style = NamedStyle(
            name, font=font(), number_format=shown_as, alignment=Alignment(wrap_text=True, vertical="top")
        )
        style.border = Border(left=side, right=side, top=side, bottom=side)
        style.protection = Protection(locked=name == KEY)
        style.fill = PatternFill("solid", fgColor=LOCKED) if name == KEY else PatternFill()
        yield style


def printed(sheet: Worksheet, *, wide: bool = False) -> None:
    """Set a sheet for A4, landscape: fitted to its width, or over several pages where it is wide."""
    sheet.page_setup.orientation, sheet.page_setup.paperSize = "landscape", 9
    if not wide:
        sheet.page_setup.fitToWidth, sheet.page_setup.fitToHeight = 1, 0
        sheet.sheet_properties.pageSetUpPr.fitToPage = True
    sheet.page_margins.left = sheet.page_margins.right = 0.4


def height(texts: Iterable[tuple[str, float]]) -> float:
    """Return the height in points that texts need in columns of the given widths; full-width characters take two places."""
    lines = [
        sum(max(1, -(-_width(line) // max(1, int(width) - 1))) for line in text.split("\n")) for text, width in texts
    ]
    return max(18.0, 14.0 * max(lines, default=1) + 4)


def _width(text: str) -> int:
    return sum(2 if ord(char) > 0x2E7F or char in "～…―ー" else 1 for char in text)


def saved(book: Workbook) -> bytes:
    """Return the bytes of a workbook, without the time at which it was made."""
    raw, fixed = io.BytesIO(), io.BytesIO()
    book.save(raw)
    with ZipFile(raw) as source, ZipFile(fixed, "w", ZIP_DEFLATED) as target:
        for name in sorted(source.namelist(), key=lambda name: (name != "[Content_Types].xml", name)):
            data = source.read(name)
            if name == "docProps/core.xml":
                data = _TIMES.sub(rb"\g<1>2000-01-01T00:00:00Z\g<3>", data)
            entry = ZipInfo(name, _STAMP)
            entry.compress_type, entry.external_attr, entry.create_system = ZIP_DEFLATED, 0o600 << 16, 0
            target.writestr(entry, data)
    return fixed.getvalue()


def shown(value: Any) -> str:
    """Return a cell's value in words."""
    return "" if value is None else decoded(value) if isinstance(value, str) else str(value)
