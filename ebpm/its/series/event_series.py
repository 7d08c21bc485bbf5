"""From single events, wherever they lie, to a series without holes: months or weeks, with zeros where nothing happened."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.errors import DesignError
from ebpm.its.periods.calendar import Calendar, listed, number_of
from ebpm.moments.frame import Codes, Floats, Ints, one_of
from ebpm.moments.labels import label_of
from ebpm.moments.naming import named_column
from ebpm.moments.scans.asking import groups_of
from ebpm.moments.scans.checks import check_steps
from ebpm.moments.scans.groups.scan import GroupRequest, scan_groups
from ebpm.moments.scans.groups.sums import GroupSums
from ebpm.moments.scans.opening import scan
from ebpm.notices import Facts, Notices, Rule, run
from ebpm.shown import Shown
from ebpm.table import Table
from ebpm.texts import label

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes

KINDS = ("month", "quarter", "week", "day", "number")


@dataclass(frozen=True, slots=True, kw_only=True)
class EventSeries(Shown):
    """Events by period.

    Parameters
    ----------
    calendar : the T periods.
    time, amount, exposure, by : columns; all but the first may be empty.
    groups : what tells the S series apart.
    values, exposures : shape (S, T); exposures are ones where there is no column.
    outside : events before or after the periods.
    rounding : what was rounded before it was summed.
    """

    calendar: Calendar
    time: str
    amount: str
    exposure: str
    by: str
    groups: tuple[Any, ...]
    values: Floats = field(compare=False)
    exposures: Floats = field(compare=False)
    counts: Ints = field(compare=False)
    outside: int = 0
    rounding: Notices = field(default_factory=Notices)

    @property
    def outcome(self) -> str:
        """The column of the amount, or "events"."""
        return self.amount or "events"

    @property
    def frame(self) -> pd.DataFrame:
        """The series as a table that every routine for series takes: one row a period (and series)."""
        import pandas as pd

        names = [self.calendar.name(place) for place in range(self.calendar.length)]
        columns: dict[str, Any] = {self.time: names * len(self.groups)}
        if self.by:
            columns[self.by] = [group for group in self.groups for _ in names]
        columns[self.outcome] = self.values.ravel()
        if self.exposure:
            columns[self.exposure] = self.exposures.ravel()
        return pd.DataFrame(columns)

    @property
    def notices(self) -> Notices:
        """I340 where periods hold no event, I341 where events lie outside of the periods."""
        return run(RULES, self) + self.rounding

    def lines(self, lang: str | None = None) -> list[str]:
        """Return how many periods and events there are."""
        last = self.calendar.length - 1
        return [
            label(
                "its_event_series", lang, periods=self.calendar.length, first=self.calendar.name(0), last=self.calendar.name(last),
                events=f"{int(self.counts.sum()):,}",
            )
        ]  # fmt: skip

    def tables(self, lang: str | None = None) -> tuple[Table, ...]:
        """Return one row a series and period."""
        own: list[dict[str, Any]] = []
        for place, group in enumerate(self.groups):
            for period in range(self.calendar.length):
                record = {"term": f"{group} {self.calendar.name(period)}".strip(), "value": self.values[place, period]}
                own.append(record | ({"exposure": self.exposures[place, period]} if self.exposure else {}))
        return (Table.of(own, label("its_event_series_caption", lang)),)

    def draw(self, ax: Axes | None, lang: str | None) -> Axes:
        """Draw each series, as a rate where there is an exposure."""
        from ebpm.figures.event_series import draw_events

        return draw_events(self, ax, lang=lang)


def event_series(
    data: Any,
    time: str,
    *,
    every: str = "month",
    amount: str | None = None,
    by: str | None = None,
    denominators: Any = None,
    exposure: str | None = None,
    first: Any = None,
    last: Any = None,
) -> EventSeries:
    """Count events (or add up an amount) by period, with zeros where nothing happened, for `segmented` and its sisters.

    Parameters
    ----------
    data : one row an event. A lazy table, a path to Parquet files or `moments.scan` is summed where it lies.
    time : column of dates, of times (in the time zone that the table shows), of texts such as "2019-04-15", or of numbered periods.
    every : "month", "quarter", "week" (from Monday), "day" or "number".
    amount : column that is added up; None counts rows.
    by : column that tells series apart (1 with the intervention, 0 without).
    denominators : table, likewise anywhere, with `time`, `by` and `exposure` columns: the people insured in each period, ...
    exposure : its column; the rows of a period are added up.
    first, last : periods, or days in them, at which the series begins and ends; where None those of the denominators, or of the events.
        Name them where the first or the last period is not whole.

    Returns
    -------
    EventSeries : `.frame` holds the columns `time`, `by`, `amount` (or "events") and `exposure`, one row a period and series.

    Raises
    ------
    DataError : a missing column or value, a date that cannot be read.
    DesignError : a period without denominator, one without the other of `denominators` and `exposure`, an empty window.

    Assumptions: every event is in the table, so that a period without one had none.

    Source: Bernal, Cummins and Gasparrini (2017), International Journal of Epidemiology 46(1).

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import its
    >>> falls = pd.DataFrame({"day": ["2019-04-03", "2019-04-20", "2019-06-01"]})
    >>> its.event_series(falls, "day").frame["events"].tolist()
    [2.0, 0.0, 1.0]
    """
    one_of(every, KINDS, "every")
    if (denominators is None) != (exposure is None):
        raise DesignError("its_half_a_denominator", given="exposure" if denominators is None else "denominators")
    events = _Dated.of(data, time, every, amount, by)
    people = None if exposure is None else _Dated.of(denominators, time, every, exposure, by)
    known = events if people is None else people
    ends = [_end(known, edge, given, every) for edge, given in ((0, first), (-1, last))]
    if ends[0] > ends[1]:
        raise DesignError("its_empty_window", first=first, last=last)
    calendar = Calendar(every, ends[0], ends[1] - ends[0] + 1, 1 if every == "week" else 0)
    groups = events.groups
    exposures = np.ones((len(groups), calendar.length))
    if people is not None:
        exposures = people.spread(people.totals(exposure), groups, calendar)
        _refuse_no_exposure(exposures, calendar, str(exposure))
    counts = events.spread(events.sums.counts, groups, calendar).astype(np.int64)
    rounding = sum(
        (check_steps(*one) for side in (events, people) if side is not None for one in side.steps), Notices()
    )
    return EventSeries(
        calendar=calendar, time=time, amount=amount or "", exposure=exposure or "", by=by or "", groups=groups,
        values=events.spread(events.totals(amount), groups, calendar), exposures=exposures, counts=counts,
        outside=events.sums.rows - int(counts.sum()), rounding=rounding,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Dated:
    """Sums by period and series, one element a group: the number of its period, and the code of its series."""

    sums: GroupSums
    numbers: Ints
    series: Codes

    @classmethod
    def of(cls, data: Any, time: str, every: str, amount: str | None, by: str | None) -> _Dated:
        unit = "day" if every in ("week", "day") else "month"
        for column, argument in ((time, "time"), (amount, "amount"), (by, "by")):
            if column is not None:
                named_column(column, argument)
        request = GroupRequest(
            keys=(time, *([by] if by else [])), numbers=(amount,) if amount else (), products=False,
            arguments=MappingProxyType({time: "time", str(by): "by", str(amount): "amount"}), dates=MappingProxyType({time: unit}),
        )  # fmt: skip
        found = groups_of(data, request, records={})
        sums = scan_groups(scan(data), request) if found is None else found
        sums = sums.merged([(number_of(group[0], every, time), *group[1:]) for group in sums.groups])
        periods = np.array(sums.labels(time), dtype=np.int64)
        return cls(sums, periods, sums.codes(by) if by else Codes(np.zeros(len(sums), dtype=np.int64), ("",)))

    @property
    def groups(self) -> tuple[Any, ...]:
        return tuple(self.series.levels)

    @property
    def steps(self) -> Iterator[tuple[str, Any]]:
        return zip(self.sums.numbers, self.sums.fixed, strict=True)

    def totals(self, column: str | None) -> Floats:
        return np.array([float(one) for one in self.sums.totals(column or "")])

    def spread(self, values: Any, groups: Sequence[Any], calendar: Calendar) -> Floats:
        """Return values as one row a series and one column a period; what lies outside is left out."""
        found, places = np.zeros((len(groups), calendar.length)), self.numbers - calendar.first
        row = {group: place for place, group in enumerate(groups)}
        rows = np.array([row.get(level, -1) for level in self.series.levels])[self.series.codes]
        inside = (places >= 0) & (places < calendar.length) & (rows >= 0)
        np.add.at(found, (rows[inside], places[inside]), np.asarray(values, dtype=np.float64)[inside])
        return found


def _end(known: _Dated, edge: int, given: Any, every: str) -> int:
    return (
        int(np.sort(known.numbers)[edge])
        if given is None
        else number_of(given, every, "first" if edge == 0 else "last")
    )


def _refuse_no_exposure(exposures: Floats, calendar: Calendar, column: str) -> None:
    empty = np.asarray((exposures <= 0).any(axis=0), dtype=np.bool_)
    if empty.any():
        raise DesignError("its_no_exposure", column=column, count=int(empty.sum()), periods=listed(calendar, empty))


def _empty(found: EventSeries) -> Iterator[tuple[str, Facts]]:
    for group, counts in zip(map(label_of, found.groups), found.counts, strict=True):
        empty = counts == 0
        if empty.any():
            yield (
                group or found.outcome,
                {"count": int(empty.sum()), "periods": listed(found.calendar, empty), "total": len(empty)},
            )


def _outside(found: EventSeries) -> Iterator[tuple[str, Facts]]:
    if found.outside:
        last = found.calendar.length - 1
        yield (
            found.outcome,
            {"count": found.outside, "first": found.calendar.name(0), "last": found.calendar.name(last)},
        )


RULES: tuple[Rule[EventSeries], ...] = (Rule("I340", _empty), Rule("I341", _outside))
