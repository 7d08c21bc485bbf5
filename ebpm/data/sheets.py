"""Bytes to rows of text: CSV and Excel workbooks, told apart by what they hold, not by their names."""

from __future__ import annotations

import csv
import io
import re
import warnings
import zlib
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from ebpm.data.decoding import decode
from ebpm.errors import DataError, did_you_mean
from ebpm.notices import Notice

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

_ZIP, _OLD_OFFICE = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"
_LONGEST_CELL = 1_000_000
_FOOTNOTE = re.compile(r"[※＊*]|[(（]?注\s*[)）:：.．0-9０-９]|(?:出典|出所|資料|備考)\s*[:：]")
_BROKEN_WORKBOOK = (
    BadZipFile, KeyError, ValueError, TypeError, AttributeError, IndexError, EOFError, OSError, SyntaxError, RuntimeError,
    NotImplementedError, zlib.error,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sheet:
    """All rows of a table as text, header and whatever stands above it included.

    Parameters
    ----------
    rows : the rows in order; the first is row 1 of the file as a spreadsheet shows it.
    notices : what the reading needed.
    """

    rows: tuple[list[str], ...]
    notices: tuple[Notice, ...] = ()


def open_sheet(data: bytes, name: str, *, sheet: str, header_row: int) -> Sheet:
    """Return the rows of a CSV file or of one sheet of a workbook.

    Parameters
    ----------
    data : the bytes of the file.
    name : the file, for the messages.
    sheet : the sheet of a workbook; "" for the only one that is not empty.
    header_row : the row of the header, from 1; merged cells above it do no harm.

    Raises
    ------
    DataError : if the file is of another kind or broken, the sheet is not there, cells are merged or formulas have no values.
    """
    if data.startswith(_OLD_OFFICE):
        raise DataError("data_old_excel", file=name)
    if data.startswith(_ZIP):
        return Sheet(tuple(_workbook_rows(data, name, sheet, header_row)))
    text, notices = decode(data, name)
    return Sheet(_csv_rows(text, name), notices)


def _csv_rows(text: str, name: str) -> tuple[list[str], ...]:
    before = csv.field_size_limit(_LONGEST_CELL)
    rows = csv.reader(io.StringIO(text, newline=""), strict=True)
    try:
        return tuple(rows)
    except csv.Error as broken:
        raise DataError("data_csv_broken", file=name, line=rows.line_num, reason=str(broken)) from None
    finally:
        csv.field_size_limit(before)


def _workbook_rows(data: bytes, name: str, sheet: str, header_row: int) -> list[list[str]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        shown = _worksheet(_workbook(data, name, values=True), name, sheet)
        formulas = _workbook(data, name, values=False)[shown.title]
    _refuse_merged(shown, name, header_row)
    _refuse_unsaved(shown, formulas, name)
    return [[_text(cell) for cell in row] for row in shown.iter_rows()]


def _workbook(data: bytes, name: str, *, values: bool) -> Workbook:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        return load_workbook(io.BytesIO(data), data_only=values)
    except (InvalidFileException, *_BROKEN_WORKBOOK) as broken:
        raise DataError("data_excel_broken", file=name, reason=str(broken) or type(broken).__name__) from None


def _worksheet(book: Workbook, name: str, sheet: str) -> Worksheet:
    sheets = {one.title: one for one in book.worksheets}
    filled = [
        title for title, one in sheets.items() if any(cell.value is not None for row in one.iter_rows() for cell in row)
    ]
    if sheet:
        if sheet not in sheets:
            raise DataError("data_no_sheet", file=name, sheet=sheet, near=did_you_mean(sheet, sheets))
        return sheets[sheet]
    if not filled:
        raise DataError("data_empty_file", file=name, size=0)
    if len(filled) > 1:
        raise DataError("data_which_sheet", file=name, sheets=", ".join(filled))
    return sheets[filled[0]]


def _refuse_merged(sheet: Worksheet, name: str, header_row: int) -> None:
    merged = [area for area in sheet.merged_cells.ranges if area.max_row >= header_row]
    harmful = [area.coord for area in merged if not is_footnote(sheet.cell(area.min_row, area.min_col).value)]
    if harmful:
        raise DataError(
            "data_merged", file=name, sheet=sheet.title, cells=", ".join(sorted(harmful)[:10]), count=len(harmful)
        )


def is_footnote(value: object) -> bool:
    """Return whether a cell begins as a remark below a table does."""
    return isinstance(value, str) and _FOOTNOTE.match(value.strip()) is not None


def _refuse_unsaved(shown: Worksheet, formulas: Worksheet, name: str) -> None:
    """Refuse formulas without saved results; a program that computes saves all of them, and some of those may be empty."""
    cells = [cell.coordinate for row in formulas.iter_rows() for cell in row if cell.data_type == "f"]
    if cells and all(shown[cell].value is None for cell in cells):
        raise DataError("data_formula", file=name, sheet=shown.title, cells=", ".join(cells[:10]), count=len(cells))


def _text(cell: Any) -> str:
    value = cell.value
    if value is None:
        return ""
    if isinstance(value, bool):
        return str(value).upper()
    if isinstance(value, datetime):
        return value.isoformat(sep=" ")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value).zfill(_zeros(cell)) if isinstance(value, int) and value >= 0 else str(value)


def _zeros(cell: Any) -> int:
    """Return the width of a display format such as 000, by which a spreadsheet shows leading zeros."""
    shown = str(cell.number_format)
    return len(shown) if shown and set(shown) == {"0"} else 0
