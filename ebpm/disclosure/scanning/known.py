"""What must not be found in a file: the identifiers, the rows and the columns of the tables that were read."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from ebpm.data.contract import Column, DataSet
from ebpm.data.reading import Reading
from ebpm.data.refusals import Refusal
from ebpm.disclosure.scanning.disguises import ALIKE, Apart, disguised
from ebpm.disclosure.scanning.fragments import plain

if TYPE_CHECKING:
    import pandas as pd

NAMING = frozenset({"id", "unit"})
GROUPING = frozenset({"quasi_identifier", "sensitive", "cluster", "strata", "treatment"})
IDENTIFYING = frozenset({"id", "unit", "cluster", "quasi_identifier", "sensitive"})
CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
NUMBER = re.compile(r"[-+]?\d[\d,]*(?:\.\d+)?(?:[eE][-+]?\d+)?")
NEAR = 32
FEWEST_SCALED = 100
POWERS = (0, -2, 2, 3, 4, 6)
"""Powers of ten in which amounts are written: as they are, per cent, hundreds, thousands, 万, millions."""
Values = NDArray[Any]
Made = TypeVar("Made")


@dataclass(frozen=True, slots=True)
class Order:
    """A column as one text, a letter a value, forwards and backwards.

    Parameters
    ----------
    text : the column.
    letters : the letter of each value.
    bits : how surprising each value is.
    """

    text: str
    letters: Mapping[str, str]
    bits: Mapping[str, float]

    def has(self, values: Sequence[str]) -> bool:
        """Return whether values follow each other in the column, in either direction."""
        return "".join(self.letters[one] for one in values) in self.text


@dataclass(frozen=True)
class Known:
    """A table whose records must stay where they are.

    Parameters
    ----------
    dataset : its contract.
    frame : its rows; columns that the contract does not name are derived from those that it names.
    refusals : cells that were not taken.
    """

    dataset: DataSet
    frame: pd.DataFrame
    refusals: tuple[Refusal, ...] = ()

    @cached_property
    def columns(self) -> Mapping[str, Column]:
        return {column.name: column for column in self.dataset.columns if column.name in self.frame.columns}

    @property
    def about_somebody(self) -> bool:
        """Whether a row is about a person, a firm or a body, and not about a month of a whole city."""
        return any(column.role in IDENTIFYING for column in self.dataset.columns)

    @cached_property
    def identifiers(self) -> Mapping[str, str]:
        """The values that name somebody, without punctuation, with their column."""
        found: dict[str, str] = {}
        for name, column in self.columns.items():
            if _names(self.dataset, column):
                known = (bare(str(value)) for value in self.frame[name].dropna().unique())
                found |= {value: name for value in known if distinctive(value)}
        return found

    @cached_property
    def disguised(self) -> Mapping[str, str]:
        """The names reversed and shifted, with their column."""
        return {form: column for name, column in self.identifiers.items() for form in disguised(name)}

    @cached_property
    def apart(self) -> Apart:
        """The names as they are looked for where their parts stand apart."""
        return Apart.of(self.identifiers)

    @cached_property
    def texts(self) -> Mapping[str, Values]:
        """Every column as the texts in which its values are written, "" for a missing one."""
        return {str(name): _written(self.frame[name]) for name in self.frame.columns}

    @cached_property
    def places(self) -> Mapping[str, Mapping[str, NDArray[np.int64]]]:
        """By column and text the rows that hold it."""
        return {name: _places(values) for name, values in self.texts.items()}

    @cached_property
    def numbers(self) -> Mapping[str, NDArray[np.float64]]:
        """The numeric columns, missing values left out."""
        kinds = {name: self.frame[name].dtype.kind for name in self.frame.columns}
        chosen = [name for name, kind in kinds.items() if kind in "iuf" and self._measured(str(name))]
        return {str(name): self.frame[name].dropna().to_numpy(dtype=np.float64) for name in chosen}

    @cached_property
    def _grids(self) -> dict[tuple[str, int], frozenset[float]]:
        return {}

    @cached_property
    def _orders(self) -> dict[str, Order]:
        return {}

    def worth(self, name: str, number: str, power: int = 0) -> float:
        """Return the bits that it is worth to find a number among the values of a column; -1 where it is none of them.

        That is how rare its neighbours are among them: a number between values that leave no gap is worth nothing.

        Parameters
        ----------
        name, number : of the column, and as it is written.
        power : of ten in which the number is written, 3 for thousands; one of few digits then says nothing, for or against.
        """
        decimals = len(number.partition(".")[2])
        digits = decimals - power
        if (name, digits) not in self._grids:
            known = np.array([float(number_text(one)) for one in np.unique(self.numbers[name]).tolist()])
            self._grids[name, digits] = frozenset(np.rint(known * 10.0**digits).tolist())
        inside, place = self._grids[name, digits], round(float(number) * 10**decimals)
        if power and abs(place) < FEWEST_SCALED:
            return 0.0
        if place not in inside:
            return -1.0
        beside = sum(place + step in inside for step in range(-NEAR, NEAR + 1))
        return -float(np.log2(beside / (2 * NEAR + 1)))

    def powers(self, name: str, numbers: Sequence[str]) -> list[int]:
        """Return the powers of ten in which numbers could be values of a column: 0 for as they are."""
        low, high = self._range[name]
        middle = float(np.median([abs(float(one)) for one in numbers]))
        return [power for power in POWERS if power == 0 or low <= middle * 10.0**power <= high]

    @cached_property
    def _range(self) -> Mapping[str, tuple[float, float]]:
        ends = {name: np.abs(values[values != 0]) for name, values in self.numbers.items()}
        return {name: (float(one.min()), float(one.max())) if len(one) else (1.0, 0.0) for name, one in ends.items()}

    def span(self, name: str, number: str) -> float:
        """Return how many numbers of so many digits lie in the range of a column; 1 for a column that is not measured."""
        if name not in self.numbers or not NUMBER.fullmatch(number):
            return 1.0
        return float(np.ptp(self.numbers[name])) * 10.0 ** len(number.partition(".")[2])

    def order(self, name: str) -> Order:
        """Return a numeric column as a text in which runs can be found."""
        if name not in self._orders:
            texts = [number_text(one) for one in self.numbers[name].tolist()]
            counts = Counter(texts)
            letters = {text: chr(0x100 + place) for place, text in enumerate(counts)}
            column = "".join(letters[text] for text in texts)
            bits = {text: -float(np.log2(count / len(texts))) for text, count in counts.items()}
            self._orders[name] = Order(f"{column}\0{column[::-1]}", letters, bits)
        return self._orders[name]

    @cached_property
    def _groups(self) -> dict[tuple[tuple[str, str], ...], NDArray[np.int64]]:
        return {(): np.arange(len(self.frame))}

    def group(self, chosen: tuple[tuple[str, str], ...]) -> NDArray[np.int64]:
        """Return the rows that have some codes in some columns."""
        if chosen not in self._groups:
            column, code = chosen[-1]
            here = self.places[column].get(as_compared(code), np.empty(0, dtype=np.int64))
            self._groups[chosen] = np.intersect1d(self.group(chosen[:-1]), here, assume_unique=True)
        return self._groups[chosen]

    @cached_property
    def _derived(self) -> dict[tuple[str, int], Any]:
        return {}

    def derived(self, name: str, size: int, make: Callable[[Known, int], Made]) -> Made:
        """Return what was made of the table for a smallest size; made once."""
        if (name, size) not in self._derived:
            self._derived[name, size] = make(self, size)
        found: Made = self._derived[name, size]
        return found

    def _measured(self, name: str) -> bool:
        column = self.columns.get(name)
        return column is None or column.role not in {"time", "strata", "first_treated", "weight"}

    @cached_property
    def levels(self) -> Mapping[str, Mapping[str, str]]:
        """By column that groups people, its codes by the words and codes in which a reader finds them."""
        found = {}
        for name, column in self.columns.items():
            if column.role in GROUPING and column.type in {"code", "text", "integer"}:
                found[name] = _spellings(column, self.frame[name])
        return {name: spelled for name, spelled in found.items() if spelled}


def known_tables(readings: Mapping[str, Reading] | Iterable[Reading]) -> tuple[Known, ...]:
    """Return tables that were read, as the scanner asks them."""
    found = readings.values() if isinstance(readings, Mapping) else readings
    return tuple(Known(one.dataset, one.frame, one.refusals) for one in found)


def bare(text: str) -> str:
    """Return an identifier without case and punctuation."""
    return re.sub(r"[\W_]+", "", plain(text)).translate(ALIKE).casefold()


def distinctive(value: str) -> bool:
    """Return whether a value names somebody wherever it stands: letters and digits, many digits, or a name."""
    if CJK.search(value):
        return len(value) >= 2
    if value.isdigit():
        return len(value) >= 6
    return len(value) >= 4


def _names(dataset: DataSet, column: Column) -> bool:
    if column.type != "text":
        return False
    return (
        column.role in NAMING or column.role == "sensitive" or (column.name in dataset.keys and column.role == "other")
    )


def _written(values: pd.Series) -> Values:
    if values.dtype.kind == "M":
        return np.array(values.dt.strftime("%Y-%m-%d").fillna("").tolist(), dtype=object)
    if values.dtype.kind in "iuf":
        return np.array([number_text(one) for one in values.to_numpy(dtype=np.float64).tolist()], dtype=object)
    return np.array(["" if one is None or one != one else plain(str(one)) for one in values.tolist()], dtype=object)  # noqa: PLR0124


def number_text(value: float) -> str:
    """Return a number as it is compared: to six significant digits, without needless zeros; "" for none."""
    if value != value or abs(value) == float("inf"):  # noqa: PLR0124
        return ""
    text = f"{value:.6g}"
    return text if "e" not in text else f"{float(text):.15f}".rstrip("0").rstrip(".")


def as_compared(cell: str) -> str:
    """Return the cell of a file as it is compared with the values of a table."""
    text = cell.strip()
    return number_text(float(text.replace(",", ""))) if NUMBER.fullmatch(text) else text


def _places(values: Values) -> dict[str, NDArray[np.int64]]:
    levels, codes = np.unique(values.astype(str), return_inverse=True)
    order = np.argsort(codes, kind="stable")
    groups = np.split(order, np.cumsum(np.bincount(codes, minlength=len(levels)))[:-1])
    return {level: group for level, group in zip(levels.tolist(), groups, strict=True) if level}


def _spellings(column: Column, values: pd.Series) -> dict[str, str]:
    found: dict[str, str] = {}
    for code, words in column.codes.items():
        found |= {plain(said).casefold(): str(code) for said in (str(code), words.ja, words.en) if said}
    if column.type == "text":
        found = {plain(str(one)).casefold(): plain(str(one)) for one in values.dropna().unique()}
    if column.type == "integer":
        found = {f"{name}={one:g}": f"{one:g}" for one in values.dropna().unique() for name in _called(column)}
    return {said: code for said, code in found.items() if not said.isdigit()}


def _called(column: Column) -> Sequence[str]:
    words = (column.name, column.header, column.label.ja, column.label.en)
    return [plain(one).casefold() for one in dict.fromkeys(words) if one]
