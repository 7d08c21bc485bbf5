"""A workbook that came back to the logic model that it describes, or everything that is wrong in it, cell by cell."""

from __future__ import annotations

import io
import warnings
import zlib
from typing import TYPE_CHECKING, Any
from zipfile import BadZipFile

from pydantic import ValidationError

from ebpm.errors import SpecError
from ebpm.logic.formats.columns import SHEETS
from ebpm.logic.formats.damage import Damage, damaged
from ebpm.logic.formats.excel import README
from ebpm.logic.formats.excel_document import document_of
from ebpm.logic.formats.excel_lines import Reading, check_references, lines_of
from ebpm.spec.checking import problems_in
from ebpm.spec.yaml import Parsed

if TYPE_CHECKING:
    from openpyxl.workbook import Workbook

    from ebpm.logic.model import LogicModel

BROKEN = (
    BadZipFile, KeyError, ValueError, TypeError, AttributeError, IndexError, EOFError, OSError, SyntaxError, RuntimeError,
    NotImplementedError, zlib.error,
)  # fmt: skip


SHAPELESS = {
    "formats_no_sheet",
    "formats_no_column",
    "formats_two_columns",
    "formats_unknown_column",
    "formats_other_model",
}
"""Damage after which the cells cannot be told apart, so that nothing is said of their values."""


def from_excel(data: bytes, into: LogicModel, *, name: str = "xlsx") -> LogicModel:
    """Read a workbook into the model that it was made from; what the workbook does not show stays as it is.

    Parameters
    ----------
    data : the bytes of the workbook.
    into : the model.
    name : what messages call the workbook.

    Raises
    ------
    SpecError : with every problem of the workbook, each with sheet, cell and remedy.
    """
    book = _opened(data, name)
    reading = Reading(into)
    _of_this_model(book, reading)
    lines = {sheet.name: list(lines_of(book, sheet, reading)) for sheet in SHEETS}
    check_references(lines, reading)
    if any(one.code in SHAPELESS for one in reading.damages):
        raise damaged(name, reading.damages)
    document = document_of(lines, reading)
    found, wrong = _checked(document, reading)
    seen = {(one.sheet, one.cell) for one in reading.damages}
    wrong = [*reading.damages, *(one for one in wrong if (one.sheet, one.cell) not in seen)]
    if wrong:
        raise damaged(name, wrong)
    return found


def _checked(document: dict[str, Any], reading: Reading) -> tuple[LogicModel, list[Damage]]:
    """Return the model that a declaration gives, or the one that it was to be read into and what is wrong, cell by cell."""
    try:
        return type(reading.into).model_validate(document, strict=True), []
    except ValidationError as error:
        found = problems_in(error, Parsed(document, reading.lines, ()), type(reading.into))
        return reading.into, [Damage(one.code, *reading.places[one.line], one.facts) for one in found]


def exported_from(data: bytes, *, name: str = "xlsx") -> str:
    """Return the fingerprint of the model that a workbook was made from; "" where it says none."""
    book = _opened(data, name)
    return _fact(book, "fingerprint")


def _opened(data: bytes, name: str) -> Workbook:
    from openpyxl import load_workbook
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return load_workbook(io.BytesIO(data))
    except (InvalidFileException, *BROKEN) as broken:
        raise SpecError("formats_not_excel", file=name, detail=str(broken) or type(broken).__name__) from None


def _fact(book: Workbook, wanted: str) -> str:
    rows = book[README].iter_rows(max_row=3, max_col=2, values_only=True) if README in book.sheetnames else ()
    return next((str(value) for name, value in rows if name == wanted), "")


def _of_this_model(book: Workbook, reading: Reading) -> None:
    known, said = reading.into.model.id, _fact(book, "model")
    if README not in book.sheetnames:
        reading.damages.append(Damage.at(README, "A1", "formats_no_sheet", near=", ".join(book.sheetnames)))
    elif said != known:
        reading.damages.append(Damage.at(README, "B1", "formats_other_model", said=said, model=known))
