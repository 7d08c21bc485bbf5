"""Workbooks and documents: sheets as rows, hidden sheets, and the names of those who made them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from ebpm.disclosure.scanning.fragments import Fragment, Piece, Trouble, plain
from ebpm.disclosure.scanning.grids import Grid

if TYPE_CHECKING:
    from zipfile import ZipFile

OURS = frozenset({"", "ebpm", "openpyxl", "python-docx", "Microsoft Office User", "-"})
NAMES = ("creator", "lastModifiedBy", "author", "initial-creator")


def of_office(where: str, archive: ZipFile) -> Iterator[Piece]:
    """Yield the sheets of a workbook as rows, the hidden ones as such, and who made a document."""
    names = set(archive.namelist())
    strings = list(_shared(archive)) if "xl/sharedStrings.xml" in names else []
    for name in sorted(names):
        if re.fullmatch(r"xl/worksheets/[^/]+\.xml", name):
            rows = dict(_rows(archive, name, strings))
            grid = Grid(tuple(rows.values()), tuple(rows))
            yield Fragment(f"{where}!{name} (rows)", rows=grid.rows, grids=(grid,))
    if "xl/workbook.xml" in names:
        yield from _hidden(where, archive)
    for name in sorted(names & {"docProps/core.xml", "meta.xml"}):
        yield from _makers(where, archive, name)


def _parsed(archive: ZipFile, name: str) -> ET.Element:
    text = archive.read(name)
    if b"<!DOCTYPE" in text:
        return ET.Element("refused")
    try:
        return ET.fromstring(text)  # noqa: S314  # no document type, hence no entities
    except ET.ParseError:
        return ET.Element("broken")


def _local(element: ET.Element) -> str:
    return element.tag.rpartition("}")[2]


def _shared(archive: ZipFile) -> Iterator[str]:
    for item in _parsed(archive, "xl/sharedStrings.xml"):
        yield "".join(part.text or "" for part in item.iter() if _local(part) == "t")


def _rows(archive: ZipFile, name: str, strings: list[str]) -> Iterator[tuple[int, tuple[str, ...]]]:
    """Yield number and cells of each row, an empty cell where the sheet leaves one out."""
    for number, row in enumerate((one for one in _parsed(archive, name).iter() if _local(one) == "row"), 1):
        cells = {_column(cell.get("r", ""), place): plain(_value(cell, strings)) for place, cell in enumerate(row, 1)}
        yield int(row.get("r", number)), tuple(cells.get(place, "") for place in range(1, max(cells, default=0) + 1))


def _column(reference: str, otherwise: int) -> int:
    """Return the number of the column of a cell such as B3."""
    letters = re.match(r"[A-Z]{1,3}", reference)
    place = 0
    for letter in letters[0] if letters else "":
        place = 26 * place + ord(letter) - ord("A") + 1
    return place or otherwise


def _value(cell: ET.Element, strings: list[str]) -> str:
    text = "".join(part.text or "" for part in cell.iter() if _local(part) in {"v", "t"})
    place = int(text) if cell.get("t") == "s" and text.isdigit() else -1
    return strings[place] if 0 <= place < len(strings) else text


def _hidden(where: str, archive: ZipFile) -> Iterator[Trouble]:
    for sheet in (one for one in _parsed(archive, "xl/workbook.xml").iter() if _local(one) == "sheet"):
        if sheet.get("state", "visible") != "visible":
            yield Trouble("X628", where, sheet.get("name", ""))


def _makers(where: str, archive: ZipFile, name: str) -> Iterator[Trouble]:
    for one in _parsed(archive, name).iter():
        if _local(one) in NAMES and (one.text or "").strip() not in OURS:
            yield Trouble("X625", where, (one.text or "").strip())
