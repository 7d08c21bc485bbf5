"""Tables with margins: axes with sums of any depth, the cells of their product, and the equations that tie them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import product
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError
from ebpm.texts import label

if TYPE_CHECKING:
    from scipy.sparse import csr_array

Floats = NDArray[np.float64]
Sums = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Total:
    """The node of an axis that is the sum of all its leaves."""

    def words(self, lang: str | None = None) -> str:
        return label("disclosure_total", lang)

    def __str__(self) -> str:
        return self.words()


TOTAL = Total()


@dataclass(frozen=True, slots=True)
class Axis:
    """One classification of a table: leaves, sums of leaves, sums of sums, and the total last.

    Parameters
    ----------
    name : the column.
    nodes : leaves first, then sums from the finest to the total.
    children : for each node the places of the nodes that it is the sum of; empty for a leaf.
    """

    name: str
    nodes: tuple[Any, ...]
    children: tuple[tuple[int, ...], ...]

    @classmethod
    def of(cls, name: str, leaves: Sequence[Any], *levels: Mapping[Any, Any]) -> Axis:
        """Return the axis of some leaves.

        Parameters
        ----------
        name : the column.
        leaves : its values, each once.
        levels : mappings from each leaf or sum to the sum that holds it, from the finest to the coarsest.

        Raises
        ------
        DataError : if a node has no place in a level.
        """
        nodes = list(leaves)
        children: list[tuple[int, ...]] = [() for _ in leaves]
        newest = list(range(len(nodes)))
        for level in levels:
            missing = [nodes[place] for place in newest if nodes[place] not in level]
            if missing:
                raise DataError("disclosure_no_parent", column=name, node=missing[0])
            grouped: dict[Any, list[int]] = {}
            for place in newest:
                grouped.setdefault(level[nodes[place]], []).append(place)
            newest = list(range(len(nodes), len(nodes) + len(grouped)))
            nodes += list(grouped)
            children += [tuple(held) for held in grouped.values()]
        return cls(name, (*nodes, TOTAL), (*children, tuple(newest)))

    @property
    def leaves(self) -> int:
        return sum(not held for held in self.children)

    def aggregation(self) -> Floats:
        """Return the matrix, shape (nodes, leaves), that adds leaves up to nodes."""
        found = np.eye(len(self.nodes), self.leaves)
        for node, held in enumerate(self.children):
            if held:
                found[node] = found[list(held)].sum(axis=0)
        return found


@dataclass(frozen=True, slots=True)
class Cube:
    """Every cell of the product of some axes.

    Parameters
    ----------
    axes : the classifications.
    values : shape (nodes of the first axis, nodes of the second, …).
    """

    axes: tuple[Axis, ...]
    values: Floats

    @classmethod
    def of(cls, axes: Sequence[Axis], leaves: NDArray[Any]) -> Cube:
        """Return the cube whose leaf cells are given, shape (leaves of the first axis, …)."""
        return cls(tuple(axes), added_up(axes, leaves))

    @property
    def cells(self) -> tuple[tuple[Any, ...], ...]:
        """The names of the cells in the order of `values.ravel()`."""
        return tuple(product(*(axis.nodes for axis in self.axes)))

    @property
    def depth(self) -> NDArray[np.int64]:
        """On how many axes each cell is a sum, in the order of the cells."""
        sums = [np.array([bool(held) for held in axis.children], dtype=np.int64) for axis in self.axes]
        found: NDArray[np.int64] = reduce(np.add.outer, sums).ravel()
        return found

    def equations(self) -> csr_array:
        """Return the sums that hold between cells, shape (equations, cells): each row times the values is zero."""
        from scipy.sparse import csr_array

        rows, columns, signs = [], [], []
        for number, (whole, parts) in enumerate(self._sums()):
            rows += [number] * (1 + len(parts))
            columns += [whole, *parts]
            signs += [-1.0, *([1.0] * len(parts))]
        count = (max(rows) + 1 if rows else 0, self.values.size)
        return csr_array((signs, (rows, columns)), shape=count)

    def _sums(self) -> Iterator[tuple[int, tuple[int, ...]]]:
        places = np.arange(self.values.size).reshape(self.values.shape)
        for at, axis in enumerate(self.axes):
            lines = np.moveaxis(places, at, 0).reshape(len(axis.nodes), -1)
            for node, held in enumerate(axis.children):
                if held:
                    yield from ((int(line[node]), tuple(line[list(held)].tolist())) for line in lines.T)


def added_up(axes: Sequence[Axis], leaves: NDArray[Any]) -> Floats:
    """Return the values of all cells from those of the leaf cells."""
    found = np.asarray(leaves, dtype=np.float64)
    for at, axis in enumerate(axes):
        found = np.moveaxis(np.tensordot(axis.aggregation(), found, axes=(1, at)), 0, at)
    return found
