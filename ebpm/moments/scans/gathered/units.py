"""A place for each unit, in the order in which units turn up: by pages of whole numbers where these are dense, else by a hash table."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from ebpm.moments.frame import Ints

PAGE, FARTHEST = 12, 1 << 20  # bits of a page of units; pages between the least and the greatest
NOWHERE = -(1 << 40)
LONGEST = 256
PADDING = 0xFF  # no byte of UTF-8
MIXERS = np.array([0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9], dtype=np.uint64)


class OddError(Exception):
    """Rows that cannot be gathered; the engine finds out why, or sums them itself."""


class SparseError(Exception):
    """Whole numbers too far apart for pages."""


class Places(Protocol):
    """Where units stand: their places are 0 .. size - 1, some of which may stay empty."""

    size: int

    def places(self, words: Ints) -> Ints:
        """Return the place of each row's unit, shape (n,), from its words, shape (n, k)."""

    def share(self, words: Ints, count: int) -> Ints:
        """Return to which of so many shares of the units each row belongs, shape (n,)."""


def unit_words(column: Any) -> Ints:
    """Return an Arrow column of labels as whole numbers, shape (n, k), equal where labels are.

    Raises
    ------
    OddError : missing labels, or labels of a kind that has no such numbers.
    """
    import pyarrow as pa

    kinds = pa.types
    if kinds.is_dictionary(column.type):
        column = column.dictionary_decode()
    kind = column.type
    if column.null_count:
        raise OddError
    if kinds.is_integer(kind):
        return _word(column.to_numpy())
    if kinds.is_floating(kind):
        values = column.to_numpy().astype(np.float64) + 0.0
        if np.isnan(values).any():
            raise OddError
        return _word(values.view(np.int64))
    if kinds.is_temporal(kind) or kinds.is_boolean(kind):
        whole = pa.int64() if kind.bit_width == 64 else pa.int32() if kind.bit_width == 32 else pa.int8()
        return _word(column.cast(whole).to_numpy())
    if kinds.is_string(kind) or kinds.is_large_string(kind) or kinds.is_string_view(kind):
        return _packed(column.cast(pa.large_string()))
    raise OddError


def _word(values: NDArray[Any]) -> Ints:
    word: Ints = values.astype(np.int64, copy=False)[:, None]
    return word


def _packed(column: Any) -> Ints:
    """Return texts as words of eight bytes, padded with a byte that no text holds."""
    offsets = np.frombuffer(column.buffers()[1], dtype=np.int64)[column.offset : column.offset + len(column) + 1]
    lengths = np.diff(offsets)
    longest = int(lengths.max(initial=1))
    if longest > LONGEST:
        raise OddError
    padded = np.full((len(column), -(-longest // 8) * 8), PADDING, dtype=np.uint8)
    if len(column) and offsets[-1] > offsets[0]:
        text = np.frombuffer(column.buffers()[2], dtype=np.uint8)[offsets[0] : offsets[-1]]
        if int(lengths.min()) == longest:
            padded[:, :longest] = text.reshape(-1, longest)
        else:
            padded[:, :longest][np.arange(longest) < lengths[:, None]] = text
    return padded.view(np.int64)


@dataclass(slots=True)
class Paged:
    """Places of whole numbers that lie close together: each page of 4,096 of them has its places in a row.

    Parameters
    ----------
    limit : places there may be.
    size : places there are.
    first : number of the page that `starts` begins with.
    starts : first place of each page, negative where it has none yet.
    straight : whether the places of all pages follow one another as the pages do.
    """

    limit: int
    size: int = 0
    first: int = 0
    starts: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))
    straight: bool = False

    def share(self, words: Ints, count: int) -> Ints:
        """Return to which share each row's page belongs."""
        return (words[:, 0] >> PAGE) % count

    def places(self, words: Ints) -> Ints:
        """Return the place of each row's unit.

        Raises
        ------
        SparseError : whole numbers too far apart, or longer texts.
        """
        if words.shape[1] > 1:
            raise SparseError
        local = words[:, 0] - (self.first << PAGE)
        if self.straight and within(local, self.size):
            return local
        low, high = int(local.min()), int(local.max())
        if low < 0 or high >> PAGE >= len(self.starts):
            self._widen(self.first + (low >> PAGE), self.first + (high >> PAGE))
            local = words[:, 0] - (self.first << PAGE)
        page = local >> PAGE
        places = self.starts.take(page)
        if places.min() < 0:
            self._begin(distinct(page[places < 0]))
            places = self.starts.take(page)
        places += local & ((1 << PAGE) - 1)
        return places

    def _widen(self, low: int, high: int) -> None:
        if len(self.starts):
            low, high = min(low, self.first), max(high, self.first + len(self.starts) - 1)
        if high - low >= FARTHEST:
            raise SparseError
        starts = np.full(high - low + 1, NOWHERE, dtype=np.int64)
        starts[self.first - low :][: len(self.starts)] = self.starts
        self.first, self.starts, self.straight = low, starts, False

    def _begin(self, pages: Ints) -> None:
        self.starts[pages] = self.size + (np.arange(len(pages)) << PAGE)
        self.size += len(pages) << PAGE
        self.straight = np.array_equal(self.starts, np.arange(len(self.starts)) << PAGE)
        if self.size > self.limit:
            raise SparseError


@dataclass(slots=True)
class Hashed:
    """Places of labels of any kind, by a hash table with open addressing that is read and filled a batch at a time.

    Parameters
    ----------
    size : places there are, one for each label.
    words : shape (k, capacity), the labels in the order of their places.
    table : place of the label that stands in each slot, negative where none does.
    """

    size: int = 0
    words: Ints = field(default_factory=lambda: np.empty((1, 1 << 12), dtype=np.int64))
    table: NDArray[np.int32] = field(default_factory=lambda: np.full(1 << 13, -1, dtype=np.int32))

    def share(self, words: Ints, count: int) -> Ints:
        """Return to which share each row's label belongs."""
        return (_mixed(words) >> np.uint64(40)).astype(np.int64) % count

    def places(self, words: Ints) -> Ints:
        """Return the place of each row's label; new labels get the next ones."""
        words = self._room(words)
        slots, found = self._slots(words), np.empty(len(words), dtype=np.int64)
        rows: Any = slice(None)
        while len(words):
            at = self.table.take(slots)
            hit = self._same(at, words)
            found[rows] = at
            left = np.flatnonzero(~hit)
            if not len(left):
                break
            slots, words, new = slots[left], words[left], at[left] < 0
            if new.any():
                self._enter(slots[new], words[new])
            slots = np.where(new, slots, slots + 1) & (len(self.table) - 1)
            rows = left if isinstance(rows, slice) else rows[left]
        return found

    def _same(self, at: NDArray[np.int32], words: Ints) -> NDArray[np.bool_]:
        """Return which rows stand where they were looked for; an empty slot is compared with the first label, and then told apart."""
        same = at >= 0
        for column in range(words.shape[1]):
            same &= self.words[column].take(at, mode="clip") == words[:, column]
        return same

    def _enter(self, slots: Ints, words: Ints) -> None:
        """Give the next places to labels that found an empty slot; of those that found the same slot, the last gets it."""
        marks = -2 - np.arange(len(slots), dtype=np.int32)
        self.table[slots] = marks
        won = self.table[slots] == marks
        places = self.size + np.arange(np.count_nonzero(won))
        self.table[slots[won]] = places
        self.words[:, places] = words[won].T
        self.size += len(places)

    def _slots(self, words: Ints) -> Ints:
        return (_mixed(words) >> np.uint64(65 - len(self.table).bit_length())).astype(np.int64)

    def _room(self, words: Ints) -> Ints:
        """Return the words as wide as the longest so far, after making room for as many labels as there are rows."""
        known, capacity = self.words.shape
        width, most = max(words.shape[1], known), self.size + len(words)
        if width > known or most > capacity:
            kept = np.full((width, max(most * 9 // 8, capacity)), -1, dtype=np.int64)
            kept[:known, : self.size] = self.words[:, : self.size]
            wider, self.words = width > known, kept
            if wider or 2 * most > len(self.table):
                self._rebuild(1 << (2 * most).bit_length())
        if width == words.shape[1]:
            return words
        return np.pad(words, ((0, 0), (0, width - words.shape[1])), constant_values=-1)

    def _rebuild(self, slots: int) -> None:
        self.table = np.full(max(slots, len(self.table)), -1, dtype=np.int32)
        at, places = self._slots(self.words[:, : self.size].T), np.arange(self.size)
        while len(places):
            free = self.table[at] < 0
            self.table[at[free]] = places[free]
            left = self.table[at] != places
            at, places = (at[left] + 1) & (len(self.table) - 1), places[left]


def _mixed(words: Ints) -> NDArray[np.uint64]:
    mixed: NDArray[np.uint64] = words[:, 0].view(np.uint64) * MIXERS[0]
    for column in range(1, words.shape[1]):
        mixed ^= mixed >> np.uint64(29)
        mixed = (mixed + words[:, column].view(np.uint64)) * MIXERS[1]
    mixed ^= mixed >> np.uint64(32)
    mixed *= MIXERS[0]
    return mixed


def within(numbers: Ints, size: int) -> bool:
    """Return whether whole numbers are in 0 .. size - 1; one that is negative is a large one without its sign."""
    return bool(numbers.view(np.uint64).max() < size)


def distinct(numbers: Ints) -> Ints:
    """Return the distinct whole numbers, shape (n,), in order; where they lie close together, by marking them."""
    low = int(numbers.min())
    span = int(numbers.max()) - low + 1
    if span > len(numbers):
        return np.unique(numbers)
    marked = np.zeros(span, dtype=np.bool_)
    marked[numbers - low] = True
    return np.flatnonzero(marked) + low
