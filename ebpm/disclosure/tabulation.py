"""From rows to the cells of a table with all its margins, and who makes up each."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ebpm.disclosure.cube import Axis, Cube, Floats
from ebpm.disclosure.sensitive import Contributions, contributions
from ebpm.errors import DataError
from ebpm.moments.frame import Frame

if TYPE_CHECKING:
    from scipy.sparse import csr_array

MOST_CELLS = 20_000
Hierarchy = Mapping[str, str | Sequence[str]]


@dataclass(frozen=True, slots=True)
class Crossed:
    """A table of sums and who makes up its cells, in the order of `cube.cells`.

    Parameters
    ----------
    cube : the sums.
    made_of : one a cell.
    """

    cube: Cube
    made_of: tuple[Contributions, ...]


def names_of(by: str | Sequence[str]) -> tuple[str, ...]:
    """Return one name or several as a tuple."""
    return (by,) if isinstance(by, str) else tuple(by)


def crossed(
    data: Any, by: str | Sequence[str], *, amount: str = "", persons: str = "", unit: str = "",
    hierarchy: Hierarchy | None = None,
) -> Crossed:  # fmt: skip
    """Return the sums of a table by some columns, with all margins.

    Parameters
    ----------
    data : the rows.
    by : columns of the table's axes.
    amount : column that is added up; each row counts one where empty.
    persons : column with the number of persons of a row; each row is one person where empty.
    unit : column of the contributors; each row by itself where empty.
    hierarchy : by axis, the columns of its sums from the finest to the coarsest ({"school": ["ward"]}).

    Raises
    ------
    DataError : if a column is missing or has missing values, if a value has two sums, if the table has more than 20,000 cells.
    """
    frame = Frame.of(data)
    coded = [frame.codes(name, "by") for name in names_of(by)]
    axes = [
        _axis(frame, name, one, (hierarchy or {}).get(name, ())) for name, one in zip(names_of(by), coded, strict=True)
    ]
    _refuse_too_many(axes)
    shape = tuple(axis.leaves for axis in axes)
    places = np.ravel_multi_index([one.codes for one in coded], shape)
    ones = np.ones(len(frame))
    counted = frame.numbers(persons, "persons") if persons else ones
    added = frame.numbers(amount, "amount") if amount else counted
    held = frame.codes(unit, "unit").codes if unit else np.arange(len(frame))
    up = _adding(axes)
    sums, present = (up @ _matrix(places, held, values, int(np.prod(shape))) for values in (added, ones))
    leaves = np.bincount(places, weights=counted, minlength=int(np.prod(shape)))
    cube = Cube.of(axes, np.bincount(places, weights=added, minlength=int(np.prod(shape))).reshape(shape))
    return Crossed(cube, tuple(contributions(sums, present, up @ leaves)))


def _axis(frame: Frame, name: str, coded: Any, sums: str | Sequence[str]) -> Axis:
    levels, below = [], coded
    for column in names_of(sums):
        above = frame.codes(column, "hierarchy")
        pairs = np.unique(np.column_stack([below.codes, above.codes]), axis=0)
        twice = np.flatnonzero(np.bincount(pairs[:, 0]) > 1)
        if twice.size:
            raise DataError("disclosure_two_parents", column=name, node=below.levels[twice[0]], sums=column)
        levels.append({below.levels[low]: above.levels[high] for low, high in pairs.tolist()})
        below = above
    return Axis.of(name, list(coded.levels), *levels)


def _refuse_too_many(axes: Sequence[Axis]) -> None:
    cells = int(np.prod([len(axis.nodes) for axis in axes]))
    if cells > MOST_CELLS:
        raise DataError("disclosure_too_many_cells", cells=cells, most=MOST_CELLS)


def _adding(axes: Sequence[Axis]) -> csr_array:
    """Return the matrix, shape (cells, leaf cells), that adds leaf cells up."""
    from scipy.sparse import csr_array, kron

    return csr_array(
        reduce(lambda left, right: kron(left, right, format="csr"), [csr_array(one.aggregation()) for one in axes])
    )


def _matrix(places: NDArray[np.int64], held: NDArray[Any], values: Floats, leaves: int) -> csr_array:
    from scipy.sparse import csr_array

    return csr_array((values, (places, held)), shape=(leaves, int(held.max(initial=0)) + 1))
