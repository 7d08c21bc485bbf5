"""What looks wrong along time: missing periods, units that leave, reports that come late."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np

from ebpm.data.checks import Cells, cells, known
from ebpm.data.periods import Periods, periods
from ebpm.errors import DataError
from ebpm.moments.frame import Floats, Frame, Ints
from ebpm.notices import Notice, Notices

EDGE = 3
FEWEST_INNER = 6
DEVIATIONS = 3.0
MAD_TO_SD = 1.4826


def gaps(data: Any, column: str, *, by: str | Sequence[str] | None = None) -> Notices:
    """Look for periods that are missing between the first and the last of each unit (T052).

    Parameters
    ----------
    data : the table.
    column : time: months ("2019-04"), dates or whole numbers.
    by : columns of the units; all rows are one series where None.

    Raises
    ------
    DataError : if the column does not hold periods.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import data
    >>> table = pd.DataFrame({"hospital": ["A", "A"], "month": ["2019-07", "2019-09"]})
    >>> print(data.gaps(table, "month", by="hospital").items[0].facts["example"])
    A 2019-08
    """
    frame = known(data, column)
    time, units = _time(frame, column), cells(frame, by, "by")
    found = [
        (units.names[code], absent)
        for code, numbers in _by_unit(time.numbers, units)
        if (absent := np.setdiff1d(np.arange(numbers.min(), numbers.max() + 1), numbers)).size
    ]
    if not found:
        return Notices()
    name, absent = found[0]
    facts = {
        "units": len(found),
        "count": sum(one.size for _, one in found),
        "example": f"{name} {time.name(int(absent[0]))}".strip(),
    }
    return Notices((Notice("T052", column, facts),))


def leavers(data: Any, column: str, *, unit: str, by: str | None = None) -> Notices:
    """Look for units whose rows end before the last period of the table (T056).

    Parameters
    ----------
    data : the table.
    column : time: months ("2019-04"), dates or whole numbers.
    unit : column of the units.
    by : column of arms, constant within units; the notice then tells how many left each.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import data
    >>> visits = pd.DataFrame({"home": [1, 1, 2], "year": [2019, 2020, 2019]})
    >>> data.leavers(visits, "year", unit="home").codes
    ('T056',)
    """
    frame = known(data, column)
    time, units = _time(frame, column), cells(frame, unit, "unit")
    last = np.full(len(units.names), np.iinfo(np.int64).min)
    np.maximum.at(last, units.codes, time.numbers)
    gone = last < time.numbers.max()
    if not gone.any():
        return Notices()
    example = int(np.argmax(gone))
    facts = {
        "units": len(units.names),
        "count": int(gone.sum()),
        "last": time.name(int(time.numbers.max())),
        "example": f"{units.names[example]} {time.name(int(last[example]))}",
        "arms": _by_arm(frame, by, units, gone) if by else "",
    }
    return Notices((Notice("T056", column, facts),))


def _by_arm(frame: Frame, by: str, units: Cells, gone: Any) -> str:
    arms = frame.codes(by, "by")
    first = np.unique(units.codes, return_index=True)[1]
    of_unit = arms.codes[first]
    parts = (
        f"{level} {int(gone[of_unit == code].sum()):,}/{int((of_unit == code).sum()):,}"
        for code, level in enumerate(arms.levels)
    )
    return f"{by}: {', '.join(parts)}."


def late_reporting(data: Any, column: str, *, by: str | Sequence[str], time: str, share: float = 0.5) -> Notices:
    """Look for units whose first or last periods lie far below their own level (T057).

    Parameters
    ----------
    data : the table, one row a unit and period.
    column : counts; missing values are passed over.
    by : columns of the units.
    time : months ("2019-04"), dates or whole numbers.
    share : of the unit's own median, below which a value at an end is too low.

    Raises
    ------
    DataError : if `share` is not between 0 and 1, or `time` does not hold periods.

    Notes
    -----
    The level is the median of the inner periods (all but the first and last three; six at least). A value at an end counts
    if it lies below the share of the level and three standard deviations below it; the standard deviation is the larger
    of the Poisson one and 1.4826 times the median absolute deviation.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import data
    >>> clinics = pd.DataFrame({"clinic": "a", "month": range(12), "visits": [100.0] * 11 + [20.0]})
    >>> data.late_reporting(clinics, "visits", by="clinic", time="month").codes
    ('T057',)
    """
    if not 0 < share < 1:
        raise DataError("data_bad_share", value=share)
    frame = known(data, column)
    when, units, counts = _time(frame, time), cells(frame, by, "by"), frame.numbers(column, "column")
    found = [
        f"{units.names[code]} {when.name(int(when.numbers[rows[place]]))}"
        for code, rows in _rows_in_order(when.numbers, units)
        if (place := _first_low_end(counts[rows], share)) is not None
    ]
    if not found:
        return Notices()
    return Notices((Notice("T057", column, {"count": len(found), "share": f"{100 * share:g}", "example": found[0]}),))


def _first_low_end(series: Floats, share: float) -> int | None:
    if len(series) < FEWEST_INNER + 2 * EDGE:
        return None
    inner = series[EDGE:-EDGE]
    level = float(np.median(inner))
    deviation = max(level**0.5 if level > 0 else 0.0, MAD_TO_SD * float(np.median(np.abs(inner - level))))
    low = (series < share * level) & (series <= level - DEVIATIONS * deviation)
    return next((place for place in (-1, 0) if low[place]), None)


def _time(frame: Frame, column: str) -> Periods:
    return periods(frame.values(column, "time"), column)


def _by_unit(numbers: Ints, units: Cells) -> Iterator[tuple[int, Ints]]:
    for code, rows in _rows_in_order(numbers, units):
        yield code, numbers[rows]


def _rows_in_order(numbers: Ints, units: Cells) -> Iterator[tuple[int, Ints]]:
    """Yield the rows of each unit, in the order of time."""
    order = np.lexsort((numbers, units.codes))
    ends = np.cumsum(units.counts())
    for code, (start, end) in enumerate(zip((0, *ends[:-1]), ends, strict=True)):
        yield code, order[start:end]
