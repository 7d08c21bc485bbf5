"""What a row of the table of reference values is: an estimate, and where its witness stands."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Witness:
    """One estimate and the place of its witness in a case.

    Parameters
    ----------
    case : folder of tests/reference.
    what : the estimate in words.
    place : keys that lead to the expected values.
    ours : data of the case -> our estimate, or what holds one.
    keys : what is compared and its key there, where these are not the usual ones.
    position : of the value, where the case holds one a coefficient.
    file : of the data; case.json where the case holds them itself.
    """

    case: str
    what: str
    place: tuple[str, ...]
    ours: Callable[[Any], Any]
    keys: tuple[tuple[str, str], ...] = ()
    position: int = 0
    file: str = "data.csv"
