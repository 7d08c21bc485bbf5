"""What a row of the coverage table is: data that are drawn, a routine that is run on them, and what its intervals hold."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ebpm.estimate import Estimate, Estimates, Unavailable


@dataclass(frozen=True, slots=True)
class Judged:
    """What one draw says.

    Parameters
    ----------
    held : for each estimate, whether its interval holds the truth.
    widths : of these intervals.
    band : whether the simultaneous band holds every truth; empty where the routine has none.
    codes : of the notices.
    """

    held: tuple[bool, ...]
    widths: tuple[float, ...]
    band: tuple[bool, ...]
    codes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table.

    Parameters
    ----------
    room, routine, setting : what is run, and on which data; rows of one room and setting see the same draws.
    draws : how many samples.
    run : random numbers -> what one sample says.
    """

    room: str
    routine: str
    setting: str
    draws: int
    run: Callable[[np.random.Generator], Judged]


def judged(
    items: Iterable[Estimate], truth: Mapping[str, float], codes: Iterable[str], *, band: tuple[bool, ...] = ()
) -> Judged:
    """Judge the estimates whose truth is known; one without an interval counts in none."""
    known = [(one, truth[one.term]) for one in items if one.term in truth and not isinstance(one.conf_low, Unavailable)]
    return Judged(
        tuple(bool(one.conf_low <= value <= one.conf_high) for one, value in known),
        tuple(float(one.conf_high - one.conf_low) for one, _ in known), band, tuple(codes),
    )  # fmt: skip


def whole(estimates: Estimates, truth: Mapping[str, float]) -> Judged:
    """Judge a set: its intervals, its simultaneous band where it has one, its notices."""
    band: tuple[bool, ...] = ()
    if not isinstance(estimates.critical_value, Unavailable):
        limits = zip(estimates, estimates.bands(), strict=True)
        placed = [(one.term, *both) for one, both in limits][: len(estimates.positions)]
        band = (all(low <= truth[term] <= high for term, low, high in placed if term in truth),)
    return judged(estimates, truth, estimates.notices.codes, band=band)


def heavy(rng: np.random.Generator, shape: tuple[int, ...], *, tails: int) -> np.ndarray:
    """Draw standard normal numbers, or t with so many degrees of freedom where `tails` is not 0."""
    return rng.standard_t(tails, shape) if tails else rng.normal(size=shape)


Frames = Callable[[np.random.Generator], pd.DataFrame]
