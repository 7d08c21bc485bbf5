"""A cell for each combination of keys: of a grid where their labels are few, else of a hash table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ebpm.moments.frame import Floats, Ints
from ebpm.moments.scans.gathered.columns import codes_of
from ebpm.moments.scans.gathered.tally import RUN, Tally
from ebpm.moments.scans.gathered.units import Hashed, OddError
from ebpm.moments.scans.groups.request import MOST_GROUPS

GRID = 1 << 17


class CrowdedError(Exception):
    """More combinations of keys than are summed."""


class Key(Protocol):
    """Labels of rows as whole numbers from `first` on, in a range of `size`."""

    @property
    def first(self) -> int:
        """The least number."""

    @property
    def size(self) -> int:
        """How many numbers there are from there to the greatest."""

    def numbers(self, column: Any) -> NDArray[Any]:
        """Return the numbers of an Arrow column of labels, shape (n,)."""

    def labels(self, numbers: Ints) -> list[Any]:
        """Return the labels that numbers stand for."""


@dataclass(slots=True)
class Counted:
    """Labels that are whole numbers, dates or booleans: numbers already.

    Parameters
    ----------
    kind : Arrow type.
    """

    kind: Any
    first: int = 0
    size: int = 0

    def numbers(self, column: Any) -> NDArray[Any]:
        """Return the numbers of a column."""
        if column.null_count:
            raise OddError
        values: NDArray[Any] = column.cast(_whole(self.kind)).to_numpy()
        low, high = int(values.min()), int(values.max())
        if self.size:  # what grows once will grow again: rows are often in order of their keys
            last = self.first + self.size - 1
            low = self.first if low >= self.first else low - self.size
            high = last if high <= last else high + self.size
        self.first, self.size = low, high - low + 1
        return values

    def labels(self, numbers: Ints) -> list[Any]:
        """Return the labels that numbers stand for."""
        import pyarrow as pa

        date, truth = pa.types.is_date32(self.kind), pa.types.is_boolean(self.kind)
        found: list[Any] = numbers.astype("datetime64[D]" if date else np.bool_ if truth else np.int64).tolist()
        return found


@dataclass(slots=True)
class Listed:
    """Labels of any other kind, numbered as they turn up.

    Parameters
    ----------
    first : number.
    known : labels and their numbers.
    ordered : whether texts came in long runs so far.
    words : texts as an Arrow array, in which looking up is quicker than numbering a column anew.
    """

    first: int = 0
    known: dict[Any, int] = field(default_factory=dict)
    ordered: bool = True
    words: Any = None

    @property
    def size(self) -> int:
        """How many there are."""
        return len(self.known)

    def numbers(self, column: Any) -> NDArray[Any]:
        """Return the numbers of a column."""
        import pyarrow as pa

        kind = column.type
        if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)) or column.null_count:
            return codes_of(column, self.known)
        if self.ordered:
            runs = pa.compute.run_end_encode(column)
            self.ordered = len(runs.values) * RUN < len(column)
            return np.repeat(codes_of(runs.values, self.known), np.diff(runs.run_ends.to_numpy(), prepend=0))
        found = None if self.words is None else pa.compute.index_in(column, value_set=self.words)
        if found is not None and not found.null_count:
            numbers: NDArray[Any] = found.to_numpy()
            return numbers
        codes = codes_of(column, self.known)
        self.words = pa.array(self.known, type=kind)
        return codes

    def labels(self, numbers: Ints) -> list[Any]:
        """Return the labels that numbers stand for."""
        labels = list(self.known)
        return [labels[number] for number in numbers.tolist()]


def key_for(kind: Any) -> Key:
    """Return the key for an Arrow type."""
    import pyarrow as pa

    whole = pa.types.is_integer(kind) and kind != pa.uint64()
    return Counted(kind) if whole or pa.types.is_boolean(kind) or pa.types.is_date32(kind) else Listed()


def _whole(kind: Any) -> Any:
    import pyarrow as pa

    return pa.int8() if pa.types.is_boolean(kind) else pa.int32() if pa.types.is_date32(kind) else kind


@dataclass(slots=True)
class Groups:
    """The combinations of keys that turned up, and sums by their cells.

    Parameters
    ----------
    keys : one a column.
    tally : sums by cell, which move when the grid grows.
    frame : first number and size of each key in the grid as it stands.
    hashed : the cells where the grid would be too large.
    rows : that were added.
    """

    keys: list[Key] = field(default_factory=list)
    tally: Tally = field(default_factory=Tally)
    frame: tuple[tuple[int, int], ...] = ()
    hashed: Hashed | None = None
    rows: int = 0

    def add(
        self, labels: list[Any], columns: Sequence[Floats], *, rows: int, products: bool, weight: Floats | None = None
    ) -> None:
        """Add rows.

        Parameters
        ----------
        labels : Arrow columns, one a key.
        columns : whole numbers, shape (n,) each.
        rows : n.
        products : whether to sum products too.
        weight : whole numbers, shape (n,), with which sums are taken too.

        Raises
        ------
        OddError : missing labels.
        CrowdedError : more than 500,000 combinations.
        """
        self.keys = self.keys or [key_for(column.type) for column in labels]
        cells = self._cells(labels) if labels else np.zeros(rows, dtype=np.int64)
        self.tally.grow(self.size)
        self.tally.add(cells, columns, products=products, weight=weight)
        self.rows += rows

    @property
    def size(self) -> int:
        """How many cells there are."""
        return self.hashed.size if self.hashed else prod(size for _, size in self.frame)

    def _cells(self, columns: list[Any]) -> Ints:
        numbers = [key.numbers(column) for key, column in zip(self.keys, columns, strict=True)]
        frame = tuple((key.first, key.size) for key in self.keys)
        if self.hashed is None and frame != self.frame:
            self._lay(frame)
        return self._at(numbers)

    def _at(self, numbers: list[NDArray[Any]]) -> Ints:
        if self.hashed is not None:
            found: Ints = self.hashed.places(np.column_stack([one.astype(np.int64) for one in numbers]))
            if self.hashed.size > MOST_GROUPS:
                raise CrowdedError
            return found
        cells: Ints = numbers[0].astype(np.int64)
        cells -= self.frame[0][0]
        for one, (first, size) in zip(numbers[1:], self.frame[1:], strict=True):
            cells *= size
            cells += one.astype(np.int64)
            cells -= first
        return cells

    def _lay(self, frame: tuple[tuple[int, int], ...]) -> None:
        """Move what was summed into a grid that holds the new labels too."""
        old = self.tally.occupied() if self.tally.size else np.empty(0, dtype=np.int64)
        numbers = self._numbers(old)
        self.frame = frame
        if prod(size for _, size in frame) > GRID:
            self.hashed = Hashed()
        if len(old):
            new = self._at(list(numbers.T))
            self.tally.move(old, new, self.size)

    def labels(self, cells: Ints) -> list[tuple[list[Any], Ints]]:
        """Return, for each key, the labels of cells, each once, and the code of each cell among them."""
        found = [np.unique(numbers, return_inverse=True) for numbers in self._numbers(cells).T]
        return [(key.labels(levels), codes) for key, (levels, codes) in zip(self.keys, found, strict=True)]

    def _numbers(self, cells: Ints) -> Ints:
        if self.hashed is not None:
            found: Ints = self.hashed.words[: len(self.keys), cells].T
            return found
        if not (len(cells) and self.keys):
            return np.empty((len(cells), len(self.keys)), dtype=np.int64)
        places = np.unravel_index(cells, tuple(size for _, size in self.frame))
        return np.column_stack([place + first for place, (first, _) in zip(places, self.frame, strict=True)])
