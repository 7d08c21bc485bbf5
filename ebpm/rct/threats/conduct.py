"""How a trial was run: looks on the way, outcomes that were not planned or came too early, codes taken for numbers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import DataError
from ebpm.moments.frame import Floats, Frame
from ebpm.moments.naming import named_columns
from ebpm.notices import Notice, Notices
from ebpm.stats.looks import repeated_looks

MISSING_CODES = (7, 8, 9, 77, 88, 98, 99, 777, 888, 998, 999, 7777, 8888, 9998, 9999, 99999, 999999)
WRITTEN = re.compile(r"(\d{4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2}))?[月日]?")
RUN_ON = re.compile(r"(\d{4})(\d{2})(\d{2})?")


def peeking(data: Any, outcome: str, *, looks: int, conf_level: float = 0.95) -> Notices:
    """Say what looking at the outcome before the end did to its test (R125).

    Parameters
    ----------
    data : any frame that Narwhals knows.
    outcome : column that was looked at.
    looks : how often, the analysis at the end among them.
    conf_level : one less the level of the test at each look.

    Raises
    ------
    DesignError : if the number of looks is not between 1 and 30.

    Formula: `ebpm.stats.looks.repeated_looks`.

    Source: Armitage, McPherson and Rowe (1969), JRSS A 132(2).

    Examples
    --------
    >>> import pandas as pd
    >>> peeking(pd.DataFrame({"kwh": [9.5, 8.0]}), "kwh", looks=3).items[0].facts["size"]
    '10.7'
    """
    Frame.of(data).values(outcome, "outcome")
    found = repeated_looks(looks, conf_level=conf_level)
    if looks == 1:
        return Notices()
    facts = {
        "looks": looks, "size": f"{100 * found.size:.1f}", "level": f"{100 * (1.0 - conf_level):g}", "pocock": f"{found.pocock:.3f}",
        "p": f"{found.nominal:.4f}", "last": f"{found.obrien_fleming[-1]:.3f}",
    }  # fmt: skip
    return Notices((Notice("R125", outcome, facts),))


def unplanned(data: Any, outcome: str, *, planned: Sequence[str]) -> Notices:
    """Say whether an outcome was not in the plan (R124).

    Parameters
    ----------
    data : any frame that Narwhals knows.
    outcome : column of the outcome.
    planned : the outcomes of the plan.

    Source: CONSORT 2025, Hopewell et al. (2025), item on changes to outcomes after the trial began.

    Examples
    --------
    >>> import pandas as pd
    >>> unplanned(pd.DataFrame({"gas": [9.5, 8.0]}), "gas", planned=["kwh"]).codes
    ('R124',)
    """
    Frame.of(data).values(outcome, "outcome")
    names = named_columns(planned, "planned")
    return Notices() if outcome in names else Notices((Notice("R124", outcome, {"planned": ", ".join(names) or "-"}),))


def timing(data: Any, measured_on: str, *, assigned_on: str) -> Notices:
    """Say whether outcomes were measured before, or on the day or in the period of, assignment (R127).

    Parameters
    ----------
    data : any frame that Narwhals knows.
    measured_on : column of dates, periods such as "2019-04", or years; missing values are passed over.
    assigned_on : a column of the same kind, or one date, period or year for all.

    Raises
    ------
    DataError : if the two cannot be compared.

    Rule: "2019-04" is not after "2019-04-15", nor is a date after itself. "2019/4/5", "2019年4月5日" and 20190405 are one day.

    Source: CONSORT 2025, Hopewell et al. (2025); Gerber and Green (2012), Field Experiments, chapter 4.

    Examples
    --------
    >>> import pandas as pd
    >>> trial = pd.DataFrame({"read_on": ["2019-09", "2019-11"]})
    >>> timing(trial, "read_on", assigned_on="2019-10").items[0].facts["rows"]
    1
    """
    frame = Frame.of(data)
    frame = frame.rows(frame.present(measured_on, "measured_on"))
    measured = frame.values(measured_on, "measured_on")
    column = assigned_on in frame.native.columns
    assigned = frame.values(assigned_on, "assigned_on") if column else np.array([assigned_on] * len(measured))
    if assigned.ndim > 1:
        raise DataError("rct_not_a_moment", value=assigned_on)
    early = moments(measured) <= moments(assigned)
    if not early.any():
        return Notices()
    first = int(np.argmax(early))
    facts = {
        "rows": int(early.sum()), "share": f"{100 * early.mean():.1f}", "measured": _day(measured[first]), "assigned": _day(assigned[first]),
    }  # fmt: skip
    return Notices((Notice("R127", measured_on, facts),))


def moments(values: NDArray[Any]) -> NDArray[np.str_]:
    """Return dates, periods or years as texts that sort in time.

    Parameters
    ----------
    values : of one kind.

    Raises
    ------
    DataError : if one is no moment.
    """
    if values.dtype.kind in "iuf":
        return np.array([_day(f"{value:04.0f}") for value in values])
    return np.array([_day(value) for value in values])


def _day(value: object) -> str:
    text = str(value).partition("T")[0].partition(" ")[0]
    if not text[:4].isdigit():
        raise DataError("rct_not_a_moment", value=value)
    parts = WRITTEN.fullmatch(text) or RUN_ON.fullmatch(text)
    return "-".join(part.zfill(2) for part in parts.groups() if part) if parts else text


def coding(data: Any, column: str) -> Notices:
    """Look for codes of missing answers, such as 99 or -9, that stand among the numbers (R129).

    Parameters
    ----------
    data : any frame that Narwhals knows.
    column : numbers; missing values are passed over.

    Rule: a value made of 7s, 8s or 9s that lies beyond all others by more than their range, or a negative one where all
    others are zero or more.

    Source: this library's rule; ICPSR (2020), Guide to Social Science Data Preparation and Archiving, on missing-data codes.

    Examples
    --------
    >>> import pandas as pd
    >>> coding(pd.DataFrame({"item": [0, 1, 2, 1, 99, 2]}), "item").items[0].facts["codes"]
    '99'
    """
    frame = Frame.of(data)
    present = frame.present(column, "column")
    values = frame.rows(present).numbers(column, "column") if present.any() else np.empty(0)
    suspects = np.isin(np.abs(values), MISSING_CODES)
    found = [code for code in np.unique(values[suspects]) if _beyond(float(code), values[~suspects])]
    if not found:
        return Notices()
    rows = int(np.isin(values, found).sum())
    return Notices((Notice("R129", column, {"codes": ", ".join(f"{code:g}" for code in found), "rows": rows}),))


def _beyond(code: float, others: Floats) -> bool:
    if not len(others):
        return False
    low, high = float(others.min()), float(others.max())
    return (code < 0.0 <= low) or max(code - high, low - code) > max(high - low, 1.0)
