"""Arguments as callers give them: a number, several, a mapping, a seed; refused in three parts where they are of another kind."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from numbers import Real
from typing import Any

import numpy as np

from ebpm.errors import DataError


def number(given: Any, argument: str) -> Any:
    """Return a number as it is.

    Raises
    ------
    DataError : if it is none.
    """
    if not isinstance(given, Real):
        raise DataError("given_no_number", argument=argument, value=given)
    return given


def not_negative(given: Any, argument: str) -> Any:
    """Return a number from zero as it is.

    Raises
    ------
    DataError : if it is none, or negative.
    """
    if not number(given, argument) >= 0:
        raise DataError("given_negative", argument=argument, value=given)
    return given


def whole(given: Any, argument: str) -> int:
    """Return a whole number.

    Raises
    ------
    DataError : if it is none.
    """
    if number(given, argument) % 1 != 0:
        raise DataError("given_no_whole", argument=argument, value=given)
    return int(given)


def several(given: Any, argument: str) -> Any:
    """Return a list, array or other collection as it is.

    Raises
    ------
    DataError : if it is a single value, or text.
    """
    if isinstance(given, str) or not isinstance(given, Iterable):
        raise DataError("given_no_list", argument=argument, value=given)
    return given


def filled(given: Any, argument: str) -> Any:
    """Return a collection that is not empty as it is.

    Raises
    ------
    DataError : if it is no collection, or holds nothing.
    """
    if not len(several(given, argument)):
        raise DataError("given_empty", argument=argument, value=given)
    return given


def numbers(given: Any, argument: str) -> Any:
    """Return a collection of numbers as it is.

    Raises
    ------
    DataError : if it is a single value, or holds what is no number.
    """
    if isinstance(given, Mapping):
        raise DataError("given_no_list", argument=argument, value=given)
    if not isinstance(given, np.ndarray) or given.dtype.kind not in "iuf":
        for one in several(given, argument):
            number(one, argument)
    return given


def mapping(given: Any, argument: str) -> Any:
    """Return a mapping as it is.

    Raises
    ------
    DataError : if it is none.
    """
    if not isinstance(given, Mapping):
        raise DataError("given_no_mapping", argument=argument, value=given)
    return given


def made_by(given: Any, kinds: type | tuple[type, ...], argument: str) -> Any:
    """Return an object as it is, which must be of a kind.

    Raises
    ------
    DataError : if it is of another.
    """
    if not isinstance(given, kinds):
        wanted = ", ".join(one.__name__ for one in (kinds if isinstance(kinds, tuple) else (kinds,)))
        raise DataError("given_other_kind", argument=argument, value=type(given).__name__, kinds=wanted)
    return given


def generator(seed: Any) -> np.random.Generator:
    """Return the generator of a seed: a whole number from 0, or several.

    Raises
    ------
    DataError : if it is no such number.
    """
    parts = seed if isinstance(seed, (tuple, list)) else () if seed is None else (seed,)
    if not all(isinstance(one, int | np.integer) and one >= 0 for one in parts):
        raise DataError("given_no_seed", value=seed)
    return np.random.default_rng(seed)
