"""What pieces of files have in common with the tables: names, rows, sequences of values, small groups, refused cells."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from ebpm.disclosure.scanning.fragments import Fragment
from ebpm.disclosure.scanning.grids import Row
from ebpm.disclosure.scanning.known import CJK, NUMBER, Known, Order, as_compared, bare
from ebpm.texts import label

TOKEN = re.compile(r"[\w\-./]+")
PART = re.compile(r"[\w\-]+")
BITS = 24.0
FEWEST_COLUMNS = 3
SHORTEST = 5
WINDOW = 256
LONGEST_ROW = 400
MOST_TRIED = 50
LIKELY = 0.5
MOST_LINES = 6
CHOICE = 3.0


@dataclass(frozen=True, slots=True)
class Places:
    """Where counts stand: the heading above or beside them, and their lines or rows.

    Parameters
    ----------
    head : the heading, or no words.
    lines : numbers of the lines or rows, from one.
    """

    head: str
    lines: tuple[int, ...]

    def words(self, lang: str | None = None) -> str:
        """Return the place in words, without the counts."""
        lines = ", ".join(map(str, self.lines[:MOST_LINES])) + (" …" if len(self.lines) > MOST_LINES else "")
        code = "disclosure_rows_of" if self.head else "disclosure_lines"
        return label(code, lang, head=self.head, lines=lines)

    def __str__(self) -> str:
        return self.words()


@dataclass(frozen=True, slots=True)
class Find:
    """Something of a table that stands in a file.

    Parameters
    ----------
    code : of the notice.
    where : file, member and part.
    about : table and column, or the places in the file.
    count : how many values or records.
    """

    code: str
    where: str
    about: str | Places
    count: int


def names(piece: Fragment, table: Known) -> Iterator[Find]:
    """Yield the identifiers that stand in a piece."""
    wanted = table.identifiers
    if not wanted:
        return
    tokens = {bare(token) for shape in (TOKEN, PART) for token in shape.findall(piece.text)}
    tokens |= {bare(cell) for row in piece.rows for cell in row}
    tokens |= _inside(piece.text, wanted)
    tokens |= set(table.apart.found(piece.text))
    found = [wanted.get(token) or table.disguised.get(token, "") for token in tokens]
    by_column = Counter(filter(None, found))
    for column, count in by_column.items():
        yield Find("X620", piece.where, f"{table.dataset.id}.{column}", count)


def _inside(text: str, wanted: Sequence[str] | object) -> set[str]:
    """Return the names without spaces around them that stand in running Japanese text."""
    known = {one for one in wanted if CJK.search(one)} if hasattr(wanted, "__iter__") else set()
    lengths = {len(one) for one in known}
    runs = re.findall(r"\w{2,}", text) if known else []
    windows = {run[at : at + size] for run in runs for size in lengths for at in range(len(run) - size + 1)}
    return {one for one in known if one in windows}


def records(piece: Fragment, table: Known) -> Iterator[Find]:
    """Yield how many records can be recognised in the rows of a piece.

    Notes
    -----
    A row of a file is taken for a record where the values that they share would be shared by chance less often than once in
    2^24 tables: the sum over matching columns of -log2 of the chance that a row with so many cells holds such a value, less log2
    of the number of records. A measured value is as rare as its digits make it.
    """
    found = sum(_is_record(row, table) for row in piece.rows if FEWEST_COLUMNS <= len(row) <= LONGEST_ROW)
    if found:
        yield Find("X621", piece.where, table.dataset.id, found)


def _is_record(row: Row, table: Known) -> bool:
    cells = {as_compared(cell) for cell in row} - {""}
    count = len(table.frame)
    hits: dict[str, list[NDArray[np.int64]]] = {}
    for name, places in table.places.items():
        found = [places[cell] for cell in cells if cell in places]
        if found:
            hits[name] = found
    rare = min((rows for found in hits.values() for rows in found), key=len, default=np.empty(0))
    if len(hits) < FEWEST_COLUMNS or len(rare) * len(cells) > count:
        return False
    return any(_alike(int(place), cells, hits, table) for place in rare[:MOST_TRIED])


def _alike(place: int, cells: set[str], hits: Mapping[str, object], table: Known) -> bool:
    """Return whether a record and a row of a file share more than chance would have them share; a cell counts once."""
    count, bits, telling = len(table.frame), dict[str, float](), set[str]()
    for name in hits:
        value = table.texts[name][place]
        if value in cells:
            chance = min(1.0, len(cells) * _share(name, value, table))
            bits[value] = max(bits.get(value, 0.0), -float(np.log2(chance)))
            telling |= {value} if chance < LIKELY or name in table.levels else set()
    return len(telling) >= FEWEST_COLUMNS and sum(bits.values()) - np.log2(max(count, 2)) > BITS


def _share(name: str, value: str, table: Known) -> float:
    """Return how likely a cell holds a value by chance: as often as the column does, or by its digits where few records have it."""
    held, count = len(table.places[name][value]), len(table.frame)
    return held / (max(count, table.span(name, value)) if held <= FEWEST_COLUMNS else count)


def sequences(piece: Fragment, table: Known) -> Iterator[Find]:
    """Yield the columns of which a piece holds a run of values: in the order of the table, or in any order where values are rare."""
    for run in _runs(piece):
        cells = [as_compared(one) for one in run]
        for name in table.numbers:
            tried = (
                _members(cells, partial(table.worth, name, power=power), power) for power in table.powers(name, cells)
            )
            length = next(filter(None, tried), 0) or _in_order(cells, table.order(name))
            if length:
                yield Find("X622", piece.where, f"{table.dataset.id}.{name}", length)
                return


def _runs(piece: Fragment) -> Iterator[list[str]]:
    """Yield the numbers of a piece as they follow each other: along its rows, and down its columns."""
    for row in piece.rows:
        numbers = [cell for cell in row if NUMBER.fullmatch(cell)]
        if len(numbers) >= SHORTEST:
            yield numbers
    width = max((len(row) for row in piece.rows), default=0)
    for place in range(min(width, LONGEST_ROW)):
        column = [row[place] for row in piece.rows if place < len(row)]
        numbers = [cell for cell in column if NUMBER.fullmatch(cell)]
        if len(numbers) >= SHORTEST:
            yield numbers


def _members(run: Sequence[str], worth_of: Callable[[str], float], power: int) -> int:
    """Return the length of a stretch of numbers that are all values of a column, where chance would not give it; else 0.

    Parameters
    ----------
    run : numbers as they stand.
    worth_of : the bits of finding one among the values; below 0 for none of them.
    power : of ten in which they are tried; a further choice of it has to be paid for.
    """
    bits, length, seen = 0.0, 0, set[str]()
    needed = BITS + np.log2(len(run)) + (CHOICE if power else 0.0)
    for one in run:
        worth = worth_of(one)
        if worth < 0.0:
            bits, length, seen = 0.0, 0, set()
            continue
        length, bits = length + 1, bits + (0.0 if one in seen else worth)
        seen.add(one)
        if bits > needed and len(seen) >= SHORTEST:
            return length
    return 0


def _in_order(cells: Sequence[str], order: Order) -> int:
    """Return the length of a stretch of numbers that follow each other in a column as they do here; else 0."""
    needed = BITS + np.log2(len(order.text)) + np.log2(len(cells))
    for start in range(0, len(cells) - SHORTEST + 1, SHORTEST):
        bits, end = 0.0, start
        while end < min(len(cells), start + WINDOW) and bits <= needed and cells[end] in order.letters:
            bits += order.bits[cells[end]] if end == start or cells[end] != cells[end - 1] else 0.0
            end += 1
        if bits > needed and end - start >= SHORTEST and order.has(cells[start:end]):
            return end - start
    return 0


def refused(piece: Fragment, table: Known) -> Iterator[Find]:
    """Yield how many cells that were not taken stand in a piece with row and value."""
    wanted = {(str(one.row), bare(one.value)) for one in table.refusals if len(bare(one.value)) > 1}
    lines = [{bare(token) for token in TOKEN.findall(line)} for line in piece.text.splitlines()] if wanted else []
    lines += [{bare(cell) for cell in row} for row in piece.rows] if wanted else []
    found = {(row, value) for row, value in wanted for line in lines if row in line and value in line}
    if found:
        yield Find("X626", piece.where, table.dataset.id, len(found))
