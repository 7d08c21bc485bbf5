"""Guard rails of surveys: response, weights, margins, units, events in the window, answers without a check."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError
from ebpm.estimate import Number, Unavailable
from ebpm.moments.frame import Codes, Floats, Frame
from ebpm.moments.labels import label_of
from ebpm.notices import Facts, Notices, Rule, run
from ebpm.stats.given import mapping, number
from ebpm.stats.proportions import LOW_RESPONSE
from ebpm.survey.design.unequal import Weighing

LARGE_DESIGN_EFFECT = 2.0
LARGE_WEIGHT = 5.0
THIN_LEVEL = 10
FEW_DF = 8
DISAGREEMENT = 0.1

Find = tuple[str, Facts]


def _fired(code: str, check: Callable[[Any], Iterable[Find]], subject: object) -> Notices:
    return run((Rule(code, check),), subject)


@dataclass(frozen=True, slots=True)
class Rate:
    """Who answered of those invited, in one group."""

    group: str
    answered: float
    invited: float
    minimum: float

    @property
    def rate(self) -> float:
        return self.answered / self.invited


def _low_response(rates: Iterable[Rate]) -> Iterable[Find]:
    for one in rates:
        if one.rate < number(one.minimum, "minimum"):
            yield one.group, {"rate": f"{one.rate:.1%}", "minimum": f"{one.minimum:.0%}"}


def low_response(rates: Iterable[Rate]) -> Notices:
    """Return S101 for each group whose response rate lies below its minimum."""
    return _fired("S101", _low_response, tuple(rates))


def response(data: Any, column: str, *, by: str | None = None, minimum: float = LOW_RESPONSE) -> Notices:
    """Return S101 where fewer of those invited answered than a minimum, overall and in each group.

    Parameters
    ----------
    data : one row an invitation.
    column : 1 (true) where the person answered, 0 where not.
    by : column of groups: arms, strata, wards.
    minimum : share that should have answered.

    Raises
    ------
    DataError : if the column holds anything but 0 and 1.

    Source: Groves (2006), Public Opinion Quarterly 70(5); the minimum of one half is a convention of this library.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import survey
    >>> survey.response(pd.DataFrame({"answered": [1, 0, 0, 0]}), "answered").codes
    ('S101',)
    """
    frame = Frame.of(data)
    answered = zero_one(frame, column, "column")
    groups = [Rate(column, answered.sum(), len(frame), minimum)]
    if by is not None:
        codes = frame.codes(by, "by")
        counts = zip(
            codes.levels, np.bincount(codes.codes, weights=answered).tolist(), codes.counts().tolist(), strict=True
        )
        groups += [Rate(f"{by} = {label_of(level)}", answers, invited, minimum) for level, answers, invited in counts]
    return low_response(groups)


def zero_one(frame: Frame, column: str, argument: str) -> NDArray[np.bool_]:
    """Return a column of 0 and 1 as booleans.

    Raises
    ------
    DataError : if it holds anything else.
    """
    values = frame.numbers(column, argument)
    strange = (values != 0.0) & (values != 1.0)
    if strange.any():
        row = int(np.argmax(strange))
        raise DataError("survey_not_zero_one", column=column, argument=argument, value=f"{values[row]:g}", row=row + 1)
    return np.asarray(values == 1.0)


def _unequal_weights(one: Weighing) -> Iterable[Find]:
    if one.effect > LARGE_DESIGN_EFFECT or one.largest > LARGE_WEIGHT:
        yield (
            "",
            {
                "effect": f"{one.effect:.2f}",
                "effective": f"{one.n / one.effect:,.0f}",
                "n": f"{one.n:,}",
                "largest": f"{one.largest:.1f}",
            },
        )


def unequal_weights(weights: Floats | Weighing) -> Notices:
    """Return S102 where Kish's design effect exceeds 2 or a weight exceeds 5 times the mean weight."""
    return _fired("S102", _unequal_weights, weights if isinstance(weights, Weighing) else Weighing.of(weights))


def _thin_margins(margins: Mapping[str, Codes]) -> Iterable[Find]:
    for column, rows in margins.items():
        for level, count in zip(rows.levels, rows.counts().tolist(), strict=True):
            if count < THIN_LEVEL:
                yield f"{column} = {label_of(level)}", {"count": count, "least": THIN_LEVEL}


def thin_margins(margins: Mapping[str, Codes]) -> Notices:
    """Return S103 for each level of a margin that fewer than 10 rows carry."""
    return _fired("S103", _thin_margins, margins)


@dataclass(frozen=True, slots=True)
class Unknowns:
    """What the answers "unknown" leave open, beside what sampling leaves open, for one term."""

    term: str
    share: float
    left_open: float
    sampling_width: Number


def _many_unknown(found: Iterable[Unknowns]) -> Iterable[Find]:
    for one in found:
        if not isinstance(one.sampling_width, Unavailable) and one.left_open > one.sampling_width:
            yield (
                one.term,
                {
                    "share": f"{one.share:.1%}",
                    "left_open": f"{one.left_open:.3g}",
                    "width": f"{one.sampling_width:.3g}",
                },
            )


def many_unknown(found: Iterable[Unknowns]) -> Notices:
    """Return S104 for each term whose "unknown" answers leave more open than sampling does."""
    return _fired("S104", _many_unknown, tuple(found))


def shown_df(df: float) -> int | str:
    """Return degrees of freedom as a notice shows them."""
    return df if isinstance(df, int) else f"{df:.1f}"


def _few_units(df: float) -> Iterable[Find]:
    if df < FEW_DF:
        yield "", {"df": shown_df(df), "least": FEW_DF}


def few_units(df: float) -> Notices:
    """Return S105 where units less strata are fewer than 8."""
    return _fired("S105", _few_units, df)


@dataclass(frozen=True, slots=True)
class Window:
    """The days on which answers came, and what else happened."""

    days: NDArray[np.datetime64]
    events: Mapping[str, object]


def _events(window: Window) -> Iterable[Find]:
    first, last = window.days.min(), window.days.max()
    for date, text in window.events.items():
        moment = np.datetime64(date)
        start, end = moment.astype("datetime64[D]"), (moment + 1).astype("datetime64[D]") - 1
        if first <= end and start <= last:
            before = int((window.days < start).sum())
            facts = {"date": date, "first": str(first), "last": str(last)}
            yield str(text), facts | {"before": f"{before:,}", "after": f"{len(window.days) - before:,}"}


def events_in_window(data: Any, date: str, *, events: Mapping[str, object]) -> Notices:
    """Return S106 for each event that fell between the first and the last answer.

    Parameters
    ----------
    data : one row an answer.
    date : column of days ("2019-10-01") or months ("2019-10").
    events : day, month or year -> what happened.

    Raises
    ------
    DataError : if the column, or an event, holds anything but dates.

    Source: Shadish, Cook and Campbell (2002), Experimental and Quasi-Experimental Designs, chapter 2 (history).

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import survey
    >>> answers = pd.DataFrame({"day": ["2019-09-20", "2019-10-05"]})
    >>> survey.events_in_window(answers, "day", events={"2019-10-01": "the ordinance comes into force"}).codes
    ('S106',)
    """
    frame = Frame.of(data)
    values = frame.codes(date, "date")
    levels = np.array([_day(level, date) for level in values.levels])
    for moment in mapping(events, "events"):
        _day(moment, "events")
    return _fired("S106", _events, Window(levels[values.codes], events))


def _day(value: object, column: str) -> np.datetime64:
    try:
        return np.datetime64(str(value)[:10], "D")
    except ValueError:
        raise DataError("survey_not_a_date", column=column, value=value) from None


@dataclass(frozen=True, slots=True)
class Verified:
    """How many self-reports were compared with a record, and how many of these differ from it."""

    column: str
    compared: int
    differing: int


def _unverified(one: Verified) -> Iterable[Find]:
    if one.compared == 0:
        yield one.column, {}


def _disagreement(one: Verified) -> Iterable[Find]:
    if one.compared and one.differing / one.compared > DISAGREEMENT:
        yield (
            one.column,
            {
                "share": f"{one.differing / one.compared:.1%}",
                "differing": f"{one.differing:,}",
                "compared": f"{one.compared:,}",
            },
        )


def self_report(data: Any, outcome: str, *, record: str | None = None) -> Notices:
    """Return S107 where a self-reported outcome was compared with no record, S108 where it differs from the record in more than a tenth.

    Parameters
    ----------
    data : one row a respondent.
    outcome : column that the respondent reported.
    record : column with the value of the record, missing where none was looked up.

    Raises
    ------
    DataError : if a column is missing.

    Source: Bound, Brown and Mathiowetz (2001), Handbook of Econometrics 5, chapter 59.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import survey
    >>> survey.self_report(pd.DataFrame({"insured": [1, 0]}), "insured").codes
    ('S107',)
    """
    frame = Frame.of(data)
    said, compared, differing = frame.values(outcome, "outcome"), np.zeros(len(frame), dtype=bool), 0
    if record is not None:
        compared = frame.present(outcome, "outcome") & frame.present(record, "record")
        differing = int((said[compared] != frame.values(record, "record")[compared]).sum())
    subject = Verified(outcome, int(compared.sum()), differing)
    return run((Rule("S107", _unverified), Rule("S108", _disagreement)), subject)
