"""The rows of a workbook laid over the declaration of the model that it was made from, with the cell of every value."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ebpm import spec
from ebpm.logic.formats.columns import SHEETS, Column, Sheet
from ebpm.logic.formats.excel import named, rows_of
from ebpm.logic.formats.excel_lines import Line, Path, Reading, ids


def document_of(lines: dict[str, list[Line]], reading: Reading) -> dict[str, Any]:
    """Return the declaration that the rows give, and note the cell of every value in the reading."""
    document = _opened_up(spec.plain(reading.into))
    for sheet in SHEETS:
        before = {named(sheet, row): row for row in rows_of(reading.into, sheet)} if not sheet.nested else {}
        if sheet.name == "model":
            for line in lines["model"]:
                _fill(document["model"], ("model",), line, _Context(sheet, reading, before))
        elif sheet.nested:
            _nest(document, lines[sheet.name], _Context(sheet, reading, before))
        else:
            _list(document, lines[sheet.name], _Context(sheet, reading, before))
    return dict(_closed(document))


@dataclass(frozen=True, slots=True)
class _Context:
    sheet: Sheet
    reading: Reading
    before: dict[str, Any]


def _list(document: dict[str, Any], lines: list[Line], context: _Context) -> None:
    """Put the rows in the order that the model has; new ones come last."""
    sheet = context.sheet
    old = {named(sheet, {key: part.get(key) for key in sheet.keys}): part for part in document.get(sheet.section, ())}
    rows = {named(sheet, line.values): line for line in lines}
    order = [name for name in old if name in rows] + [name for name in rows if name not in old]
    for place, name in enumerate(order):
        _fill(old.setdefault(name, {}), (sheet.section, str(place)), rows[name], context)
    document[sheet.section] = [old[name] for name in order]


def _nest(document: dict[str, Any], lines: list[Line], context: _Context) -> None:
    sheet = context.sheet
    for place, part in enumerate(document.get(sheet.section, ())):
        own = [line for line in lines if line.values["indicator"] == part["id"]]
        old = [*part.get(sheet.nested, ()), *({} for _ in own)][: len(own)]
        for number, (one, line) in enumerate(zip(old, own, strict=True)):
            _fill(one, (sheet.section, str(place), sheet.nested, str(number)), line, context)
        part[sheet.nested] = old


def _fill(part: dict[str, Any], path: Path, line: Line, context: _Context) -> None:
    sheet, reading = context.sheet, context.reading
    reading.remember(path, sheet, f"A{line.number}")
    before = context.before.get(
        named(sheet, line.values) if sheet.name != "model" else next(iter(context.before), ""), {}
    )
    for column in sheet.columns[1:] if sheet.nested else sheet.columns:
        value = _same(line.values[column.name], before.get(column.name))
        reading.remember((*path, *column.path), sheet, line.cells[column.name])
        _set(part, column, value)


def _same(value: Any, before: Any) -> Any:
    """Return the number as it was where only digits beyond the fifteen that spreadsheets keep differ."""
    both = isinstance(value, int | float) and isinstance(before, int | float)
    return before if both and f"{value:.15g}" == f"{before:.15g}" else value


def _set(part: dict[str, Any], column: Column, value: Any) -> None:
    if column.kind == "ids":
        value = tuple(ids(value)) or None
    elif column.kind == "lines":
        value = tuple(_unescaped(item) for item in str(value).split("\n")) if value is not None else None
    *above, last = column.path
    owner = part
    for key in above:
        if not isinstance(owner.get(key), dict):
            owner[key] = {}
        owner = owner[key]
    if value is None:
        owner.pop(last, None)
    else:
        owner[last] = value


def _unescaped(text: str) -> str:
    return re.sub(r"\\(n|\\)", lambda found: "\n" if found[1] == "n" else "\\", text)


def _opened_up(value: Any) -> Any:
    """Return plain values that can be changed; a pair of numbers becomes a mapping by place."""
    if isinstance(value, dict):
        return {key: _opened_up(item) for key, item in value.items()}
    if isinstance(value, tuple | list):
        pair = len(value) == 2 and all(isinstance(item, int | float) for item in value)
        return {str(place): item for place, item in enumerate(value)} if pair else [_opened_up(item) for item in value]
    return value


def _closed(value: Any) -> Any:
    """Return plain values as the schema takes them: sequences as tuples, nothing empty."""
    if isinstance(value, dict):
        if value.keys() and value.keys() <= {"0", "1"}:
            return tuple(value[key] for key in sorted(value))
        closed = {key: _closed(item) for key, item in value.items()}
        return {key: item for key, item in closed.items() if item != {}}
    return tuple(_closed(item) for item in value) if isinstance(value, list | tuple) else value
