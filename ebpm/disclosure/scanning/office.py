"""Workbooks and documents: sheets as rows, hidden sheets, and the names of those who made them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from ebpm.disclosure.scanning.fragments import Fragment, Piece, Trouble, plain

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
            yield Fragment(f"{where}!{name} (rows)", rows=tuple(_rows(archive, name, strings)))
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


def _rows(archive: ZipFile, name: str, strings: list[str]) -> Iterator[tuple[str, ...]]:
    for row in (one for one in _parsed(archive, name).iter() if _local(one) == "row"):
        yield tuple(plain(_value(cell, strings)) for cell in row)


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
