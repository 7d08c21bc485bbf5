"""Labels as people write them."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np
from numpy.typing import NDArray


def written(value: object) -> str:
    """Return a code as text; 1.0 is written 1, because missing values turn whole numbers into floats."""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def among(values: NDArray[Any], codes: Iterable[object]) -> NDArray[np.bool_]:
    """Return which values are one of some codes, shape (n,)."""
    wanted = {written(code) for code in codes}
    return np.array([written(value) in wanted for value in values.tolist()], dtype=bool)
