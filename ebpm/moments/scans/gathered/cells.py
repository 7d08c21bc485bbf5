"""Outcomes of units by periods in as few bytes as hold each of them exactly: whole numbers of a decimal place, else floats."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.moments.frame import Floats, Ints
from ebpm.moments.scans.fixed_point import Fixed
from ebpm.moments.scans.gathered.units import OddError
from ebpm.moments.scans.profile import DECIMALS, Range, tight

WHOLE = (np.dtype(np.int16), np.dtype(np.int32))
FLOAT = np.dtype(np.float64)
CHUNK = 1 << 14
Kind = np.dtype[Any]


class TooLargeError(Exception):
    """More bytes than the cells may take."""


@dataclass(slots=True)
class Cells:
    """A table of numbers that grows, one row a place and one column a period; a cell that was not filled holds a value of its own.

    A number v is kept as the whole number k for which k / 10^decimals is v to the last bit; where there is none, all are kept as floats.

    Parameters
    ----------
    width : columns.
    limit : bytes that it may take.
    held : the cells, row after row.
    decimals : of the whole numbers; of no meaning where floats are held.
    low, high : least and greatest number so far.
    begun : whether there is one.
    """

    width: int
    limit: int
    held: NDArray[Any] = field(default_factory=lambda: np.empty(0, dtype=WHOLE[0]))
    decimals: int = 0
    low: float = np.inf
    high: float = -np.inf
    begun: bool = False

    @property
    def whole(self) -> bool:
        """Whether whole numbers are held."""
        return self.held.dtype != FLOAT

    def grow(self, rows: int) -> None:
        """Make room for so many rows.

        Raises
        ------
        TooLargeError : beyond the limit.
        """
        start, size = len(self.held), rows * self.width
        if size > start:
            self._fits(size * self.held.itemsize)
            self.held.resize(size, refcheck=False)
            self.held[start:] = _empty(self.held.dtype)

    def fill(self, at: Ints, values: Floats) -> None:
        """Put numbers in their cells.

        Raises
        ------
        OddError : a number that is missing or infinite.
        TooLargeError : numbers that need more bytes than there are.
        """
        low, high = float(values.min()), float(values.max())
        if not (np.isfinite(low) and np.isfinite(high)):
            raise OddError
        self.low, self.high = min(self.low, low), max(self.high, high)
        found = self._wholes(values)
        if found is None and self.whole:
            self._refit(values)
            found = self._wholes(values)
        self.held[at], self.begun = values if found is None else found, True

    def _wholes(self, values: Floats) -> NDArray[Any] | None:
        if not self.whole or not _within(self.low, self.high, self.decimals, self.held.dtype):
            return None
        whole = _steps(values, self.decimals)
        return None if whole is None else whole.astype(self.held.dtype)

    def _refit(self, values: Floats) -> None:
        """Hold the cells in the least kind that takes the values too."""
        for decimals in range(self.decimals, DECIMALS + 1):
            if _steps(values, decimals) is None:
                continue
            for kind in WHOLE:
                if kind.itemsize >= self.held.itemsize and _within(self.low, self.high, decimals, kind):
                    self._change(kind, decimals)
                    return
            break
        self._change(FLOAT, self.decimals)

    def _change(self, kind: Kind, decimals: int) -> None:
        self._fits(len(self.held) * kind.itemsize)
        if not self.begun:
            self.held, self.decimals = np.full(len(self.held), _empty(kind), dtype=kind), decimals
            return
        held = np.empty(len(self.held), dtype=kind)
        for start in range(0, len(held), CHUNK):
            part = slice(start, start + CHUNK)
            filled = self.held[part] != _empty(self.held.dtype)
            values = np.where(filled, self.held[part] / 10.0**self.decimals, 0.0)
            numbers = values if kind == FLOAT else np.rint(values * 10.0**decimals)
            held[part] = np.where(filled, numbers, _empty(kind))
        self.held, self.decimals = held, decimals

    def _fits(self, size: int) -> None:
        if size > self.limit:
            raise TooLargeError

    def filled(self, rows: Ints | slice) -> NDArray[np.bool_]:
        """Return which cells of some rows are filled, shape (n, width)."""
        found = self.held.reshape(-1, self.width)[rows]
        filled: NDArray[np.bool_] = found != _empty(self.held.dtype) if self.whole else ~np.isnan(found)
        return filled

    def count(self) -> int:
        """Return how many cells are filled."""
        rows = len(self.held) // self.width
        return sum(int(np.count_nonzero(self.filled(slice(at, at + CHUNK)))) for at in range(0, rows, CHUNK))

    def steps(self, rows: Ints, columns: Ints, fixed: Fixed) -> Floats:
        """Return filled cells as the whole numbers of `Fixed`, shape (n, m), in floats, which hold them exactly."""
        found = self.held.reshape(-1, self.width).take(rows, axis=0)[:, spanned(columns)].astype(np.float64)
        if self.whole:
            if fixed.scale == 10**self.decimals:
                found -= fixed.shift
                return found
            found /= 10.0**self.decimals
        found *= float(fixed.scale)
        found += 0.5
        np.floor(found, out=found)
        found -= fixed.shift
        return found

    def range(self) -> Range:
        """Return what a profile says of the numbers."""
        decimals: int | None = self.decimals
        if not self.whole:
            decimals = next((d for d in range(DECIMALS + 1) if self._tight(d)), None)
        return Range(self.low, self.high, decimals, 0, 0)

    def _tight(self, decimals: int) -> bool:
        return all(tight(_rest(part, decimals), self.low, self.high, decimals) for part in self._parts())

    def _parts(self) -> Iterator[Floats]:
        for start in range(0, len(self.held), CHUNK):
            part = self.held[start : start + CHUNK]
            yield part[~np.isnan(part)]


def spanned(places: Ints) -> Ints | slice:
    """Return places in order as a slice where they follow one another, by which nothing is copied."""
    if len(places) and places[-1] - places[0] == len(places) - 1:
        return slice(int(places[0]), int(places[-1]) + 1)
    return places


def _empty(kind: Kind) -> Any:
    return np.nan if kind == FLOAT else np.iinfo(kind).min


def _steps(values: Floats, decimals: int) -> Floats | None:
    """Return the whole numbers k with k / 10^decimals equal to the values, None where there are none."""
    scale = 10.0**decimals
    whole = values * scale
    np.rint(whole, out=whole)
    back = whole / scale if decimals else whole
    return whole if (back == values).all() else None


def _within(low: float, high: float, decimals: int, kind: Kind) -> bool:
    return bool(max(abs(low), abs(high)) * 10.0**decimals < np.iinfo(kind).max)


def _rest(values: Floats, decimals: int) -> float:
    scaled = values * 10.0**decimals
    return float(np.abs(scaled - np.floor(scaled + 0.5)).max(initial=0.0))
