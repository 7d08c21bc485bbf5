"""The rows of a workbook's sheets, with what is wrong in their form: headings, ids, formulas, merged cells."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from ebpm.errors import did_you_mean
from ebpm.logic.formats.columns import REFERENCES, SHEETS, Column, Sheet
from ebpm.logic.formats.damage import Damage
from ebpm.logic.formats.excel import CODES_ROW, FIRST_ROW, FLAGS, named, titled
from ebpm.logic.formats.workbook import decoded

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook
    from openpyxl.worksheet.worksheet import Worksheet

    from ebpm.logic.model import LogicModel

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a sheet: its number, its values by column, and the cells they stand in."""

    number: int
    values: dict[str, Any]
    cells: dict[str, str]


@dataclass(slots=True)
class Reading:
    """What a workbook says, and what is wrong in it."""

    into: LogicModel
    damages: list[Damage] = field(default_factory=list)
    places: list[tuple[str, str]] = field(default_factory=list)
    lines: dict[Path, int] = field(default_factory=dict)

    def wrong(self, sheet: Sheet, cell: str, code: str, **facts: object) -> None:
        self.damages.append(Damage.at(sheet.name, cell, code, **facts))

    def remember(self, path: Path, sheet: Sheet, cell: str) -> None:
        self.places.append((sheet.name, cell))
        for end in range(len(path) + 1):
            self.lines.setdefault(path[:end], len(self.places) - 1)
        self.lines[path] = len(self.places) - 1


def lines_of(book: Workbook, sheet: Sheet, reading: Reading) -> Iterator[Line]:
    """Yield the rows of a sheet that hold something."""
    target = next((one for one in book.worksheets if one.title.split(" ")[0] == sheet.name), None)
    if target is None:
        return reading.wrong(sheet, "A1", "formats_no_sheet", near=did_you_mean(titled(sheet), book.sheetnames))
    for area in sorted(target.merged_cells.ranges, key=lambda area: area.coord):
        reading.wrong(sheet, area.coord, "formats_merged")
    places = _headings(target, sheet, reading)
    seen: dict[str, str] = {}
    for row in target.iter_rows(min_row=FIRST_ROW):
        cells = {name: row[place].coordinate for name, place in places.items()}
        values = {
            column.name: _value(row[places[column.name]], sheet, column, reading)
            for column in sheet.columns
            if column.name in places
        }
        line = Line(row[0].row, values, cells)
        if any(value is not None for value in values.values()) and _named(line, sheet, seen, reading):
            yield line
    return None


def _headings(target: Worksheet, sheet: Sheet, reading: Reading) -> dict[str, int]:
    known = [column.name for column in sheet.columns]
    places: dict[str, int] = {}
    for cell in next(target.iter_rows(min_row=CODES_ROW, max_row=CODES_ROW), ()):
        said = "" if cell.value is None else str(cell.value)
        if said in places:
            reading.wrong(sheet, cell.coordinate, "formats_two_columns", column=said)
        elif said in known:
            places[said] = cell.column - 1
        elif said or any(
            other.value is not None for (other,) in target.iter_rows(FIRST_ROW, None, cell.column, cell.column)
        ):
            reading.wrong(
                sheet, cell.coordinate, "formats_unknown_column", column=said or "?", near=did_you_mean(said, known)
            )
    for name in known:
        if name not in places:
            reading.wrong(sheet, f"{CODES_ROW}:{CODES_ROW}", "formats_no_column", column=name)
    return places


def _value(cell: Any, sheet: Sheet, column: Column, reading: Reading) -> Any:
    """Return what a cell holds, in the kind of its column where that is plain; all else is left to the schema."""
    value = cell.value
    if cell.data_type == "f":
        return reading.wrong(sheet, cell.coordinate, "formats_formula", formula=str(getattr(value, "text", value))[:60])
    if cell.data_type == "e":
        return reading.wrong(sheet, cell.coordinate, "formats_error_value", value=str(value))
    if isinstance(value, str):
        value = decoded(value) or None
    if value is None or (isinstance(value, str) and not value.strip() and column.kind != "words"):
        return None
    if isinstance(value, datetime | date):
        return value.isoformat()[:10]
    if column.kind == "flag":
        return _flag(value, cell.coordinate, sheet, reading)
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return str(value) if column.kind in {"words", "text", "choice", "ids", "lines"} else value


def _flag(value: object, cell: str, sheet: Sheet, reading: Reading) -> bool | None:
    said = {True: "yes", False: "no"}.get(value, value) if isinstance(value, bool) else str(value).strip().casefold()
    if said not in FLAGS:
        reading.wrong(sheet, cell, "spec_bad_choice", value=str(value), choices=", ".join(FLAGS), near=", ".join(FLAGS))
        return None
    return said == FLAGS[0]


def _named(line: Line, sheet: Sheet, seen: dict[str, str], reading: Reading) -> bool:
    """Return whether a row can be told apart from the others."""
    keys = [key for key in sheet.keys if key in line.values]
    first = line.cells[keys[0]] if keys else f"A{line.number}"
    blank = [key for key in keys if line.values[key] is None and not (sheet.name == "observations" and key == "part")]
    if blank:
        reading.wrong(sheet, line.cells[blank[0]], "formats_no_id", column=blank[0])
        return False
    name = named(sheet, {key: line.values.get(key) for key in sheet.keys})
    if name in seen and not sheet.nested:
        reading.wrong(sheet, first, "formats_duplicate", id=name, first=seen[name])
        return False
    seen.setdefault(name, first)
    return True


def check_references(lines: dict[str, list[Line]], reading: Reading) -> None:
    """Find ids that no row of the sheet they point at has."""
    known = {sheet.name: [line.values.get("id") for line in lines[sheet.name]] for sheet in SHEETS}
    for sheet in SHEETS:
        for column in sheet.columns:
            pointed = REFERENCES.get((sheet.name, column.name))
            for line in lines[sheet.name] if pointed else ():
                for item in ids(line.values.get(column.name)):
                    if item not in known[str(pointed)]:
                        near = did_you_mean(item, filter(None, known[str(pointed)])) or "-"
                        reading.wrong(
                            sheet, line.cells[column.name], "formats_unknown_id", id=item, pointed=pointed, near=near
                        )


def ids(value: Any) -> list[str]:
    """Return the ids that a cell lists."""
    return str(value).replace("、", " ").replace(",", " ").split() if value is not None else []
