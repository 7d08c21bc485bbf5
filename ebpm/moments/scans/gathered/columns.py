"""Columns of Arrow record batches as arrays; what an engine has to look at is odd."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.moments.frame import Floats
from ebpm.moments.scans.gathered.units import OddError, within
from ebpm.moments.scans.paths.request import never_of

UNKNOWN = np.iinfo(np.int32).min
TENS, WHOLE = 22, 2**53  # powers of ten, and whole numbers, up to which all are floats
SHORT = 2  # bytes of numbers that are all well within four


def floats_of(column: Any) -> Floats:
    """Return an Arrow column of numbers as floats."""
    import pyarrow as pa

    if column.null_count:
        raise OddError
    if pa.types.is_decimal(column.type):
        return _of_decimals(column)
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.float64())
    values: Floats = column.to_numpy().astype(np.float64, copy=False)
    return values


def _of_decimals(column: Any) -> Floats:
    """Return a column of decimals as the floats nearest to them, which Arrow's own cast misses by a bit."""
    import pyarrow as pa

    scale = column.type.scale
    if pa.types.is_decimal128(column.type) and 0 <= scale <= TENS:
        words = np.frombuffer(column.buffers()[1], dtype="<i8").reshape(-1, 2)
        low, high = words[column.offset : column.offset + len(column)].T
        if within(low + WHOLE, 2 * WHOLE) and np.array_equal(high, low >> 63):
            return np.asarray(low / 10.0**scale)
    return np.asarray(column.cast(pa.string()).cast(pa.float64()).to_numpy())


def wholes_of(column: Any) -> NDArray[Any]:
    """Return a column of whole numbers."""
    import pyarrow as pa

    if pa.types.is_integer(column.type) and not column.null_count:
        values: NDArray[Any] = column.to_numpy()
        return values
    numbers = floats_of(column)
    with np.errstate(invalid="ignore"):
        whole = numbers.astype(np.int64)
    if not np.array_equal(whole, numbers):
        raise OddError
    return whole


def cohorts_of(column: Any, periods: tuple[int, ...]) -> NDArray[Any]:
    """Return first treated periods; what is missing or infinite is never."""
    import pyarrow as pa

    never = never_of(periods)
    if pa.types.is_integer(column.type) and not column.null_count:
        cohorts: NDArray[Any] = column.to_numpy()
        given = cohorts
    else:
        numbers = column.cast(pa.float64()).fill_null(np.nan).to_numpy()
        finite = np.isfinite(numbers)
        given = numbers[finite]
        if not np.array_equal(np.floor(given), given):
            raise OddError
        cohorts = np.where(finite, numbers, never)
    if periods[0] <= 0 and (given == 0).any():
        raise OddError
    if given.dtype.itemsize > SHORT and len(given) and (given.min() <= UNKNOWN or given.max() > -UNKNOWN - 1):
        raise OddError
    return cohorts


def codes_of(column: Any, known: dict[Any, int]) -> NDArray[Any]:
    """Return the codes of labels, which are entered where they are new."""
    import pyarrow as pa

    if column.null_count:
        raise OddError
    coded = column if pa.types.is_dictionary(column.type) else column.dictionary_encode()
    labels = coded.dictionary.to_pylist()
    if None in labels or any(label != label for label in labels):  # noqa: PLR0124
        raise OddError
    codes = np.array([known.setdefault(label, len(known)) for label in labels], dtype=np.int32)
    own: NDArray[Any] = codes.take(coded.indices.to_numpy())
    return own


def positive_of(column: Any) -> Floats:
    """Return a column of positive numbers."""
    values = floats_of(column)
    if not (values > 0).all():
        raise OddError
    return values


def zeros_and_ones_of(column: Any) -> NDArray[Any]:
    """Return a column of zeros and ones."""
    values = wholes_of(column)
    if values.min() < 0 or values.max() > 1:
        raise OddError
    return values
