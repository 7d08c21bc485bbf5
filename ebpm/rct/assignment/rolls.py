"""The units that are assigned, and drawing them: by coins, or by lots in fixed numbers."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np

from ebpm.errors import DesignError
from ebpm.moments.frame import Codes, Floats, Frame, Ints
from ebpm.moments.labels import labels_of
from ebpm.rct.assigned import some, varying_units

ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Roll:
    """The units of a frame.

    Parameters
    ----------
    unit : of each row, shape (n,).
    units : their labels.
    stratum : of each unit, shape (units,).
    strata : labels of the strata.
    """

    unit: Ints
    units: tuple[Any, ...]
    stratum: Ints
    strata: tuple[str, ...]

    @property
    def sizes(self) -> Ints:
        """Units of each stratum."""
        return np.bincount(self.stratum, minlength=len(self.strata)).astype(np.int64)


def roll_of(data: Any, *, cluster: str | None, strata: str | None) -> Roll:
    """Return the units of a frame.

    Parameters
    ----------
    data : any frame that Narwhals knows.
    cluster : column of the units; rows where None.
    strata : column of the strata.

    Raises
    ------
    DesignError : if a unit lies in two strata.
    """
    frame = Frame.of(data)
    rows = np.arange(len(frame))
    units = Codes(rows, tuple(rows)) if cluster is None else frame.codes(cluster, "cluster")
    blocks = Codes(np.zeros_like(rows), ("",)) if strata is None else frame.codes(strata, "strata")
    mixed = varying_units(units.codes, blocks.codes)
    if len(mixed):
        named = some(mixed, units.levels)
        raise DesignError("rct_stratum_varies", column=strata, cluster=cluster, count=len(mixed), named=named)
    stratum = np.empty(len(units), dtype=np.int64)
    stratum[units.codes] = blocks.codes
    return Roll(units.codes, tuple(units.levels), stratum, labels_of(blocks))


def coins(chances: Floats, rng: np.random.Generator) -> Ints:
    """Draw the arm of each unit by itself.

    Parameters
    ----------
    chances : of each unit and arm, shape (units, arms).
    rng : the generator.
    """
    drawn: Ints = (rng.random((len(chances), 1)) > np.cumsum(chances, axis=1)[:, :-1]).sum(axis=1)
    return drawn


def lots(roll: Roll, portions: Floats, rng: np.random.Generator) -> Ints:
    """Draw the arms of all units, in fixed numbers within each stratum; units left over go by one systematic draw.

    Parameters
    ----------
    roll : the units.
    portions : shares of the arms.
    rng : the generator.
    """
    arm = np.empty(len(roll.units), dtype=np.int64)
    for stratum in range(len(roll.strata)):
        units = np.flatnonzero(roll.stratum == stratum)
        counts = _counts(len(units) * portions, rng.random())
        arm[rng.permutation(units)] = np.repeat(np.arange(len(portions)), counts)
    return arm


def _counts(numbers: Floats, chance: float) -> Ints:
    """Whole numbers of units: each the expected number, rounded down or up by one draw for all arms."""
    left_over = (np.abs(numbers - np.rint(numbers)) > ROUNDING).any()
    ends = np.floor(np.cumsum(numbers) + ROUNDING + chance * left_over)
    ends[-1] = np.rint(numbers.sum())
    counts: Ints = np.diff(np.r_[0, ends]).astype(np.int64)
    return counts


def pair_chances(size: int, portions: Floats) -> Floats:
    """Return the probability that of two units of a stratum the one gets arm a and the other arm b, shape (arms, arms).

    Parameters
    ----------
    size : units of the stratum; with one there are no pairs, and zeros.
    portions : shares of the arms.

    Formula: E[n_a n_b - 1(a = b) n_a] / (N (N - 1)), exact over the draw of units left over.
    """
    numbers = size * portions
    if size < 2:
        return np.zeros((len(portions), len(portions)))
    turns = np.unique(np.r_[0.0, 1.0, 1.0 - (np.cumsum(numbers)[:-1] + ROUNDING) % 1.0].clip(0.0, 1.0))
    expected = np.zeros((len(portions), len(portions)))
    for low, high in pairwise(turns):
        counts = _counts(numbers, (low + high) / 2)
        expected += (high - low) * (np.outer(counts, counts) - np.diag(counts))
    return expected / (size * (size - 1.0))
