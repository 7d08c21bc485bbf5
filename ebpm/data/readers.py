"""How the cells of a column are read: one reader a type, an explicit registry, each from text to a value or a refusal."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from types import MappingProxyType

from ebpm.data import calendar
from ebpm.data.contract import NUMERIC, Column
from ebpm.data.numerals import SPACES, Parsed, Refused, integer, normal, number

Reader = Callable[[str], Parsed]
SPREADSHEET_ERRORS = frozenset(
    {"#N/A", "#REF!", "#VALUE!", "#DIV/0!", "#NAME?", "#NULL!", "#NUM!", "#SPILL!", "#CALC!"}
)
_TRUE = frozenset({"1", "true", "yes", "y", "はい", "有", "有り", "あり", "該当", "○", "〇", "◯"})
_FALSE = frozenset({"0", "false", "no", "n", "いいえ", "無", "無し", "なし", "非該当", "×", "✕"})


@dataclass(frozen=True, slots=True)
class Missing:
    """A cell that holds no value, and the repairs by which that was known."""

    repairs: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CellReader:
    """Reads the cells of one column.

    Parameters
    ----------
    column : its contract.
    key : whether the column identifies or links rows, so that its text is normalised (NFKC, spaces).
    read : the reader of its type.
    missing : its missing codes, normalised.
    missing_numbers : those of them that are numbers, in a column of numbers.
    """

    column: Column
    key: bool
    read: Reader
    missing: frozenset[str]
    missing_numbers: frozenset[float]

    @classmethod
    def of(cls, column: Column, *, key: bool) -> CellReader:
        missing = frozenset(map(normal, column.missing_codes))
        numbers = frozenset(_numbers(missing)) if column.type in NUMERIC else frozenset[float]()
        return cls(column, key, READERS[column.type](column), missing, numbers)

    @property
    def verbatim(self) -> bool:
        """Whether the text is stored as it stands in the file."""
        return self.column.type == "text" and not self.key

    def __call__(self, cell: str) -> Parsed | Missing:
        """Return the value of a cell.

        Raises
        ------
        Refused : if the cell is not what its column declares.
        """
        text = cell.strip(SPACES)
        if not text:
            return Missing()
        if text in SPREADSHEET_ERRORS:
            raise Refused("T034")
        if normal(text) in self.missing:
            return Missing(("T007",))
        return Parsed(cell) if self.verbatim else self._parsed(cell, text)

    def _parsed(self, cell: str, text: str) -> Parsed | Missing:
        repairs = ("T008",) if text != cell else ()
        if text.startswith("'") and len(text) > 1:
            text, repairs = text[1:], (*repairs, "T010")
        parsed = self.read(text)
        if parsed.value in self.missing_numbers:
            return Missing(("T007",))
        return Parsed(parsed.value, (*repairs, *parsed.repairs))


def _numbers(texts: Iterable[str]) -> Iterator[float]:
    for text in texts:
        with suppress(Refused):
            yield number(text).value


def _text(_column: Column) -> Reader:
    def read(text: str) -> Parsed:
        plain = normal(text)
        return Parsed(plain, ("T003",) if plain != text else ())

    return read


def _code(column: Column) -> Reader:
    keys = {normal(str(key)): key for key in column.codes}
    labels = {normal(word): key for key, label in column.codes.items() for word in (label.ja, label.en) if word}

    def read(text: str) -> Parsed:
        plain = normal(text)
        wide = ("T003",) if plain != text else ()
        if plain in keys:
            return Parsed(keys[plain], wide)
        whole = plain.removesuffix(".0")
        if whole in keys and isinstance(keys[whole], int):
            return Parsed(keys[whole], (*wide, "T012"))
        if plain in labels:
            return Parsed(labels[plain], (*wide, "T011"))
        raise Refused("T029")

    return read


def _boolean(_column: Column) -> Reader:
    def read(text: str) -> Parsed:
        plain = normal(text)
        if plain.lower() not in _TRUE | _FALSE:
            raise Refused("T030")
        return Parsed(plain.lower() in _TRUE, ("T003",) if plain != text else ())

    return read


def _in_calendar(read: Reader) -> Callable[[Column], Reader]:
    return lambda _column: read


READERS: MappingProxyType[str, Callable[[Column], Reader]] = MappingProxyType(
    {
        "number": lambda column: lambda text: number(text, unit=column.unit),
        "integer": lambda column: lambda text: integer(text, unit=column.unit),
        "text": _text,
        "code": _code,
        "boolean": _boolean,
        "date": _in_calendar(calendar.read_date),
        "month": _in_calendar(calendar.read_month),
        "year": _in_calendar(calendar.read_year),
        "fiscal_year": _in_calendar(calendar.read_fiscal_year),
    }
)
