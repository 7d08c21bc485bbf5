"""Labels as people write them."""

from __future__ import annotations

from collections.abc import Iterable
from numbers import Number
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from ebpm.moments.frame import Frame
from ebpm.moments.labels import label_of
from ebpm.stats.given import several


def among(values: NDArray[Any], codes: Iterable[object]) -> NDArray[np.bool_]:
    """Return which values are one of some codes, shape (n,)."""
    wanted = {label_of(code) for code in several(codes, "unknown")}
    return np.array([label_of(value) in wanted for value in values.tolist()], dtype=bool)


def numeric(frame: Frame, column: str) -> bool:
    """Return whether a column holds numbers, by its type or, where that says nothing, value by value."""
    dtype = frame.native[column].dtype
    if dtype == nw.Object:
        present = frame.values(column, "outcome")[frame.present(column, "outcome")]
        return bool(len(present)) and all(isinstance(value, Number) for value in present.tolist())
    return bool(dtype.is_numeric() or dtype == nw.Boolean)
