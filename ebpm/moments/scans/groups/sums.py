"""Exact sums of numbers by keys: what a scan finds, what a file holds, what trials, surveys and series need."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction
from math import lcm
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError
from ebpm.moments.frame import Codes, Floats, Ints
from ebpm.moments.scans.fixed_point import Fixed
from ebpm.moments.scans.words import Wholes

Group = tuple[Any, ...]
NOWHERE: Mapping[str, Fraction] = {}


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupSums:
    """Sums of w^p v v' over the rows of each combination of keys, as exact whole numbers, with v = (1, q_1, ..., q_m).

    Parameters
    ----------
    keys : columns of labels.
    numbers : columns of numbers, length m.
    weights : column of weights; empty where rows are not weighted.
    groups : the combinations that occur, length G, in order.
    moments : shape (G, P, R, m + 1), Python integers: P = 3 powers of the weight (0, 1, 2), or 1 without; R = m + 1 rows, or 1 where
        products were not asked for. Entry (g, 0, 0, 0) is the number of rows, (g, 0, 0, j) the sum of q_j.
    fixed : how numbers, and weights after them, are written as whole numbers; weights without a shift.
    heaviest : the largest weight; 0 without weights.
    """

    keys: tuple[str, ...]
    numbers: tuple[str, ...]
    weights: str = ""
    groups: tuple[Group, ...]
    moments: Wholes
    fixed: tuple[Fixed, ...]
    heaviest: float = 0.0

    def __len__(self) -> int:
        return len(self.groups)

    def __add__(self, other: GroupSums) -> GroupSums:
        """Return the sums of both tables together, exactly, in whatever steps each was written.

        Raises
        ------
        DataError : if they are of different columns, products are kept in one alone, or the other is no sums by keys.
        """
        if not isinstance(other, GroupSums):
            raise DataError("scan_families_differ", left=type(self).__name__, right=type(other).__name__)
        if self._columns != other._columns:
            raise DataError("scan_columns_differ", left=", ".join(self._columns), right=", ".join(other._columns))
        if self.products != other.products:
            raise DataError("scan_products_differ")
        fixed = tuple(one.common(two) for one, two in zip(self.fixed, other.fixed, strict=True))
        left, right = self.in_steps(fixed), other.in_steps(fixed)
        both = replace(
            left, groups=left.groups + right.groups, moments=np.concatenate([left.moments, right.moments]),
            heaviest=max(self.heaviest, other.heaviest),
        )  # fmt: skip
        return both.merged(both.groups)

    def in_steps(self, fixed: tuple[Fixed, ...]) -> GroupSums:
        """Return the same sums in other steps: q' = a q + b, w' = c w."""
        m, change = len(self.numbers), np.zeros((len(self.numbers) + 1, len(self.numbers) + 1), dtype=object)
        change[0, 0] = 1
        for place in range(m):
            a, b = self.fixed[place].change(fixed[place])
            change[place + 1, place + 1], change[place + 1, 0] = a, b
        moments = self._mapped(change)
        if self.weights:
            scale = self.fixed[m].change(fixed[m])[0]
            moments = moments * np.array([1, scale, scale**2], dtype=object)[:, None, None]
        return replace(self, moments=moments, fixed=fixed)

    def _mapped(self, change: Wholes) -> Wholes:
        """Return the moments of other numbers A v."""
        rows = self.moments.shape[2]
        mapped: Wholes = change[:rows, :rows] @ self.moments @ change.T
        return mapped

    def merged(self, renamed: Sequence[Group]) -> GroupSums:
        """Return the sums of groups under other labels, shape (G,); those that become alike are summed."""
        groups = in_order(set(renamed))
        place = {group: at for at, group in enumerate(groups)}
        moments = np.zeros((len(groups), *self.moments.shape[1:]), dtype=object)
        np.add.at(moments, [place[group] for group in renamed], self.moments)
        return replace(self, groups=groups, moments=moments)

    @property
    def _columns(self) -> tuple[str, ...]:
        return (*self.keys, *self.numbers, *([self.weights] if self.weights else []))

    @property
    def products(self) -> bool:
        """Whether products of numbers were summed."""
        return self.moments.shape[2] > 1 or not self.numbers

    @property
    def counts(self) -> Ints:
        """Rows of each group, shape (G,)."""
        return self.moments[:, 0, 0, 0].astype(np.int64)

    @property
    def rows(self) -> int:
        """Rows of all groups."""
        return int(self.moments[:, 0, 0, 0].sum())

    def labels(self, key: str) -> list[Any]:
        """Return the label of each group in one key."""
        place = self.keys.index(key)
        return [group[place] for group in self.groups]

    def codes(self, key: str) -> Codes:
        """Return the labels of the groups in one key as codes into its sorted levels."""
        labels = self.labels(key)
        levels = tuple(levels_of(labels))
        place = {level: code for code, level in enumerate(levels)}
        return Codes(np.array([place[label] for label in labels], dtype=np.int64), levels)

    def where(self, keep: NDArray[np.bool_]) -> GroupSums:
        """Return some groups."""
        at = np.flatnonzero(keep)
        return replace(self, groups=tuple(self.groups[j] for j in at), moments=self.moments[at])

    def by(self, keys: Sequence[str]) -> GroupSums:
        """Return the sums over all keys but some."""
        places = [self.keys.index(key) for key in keys]
        merged = self.merged([tuple(group[place] for place in places) for group in self.groups])
        return replace(merged, keys=tuple(keys))

    def answering(self, keys: Sequence[str], numbers: Sequence[str], weights: str) -> GroupSums:
        """Return the sums that were asked for out of these, over all other keys.

        Raises
        ------
        DataError : if a key, a number or the weights were not summed.
        """
        asked = [*keys, *numbers, *([weights] if weights else [])]
        lost = [*(set(keys) - set(self.keys)), *(set(numbers) - set(self.numbers)), *({weights} - {"", self.weights})]
        if lost:
            raise DataError("scan_columns_differ", left=", ".join(asked), right=", ".join(self._columns))
        places = [self.numbers.index(number) for number in numbers]
        at = [0, *(place + 1 for place in places)]
        moments = self.moments[:, : 3 if weights else 1][..., at]
        moments = moments[:, :, at] if self.moments.shape[2] > 1 else moments
        fixed = (*(self.fixed[place] for place in places), *self.fixed[len(self.numbers) :][: len(weights)])
        heaviest = self.heaviest if weights else 0.0
        return replace(
            self, numbers=tuple(numbers), weights=weights, moments=moments, fixed=fixed, heaviest=heaviest
        ).by(keys)

    def totals(self, number: str = "", *, power: int = 0) -> list[Fraction]:
        """Return, for each group, the exact sum of w^power times a number, or of w^power alone.

        Parameters
        ----------
        number : its column; empty for the weights alone, or the count of rows.
        power : 0, 1 or 2.
        """
        size = self.moments[:, power, 0, 0]
        unit = self.fixed[-1].scale ** power if power else 1
        if not number:
            return [Fraction(int(one)) / unit for one in size]
        place = self.numbers.index(number)
        steps, fixed = self.moments[:, power, 0, place + 1], self.fixed[place]
        return [fixed.total(count=int(n), steps=int(q)) / unit for n, q in zip(size, steps, strict=True)]

    def mean(self, number: str, *, power: int = 0) -> Fraction:
        """Return the exact mean of a number over all rows, weighted by w^power."""
        place = self.numbers.index(number)
        size, steps = (int(one) for one in self.moments[:, power, 0, [0, place + 1]].sum(axis=0))
        return self.fixed[place].total(count=size, steps=steps) / size

    def about(self, centres: Mapping[str, Fraction] = NOWHERE) -> Floats:
        """Return the sums of w^p x x' with x = (1, numbers less their centres), in the units of the columns, each rounded once.

        Parameters
        ----------
        centres : of numbers by column; zero where none is named.

        Returns
        -------
        Shape (G, P, R, m + 1).

        Raises
        ------
        DataError : sums of squares beyond the largest float.
        """
        size = len(self.numbers) + 1
        change, below = np.zeros((size, size), dtype=object), [1]
        change[0, 0] = 1
        for place, (number, fixed) in enumerate(zip(self.numbers, self.fixed, strict=False), start=1):
            slope, level = 1 / fixed.scale, fixed.shift / fixed.scale - centres.get(number, Fraction())
            common = lcm(slope.denominator, level.denominator)
            change[place, place], change[place, 0] = int(slope * common), int(level * common)
            below.append(common)
        whole = self._mapped(change)
        unit = self.fixed[-1].scale if self.weights else Fraction(1)
        result = np.empty(whole.shape)
        for power, row, column in np.ndindex(*whole.shape[1:]):
            if column < row:
                result[:, power, row, column] = result[:, power, column, row]
                continue
            divided = below[row] * below[column] * unit.numerator**power
            times = unit.denominator**power
            try:
                result[:, power, row, column] = [one * times / divided for one in whole[:, power, row, column].tolist()]
            except OverflowError:
                raise DataError("scan_too_large", columns=", ".join(self.numbers)) from None
        return result

    @property
    def digest(self) -> str:
        """SHA-256 of all that the sums hold."""
        text = repr(
            (self._columns, self.groups, self.moments.tolist(), [one.as_text() for one in self.fixed], self.heaviest)
        )
        return hashlib.sha256(text.encode()).hexdigest()


def in_order(groups: set[Group]) -> tuple[Group, ...]:
    """Return combinations of labels sorted key by key: numbers and dates by value, labels of several kinds as text.

    Examples
    --------
    >>> in_order({(10, "b"), (9, "b"), (9, "a")})
    ((9, 'a'), (9, 'b'), (10, 'b'))
    """
    if not any(mixed := [_mixed(labels) for labels in zip(*groups, strict=True)]):
        return tuple(sorted(groups))
    return tuple(
        sorted(
            groups, key=lambda group: tuple(str(one) if text else one for one, text in zip(group, mixed, strict=True))
        )
    )


def levels_of(labels: Iterable[Any]) -> list[Any]:
    """Return labels, each once, in the order of `in_order`."""
    levels = set(labels)
    return sorted(levels, key=str) if _mixed(levels) else sorted(levels)


def _mixed(labels: Iterable[Any]) -> bool:
    return len({type(label) for label in labels}) > 1
