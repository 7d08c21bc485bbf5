"""The models that the tests of the formats share."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from ebpm.errors import SpecError
from ebpm.logic import LogicModel, read_logic_model
from ebpm.logic.formats import excel
from ebpm.logic.formats.damage import Damage, damages_of

FOLDER = Path(__file__).parents[3] / "logic_models"
NAMES = sorted(file.stem for file in FOLDER.glob("*.yaml"))


def model(name: str = "student_energy_saving") -> LogicModel:
    return read_logic_model(FOLDER / f"{name}.yaml")


def workbook(data: bytes):
    from openpyxl import load_workbook

    return load_workbook(io.BytesIO(data))


def saved(book) -> bytes:
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def sheet_of(book, name: str):
    return next(sheet for sheet in book.worksheets if sheet.title.split(" ")[0] == name)


def cell_of(book, name: str, row: str, column: str):
    """Return the cell of a row, found by its first key, and a column, found by its code."""
    sheet = sheet_of(book, name)
    place = next(cell.column for cell in sheet[excel.CODES_ROW] if cell.value == column)
    number = next(line[0].row for line in sheet.iter_rows(min_row=excel.FIRST_ROW) if line[0].value == row)
    return sheet.cell(number, place)


def damages(call, *arguments) -> tuple[Damage, ...]:
    """Return what is wrong, after the message was read in both languages."""
    with pytest.raises(SpecError) as caught:
        call(*arguments)
    for lang in ("ja", "en"):
        said = caught.value.explain(lang)
        assert all(f"[{one.sheet}] {one.cell}" in said for one in damages_of(caught.value))
        assert "→" in said
        assert "{" not in said.replace('{"', "").replace("{from", "")
    return damages_of(caught.value)
