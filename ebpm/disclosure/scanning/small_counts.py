"""Small counts of persons in what is written, whoever they are: below headings of counts, in cross tables, in sentences."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby

import numpy as np

from ebpm.disclosure.scanning.fragments import Fragment
from ebpm.disclosure.scanning.grids import Grid, Row, grids_in
from ebpm.disclosure.scanning.known import Known
from ebpm.disclosure.scanning.lexicon import counted, is_amount, is_heading, is_share, is_total
from ebpm.disclosure.scanning.matching import Find, Places
from ebpm.disclosure.scanning.sentences import few_of, in_sentences

PERCENT = re.compile(r"(\d{1,3}(?:\.\d+)?)\s*%?")
FEWEST_DIGITS = 2
BAND = re.compile(
    r"[\[(]?\d+(?:\.\d+)?\s*(?:(?:-|–|~|〜|to|,)\s*\d+(?:\.\d+)?)?\s*(?:\+|代|歳|歳以上|以上|years?)?[\])]?"
)
Place = tuple[str, int]


def small_counts(piece: Fragment, *, min_cell: int, headings: Iterable[str] = ()) -> Iterator[Find]:
    """Yield the small counts of persons in a piece, and the shares that tell one, whatever tables are protected.

    Parameters
    ----------
    piece : of a file.
    min_cell : a count of fewer is small.
    headings : further words for headings of counts.
    """
    grids = (*piece.grids, *grids_in(piece.prose))
    further = tuple(headings)
    found = {one for grid in grids for one in (*_headed(grid, min_cell, further), *_crossed(grid, min_cell))}
    found |= {("", line) for line in in_sentences(piece.prose, min_cell=min_cell)}
    yield from _gathered("X636", piece.where, found)
    yield from _gathered("X635", piece.where, {one for grid in grids for one in _shares(grid, min_cell, further)})


def _gathered(code: str, where: str, found: Iterable[Place]) -> Iterator[Find]:
    for head, places in groupby(sorted(found), key=lambda one: one[0]):
        lines = tuple(line for _, line in places)
        yield Find(code, where, Places(head, lines), len(lines))


def _headed(grid: Grid, min_cell: int, further: Sequence[str]) -> Iterator[Place]:
    for line, head, cell in grid.headed():
        if 0 < counted(cell) < min_cell and is_heading(head, further):
            yield head.strip(), line


def _crossed(grid: Grid, min_cell: int) -> Iterator[Place]:
    """Yield the small cells of tables of whole numbers in which a row or a column is the sum of the others."""
    for heads, rows in grid.blocks():
        if len(rows) > 1 and not any(map(is_amount, heads)):
            counts = np.array([[counted(cell) for cell in row[1:]] for _, row in rows])
            yield from (("", rows[place][0]) for place in _small_parts(counts, heads, rows, min_cell))


def _small_parts(counts: np.ndarray, heads: Row, rows: Sequence[tuple[int, Row]], min_cell: int) -> Iterator[int]:
    named_below, named_beside = is_total(rows[-1][1][0]), bool(heads) and is_total(heads[-1])
    below = len(counts) > 2 and (counts[:-1].sum(0) == counts[-1]).all() and (named_below or counts.shape[1] > 2)
    beside = (
        counts.shape[1] > 2 and (counts[:, :-1].sum(1) == counts[:, -1]).all() and (named_beside or len(counts) > 2)
    )
    large = counts.max() >= min_cell
    if (below or beside) and large:
        small = (counts > 0) & (counts < min_cell)
        yield from np.flatnonzero(small.any(axis=1)).tolist()


def by_levels(piece: Fragment, table: Known, *, min_cell: int) -> Iterator[Find]:
    """Yield the small cells of tables without totals whose both axes are known groups of people, or bands of numbers."""
    found: set[Place] = set()
    for grid in (*piece.grids, *grids_in(piece.prose)) if table.levels else ():
        for heads, rows in grid.blocks():
            names = [row[0] for _, row in rows]
            if len(rows) > 1 and _grouped(names, table, bands=True) and _grouped(heads, table, bands=False):
                found |= {("", line) for line, row in rows if any(0 < counted(cell) < min_cell for cell in row[1:])}
    yield from _gathered("X636", piece.where, found)


def _grouped(names: Sequence[str], table: Known, *, bands: bool) -> bool:
    said = [name.strip().casefold() for name in names]
    known = any(sum(one in spelled for one in said) > 1 for spelled in table.levels.values())
    return known or (bands and all(BAND.fullmatch(one) for one in said))


def _shares(grid: Grid, min_cell: int, further: Sequence[str]) -> Iterator[Place]:
    """Yield the shares that stand in a row with the number of persons of which they are."""
    for line, cells in groupby(grid.headed(), key=lambda one: one[0]):
        row = [(head.strip(), cell.strip()) for _, head, cell in cells]
        sizes = [counted(cell) for head, cell in row if is_heading(head, further)]
        for head, cell in row:
            per = _per(head, cell)
            if per and any(few_of(cell.rstrip("% "), size, min_cell, per=per) for size in sizes):
                yield head, line


def _per(head: str, cell: str) -> float:
    """Return 100 for a cell that is a percentage, 1 for one that is a share of one, 0 for any other."""
    if not PERCENT.fullmatch(cell) or not (is_share(head) or cell.endswith("%")):
        return 0.0
    digits = cell.rstrip("% ")
    said = cell.endswith("%") or any(one in head.casefold() for one in ("%", "percent", "pct"))
    if said or float(digits) > 1:
        return 100.0
    return 1.0 if len(digits.lstrip("0.").replace(".", "")) >= FEWEST_DIGITS else 0.0
