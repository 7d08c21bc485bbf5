"""Shares that have had each of several events, where one prevents the others."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.cohort.survival.contrasts import HorizonEffects, cells_of
from ebpm.cohort.survival.curves import Curve
from ebpm.cohort.survival.follow_up import FollowUp, arms_of, read_follow_up
from ebpm.cohort.survival.incidence_curves import incidence_curves, open_ends
from ebpm.cohort.survival.readings import read_curves
from ebpm.cohort.survival.time_checks import positive, refuse_beyond
from ebpm.estimate import Estimates
from ebpm.moments.frame import Floats, Frame, one_of
from ebpm.notices import Notices
from ebpm.shown import Shown
from ebpm.stats.survival.gray import GrayTest, gray_test
from ebpm.stats.survival.incidence import incidence
from ebpm.stats.survival.product_limit import INTERVALS
from ebpm.table import Table, rounded
from ebpm.texts import label, method

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class CumulativeIncidence(Shown):
    """Share of each group that has had each event, over time.

    Parameters
    ----------
    curves : one an event and group.
    estimates : shares at the times asked for.
    tests : Gray's test of each event; empty with one group, weights, clusters or late entry.
    events : labels, in the order of the curves and tests.
    time : name of the column of times.
    """

    curves: tuple[Curve, ...]
    estimates: Estimates
    tests: tuple[GrayTest, ...]
    events: tuple[str, ...]
    time: str

    @property
    def notices(self) -> Notices:
        """What the guard rails found."""
        return self.estimates.notices

    def of(self, event: object) -> tuple[Curve, ...]:
        """Return the curves of an event by its label, one a group."""
        return tuple(curve for curve in self.curves if curve.event == str(event))

    def tidy(self) -> pd.DataFrame:
        """Return one row an event, group and time."""
        return Table.of([
            {"event": curve.event} | record for curve in self.curves for record in curve.records()
        ]).to_frame()  # fmt: skip

    def lines(self, lang: str | None = None) -> list[str]:
        """Return the headline, and Gray's tests."""
        tests = zip(self.events, self.tests, strict=False)
        return [self.estimates.headline.sentence(lang), *(_test_line(event, test, lang) for event, test in tests)]

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return shares at the times asked for."""
        return (self.estimates.table(method(self.estimates.headline.method, lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw the curves of each event with limits, and the numbers at risk below."""
        from ebpm.figures.survival import draw_incidence

        return draw_incidence(self, ax, lang=lang)


def cumulative_incidence(
    data: Any,
    time: str,
    *,
    event: str,
    events: Mapping[Any, str] | None = None,
    by: str | None = None,
    at: float | Sequence[float] = (),
    entry: str | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    interval: str = "log-log",
    conf_level: float = 0.95,
) -> CumulativeIncidence:
    """Estimate the share of each group that has had each event by each time, where one event prevents the others.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person (or a spell of a person).
    time : column of the time from time zero to the first event or the end of follow-up.
    event : column of how follow-up ended.
    events : code -> label of each kind of event; every other code must be 0, False, "censored" or 打ち切り.
    by : column of groups.
    at : times, or one, at which shares are given; where empty, the last time at which ten rows of every group are still at risk.
    entry : column of the time at which follow-up began, where that was after time zero.
    weights : column of positive weights, taken as known.
    cluster : column of persons with several rows, or of clusters of persons.
    interval : scale on which limits are symmetric: "log-log", which covers best in small samples, "log" (the default of R survival) or "plain".
    conf_level : level of the intervals.

    Returns
    -------
    CumulativeIncidence : curves, shares at `at` (the headline is the first event in the first group), Gray's tests of groups.

    Raises
    ------
    DataError : as `kaplan_meier`.
    DesignError : no events, or a time beyond a group's follow-up while somebody there is still without any event.

    Formula: F_k(t) = sum over s <= t of S(s-) d_k(s) / n(s), S the survival without any event (Aalen and Johansen). Variance: infinitesimal jackknife
    over persons. Without competing events F is one minus Kaplan-Meier.

    Assumptions: the end of follow-up tells nothing about later events, given the group. Weights are known.

    Source: Aalen and Johansen (1978), Scandinavian Journal of Statistics 5(3); Gray (1988), Annals of Statistics 16(3).

    Examples
    --------
    >>> import pandas as pd
    >>> stays = pd.DataFrame({"days": [2.0, 3, 3, 5, 8], "how": [1, 2, 0, 1, 0]})
    >>> found = cumulative_incidence(stays, "days", event="how", events={1: "readmitted", 2: "died"}, at=[5])
    >>> [round(one.estimate, 6) for one in found.estimates]
    [0.5, 0.2]
    """
    one_of(interval, INTERVALS, "interval")
    frame = Frame.of(data)
    given = {"event": event, "events": events, "entry": entry, "weights": weights, "cluster": cluster}
    follow_up = read_follow_up(frame, time, **given).with_events()  # type: ignore[arg-type]
    if by is not None:
        follow_up = follow_up.within(frame.codes(by, "by"))
    kinds = range(1, len(follow_up.kinds) + 1)
    found = [incidence(follow_up.spells, kind, removed_by=kinds) for kind in kinds]
    curves = tuple(
        curve for kind, one in zip(follow_up.kinds, found, strict=True)
        for curve in incidence_curves(follow_up, one, event=kind, kind=interval, conf_level=conf_level)
    )  # fmt: skip
    estimates = read_curves(
        curves, at, follow_up=follow_up, open_end=open_ends(follow_up, found[0]), estimand="cumulative_incidence",
        method=f"cohort.cumulative_incidence.{interval.replace('-', '_')}", cluster=cluster, conf_level=conf_level,
    )  # fmt: skip
    tests = () if entry is not None else _tests(follow_up)
    return CumulativeIncidence(curves=curves, estimates=estimates, tests=tests, events=follow_up.kinds, time=time)


def risk(
    data: Any,
    time: str,
    *,
    event: str,
    treatment: str,
    horizon: float,
    events: Mapping[Any, str] | None = None,
    cause: object = None,
    control: object = None,
    strata: str | None = None,
    weights: str | None = None,
    cluster: str | None = None,
    conf_level: float = 0.95,
) -> HorizonEffects:
    """Compare the share that has had an event by a horizon between arms, other events that prevent it counted as such.

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person.
    time : column of the time from time zero to the first event or the end of follow-up.
    event, events : as in `cumulative_incidence`.
    treatment : column of arms.
    horizon : time by which events count, chosen before seeing results; in the unit of `time`.
    cause : label of the event counted, where there are several kinds.
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    strata : column of strata within which arms are compared; their shares of all rows weigh them.
    weights : column of positive weights, taken as known.
    cluster : column of clusters of persons.
    conf_level : level of the intervals.

    Returns
    -------
    HorizonEffects : differences of shares (the headline is that of the first arm), logarithms of ratios, and the share of each arm.

    Raises
    ------
    DataError, DesignError : as `rmst`.

    Formula: as `cumulative_incidence`; variance sum over persons of (weight x influence)^2; ratios by the delta method. Normal reference.

    Assumptions: as `cumulative_incidence`. The contrast is an effect if arms are comparable: assigned at random, or weighted to be so; where it acts on
    the other events as well, it is the effect on what happens in the presence of these.

    Source: Aalen and Johansen (1978), Scandinavian Journal of Statistics 5(3); Young et al. (2020), Statistics in Medicine 39(8).

    Examples
    --------
    >>> import pandas as pd
    >>> stays = pd.DataFrame({"days": [1.0, 2, 4, 2, 4, 4], "back": [1, 1, 0, 1, 0, 0], "arm": [0, 0, 0, 1, 1, 1]})
    >>> round(risk(stays, "days", event="back", treatment="arm", horizon=3).estimates.headline.estimate, 6)
    -0.333333
    """
    frame = Frame.of(data)
    given = {"event": event, "events": events, "weights": weights, "cluster": cluster}
    follow_up = read_follow_up(frame, time, **given)  # type: ignore[arg-type]
    kind = follow_up.cause(cause)
    arms = arms_of(frame.codes(treatment, "treatment"), treatment, control)
    blocks = None if strata is None else frame.codes(strata, "strata")
    cells = cells_of(follow_up, arms, blocks, treatment=treatment)
    found = incidence(cells.follow_up.spells, kind, removed_by=range(1, len(follow_up.kinds) + 1))
    name = follow_up.kinds[kind - 1]
    curves = incidence_curves(cells.follow_up, found, event=name, kind="log-log", conf_level=conf_level)
    refuse_beyond(curves, (positive(horizon),), open_end=open_ends(cells.follow_up, found))

    def of_cell(cell: int) -> tuple[float, Floats]:
        return found.removal.at(found.value, cell, horizon, first=0.0), found.influence(cell, horizon)

    estimates = cells.contrasts(of_cell, quantity="risk", method="cohort.risk", conf_level=conf_level)
    return cells.effects(estimates, curves, horizon=horizon, quantity="risk", cluster=cluster)


def _tests(follow_up: FollowUp) -> tuple[GrayTest, ...]:
    if len(follow_up.groups) < 2 or follow_up.weighted or follow_up.clustered:
        return ()
    spells = replace(follow_up.spells, group=np.zeros(follow_up.n, dtype=np.int64))
    kinds = range(1, len(follow_up.kinds) + 1)
    return tuple(gray_test(spells, follow_up.spells.group, kind=kind) for kind in kinds)


def _test_line(event: str, test: GrayTest, lang: str | None) -> str:
    facts = {"statistic": rounded(test.statistic), "df": test.df, "p": rounded(test.p_value, "p")}
    return label("survival_gray", lang, event=event, **facts)
