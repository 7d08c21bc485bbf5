"""The body of a sheet: header found, blank rows, footnotes and empty columns set aside, ragged rows refused."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import compress
from operator import not_

from ebpm.data.contract import DataSet
from ebpm.data.numerals import SPACES
from ebpm.data.refusals import Refusal
from ebpm.data.sheets import Sheet, is_footnote
from ebpm.errors import DataError, did_you_mean
from ebpm.notices import Notice

Row = tuple[int, Sequence[str]]
_HEADER_SEARCH = 20


@dataclass(frozen=True, slots=True)
class Layout:
    """The declared columns of a table as text.

    Parameters
    ----------
    rows : the row of the file of each record, from 1, header included; as many as each column is long.
    columns : the cells by name of the contract.
    notices : what was set aside.
    refusals : the ragged rows, which are not among `rows`.
    """

    rows: tuple[int, ...]
    columns: dict[str, Sequence[str]]
    notices: tuple[Notice, ...]
    refusals: tuple[Refusal, ...]


def lay_out(sheet: Sheet, dataset: DataSet) -> Layout:
    """Return the columns of the contract from the rows of a sheet.

    Raises
    ------
    DataError : if declared columns are missing or named twice, or nothing stands below the header.
    """
    header = _header(sheet, dataset)
    places = _places(header, sheet, dataset)
    records, notices = _records(sheet, dataset)
    if not records:
        raise DataError("data_header_only", file=dataset.place, header=dataset.header_row, rows=len(sheet.rows))
    width = len(header)
    fits = [_fits(row, width) for _, row in records]
    whole = list(compress(records, fits))
    ragged = tuple(Refusal(number, "", str(len(row)), "T035") for number, row in compress(records, map(not_, fits)))
    cells = tuple(zip(*(row[:width] for _, row in whole), strict=True)) if whole else ((),) * width
    return Layout(
        tuple(number for number, _ in whole),
        {name: cells[place] for name, place in places.items()},
        (*notices, *_unused(header, cells, set(places.values()), dataset)),
        ragged,
    )


def _header(sheet: Sheet, dataset: DataSet) -> tuple[str, ...]:
    if len(sheet.rows) < dataset.header_row:
        raise DataError("data_header_only", file=dataset.place, header=dataset.header_row, rows=len(sheet.rows))
    return tuple(name.strip(SPACES) for name in sheet.rows[dataset.header_row - 1])


def _places(header: tuple[str, ...], sheet: Sheet, dataset: DataSet) -> dict[str, int]:
    wanted = {column.name: column.header or column.name for column in dataset.columns}
    missing = [name for name in wanted.values() if name not in header]
    if missing and len(header) == 1 and (marks := [mark for mark in "\t;" if mark in header[0]]):
        raise DataError("data_other_separator", file=dataset.place, separator=marks[0], header=header[0])
    if missing:
        raise _missing(missing, header, sheet, dataset)
    twice = [name for name in wanted.values() if header.count(name) > 1]
    if twice:
        places = "; ".join(f"{name}: {_all_places(name, header)}" for name in twice)
        raise DataError("data_columns_twice", file=dataset.place, columns=places)
    return {name: header.index(title) for name, title in wanted.items()}


def _missing(missing: list[str], header: tuple[str, ...], sheet: Sheet, dataset: DataSet) -> DataError:
    found = [name for name in header if name]
    near = "; ".join(f"{name} → {did_you_mean(name, found)}" for name in missing)
    hint = _header_elsewhere(missing, sheet) or "N"
    return DataError(
        "data_columns_missing",
        file=dataset.place,
        columns=", ".join(missing),
        header=", ".join(found),
        near=near,
        row=hint,
    )


def _header_elsewhere(missing: list[str], sheet: Sheet) -> int:
    for number, row in enumerate(sheet.rows[:_HEADER_SEARCH], start=1):
        if set(missing) <= {name.strip(SPACES) for name in row}:
            return number
    return 0


def _all_places(name: str, header: tuple[str, ...]) -> str:
    return ", ".join(str(place) for place, title in enumerate(header, start=1) if title == name)


def _records(sheet: Sheet, dataset: DataSet) -> tuple[list[Row], list[Notice]]:
    numbered: list[Row] = list(enumerate(sheet.rows[dataset.header_row :], start=dataset.header_row + 1))
    filled = [(number, row) for number, row in numbered if _is_filled(row)]
    blank = {number for number, _ in numbered}.difference(number for number, _ in filled)
    footnotes = _footnotes(filled) if len(sheet.rows[dataset.header_row - 1]) > 1 else ()
    records = filled[: len(filled) - len(footnotes)]
    inner = sorted(number for number in blank if records and number < records[-1][0])
    notices = []
    if inner:
        notices.append(Notice("T016", dataset.place, {"count": len(inner), "rows": _first(inner)}))
    if footnotes:
        number, row = footnotes[0]
        text = next(cell for cell in row if cell.strip(SPACES)).strip(SPACES)
        notices.append(Notice("T017", dataset.place, {"count": len(footnotes), "row": number, "text": text[:60]}))
    return records, notices


def _is_filled(row: Sequence[str]) -> bool:
    return any(map(str.strip, row))


def _footnotes(filled: Sequence[Row]) -> Sequence[Row]:
    """Return the rows at the end that hold a remark in their first cell and nothing else."""
    start = len(filled)
    while start and _is_footnote(filled[start - 1][1]):
        start -= 1
    return filled[start:]


def _is_footnote(row: Sequence[str]) -> bool:
    return is_footnote(row[0]) and not _is_filled(row[1:])


def _fits(row: Sequence[str], width: int) -> bool:
    return len(row) == width or (len(row) > width and not _is_filled(row[width:]))


def _unused(header: tuple[str, ...], cells: Sequence[Sequence[str]], used: set[int], dataset: DataSet) -> list[Notice]:
    spare = [place for place in range(len(header)) if place not in used]
    empty = [place for place in spare if not header[place] and not _is_filled(cells[place])]
    extra = [header[place] or f"#{place + 1}" for place in spare if place not in empty]
    notices = []
    if extra:
        names = ", ".join(f"{name} (×{times})" if times > 1 else name for name, times in Counter(extra).items())
        notices.append(Notice("T014", dataset.place, {"count": len(extra), "columns": names}))
    if empty:
        notices.append(Notice("T015", dataset.place, {"count": len(empty)}))
    return notices


def _first(numbers: Iterable[int], most: int = 5) -> str:
    shown = list(numbers)
    return ", ".join(map(str, shown[:most])) + (" …" if len(shown) > most else "")
