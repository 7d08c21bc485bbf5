"""The logic model as a workbook that officers edit: a sheet a kind of part, a row a part, both languages in columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ebpm.logic.formats.canonical import fingerprint
from ebpm.logic.formats.columns import REFERENCES, SHEETS, Column, Sheet
from ebpm.logic.formats.damage import Damage, damaged
from ebpm.logic.formats.workbook import ANY, KEY, NOTE, WORDS, font, head, height, new_workbook, printed, put, saved
from ebpm.texts import entries, label

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from ebpm.logic.model import LogicModel

README, CODES_ROW, FIRST_ROW, NEW_ROWS = "readme", 2, 3, 30
FLAGS = ("yes", "no")
Row = dict[str, Any]


def to_excel(model: LogicModel, lang: str | None = None) -> bytes:
    """Return the model as a workbook; the same model gives the same bytes.

    Raises
    ------
    SpecError : if an id stands twice, so that its rows could not be told apart, or a text is longer than a cell holds.
    """
    rows = {sheet.name: rows_of(model, sheet) for sheet in SHEETS}
    twice = [damage for sheet in SHEETS if not sheet.nested for damage in _twice(sheet, rows[sheet.name])]
    if twice:
        raise damaged(model.model.id, twice)
    book = new_workbook()
    _readme(book, model, lang)
    for sheet in SHEETS:
        _sheet(book, sheet, rows, lang)
    return saved(book)


def rows_of(model: LogicModel, sheet: Sheet) -> list[Row]:
    """Return the rows of a sheet: a value a column, under the column's name."""
    section = model.model_dump(by_alias=True)[sheet.section]
    parts = [section] if isinstance(section, dict) else list(section)
    if sheet.nested:
        parts = [{"indicator": part["id"], **one} for part in parts for one in part[sheet.nested]]
    return [{column.name: written(at(part, column.path), column) for column in sheet.columns} for part in parts]


def at(part: Any, path: tuple[str, ...]) -> Any:
    """Return the value at a path, or None."""
    for key in path:
        part = part.get(key) if isinstance(part, dict) else None if part is None else part[int(key)]
    return part


def written(value: Any, column: Column) -> Any:
    """Return a value as its cell holds it; None for a blank one."""
    if column.kind == "flag":
        return FLAGS[not value]
    if column.kind in {"ids", "lines"}:
        escaped = (item.replace("\\", "\\\\").replace("\n", "\\n") for item in value)
        return (", " if column.kind == "ids" else "\n").join(escaped) or None
    return None if value == "" else value


def named(sheet: Sheet, row: Row) -> str:
    """Return what tells a row apart, in words."""
    return " -> ".join(str(row[key]) for key in sheet.keys if row[key] is not None)


def _twice(sheet: Sheet, rows: list[Row]) -> list[Damage]:
    names = [named(sheet, row) for row in rows]
    return [
        Damage.at(sheet.name, name, "formats_duplicate", id=name, first=name)
        for name in dict.fromkeys(names)
        if names.count(name) > 1
    ]


def titled(sheet: Sheet, lang: str | None = None) -> str:
    """Return the title of a sheet: its name, and what it holds where that says more."""
    said = label(f"formats_sheet_{sheet.name}", lang)
    return sheet.name if said.casefold() == sheet.name else f"{sheet.name} {said}"


def heading(column: Column, lang: str | None = None) -> str:
    """Return a column's name in words."""
    known = entries("label")
    parts = [label(code, lang) if (code := f"formats_key_{key}") in known else key for key in column.path]
    return " / ".join(parts)


def _readme(book: Workbook, model: LogicModel, lang: str | None) -> None:

    sheet = book.create_sheet(README)
    facts = (("model", model.model.id), ("fingerprint", fingerprint(model)))
    for row, (name, value) in enumerate(facts, 1):
        put(sheet.cell(row, 1), name)
        put(sheet.cell(row, 2), value)
        sheet.cell(row, 1).font = sheet.cell(row, 2).font = font(color=NOTE)
    put(sheet.cell(4, 1), model.model.title.words(lang))
    sheet.cell(4, 1).font = font(bold=True, size=14)
    for row, text in enumerate(label("formats_readme", lang).strip().split("\n"), 6):
        put(sheet.cell(row, 1), text)
    sheet.column_dimensions["A"].width, sheet.column_dimensions["B"].width = 18, 70
    sheet.protection.sheet = True
    printed(sheet)


def _sheet(book: Workbook, sheet: Sheet, rows: dict[str, list[Row]], lang: str | None) -> None:
    from openpyxl.utils import get_column_letter

    target = book.create_sheet(titled(sheet, lang))
    head(target, 1, (heading(column, lang) for column in sheet.columns))
    _codes(target, sheet, lang)
    last = FIRST_ROW + len(rows[sheet.name]) + (0 if sheet.name == "model" else NEW_ROWS)
    for number in range(FIRST_ROW, last):
        known = number - FIRST_ROW < len(rows[sheet.name])
        _row(target, sheet, number, rows[sheet.name][number - FIRST_ROW] if known else {})
    for place, column in enumerate(sheet.columns, 1):
        _validate(target, place, _source(sheet, column, lang), last)
    target.freeze_panes = target.cell(FIRST_ROW, len(sheet.keys) + 1)
    target.protection.sheet = True
    target.protection.formatColumns = target.protection.formatRows = False
    target.print_title_rows, target.print_title_cols = "1:1", "A:A"
    target.print_area = (
        f"A1:{get_column_letter(len(sheet.columns))}{max(FIRST_ROW, FIRST_ROW + len(rows[sheet.name]) - 1)}"
    )
    printed(target, wide=True)


def _codes(target: Worksheet, sheet: Sheet, lang: str | None) -> None:
    from openpyxl.utils import get_column_letter

    for place, column in enumerate(sheet.columns, 1):
        cell = target.cell(CODES_ROW, place)
        put(cell, column.name)
        cell.font = font(size=8, color=NOTE)
        target.column_dimensions[get_column_letter(place)].width = _width(sheet, column)
        if column.name in sheet.keys:
            put(target.cell(1, place), label("formats_locked", lang, name=heading(column, lang)))
    target.row_dimensions[1].height = 48


def _width(sheet: Sheet, column: Column) -> float:
    if column.name in sheet.keys:
        return 24.0
    return {"words": 36.0, "ids": 24.0, "lines": 20.0, "text": 20.0}.get(column.kind, 14.0)


def _row(target: Worksheet, sheet: Sheet, number: int, row: Row) -> None:
    for place, column in enumerate(sheet.columns, 1):
        cell, value = target.cell(number, place), row.get(column.name)
        locked = bool(row) and column.name in sheet.keys
        cell.style = KEY if locked else ANY if column.kind in {"number", "value"} else WORDS
        put(cell, value, f"{sheet.name} {column.name}")
    if row:
        widths = ((str(row[column.name] or ""), _width(sheet, column)) for column in sheet.columns)
        target.row_dimensions[number].height = min(400.0, height(widths))


def _source(sheet: Sheet, column: Column, lang: str | None) -> str:
    """Return what a cell may be chosen from, as Excel writes it; "" where anything may stand there."""
    from openpyxl.utils import quote_sheetname

    pointed = REFERENCES.get((sheet.name, column.name), "") if column.kind == "text" else ""
    for other in SHEETS:
        if other.name == pointed:
            return f"{quote_sheetname(titled(other, lang))}!$A${FIRST_ROW}:$A$500"
    choices = FLAGS if column.kind == "flag" else column.choices
    return f'"{",".join(choices)}"' if choices else ""


def _validate(target: Worksheet, place: int, source: str, last: int) -> None:
    from openpyxl.utils import get_column_letter
    from openpyxl.worksheet.datavalidation import DataValidation

    if source:
        rule = DataValidation("list", formula1=source, allow_blank=True, showErrorMessage=True)
        letter = get_column_letter(place)
        rule.add(f"{letter}{FIRST_ROW}:{letter}{max(FIRST_ROW, last - 1)}")
        target.add_data_validation(rule)
