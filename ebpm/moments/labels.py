"""Labels of arms, strata and groups as readers write them, and which of them is the control."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from ebpm.moments.frame import Codes

CONTROL_NAMES = ("0", "false", "control", "対照", "対照群")


def label_of(level: object) -> str:
    """Return the label of a code; 1.0 reads "1", because missing values turn whole numbers into floats.

    Parameters
    ----------
    level : a value of a column.

    Examples
    --------
    >>> label_of(1.0), label_of(0.5), label_of("対照")
    ('1', '0.5', '対照')
    """
    return str(int(level)) if isinstance(level, float) and level.is_integer() else str(level)


def labels_of(codes: Codes) -> tuple[str, ...]:
    """Return the labels of all levels."""
    return tuple(map(label_of, codes.levels))


def control_places(codes: Codes, control: object = None, *, known: Sequence[str] = CONTROL_NAMES) -> list[int]:
    """Return the levels that are the control: the one meant, or where none is named, all that are usually called so.

    Parameters
    ----------
    codes : arm of each row.
    control : level or label that is meant.
    known : labels of a control, in lower case.

    Examples
    --------
    >>> control_places(Codes(np.array([0, 1]), (False, True)), 0), control_places(Codes(np.array([0, 1]), ("A", "対照")))
    ([0], [1])
    """
    names = labels_of(codes)
    if control is None:
        return [place for place, name in enumerate(names) if name.lower() in known]
    levels: Sequence[Any] = codes.levels
    return [place for place, name in enumerate(names) if levels[place] == control or name == label_of(control)]


def with_first(codes: Codes, place: int) -> Codes:
    """Return the codes with one level before the others, and labels for levels.

    Parameters
    ----------
    codes : arm of each row.
    place : of the level that comes first.
    """
    names = labels_of(codes)
    order = [place, *(other for other in range(len(names)) if other != place)]
    ranks = np.empty(len(names), dtype=np.int64)
    ranks[order] = np.arange(len(names))
    return Codes(ranks[codes.codes], tuple(names[other] for other in order))
