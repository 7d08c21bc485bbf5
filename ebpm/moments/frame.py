"""The door between tables and arrays: named columns of any frame that Narwhals knows, checked, as numpy."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
from narwhals.exceptions import DuplicateError
from numpy.typing import NDArray

from ebpm.errors import DataError, did_you_mean
from ebpm.moments.naming import named_columns
from ebpm.moments.scans.fixed_point import bounded
from ebpm.moments.scans.opening import scan_of
from ebpm.moments.scans.size import refuse_beyond

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
DENSE = 4
EVERY = slice(None)
SAMPLED = 10_000


@dataclass(frozen=True, slots=True, eq=False)
class Labels(Sequence[Any]):
    """Values of a column as plain Python objects, made when they are asked for.

    Parameters
    ----------
    values : shape (n,).
    """

    values: NDArray[Any]

    def __len__(self) -> int:
        return len(self.values)

    def __getitem__(self, place: Any) -> Any:
        return self.values[place].tolist()

    def __iter__(self) -> Iterator[Any]:
        return iter(self.values.tolist())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Sequence) and tuple(self) == tuple(other)

    def __hash__(self) -> int:
        return hash(tuple(self))


@dataclass(frozen=True, slots=True)
class Codes:
    """A column as codes into its sorted levels.

    Parameters
    ----------
    codes : shape (n,), int64, in 0 .. len(levels) - 1.
    levels : the distinct values in order.
    """

    codes: Ints
    levels: Sequence[Any]

    def __len__(self) -> int:
        return len(self.levels)

    def counts(self) -> Ints:
        """Return the number of rows of each level."""
        return np.bincount(self.codes, minlength=len(self.levels)).astype(np.int64)

    def of_rows(self, rows: Ints) -> Codes:
        """Return the codes of some rows, with the levels that they have."""
        left, codes = np.unique(self.codes[rows], return_inverse=True)
        return Codes(codes.astype(np.int64), tuple(self.levels[place] for place in left))


@dataclass(frozen=True, slots=True)
class Frame:
    """A table whose columns are handed out as checked arrays; the caller's data is never changed."""

    native: nw.DataFrame[Any]

    @classmethod
    def of(cls, data: Any) -> Frame:
        """Return the frame of a table.

        Raises
        ------
        DataError : if the table is of an unknown kind, has no rows, or has two columns of one name.
        DesignError : a table that lies elsewhere, beyond its budget of memory.
        """
        if isinstance(data, Frame):
            return data
        if (found := scan_of(data)) is not None:
            refuse_beyond(found)
            data = found.table
        try:
            table = nw.from_native(data)
        except TypeError:
            raise DataError("unknown_frame", kind=type(data).__name__) from None
        except DuplicateError:
            raise DataError("columns_twice", columns=_twice(data)) from None
        eager = table.collect() if isinstance(table, nw.LazyFrame) else table
        if not len(eager):
            raise DataError("empty_data", rows=0)
        return cls(eager)

    def __len__(self) -> int:
        return len(self.native)

    def values(self, column: str, argument: str) -> NDArray[Any]:
        """Return a column as it is; times of a time zone as its clocks show them.

        Parameters
        ----------
        column : its name.
        argument : the parameter through which the caller named it; for the error message.

        Raises
        ------
        DataError : if there is no such column.
        """
        if column not in self.native.columns or not isinstance(column, str):
            raise self._missing(column, argument)
        series = self.native[column]
        zoned = isinstance(series.dtype, nw.Datetime) and series.dtype.time_zone is not None
        return (series.dt.replace_time_zone(None) if zoned else series).to_numpy()

    def _missing(self, column: Any, argument: str) -> DataError:
        """Return what is to be said of a column that cannot be taken: a number as its name, a level of the index, none of that name."""
        names, index = self.native.columns, getattr(nw.to_native(self.native), "index", None)
        if column in names or column in getattr(index, "names", ()):
            code = "column_not_text" if column in names else "column_in_index"
            return DataError(code, argument=argument, column=column)
        columns, near = ", ".join(map(str, names)), did_you_mean(column, names)
        return DataError("missing_column", argument=argument, column=column, columns=columns, near=near)

    def present(self, column: str, argument: str) -> NDArray[np.bool_]:
        """Return which rows of a column are not missing."""
        self.values(column, argument)
        series = self.native[column]
        missing = series.is_null()
        if series.dtype.is_float():
            missing = missing | series.is_nan()
        return ~missing.to_numpy().astype(bool)

    def numbers(self, column: str, argument: str) -> Floats:
        """Return a column as floats, shape (n,).

        Raises
        ------
        DataError : if values are missing, infinite or not numbers; outcomes whose squares are not floats.
        """
        return self.finite(column, argument).astype(np.float64)

    def finite(self, column: str, argument: str) -> NDArray[Any]:
        """Return a column of finite numbers as it is, which must not be changed, shape (n,).

        Raises
        ------
        DataError : as `numbers`.
        """
        values = self.values(column, argument)
        if values.dtype.kind in "iu" or (values.dtype.kind == "f" and bounded(values, argument)):
            return values
        self._refuse_missing(column, argument)
        if values.dtype.kind in "Mmc":
            raise DataError("not_numeric", column=column, argument=argument, value=str(values[0]), row=1)
        try:
            numbers = values.astype(np.float64)
        except (TypeError, ValueError):
            row = next(i for i, value in enumerate(values) if not _is_number(value))
            raise DataError("not_numeric", column=column, argument=argument, value=values[row], row=row + 1) from None
        if not bounded(numbers, argument):
            row = int(np.argmin(np.isfinite(numbers))) + 1
            raise DataError("infinite_values", column=column, argument=argument, row=row)
        return numbers

    def matrix(self, columns: Sequence[str], argument: str) -> Floats:
        """Return several columns as floats, shape (n, k)."""
        found = [self.numbers(column, argument) for column in named_columns(columns, argument)]
        return np.column_stack(found) if found else np.empty((len(self), 0))

    def stacked(self, columns: Sequence[tuple[str, str]], rows: Ints | slice = EVERY) -> Floats:
        """Return several columns, named with their arguments, as floats, shape (n, k), each contiguous in memory.

        Parameters
        ----------
        columns : name and argument of each.
        rows : places of the rows, in the order that is wanted.
        """
        matrix = np.empty((len(self), len(columns)), order="F")
        for j, (column, argument) in enumerate(columns):
            _gather(self.finite(column, argument), rows, matrix[:, j])
        return matrix

    def weights(self, column: str, argument: str = "weights") -> Floats:
        """Return a column of weights.

        Raises
        ------
        DataError : if a weight is zero or negative.
        """
        weights = self.numbers(column, argument)
        if (weights <= 0).any():
            row = int(np.argmax(weights <= 0))
            raise DataError("negative_weights", column=column, row=row + 1, value=weights[row])
        return weights

    def codes(self, column: str, argument: str) -> Codes:
        """Return a column of labels as codes into its sorted levels.

        Raises
        ------
        DataError : if values are missing.
        """
        self._refuse_missing(column, argument)
        values = self.values(column, argument)
        if values.dtype.kind in "OUT":
            values = values.astype(str) if _mixed(values) else values.astype(object)
        levels, codes = distinct(values)
        return Codes(codes, tuple(levels.tolist()))

    def rows(self, keep: NDArray[np.bool_]) -> Frame:
        """Return the frame of some rows."""
        return Frame(self.native.filter(keep.tolist()))

    def _refuse_missing(self, column: str, argument: str) -> None:
        if self.values(column, argument).dtype.kind in "biu":
            return
        present = self.present(column, argument)
        if not present.all():
            count, row = int((~present).sum()), int(np.argmin(present)) + 1
            raise DataError("missing_values", column=column, argument=argument, count=count, row=row)


def _gather(values: NDArray[Any], rows: Ints | slice, target: Floats) -> None:
    """Write some rows of a column, shape (n,), as floats; zeros and ones, which eight times as many of fit the processor's cache, as such."""
    if isinstance(rows, slice) or values.dtype != np.float64:
        target[:] = values[rows]
        return
    if len(ones := zeros_and_ones(values)):
        target[:] = ones[rows]
    else:
        np.take(values, rows, out=target, mode="clip")


def zeros_and_ones(values: NDArray[Any]) -> NDArray[np.bool_]:
    """Return which values are one, shape (n,), where all others are zero; shape (0,) otherwise."""
    ones: NDArray[np.bool_] = values == 1
    if (ones[:SAMPLED] | (values[:SAMPLED] == 0)).all() and (ones | (values == 0)).all():
        return ones
    return np.empty(0, dtype=np.bool_)


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def distinct(values: NDArray[Any]) -> tuple[NDArray[Any], Ints]:
    """Return the sorted distinct values and the place of each value among them."""
    if values.dtype.kind in "iu" and len(values):
        low, high = int(values.min()), int(values.max())
        if high - low < DENSE * len(values):
            places = (values - low if low else values).astype(np.int64, copy=False)
            found = np.zeros(high - low + 1, dtype=np.bool_)
            found[places] = True
            levels = np.flatnonzero(found).astype(values.dtype) + values.dtype.type(low)
            return levels, places if len(levels) == len(found) else (np.cumsum(found) - 1)[places]
    levels, codes = np.unique(values, return_inverse=True)
    return levels, codes.astype(np.int64)


def _twice(data: Any) -> str:
    """Return the names that more than one column of a table has."""
    names = [str(one) for one in data.columns]
    return ", ".join(sorted({one for one in names if names.count(one) > 1}))


def _mixed(values: NDArray[Any]) -> bool:
    return len({type(value) for value in values.tolist()}) > 1


def one_of(value: str, choices: Sequence[str], argument: str) -> str:
    """Return an argument that must be one of some choices.

    Raises
    ------
    DataError : if it is none of them.
    """
    if value not in choices:
        raise DataError("bad_choice", argument=argument, value=value, choices=", ".join(choices))
    return value
