"""Dates, months, years and fiscal years in the Japanese and the Gregorian calendar."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from ebpm.data.numerals import Parsed, Refused

FIRST_YEAR, LAST_YEAR = 1868, 2200
FISCAL_START_MONTH = 4


@dataclass(frozen=True, slots=True)
class Era:
    """A Japanese era, from its first to its last day."""

    signs: str
    name: str
    start: date
    end: date

    def covers(self, first: date, last: date) -> bool:
        """Return whether the era and the days from `first` to `last` have a day in common."""
        return self.start <= last and first <= self.end


ERAS = (
    Era("RＲ令", "令和", date(2019, 5, 1), date(LAST_YEAR, 12, 31)),
    Era("HＨ平", "平成", date(1989, 1, 8), date(2019, 4, 30)),
    Era("SＳ昭", "昭和", date(1926, 12, 25), date(1989, 1, 7)),
    Era("TＴ大", "大正", date(1912, 7, 30), date(1926, 12, 25)),
    Era("MＭ明", "明治", date(1868, 10, 23), date(1912, 7, 30)),
)

_YEAR = r"(?:(?:(?P<era>令和?|平成?|昭和?|大正?|明治?|[RHSTM])\.?(?P<count>[0-9]{1,2}|元))|(?:西暦)?(?P<year>[0-9]{4}))"
_KANJI = re.compile(_YEAR + r"年(?:(?P<month>[0-9]{1,2})月分?(?:(?<!分)(?P<day>[0-9]{1,2})日)?)?")
_MARKS = re.compile(_YEAR + r"(?:(?P<mark>[-/.])(?P<month>[0-9]{1,2})(?:(?P=mark)(?P<day>[0-9]{1,2}))?)?")
_DIGITS = re.compile(r"(?P<year>[0-9]{4})(?P<month>[0-9]{2})(?P<day>[0-9]{2})?")
_FISCAL = re.compile(r"(?P<sign>FY)?" + _YEAR + r"(?P<tail>年?度)?")
_SERIAL = re.compile(r"[34][0-9]{4}(?:\.[0-9]+)?")
_IGNORED_TAIL = re.compile(r"(?:\((?:月|火|水|木|金|土|日)曜?日?\)|T?00:00(?::00(?:\.0+)?)?)$")
_DASHES = str.maketrans("−‐‑–", "----")


@dataclass(frozen=True, slots=True)
class _When:
    year: int
    month: int
    day: int
    era: Era | None

    def repairs(self, first: date, last: date) -> tuple[str, ...]:
        if self.era is None:
            return ()
        return ("T006",) if self.era.covers(first, last) else ("T006", "T019")


def fiscal_year(when: date | str) -> int:
    """Return the Japanese fiscal year, named after the year in which its April lies.

    Parameters
    ----------
    when : a date, or an ISO date or month ("2020-03").

    Raises
    ------
    ValueError : if the text is neither.

    Notes
    -----
    `pandas.Period(..., "Y-MAR")` names the year after its end, one more than this.

    Examples
    --------
    >>> from ebpm.data import fiscal_year
    >>> fiscal_year("2020-03"), fiscal_year("2020-04")
    (2019, 2020)
    """
    day = date.fromisoformat(f"{when}-01" if len(when) == 7 else when) if isinstance(when, str) else when
    return day.year - (day.month < FISCAL_START_MONTH)


def read_date(text: str) -> Parsed:
    """Read a day as an ISO date: 2019-09-01, 2019/9/1, 20190901, 2019年9月1日, 令和元年9月1日, R1.9.1, H31/4/1.

    Raises
    ------
    Refused : if the text is no day, or a day that does not exist.
    """
    plain, repairs = _plain(text)
    when = _read(plain)
    if not when.day:
        raise Refused("T025")
    day = _existing(when.year, when.month, when.day)
    return Parsed(day.isoformat(), (*repairs, *when.repairs(day, day)))


def read_month(text: str) -> Parsed:
    """Read a month as "2019-09": 2019-09, 2019/9, 201909, 2019年9月, 令和元年9月, R1.9; and its first day.

    Raises
    ------
    Refused : if the text is no month, or a day other than the first.
    """
    plain, repairs = _plain(text)
    when = _read(plain)
    if not when.month or when.day > 1:
        raise Refused("T025")
    first = _existing(when.year, when.month, 1)
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    as_day = ("T013",) if when.day else ()
    return Parsed(f"{first:%Y-%m}", (*repairs, *when.repairs(first, last), *as_day))


def read_year(text: str) -> Parsed:
    """Read a calendar year: 2019, 2019年, 令和元年, R1.

    Raises
    ------
    Refused : if the text is no year, or a fiscal year.
    """
    plain, repairs = _plain(text)
    if plain.endswith("度") or plain.startswith("FY"):
        raise Refused("T028")
    when = _read(plain)
    if when.month:
        raise Refused("T025")
    first = _existing(when.year, 1, 1)
    return Parsed(when.year, (*repairs, *when.repairs(first, first.replace(month=12, day=31))))


def read_fiscal_year(text: str) -> Parsed:
    """Read a fiscal year by the year in which it begins: 2019, 2019年度, FY2019, 令和元年度, R1.

    Raises
    ------
    Refused : if the text is no fiscal year, or a calendar year.
    """
    plain, repairs = _plain(text)
    match = _FISCAL.fullmatch(plain)
    if match is None:
        raise Refused("T028" if plain.endswith("年") and _KANJI.fullmatch(plain) else "T025")
    when = _when(match)
    first = _existing(when.year, FISCAL_START_MONTH, 1)
    return Parsed(when.year, (*repairs, *when.repairs(first, first.replace(year=first.year + 1) - timedelta(days=1))))


def _plain(text: str) -> tuple[str, tuple[str, ...]]:
    normal = unicodedata.normalize("NFKC", text)
    compact = re.sub(r"\s+", "", normal.translate(_DASHES)).upper()
    return _IGNORED_TAIL.sub("", compact), ("T003",) if normal != text else ()


def _read(text: str) -> _When:
    if _SERIAL.fullmatch(text):
        raise Refused("T027")
    for match in _matches(text):
        return _when(match)
    raise Refused("T025")


def _matches(text: str) -> Iterator[re.Match[str]]:
    for pattern in (_KANJI, _MARKS, _DIGITS):
        match = pattern.fullmatch(text)
        if match:
            yield match


def _when(match: re.Match[str]) -> _When:
    parts = match.groupdict()
    era = next((era for era in ERAS if parts.get("era") and parts["era"][0] in era.signs), None)
    month, day = (int(parts.get(name) or 0) for name in ("month", "day"))
    if (parts.get("month") and not month) or (parts.get("day") and not day):
        raise Refused("T026")
    if era is None:
        return _When(int(parts["year"]), month, day, None)
    count = 1 if parts["count"] == "元" else int(parts["count"])
    if not count:
        raise Refused("T026")
    return _When(era.start.year + count - 1, month, day, era)


def _existing(year: int, month: int, day: int) -> date:
    if not FIRST_YEAR <= year <= LAST_YEAR:
        raise Refused("T026")
    try:
        return date(year, month, day)
    except ValueError:
        raise Refused("T026") from None
