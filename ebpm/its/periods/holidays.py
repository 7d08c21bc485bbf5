"""Public holidays of Japan, from the law: fixed days, moving Mondays, equinoxes, substitutes, and the exceptions of single years."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

from ebpm.errors import DesignError

FIRST, LAST = 1949, 2099
DAY = timedelta(days=1)
MONDAY, SUNDAY = 0, 6
SUBSTITUTES = date(1973, 4, 12)
BETWEEN = 1986
LONGER_SUBSTITUTES = 2007

FIXED = (
    (1949, LAST, 1, 1), (1949, 1999, 1, 15), (1967, LAST, 2, 11), (2020, LAST, 2, 23), (1949, LAST, 4, 29), (1949, LAST, 5, 3),
    (2007, LAST, 5, 4), (1949, LAST, 5, 5), (1996, 2002, 7, 20), (2016, 2019, 8, 11), (2022, LAST, 8, 11), (1966, 2002, 9, 15),
    (1966, 1999, 10, 10), (1949, LAST, 11, 3), (1949, LAST, 11, 23), (1989, 2018, 12, 23),
)  # fmt: skip
MONDAYS = (
    (2000, LAST, 1, 2), (2003, 2019, 7, 3), (2022, LAST, 7, 3), (2003, LAST, 9, 3), (2000, 2019, 10, 2), (2022, LAST, 10, 2),
)  # fmt: skip
SINGLE = {
    1959: ((4, 10),),
    1989: ((2, 24),),
    1990: ((11, 12),),
    1993: ((6, 9),),
    2019: ((5, 1), (10, 22)),
    2020: ((7, 23), (7, 24), (8, 10)),
    2021: ((7, 22), (7, 23), (8, 8)),
}


@cache
def japanese_holidays(year: int) -> frozenset[date]:
    """Return the public holidays of a year, substitutes among them.

    Parameters
    ----------
    year : 1949 to 2099. Beyond the years that the Cabinet Office has published, equinoxes are computed, and laws may change.

    Raises
    ------
    DesignError : for another year.

    Source: Act on National Holidays (Act No. 178 of 1948) with its amendments, the acts on the ceremonies of 1959, 1989, 1990, 1993 and
    2019, and the special measures for the Olympic Games of 2020 and 2021; equal to the table of the Cabinet Office for 1955 to 2027.

    Examples
    --------
    >>> from ebpm.its.periods.holidays import japanese_holidays
    >>> [day.isoformat() for day in sorted(japanese_holidays(2019)) if day.month in (4, 5)]
    ['2019-04-29', '2019-04-30', '2019-05-01', '2019-05-02', '2019-05-03', '2019-05-04', '2019-05-05', '2019-05-06']
    """
    if not FIRST <= year <= LAST:
        raise DesignError("its_no_holidays", year=year, first=FIRST, last=LAST)
    named = _named(year)
    found = named | {_substitute(day, named) for day in named if day.weekday() == SUNDAY and day >= SUBSTITUTES}
    if year >= BETWEEN:
        found |= {day + DAY for day in named if day + 2 * DAY in named and _ordinary(day + DAY, found)}
    return frozenset(found)


def _named(year: int) -> set[date]:
    fixed = {date(year, month, day) for first, last, month, day in FIXED if first <= year <= last}
    moving = {_nth_monday(year, month, nth) for first, last, month, nth in MONDAYS if first <= year <= last}
    single = {date(year, month, day) for month, day in SINGLE.get(year, ())}
    return fixed | moving | single | {_equinox(year, 3, 20.8431), _equinox(year, 9, 23.2488)}


def _nth_monday(year: int, month: int, nth: int) -> date:
    first = date(year, month, 1)
    return first + timedelta(days=(MONDAY - first.weekday()) % 7 + 7 * (nth - 1))


def _equinox(year: int, month: int, in_1980: float) -> date:
    """Day of an equinox by the usual approximation, good from 1949 to 2099."""
    return date(year, month, int(in_1980 + 0.242194 * (year - 1980)) - (year - 1980) // 4)


def _substitute(day: date, named: set[date]) -> date:
    """The next day; since 2007 the next that is not itself a holiday."""
    later = day + DAY
    while later in named and day.year >= LONGER_SUBSTITUTES:
        later += DAY
    return later


def _ordinary(day: date, found: set[date]) -> bool:
    return day not in found and day.weekday() != SUNDAY
