"""Cohorts of units of a table that stays where it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import narwhals as nw
import numpy as np

from ebpm.did.group_time.cells import CellDesign
from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Ints
from ebpm.moments.scans.units.table import UnitTable


@dataclass(frozen=True, slots=True)
class Cohorts:
    """The cohorts of a table of units.

    Parameters
    ----------
    starts : first treated period, ascending, infinity last, shape (H,).
    counts : units, shape (H,).
    codes : numbers that stand for each in the table.
    """

    starts: Floats
    counts: Ints
    codes: tuple[tuple[int, ...], ...]

    def inside(self, starts: Sequence[float]) -> nw.Expr:
        """Return whether a unit is of some cohorts."""
        wanted = [
            code for start, codes in zip(self.starts, self.codes, strict=True) if start in starts for code in codes
        ]
        return nw.col("cohort").is_in(wanted)

    @property
    def treated(self) -> list[int]:
        """Numbers that stand for the cohorts that are ever treated."""
        return [
            code for start, codes in zip(self.starts, self.codes, strict=True) if np.isfinite(start) for code in codes
        ]

    def places(self, starts: Sequence[float]) -> Ints:
        """Return the places of some cohorts."""
        return np.flatnonzero(np.isin(self.starts, starts))


def cohorts_in(table: UnitTable, design: CellDesign) -> tuple[Cohorts, int]:
    """Return the cohorts that take part, and the units set aside because they have no period before treatment."""
    codes, periods = list(table.sizes), table.times()
    starts = np.array([np.inf if code == table.never else float(code) for code in codes])
    aside = design.set_aside(starts, periods)
    counts = np.array([table.sizes[code] for code in codes], dtype=np.int64)
    if aside.all():
        raise DesignError("did_all_set_aside", units=int(counts.sum()), period=table.periods[0])
    beyond = design.beyond(starts, periods)
    found = np.unique(beyond[~aside])
    members = tuple(
        tuple(code for code, start, out in zip(codes, beyond, aside, strict=True) if start == one and not out)
        for one in found
    )
    sizes = np.array([sum(table.sizes[code] for code in own) for own in members], dtype=np.int64)
    return Cohorts(found, sizes, members), int(counts[aside].sum())
