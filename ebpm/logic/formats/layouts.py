"""Pages of tables for the forms that offices fill in, as workbook and as Markdown; what is not known stays blank, and the reason stands beside it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from ebpm.logic.formats.workbook import WORDS, font, head, height, new_workbook, printed, put, saved

if TYPE_CHECKING:
    from openpyxl.worksheet.worksheet import Worksheet

_MARKUP = re.compile(r"([\\`*_\[\]<>|~#])")
WIDTHS, GRID = 124.0, 24


@dataclass(frozen=True, slots=True)
class Block:
    """One table of a page.

    Parameters
    ----------
    title : what stands above it.
    headings : its columns.
    rows : one tuple a row, as long as `headings`.
    widths : relative widths of the columns.
    """

    title: str
    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]


@dataclass(frozen=True, slots=True)
class Page:
    """A form: a title, lines below it, tables.

    Parameters
    ----------
    name : title of the sheet.
    title : title of the page.
    lines : what stands below the title.
    blocks : the tables.
    """

    name: str
    title: str
    lines: tuple[str, ...]
    blocks: tuple[Block, ...]


def escaped(text: str) -> str:
    """Return a text for Markdown in which nothing is markup."""
    return _MARKUP.sub(r"\\\1", text).replace("\r", "").replace("\n", "<br>")


def to_markdown(page: Page) -> str:
    """Return a page as Markdown tables."""
    return "\n".join(_markdown(page)) + "\n"


def _markdown(page: Page) -> Iterator[str]:
    yield f"# {escaped(page.title)}"
    for line in page.lines:
        yield f"\n{escaped(line)}"
    for block in page.blocks:
        yield f"\n## {escaped(block.title)}\n"
        yield table(block.headings, block.rows)


def table(headings: tuple[str, ...], rows: tuple[tuple[str, ...], ...]) -> str:
    """Return a Markdown table."""
    grid = (tuple(map(escaped, headings)), ("---",) * len(headings), *(tuple(map(escaped, row)) for row in rows))
    return "\n".join("| " + " | ".join(row) + " |" for row in grid)


def to_workbook(page: Page) -> bytes:
    """Return a page as a workbook of one sheet that fits A4."""
    from openpyxl.styles import Alignment

    book = new_workbook()
    sheet = book.create_sheet(page.name)
    put(sheet.cell(1, 1), page.title)
    sheet.cell(1, 1).font = font(bold=True, size=14)
    row = 2
    for line in page.lines:
        put(sheet.cell(row, 1), line)
        sheet.merge_cells(start_row=row, end_row=row, start_column=1, end_column=GRID)
        sheet.cell(row, 1).alignment = Alignment(wrap_text=True, vertical="top")
        sheet.row_dimensions[row].height = height([(line, WIDTHS)])
        row += 1
    for block in page.blocks:
        row = _block(sheet, block, row + 1)
    for place in range(GRID):
        sheet.column_dimensions[chr(ord("A") + place)].width = WIDTHS / GRID
    printed(sheet)
    return saved(book)


def _spans(block: Block) -> list[tuple[int, int]]:
    """Return first and last column of the sheet for each column of a table, in proportion to its widths."""
    total, ends = sum(block.widths), [0]
    for place in range(len(block.widths)):
        left = len(block.widths) - place - 1
        wanted = round(GRID * sum(block.widths[: place + 1]) / total)
        ends.append(min(max(wanted, ends[-1] + 1), GRID - left))
    return [(start + 1, end) for start, end in pairwise(ends)]


def _block(sheet: Worksheet, block: Block, row: int) -> int:
    """Write a table below its title and return the row behind it; each of its columns spans several of the sheet's."""
    put(sheet.cell(row, 1), block.title)
    sheet.cell(row, 1).font = font(bold=True)
    spans = _spans(block)
    head(sheet, row + 1, [""] * GRID)
    for number, texts in enumerate((block.headings, *block.rows), row + 1):
        for place in range(1, GRID + 1):
            if number > row + 1:
                sheet.cell(number, place).style = WORDS
        for (first, last), text in zip(spans, texts, strict=True):
            put(sheet.cell(number, first), text or None)
            sheet.merge_cells(start_row=number, end_row=number, start_column=first, end_column=last)
        wide = ((text, WIDTHS / GRID * (last - first + 1)) for (first, last), text in zip(spans, texts, strict=True))
        sheet.row_dimensions[number].height = height(wide)
    return row + len(block.rows) + 2
