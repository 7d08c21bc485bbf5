"""Events that come again, and death that ends them: mean numbers over time, and how arms differ by a horizon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ebpm.cohort.survival.contrasts import HorizonEffects, cells_of
from ebpm.cohort.survival.curves import Curve
from ebpm.cohort.survival.follow_up import arms_of
from ebpm.cohort.survival.incidence_curves import incidence_curves, open_ends
from ebpm.cohort.survival.person_time import read_person_time
from ebpm.cohort.survival.readings import read_curves
from ebpm.cohort.survival.time_checks import positive, refuse_beyond
from ebpm.estimate import Estimates
from ebpm.moments.frame import Floats, Frame
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.stats.survival.incidence import incidence
from ebpm.table import Table
from ebpm.texts import method

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class MeanFrequency(Shown):
    """Mean number of events a person by each time, one curve a group.

    Parameters
    ----------
    curves : one a group.
    estimates : mean numbers at the times asked for.
    time : name of the column of times.
    event : label of the event counted.
    """

    curves: tuple[Curve, ...]
    estimates: Estimates
    time: str
    event: str

    @property
    def notices(self) -> Notices:
        """What the guard rails found."""
        return self.estimates.notices

    def tidy(self) -> pd.DataFrame:
        """Return one row a group and time."""
        return Table.of([record for curve in self.curves for record in curve.records()]).to_frame()

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the headline."""
        return [self.estimates.headline.sentence(lang)]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return mean numbers at the times asked for."""
        return (self.estimates.table(method(self.estimates.headline.method, lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the curves with their limits, and the numbers at risk below."""
        from ebpm.figures.survival import draw_mean_frequency

        return draw_mean_frequency(self, ax, lang=lang)


def recurrent(
    data: Any,
    time: str,
    *,
    event: str,
    person: str,
    entry: str,
    events: Mapping[Any, str] | None = None,
    cause: object = None,
    terminal: object = None,
    by: str | None = None,
    at: float | Sequence[float] = (),
    weights: str | None = None,
    conf_level: float = 0.95,
) -> MeanFrequency:
    """Estimate the mean number of events a person by each time, where events come again and death may end them.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a spell of a person: from entry or the last event to the next, or to the end of follow-up.
    time : column of the end of the spell, counted from time zero.
    event : column of how the spell ended: 1 with the event, 0 without; or codes that `events` declares.
    person : column that names the person.
    entry : column of the start of the spell, not included.
    events : code -> label of each kind of event; every other code must be 0, False, "censored" or 打ち切り.
    cause : label of the event counted.
    terminal : label of the event after which there are no more (death); without one, other kinds of events end follow-up (notice C460).
    by : column of groups, constant in the person.
    at : times, or one, at which mean numbers are given; where empty, the last time at which ten rows of every group are still at risk.
    weights : column of positive weights, taken as known.
    conf_level : level of the intervals.

    Returns
    -------
    MeanFrequency : curves and mean numbers at `at`.

    Raises
    ------
    DataError : as `kaplan_meier`; spells of a person that overlap, or follow a terminal event.
    DesignError : no events, or a time beyond a group's follow-up.

    Formula: sum over s <= t of S(s-) d(s) / n(s), S the Kaplan-Meier survival of the terminal event (1 without one: mean cumulative function). Variance:
    infinitesimal jackknife over persons; limits on the log scale.

    Assumptions: the end of follow-up tells nothing about later events, given the group. Nothing is assumed on how a person's events hang together.

    Source: Ghosh and Lin (2000), Biometrics 56(2); Cook and Lawless (1997), Statistics in Medicine 16(8); Lawless and Nadeau (1995), Technometrics 37(2).

    Examples
    --------
    >>> import pandas as pd
    >>> rows = {"id": [1, 1, 2, 3], "from": [0.0, 2, 0, 0], "to": [2.0, 5, 5, 3], "back": [1, 0, 0, 1]}
    >>> found = recurrent(pd.DataFrame(rows), "to", event="back", person="id", entry="from", at=[4])
    >>> round(found.estimates.headline.estimate, 6)
    0.666667
    """
    frame = Frame.of(data)
    given = {"event": event, "person": person, "entry": entry, "events": events, "weights": weights}
    spells = read_person_time(frame, time, cause=cause, terminal=terminal, **given)  # type: ignore[arg-type]
    if by is not None:
        spells = spells.within(frame.codes(by, "by"), by)
    found = incidence(spells.follow_up.spells, 1, removed_by=spells.removed_by)
    curves = incidence_curves(spells.follow_up, found, event="", kind="mean", conf_level=conf_level)
    estimates = read_curves(
        curves, at, follow_up=spells.follow_up, open_end=open_ends(spells.follow_up, found), estimand="frequency",
        method=spells.method, cluster=person, conf_level=conf_level,
    )  # fmt: skip
    return MeanFrequency(curves=curves, estimates=estimates, time=time, event=spells.follow_up.kinds[0])


def mean_frequency(
    data: Any,
    time: str,
    *,
    event: str,
    person: str,
    entry: str,
    treatment: str,
    horizon: float,
    events: Mapping[Any, str] | None = None,
    cause: object = None,
    terminal: object = None,
    control: object = None,
    weights: str | None = None,
    conf_level: float = 0.95,
) -> HorizonEffects:
    """Compare the mean number of events a person by a horizon between arms.

    Parameters
    ----------
    data, time, event, person, entry, events, cause, terminal, weights : as in `recurrent`.
    treatment : column of arms, constant in the person.
    horizon : time by which events count, chosen before seeing results; in the unit of `time`.
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    conf_level : level of the intervals.

    Returns
    -------
    HorizonEffects : differences (the headline is that of the first arm), logarithms of ratios, and the mean number of each arm.

    Raises
    ------
    DataError, DesignError : as `recurrent`; one arm, or a horizon that is not positive.

    Formula: as `recurrent`; variance sum over persons of (weight x influence)^2; ratios by the delta method. Normal reference.

    Assumptions: as `recurrent`. The contrast is an effect if arms are comparable. It counts events as they happen: an arm that lives longer has more time for them, so
    give the survival beside it.

    Source: Ghosh and Lin (2000), Biometrics 56(2); for the proportional model of the same means (`cox` with entry and cluster) Lin, Wei, Yang and
    Ying (2000), JRSS B 62(4).

    Examples
    --------
    >>> import pandas as pd
    >>> rows = {"id": [1, 1, 2, 3, 4], "from": [0.0, 2, 0, 0, 0], "to": [2.0, 5, 5, 4, 5], "back": [1, 0, 0, 1, 0], "arm": [0, 0, 0, 1, 1]}
    >>> frame = pd.DataFrame(rows)
    >>> found = mean_frequency(frame, "to", event="back", person="id", entry="from", treatment="arm", horizon=3)
    >>> found.estimates.headline.estimate
    -0.5
    """
    frame = Frame.of(data)
    given = {"event": event, "person": person, "entry": entry, "events": events, "weights": weights}
    spells = read_person_time(frame, time, cause=cause, terminal=terminal, **given)  # type: ignore[arg-type]
    arms = arms_of(frame.codes(treatment, "treatment"), treatment, control)
    cells = cells_of(spells.within(arms, treatment).follow_up, arms, None, treatment=treatment)
    found = incidence(cells.follow_up.spells, 1, removed_by=spells.removed_by)
    curves = incidence_curves(cells.follow_up, found, event="", kind="mean", conf_level=conf_level)
    refuse_beyond(curves, (positive(horizon),), open_end=open_ends(cells.follow_up, found))

    def of_cell(cell: int) -> tuple[float, Floats]:
        return found.removal.at(found.value, cell, horizon, first=0.0), found.influence(cell, horizon)

    estimates = cells.contrasts(of_cell, quantity="frequency", method=spells.method, conf_level=conf_level)
    return cells.effects(estimates, curves, horizon=horizon, quantity="frequency", cluster=person)
