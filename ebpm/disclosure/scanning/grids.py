"""Tables in what is written: lines of text as rows of cells, whatever stands between these."""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from ebpm.disclosure.scanning.lexicon import counted, is_heading

Row = tuple[str, ...]
RULE = re.compile(r"[\s|+:=\-─━═┼┬┴]*")
DTYPE = re.compile(r"(?:Name: (?P<name>[^,]*), )?(?:Length: \d+, )?dtype: u?int\d+")
LONGEST = 2_000
"""Characters of a line that may be a row of a table."""


@dataclass(frozen=True, slots=True)
class Grid:
    """Rows that stand below each other.

    Parameters
    ----------
    rows : their cells.
    lines : the number of each row in its file, sheet or table.
    """

    rows: tuple[Row, ...]
    lines: tuple[int, ...]

    @classmethod
    def of(cls, rows: Sequence[Sequence[str]]) -> Grid:
        """Return rows numbered from one."""
        return cls(tuple(map(tuple, rows)), tuple(range(1, len(rows) + 1)))

    def headed(self) -> Iterator[tuple[int, str, str]]:
        """Yield line, heading and cell of every cell below a heading; a row that has one cell more begins with its own name."""
        heads: Row = ()
        for line, row in zip(self.lines, self.rows, strict=True):
            if not row or (_is_head(row) and not _withholds(row, heads)):
                heads = heads if len(row) == 1 and heads else row
                continue
            if len(row) - len(heads) in {0, 1}:
                yield from ((line, head, cell) for head, cell in zip(heads, row[len(row) - len(heads) :], strict=True))
            if len(row) > 1 and all(counted(cell) >= 0 or not re.search(r"\w", cell) for cell in row[1:]):
                yield from ((line, row[0], cell) for cell in row[1:])

    def blocks(self) -> Iterator[tuple[Row, tuple[tuple[int, Row], ...]]]:
        """Yield the heads and the rows of counts that follow each other: a name, and whole numbers alone."""
        heads: Row = ()
        held: list[tuple[int, Row]] = []
        for line, row in (*zip(self.lines, self.rows, strict=True), (0, ())):
            if len(row) > 1 and all(counted(cell) >= 0 for cell in row[1:]) and counted(row[0]) < 0:
                if held and len(held[0][1]) != len(row):
                    yield heads, tuple(held)
                    held = []
                held.append((line, row))
                continue
            if held:
                yield heads, tuple(held)
                held = []
            heads = heads if len(row) == 1 and heads else row


@lru_cache(maxsize=4)
def grids_in(text: str) -> tuple[Grid, ...]:
    """Return the lines of a text as rows: by the signs that stand between cells, by wide gaps, and by every gap.

    Parameters
    ----------
    text : with its lines.
    """
    lines = [(number, line) for number, line in enumerate(text.splitlines(), 1) if not _is_rule(line)]
    return tuple(dict.fromkeys(_split(lines, cut) for cut in (_by_signs, _by_wide_gaps, str.split)))


def _is_rule(line: str) -> bool:
    return bool(line.strip()) and RULE.fullmatch(line) is not None


def _split(lines: Sequence[tuple[int, str]], cut: Callable[[str], Sequence[str]]) -> Grid:
    rows: list[Row] = [tuple(cut(line)) if len(line) <= LONGEST else () for _, line in lines]
    for place, (_, line) in enumerate(lines):
        found = DTYPE.fullmatch(line.strip())
        if found:
            _name_series(rows, place, found["name"] or "n")
    return Grid(tuple(rows), tuple(number for number, _ in lines))


def _name_series(rows: list[Row], end: int, name: str) -> None:
    """Put the name of a column that is printed below it above it."""
    start = end
    while start and len(rows[start - 1]) > 1:
        start -= 1
    if start:
        rows[start - 1] = (name,)
    elif end:
        rows[0] = (name,) if counted(rows[0][-1]) < 0 else rows[0]


def _by_signs(line: str) -> Sequence[str]:
    if "|" in line:
        inner = line.strip().removeprefix("|").removesuffix("|")
        return [cell.strip() for cell in inner.split("|")]
    sign = next((one for one in "\t,;" if one in line), "")
    if not sign:
        return ()
    try:
        return [
            cell.strip() for cell in next(csv.reader([line.strip("\r\n")], delimiter=sign, skipinitialspace=True), [])
        ]
    except csv.Error:
        return ()


def _by_wide_gaps(line: str) -> Sequence[str]:
    return re.split(r"\s{2,}|\t", line.strip()) if line.strip() else ()


def _is_head(row: Row) -> bool:
    """Return whether a row holds no number beside its name."""
    return (
        bool(row)
        and not any(char.isdecimal() or unicodedata.category(char) == "No" for cell in row[1:] for char in cell)
        and (len(row) > 1 or not any(char.isdecimal() for char in row[0]))
    )


def _withholds(row: Row, heads: Row) -> bool:
    """Return whether a row without numbers stands below counts of which it withholds its own."""
    return len(row) - len(heads) in {0, 1} and any(map(is_heading, heads)) and not any(map(is_heading, row))


def of_records(value: object) -> Iterator[Grid]:
    """Yield the tables of a JSON value: lists of like objects, objects of like lists or objects, and lists of lists.

    Parameters
    ----------
    value : as read from JSON.
    """
    if isinstance(value, Mapping):
        yield from _of_object(value)
        parts: Sequence[object] = list(value.values())
    elif isinstance(value, list):
        objects = [one for one in value if isinstance(one, Mapping)]
        if len(objects) > 1 and len(objects) == len(value):
            yield _of_objects(objects)
        elif len(value) > 1 and all(isinstance(one, list) for one in value):
            yield Grid.of([[str(cell) for cell in row] for row in value])
        parts = value
    else:
        return
    for part in parts:
        yield from of_records(part)


def _of_objects(objects: Sequence[Mapping[object, object]]) -> Grid:
    names = list(dict.fromkeys(str(name) for one in objects for name in one))
    rows = [[_plain(one.get(name, "")) for name in names] for one in objects]
    return Grid((tuple(names), *map(tuple, rows)), tuple(range(len(rows) + 1)))


def _of_object(value: Mapping[str, object]) -> Iterator[Grid]:
    lists = {
        name: one
        for name, one in value.items()
        if isinstance(one, list) and not any(isinstance(x, dict | list) for x in one)
    }
    if lists and len({len(one) for one in lists.values()}) == 1:
        yield Grid.of([tuple(lists), *([_plain(cell) for cell in row] for row in zip(*lists.values(), strict=True))])
    objects = {name: one for name, one in value.items() if isinstance(one, Mapping)}
    if objects and len(objects) == len(value) and len({frozenset(one) for one in objects.values()}) == 1:
        keys = list(next(iter(objects.values())))
        yield Grid.of([("", *objects), *((str(key), *(_plain(one[key]) for one in objects.values())) for key in keys)])
    heads, rows = value.get("columns"), value.get("data")
    if isinstance(heads, list) and isinstance(rows, list) and all(isinstance(row, list) for row in rows):
        yield Grid.of([list(map(str, heads)), *([_plain(cell) for cell in row] for row in rows)])


def _plain(value: object) -> str:
    return "" if isinstance(value, dict | list) or value is None else str(value)
