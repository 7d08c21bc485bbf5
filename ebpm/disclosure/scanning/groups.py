"""Small groups in what is written: a row or a cell of a table that names a combination few people share, with their number or mean."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import combinations

import numpy as np

from ebpm.disclosure.scanning.fragments import Fragment
from ebpm.disclosure.scanning.grids import Row
from ebpm.disclosure.scanning.known import NUMBER, Known, as_compared, number_text
from ebpm.disclosure.scanning.matching import Find

MOST_COLUMNS = 3
MOST_ROWS = 5_000


SIZE = re.compile(r"(?<!\w)(?:[nN]\s?=\s?|N: )(\d[\d,]*)(?![\d.])")
GRIDS = ("(table)", "(rows)")
HEADS = frozenset({"n"})


def few_behind(piece: Fragment, table: Known, *, min_cell: int) -> Iterator[Find]:
    """Yield how many numbers of a piece say themselves that they rest on few: "n = 5", or a table's column n."""
    counts = [int(one.replace(",", "")) for one in SIZE.findall(piece.text)]
    place, width = -1, 0
    counts += [one for row in piece.rows for one in _of_number(row)]
    for row in piece.rows if piece.where.endswith(GRIDS) else ():
        head = next((at for at, cell in enumerate(row) if cell in HEADS), -1)
        place, width = (head, len(row)) if head >= 0 else (place, width)
        if head < 0 <= place and len(row) == width and row[place].replace(",", "").isdigit():
            counts.append(int(row[place].replace(",", "")))
    small = sum(0 < one < min_cell for one in counts)
    if small:
        yield Find("X630", piece.where, table.dataset.id, small)


def _of_number(row: Row) -> list[int]:
    """Return the n of an object with an estimate, whose keys and values follow each other."""
    after = row[row.index("n") + 1 :][:1] if "n" in row and "estimate" in row else ()
    return [int(one) for one in after if one.isdigit()]


def small_groups(piece: Fragment, table: Known, *, min_cell: int) -> Iterator[Find]:
    """Yield how many small groups stand in a piece with the number of those in them, or a mean of theirs."""
    if not table.levels or len(piece.rows) > MOST_ROWS:
        return
    found: set[tuple[tuple[str, str], ...]] = set()
    heads: Row = ()
    for row in piece.rows:
        named = _named(row, table)
        if not any(NUMBER.fullmatch(cell) for cell in row):
            heads = row
            continue
        found |= set(_small(named, row, table, min_cell))
        if len(heads) == len(row) or len(heads) + 1 == len(row):
            padded = ("",) * (len(row) - len(heads)) + heads
            for cell, head in zip(row, padded, strict=True):
                if NUMBER.fullmatch(cell):
                    found |= set(_small(named | _named((head,), table), (cell,), table, min_cell))
    if found:
        yield Find("X629", piece.where, table.dataset.id, len(found))


def _named(row: Row, table: Known) -> frozenset[tuple[str, str]]:
    """Return the columns and codes that the words of a row name."""
    said = {cell.strip().casefold() for cell in row}
    said |= {
        f"{left}={as_compared(right)}"
        for left, right in zip([one.strip().casefold() for one in row], row[1:], strict=False)
    }
    said |= {" ".join(row).strip().casefold()}
    return frozenset(
        (column, spelled[one]) for column, spelled in table.levels.items() for one in said if one in spelled
    )


def _small(
    named: frozenset[tuple[str, str]], row: Row, table: Known, min_cell: int
) -> Iterator[tuple[tuple[str, str], ...]]:
    """Yield the combinations that few share and whose number or mean stands in the row."""
    cells = {as_compared(cell) for cell in row if NUMBER.fullmatch(cell)}
    for size in range(1, min(MOST_COLUMNS, len(named)) + 1):
        for chosen in combinations(sorted(named), size):
            if len({column for column, _ in chosen}) < size:
                continue
            rows = table.group(chosen)
            if 0 < len(rows) < min_cell and _told(cells, rows, table):
                yield chosen


def _told(cells: set[str], rows: np.ndarray, table: Known) -> bool:
    if str(len(rows)) in cells:
        return True
    return any(_mean(name, rows, table) in cells for name in table.numbers)


def _mean(name: str, rows: np.ndarray, table: Known) -> str:
    values = table.frame[name].to_numpy(dtype=np.float64)[rows]
    text = number_text(float(np.mean(values))) if np.isfinite(values).all() else ""
    return text if len(text.replace(".", "")) >= 4 else "-"
