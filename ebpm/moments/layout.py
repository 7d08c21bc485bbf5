"""Where each row of a long table belongs in a table of units by periods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError, DesignError
from ebpm.moments.frame import Codes, Floats, Frame, Ints, Labels, distinct

NAMED = 5


@dataclass(frozen=True, slots=True)
class Layout:
    """The places of N rows among U units and T periods.

    Parameters
    ----------
    units : label of each unit, in order, length U.
    periods : shape (T,), int64, ascending.
    place : unit x T + period of each row, shape (N,); empty where the rows fill the table in order.
    """

    units: Sequence[Any]
    periods: Ints
    place: Ints

    @property
    def shape(self) -> tuple[int, int]:
        return len(self.units), len(self.periods)

    @property
    def in_order(self) -> bool:
        return not len(self.place)

    def seen(self) -> NDArray[np.bool_]:
        """Return which units are seen in which periods, shape (U, T)."""
        if self.in_order:
            return np.ones(self.shape, dtype=np.bool_)
        seen = np.zeros(self.shape[0] * self.shape[1], dtype=np.bool_)
        seen[self.place] = True
        return seen.reshape(self.shape)

    def table(self, values: Floats) -> Floats:
        """Return one value a row, shape (N,), as units by periods, shape (U, T); missing where a unit is not seen."""
        if self.in_order:
            return values.reshape(self.shape)
        table = np.empty(self.shape[0] * self.shape[1])
        if len(self.place) < len(table):
            table.fill(np.nan)
        table[self.place] = values
        return table.reshape(self.shape)

    def unit_of_rows(self) -> Ints:
        """Return the place of the unit of each row, shape (N,)."""
        if self.in_order:
            return np.repeat(np.arange(self.shape[0]), self.shape[1])
        return self.place // self.shape[1]

    def constant(self, values: NDArray[Any]) -> tuple[NDArray[Any], Ints]:
        """Return one value a unit, shape (U,), and the units in which the values of the rows, shape (N,), differ."""
        if self.in_order:
            table = values.reshape(self.shape)
            if not _changes(values, self.shape[1]):
                return table[:, 0], np.empty(0, dtype=np.int64)
            differ = _differ(table, table[:, :1])
            return table[:, 0], np.flatnonzero(differ.any(axis=1)) if differ.any() else np.empty(0, dtype=np.int64)
        units = self.unit_of_rows()
        found = np.empty(self.shape[0], dtype=values.dtype)
        found[units] = values
        return found, np.unique(units[_differ(values, found[units])])

    def named(self, places: Ints) -> str:
        """Return the labels of some units for a message."""
        shown = ", ".join(str(self.units[place]) for place in places[:NAMED])
        return shown + (", …" if len(places) > NAMED else "")


def read_layout(frame: Frame, unit: str, time: str) -> Layout:
    """Return the layout of a long table with one row a unit and period.

    Raises
    ------
    DataError : periods that are not whole numbers, a unit and period twice.
    DesignError : a single period.
    """
    periods, units = whole_numbers(frame, time), frame.values(unit, "unit")
    ordered = _ordered(units, periods)
    if ordered > 1:
        return Layout(Labels(units[::ordered]), periods[:ordered], np.empty(0, dtype=np.int64))
    found, places = read_periods(periods, time)
    codes = frame.codes(unit, "unit")
    place = codes.codes * len(found) + places
    _refuse_duplicates(place, codes, found)
    return Layout(codes.levels, found, place)


def read_periods(periods: Ints, column: str) -> tuple[Ints, Ints]:
    """Return the distinct periods in order and the place of each row among them.

    Raises
    ------
    DesignError : a single period.
    """
    found, places = distinct(periods)
    if len(found) < 2:
        raise DesignError("panel_one_period", column=column, period=int(found[0]))
    return found, places


def whole_numbers(frame: Frame, column: str, argument: str = "time") -> Ints:
    """Return a column of periods as whole numbers.

    Raises
    ------
    DataError : if a value is missing or is not a whole number (a date, a half year).
    """
    values = frame.values(column, argument)
    if values.dtype.kind in "iu":
        return values.astype(np.int64, copy=False)
    if values.dtype.kind in "Mm":
        raise DataError("panel_not_whole", column=column, argument=argument, value=values[0], row=1)
    numbers = _numbers(frame, column, argument)
    broken = numbers != np.round(numbers)
    if broken.any():
        row = int(np.argmax(broken))
        raise DataError("panel_not_whole", column=column, argument=argument, value=numbers[row], row=row + 1)
    return numbers.astype(np.int64)


def _numbers(frame: Frame, column: str, argument: str) -> Floats:
    """Return a column as floats; labels of periods ("2019-04", "2019年度") are refused with what can take their place."""
    try:
        return frame.numbers(column, argument)
    except DataError as error:
        if error.code != "not_numeric":
            raise
        raise DataError("panel_not_whole", **error.facts) from None


def _ordered(units: NDArray[Any], periods: Ints) -> int:
    """Return the number of periods of a table whose rows are in order of unit and period without gaps, 0 of any other."""
    if units.dtype.kind not in "iu":
        return 0
    length = int(np.argmax(units[: len(units) // 2 + 1] != units[0]))
    if length < 2 or len(units) % length:
        return 0
    by_unit, by_period = units.reshape(-1, length), periods.reshape(-1, length)
    rising = (np.diff(by_unit[:, 0]) > 0).all() and (np.diff(by_period[0]) > 0).all()
    return length if rising and not _changes(units, length) and (periods[length:] == periods[:-length]).all() else 0


def _changes(values: NDArray[Any], length: int) -> bool:
    """Return whether a value differs from the one before it other than at every `length` rows; compared as they lie in memory."""
    changed = values[1:] != values[:-1]
    changed[length - 1 :: length] = False
    return bool(changed.any())


def _differ(values: NDArray[Any], others: NDArray[Any]) -> NDArray[np.bool_]:
    differ: NDArray[np.bool_] = values != others
    if values.dtype.kind == "f" and differ.any():
        differ &= ~(np.isnan(values) & np.isnan(others))
    return differ


def _refuse_duplicates(place: Ints, units: Codes, periods: Ints) -> None:
    counts = np.bincount(place)
    if counts.max() > 1:
        twice = np.flatnonzero(counts > 1)
        unit, period = units.levels[twice[0] // len(periods)], int(periods[twice[0] % len(periods)])
        raise DataError("panel_duplicates", count=len(twice), unit=unit, period=period, rows=int(counts[twice[0]]))
