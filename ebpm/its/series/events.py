"""Other things that happened in the window, and that a single series cannot tell from the intervention."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from ebpm.errors import DataError
from ebpm.its.periods.calendar import Calendar, read_periods
from ebpm.moments.frame import Frame
from ebpm.notices import Notice, Notices
from ebpm.stats.given import several
from ebpm.texts import words


@dataclass(frozen=True, slots=True)
class Event:
    """A concurrent event.

    Parameters
    ----------
    place : periods after the first one of the series.
    text : what happened, as a string or in Japanese and English.
    """

    place: int
    text: str | Mapping[str, str]

    def __str__(self) -> str:
        return self.words()

    def words(self, lang: str | None = None) -> str:
        """Return what happened."""
        return words(self.text, lang)


def read_events(events: Iterable[Any], calendar: Calendar) -> tuple[Event, ...]:
    """Return events given as (period, text) or {"date": period, "text": text}.

    Raises
    ------
    DataError : if an event has another form, or its period cannot be read.
    """
    return tuple(_event(one, calendar) for one in several(events, "events"))


def _event(given: Any, calendar: Calendar) -> Event:
    if isinstance(given, Mapping) and {"date", "text"} <= given.keys():
        return Event(calendar.place(given["date"]), given["text"])
    if isinstance(given, Sequence) and not isinstance(given, str) and len(given) == 2:
        return Event(calendar.place(given[0]), given[1])
    raise DataError("its_bad_event", event=given)


def inside(events: Iterable[Event], calendar: Calendar) -> Notices:
    """Return a notice I305 for each event that lies within a series."""
    found = [event for event in events if 0 <= event.place < calendar.length]
    return Notices(tuple(_notice(event, calendar) for event in found))


def _notice(event: Event, calendar: Calendar) -> Notice:
    return Notice("I305", calendar.name(event.place), MappingProxyType({"event": event}))


def events_in_window(data: Any, time: str, *, events: Iterable[Any]) -> Notices:
    """Return a notice for each concurrent event within the window of the data.

    Parameters
    ----------
    data : a table.
    time : the column of its periods.
    events : (period, text) or {"date": period, "text": text}.

    Raises
    ------
    DataError : if the column or an event cannot be read.

    Source: Baicker and Svoronos (2019), NBER Working Paper 26080.

    Examples
    --------
    >>> import pandas as pd
    >>> months = pd.DataFrame({"month": ["2020-02", "2020-03", "2020-04", "2020-05"]})
    >>> events_in_window(months, "month", events=[("2020-04", "state of emergency"), ("2021-01", "another")]).codes
    ('I305',)
    """
    calendar, _ = read_periods(Frame.of(data).values(time, "time"), time)
    return inside(read_events(events, calendar), calendar)
