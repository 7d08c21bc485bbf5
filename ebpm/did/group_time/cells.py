"""Which cohort is compared with whom, in which period, from which base: the design of the group-time effects."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DesignError
from ebpm.moments.frame import Floats, Ints, one_of
from ebpm.stats.given import number

CONTROLS = ("not_yet_treated", "never_treated")
BASES = ("varying", "universal")


@dataclass(frozen=True, slots=True)
class Cell:
    """One ATT(g, t): a cohort in a period, set against the cohorts not treated by then.

    Parameters
    ----------
    cohort : first treated period g.
    period : period t.
    base : period that the outcome is differenced from; equal to `period` in a reference cell, which is zero by definition.
    comparison : cohorts of the comparison group; infinity is never treated.
    """

    cohort: int
    period: int
    base: int
    comparison: tuple[float, ...]

    @property
    def name(self) -> str:
        return f"{self.cohort}:{self.period}"

    @property
    def event_time(self) -> int:
        """Periods since the cohort's first treated period."""
        return self.period - self.cohort

    @property
    def is_reference(self) -> bool:
        return self.period == self.base


@dataclass(frozen=True, slots=True)
class CellDesign:
    """The rules by which cells are formed.

    Parameters
    ----------
    control : "never_treated" or "not_yet_treated".
    base : "varying" (pre-treatment cells step from the period before) or "universal" (all from the last untreated period).
    anticipation : periods before treatment in which units may already respond.

    Source: Callaway and Sant'Anna (2021), Journal of Econometrics 225(2), sections 2 and 4.
    """

    control: str
    base: str
    anticipation: int

    @classmethod
    def asked(cls, control: str, base: str, anticipation: int) -> CellDesign:
        """Return the rules that a caller named.

        Raises
        ------
        DataError : an unknown choice.
        DesignError : an anticipation that is no whole number of periods.
        """
        return cls(
            one_of(control, CONTROLS, "control"), one_of(base, BASES, "base"), whole_anticipation(anticipation)
        )  # fmt: skip

    def last_clean(self, cohort: float, periods: Ints) -> int | None:
        """Return the last period before the cohort is treated or may anticipate it; None where there is none."""
        clean = periods[periods < cohort - self.anticipation]
        return int(clean[-1]) if len(clean) else None

    def beyond(self, first_treated: Floats, periods: Ints) -> Floats:
        """Return the cohorts with those that start too late to respond within the periods as never treated."""
        return np.where(first_treated > periods[-1] + self.anticipation, np.inf, first_treated)

    def set_aside(self, first_treated: Floats, periods: Ints) -> NDArray[np.bool_]:
        """Return which units have no period before treatment or its anticipation."""
        outside: NDArray[np.bool_] = first_treated - self.anticipation <= periods[0]
        return outside

    def horizon(self, cohorts: Floats) -> float:
        """Return the period from which on every cohort is treated or may anticipate it; infinity where one never is."""
        return float(cohorts.max() - self.anticipation)

    def cells(self, cohorts: Floats, periods: Ints) -> tuple[Cell, ...]:
        """Return the cells of every treated cohort in order of cohort and period.

        Parameters
        ----------
        cohorts : shape (G,), the cohorts that have a period before treatment; infinity is never treated.
        periods : shape (T,), ascending.

        Raises
        ------
        DesignError : if no cohort is treated within the periods, or no comparison group exists.
        """
        horizon = self.horizon(cohorts)
        if self.control == "never_treated" and np.isfinite(horizon):
            raise DesignError("did_no_never_treated", cohorts=", ".join(f"{one:g}" for one in cohorts))
        used = periods[periods < horizon]
        treated = [int(one) for one in cohorts if one <= periods[-1] and one < cohorts.max()]
        found = [self._cell(cohort, place, used, cohorts) for cohort in treated for place in range(len(used))]
        cells = tuple(cell for cell in found if cell is not None)
        if not any(cell.event_time >= 0 for cell in cells):
            raise DesignError("did_no_comparison", cohorts=", ".join(f"{one:g}" for one in cohorts))
        return cells

    def _cell(self, cohort: int, place: int, periods: Ints, cohorts: Floats) -> Cell | None:
        period, last = int(periods[place]), self.last_clean(cohort, periods)
        if last is None:
            return None
        stepping = self.base == "varying" and period <= last
        if stepping and place == 0:
            return None
        base = int(periods[place - 1]) if stepping else last
        return Cell(cohort, period, base, self._comparison(cohort, max(period, base), cohorts))

    def _comparison(self, cohort: int, latest: int, cohorts: Floats) -> tuple[float, ...]:
        if self.control == "never_treated":
            return (float(np.inf),)
        return tuple(float(one) for one in cohorts if one > latest + self.anticipation and one != cohort)


def whole_anticipation(anticipation: int) -> int:
    """Return the periods of anticipation, checked."""
    if not number(anticipation, "anticipation") >= 0 or anticipation % 1 != 0:
        raise DesignError("did_bad_anticipation", value=anticipation)
    return int(anticipation)
