"""Names of columns as callers give them: one, several, or none."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ebpm.errors import DataError


def named_column(given: Any, argument: str) -> str:
    """Return the column that an argument names.

    Raises
    ------
    DataError : a name that is not text.
    """
    if not isinstance(given, str):
        raise DataError("column_not_text", argument=argument, column=given)
    return given


def named_columns(given: Any, argument: str) -> tuple[str, ...]:
    """Return the columns that an argument names: one, several, or none where it is None.

    Raises
    ------
    DataError : a name that is not text.

    Examples
    --------
    >>> named_columns("age", "covariates"), named_columns(["age", "sex"], "covariates"), named_columns(None, "covariates")
    (('age',), ('age', 'sex'), ())
    """
    if given is None:
        return ()
    if isinstance(given, str) or not isinstance(given, Iterable):
        return (named_column(given, argument),)
    return tuple(named_column(one, argument) for one in given)


def some_columns(given: Any, argument: str) -> tuple[str, ...]:
    """Return the columns that an argument names, at least one.

    Raises
    ------
    DataError : no name, or one that is not text.
    """
    names = named_columns(given, argument)
    if not names:
        raise DataError("given_no_column", argument=argument, value=given)
    return names
