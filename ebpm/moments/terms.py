"""Covariates as a regression takes them: columns, powers of columns, categories, and products."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError
from ebpm.moments.frame import Floats, Frame
from ebpm.moments.naming import named_columns

POWER = re.compile(r"(?P<column>.+)\^(?P<power>[2-5])")
CATEGORIES = re.compile(r"C\((?P<column>.+)\)")


@dataclass(frozen=True, slots=True)
class Terms:
    """The columns of a regression, without its constant.

    Parameters
    ----------
    matrix : shape (n, k).
    names : of the columns, length k.
    """

    matrix: Floats
    names: tuple[str, ...]

    @property
    def design(self) -> Floats:
        """With a constant in front, shape (n, k + 1)."""
        return np.column_stack([np.ones(len(self.matrix)), self.matrix])

    def of_rows(self, keep: NDArray[np.bool_]) -> Terms:
        """Return the same columns of some rows, without those that no longer vary there."""
        rows = self.matrix[keep]
        varying = np.ptp(rows, axis=0) > 0 if len(rows) else np.zeros(rows.shape[1], dtype=bool)
        names = tuple(name for name, varies in zip(self.names, varying, strict=True) if varies)
        return Terms(rows[:, varying], names)


def terms_of(frame: Frame, covariates: str | Sequence[str], argument: str = "covariates") -> Terms:
    """Return the columns that a list of covariates stands for.

    Parameters
    ----------
    frame : the table.
    covariates : names of columns; "age^2" is a power, "C(education)" takes numbers as categories, "age:sex" is a product. Columns
        of labels are categories of themselves: each but the first becomes a 0-1 column.
    argument : the parameter through which the caller named them; for the error message.

    Raises
    ------
    DataError : if a column is missing, has missing values, or is a label in a power.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = Frame.of(pd.DataFrame({"age": [30, 40, 50], "ward": ["a", "b", "b"]}))
    >>> terms_of(frame, ["age", "age^2", "ward"]).names
    ('age', 'age^2', 'ward = b')
    """
    wanted = list(named_columns(covariates, argument))
    repeated = next((one for one in wanted if wanted.count(one) > 1), None)
    if repeated is not None:
        raise DataError("terms_repeated", argument=argument, term=repeated)
    parts = [_term(frame, one, argument) for one in wanted]
    if not parts:
        return Terms(np.empty((len(frame), 0)), ())
    return Terms(np.hstack([one.matrix for one in parts]), tuple(name for one in parts for name in one.names))


def columns_of(frame: Frame, covariates: str | Sequence[str]) -> tuple[str, ...]:
    """Return the columns of a table that a list of covariates, as in `terms_of`, is made of."""
    wanted = named_columns(covariates, "covariates")
    return tuple(dict.fromkeys(name for one in wanted for name in _columns(frame, one)))


def _columns(frame: Frame, text: str) -> list[str]:
    if text in frame.native.columns:
        return [text]
    if ":" in text:
        return [name for part in text.split(":", 1) for name in _columns(frame, part.strip())]
    found = CATEGORIES.fullmatch(text) or POWER.fullmatch(text)
    return [found["column"] if found else text]


def _term(frame: Frame, text: str, argument: str) -> Terms:
    if text in frame.native.columns or ":" not in text:
        return _factor(frame, text, argument)
    left, right = (_term(frame, part.strip(), argument) for part in text.split(":", 1))
    products = np.einsum("ni,nj->nij", left.matrix, right.matrix).reshape(len(frame), -1)
    return Terms(products, tuple(f"{one}:{other}" for one in left.names for other in right.names))


def _factor(frame: Frame, text: str, argument: str) -> Terms:
    if text not in frame.native.columns:
        if found := CATEGORIES.fullmatch(text):
            return _categories(frame, found["column"], argument)
        if found := POWER.fullmatch(text):
            return Terms(frame.numbers(found["column"], argument)[:, None] ** int(found["power"]), (text,))
    values, kind = frame.values(text, argument), frame.native[text].dtype
    if kind in (nw.Categorical, nw.Enum, nw.String) or (values.dtype.kind not in "biuf" and _some_text(values)):
        return _categories(frame, text, argument)
    return Terms(frame.numbers(text, argument)[:, None], (text,))


def _categories(frame: Frame, column: str, argument: str) -> Terms:
    codes = frame.codes(column, argument)
    names = tuple(f"{column} = {said(level)}" for level in codes.levels[1:])
    return Terms(np.eye(len(codes))[codes.codes][:, 1:], names)


def _some_text(values: NDArray[Any]) -> bool:
    return any(isinstance(value, str) for value in values.tolist())


def said(level: object) -> str:
    """Return a level of a category, as the name of its column has it."""
    return f"{level:g}" if isinstance(level, float) else str(level)
