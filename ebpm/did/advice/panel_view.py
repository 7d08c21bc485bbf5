"""Who is treated when, and who is seen when: the adoption of a treatment as a grid of units by periods."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ebpm.did.design_checks import Grid, check_grid
from ebpm.errors import DataError, DesignError
from ebpm.moments.cohorts import read_cohorts
from ebpm.moments.frame import Floats, Frame, Ints
from ebpm.moments.layout import Layout, read_layout
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.table import Table
from ebpm.texts import LANGUAGES, label

if TYPE_CHECKING:
    from matplotlib.axes import Axes

MISSING, UNTREATED, TREATED, ENDED = range(4)
States = NDArray[np.int8]


@dataclass(frozen=True, slots=True, kw_only=True)
class Adoption(Shown):
    """Units by periods.

    Parameters
    ----------
    units : label of each unit, by first treated period and then by label, length U.
    periods : shape (T,).
    first_treated : of each unit, infinity where it is never seen treated, shape (U,).
    states : 0 not seen, 1 untreated, 2 treated, 3 no longer treated, shape (U, T).
    notices : what the guard rails found.
    """

    units: tuple[Any, ...]
    periods: Ints
    first_treated: Floats
    states: States
    notices: Notices = field(default_factory=Notices)

    @property
    def cohorts(self) -> Floats:
        """The distinct first treated periods in order, infinity last where some unit is never treated."""
        return np.unique(self.first_treated)

    @property
    def treated(self) -> int:
        """Units that are ever treated."""
        return int(np.isfinite(self.first_treated).sum())

    @property
    def always_treated(self) -> int:
        """Units that are treated in the first period in which they are seen."""
        seen = self.states != MISSING
        first = self.states[np.arange(len(self.units)), seen.argmax(axis=1)]
        return int((first == TREATED).sum())

    @property
    def staggered(self) -> bool:
        """Whether treatment begins at more than one date."""
        return int(np.isfinite(self.cohorts).sum()) > 1

    @property
    def absorbing(self) -> bool:
        """Whether treatment, once begun, never ends."""
        return not (self.states == ENDED).any()

    @property
    def missing(self) -> int:
        """Cells in which a unit is not seen."""
        return int((self.states == MISSING).sum())

    @property
    def balanced(self) -> bool:
        """Whether every unit is seen in every period."""
        return not self.missing

    def lines(self, lang: str | None = None) -> list[str]:
        """Return size, cohorts, gaps in words."""
        units, periods = self.states.shape
        facts = {
            "units": f"{units:,}",
            "periods": periods,
            "first": int(self.periods[0]),
            "last": int(self.periods[-1]),
        }
        dates = int(np.isfinite(self.cohorts).sum())
        lines = [
            label("did_adoption_size", lang, **facts),
            label(
                "did_adoption_treated",
                lang,
                treated=f"{self.treated:,}",
                dates=dates,
                never=f"{units - self.treated:,}",
            ),
        ]
        if self.missing:
            lines.append(
                label(
                    "did_adoption_missing",
                    lang,
                    cells=f"{self.missing:,}",
                    share=f"{self.missing / self.states.size:.1%}",
                )
            )
        return lines

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row a cohort: units, those with gaps, cells seen."""
        never = {one: label("did_adoption_never", one) for one in LANGUAGES}
        records = []
        for cohort in self.cohorts:
            own = self.states[self.first_treated == cohort]
            gaps = int((own == MISSING).any(axis=1).sum())
            name = f"{cohort:g}" if np.isfinite(cohort) else never
            records.append(
                {"cohort": name, "units": len(own), "units_with_gaps": gaps, "n": int((own != MISSING).sum())}
            )
        return (Table.of(records, label("did_adoption_caption", lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the grid."""
        from ebpm.figures.adoption import draw_adoption

        return draw_adoption(self, ax, lang=lang)


def adoption(
    data: Any,
    *,
    unit: str,
    time: str,
    first_treated: str | None = None,
    treatment: str | None = None,
    outcome: str | None = None,
) -> Adoption:
    """Show who is treated when, and who is seen when.

    Parameters
    ----------
    data : a table that Narwhals knows, one row a unit and period; units may miss periods.
    unit, time : columns; `time` holds whole numbers.
    first_treated : column as in `did.att_gt`.
    treatment : column of numbers, in place of `first_treated`: zero untreated, above zero treated; it may end.
    outcome : column; a row in which it is missing counts as not seen.

    Returns
    -------
    Adoption : the grid, its cohorts and gaps, with a figure and notices on what difference in differences cannot use.

    Raises
    ------
    DataError : as `did.att_gt`; neither or both of `first_treated` and `treatment`; a negative treatment.
    DesignError : a single period.

    Source: Mou, Liu and Xu (2023), panelView, Journal of Statistical Software 107(7), for the figure.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import did
    >>> rows = {"id": [1, 1, 1, 2, 2, 2, 3, 3], "t": [1, 2, 3] * 2 + [1, 3], "g": [2, 2, 2, 3, 3, 3, 0, 0]}
    >>> found = did.adoption(pd.DataFrame(rows), unit="id", time="t", first_treated="g")
    >>> found.states.tolist()
    [[1, 2, 2], [1, 1, 2], [1, 0, 1]]
    """
    if (first_treated is None) == (treatment is None):
        raise DataError("did_adoption_column", first_treated=first_treated, treatment=treatment)
    frame = Frame.of(data)
    layout = read_layout(frame, unit, time)
    seen = layout.seen() if outcome is None else layout.table(frame.present(outcome, "outcome").astype(np.float64)) == 1
    if first_treated is not None:
        cohorts = read_cohorts(frame, first_treated, layout)
        first = np.where(cohorts > layout.periods[-1], np.inf, cohorts)
        treated = layout.periods >= first[:, None]
    else:
        first, treated = _switched(frame, str(treatment), layout)
    late = layout.periods >= first[:, None]
    states = np.where(seen, np.where(treated, TREATED, np.where(late, ENDED, UNTREATED)), MISSING).astype(np.int8)
    order = np.argsort(first, kind="stable")
    grid = Grid(states=states, periods=layout.periods)
    return Adoption(
        units=tuple(layout.units[place] for place in order), periods=layout.periods, first_treated=first[order],
        states=states[order], notices=check_grid(grid),
    )  # fmt: skip


def _switched(frame: Frame, treatment: str, layout: Layout) -> tuple[Floats, NDArray[np.bool_]]:
    """Return first treated periods, and who is treated when, from a column of treatment."""
    values = frame.numbers(treatment, "treatment")
    if (values < 0).any():
        row = int(np.argmax(values < 0))
        raise DataError("did_negative_treatment", column=treatment, row=row + 1, value=values[row])
    treated = layout.table(values) > 0
    first = np.where(treated.any(axis=1), layout.periods[treated.argmax(axis=1)].astype(np.float64), np.inf)
    if not np.isfinite(first).any():
        raise DesignError("did_no_treated_rows", column=treatment, last=int(layout.periods[-1]))
    return first, treated
