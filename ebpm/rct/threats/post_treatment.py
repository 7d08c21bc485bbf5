"""Whether covariates are of the time before assignment, by their dates and by how far the arms differ."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from types import MappingProxyType
from typing import Any

import numpy as np

from ebpm.estimate import Unavailable
from ebpm.moments.frame import Frame
from ebpm.moments.naming import named_columns
from ebpm.notices import Notice, Notices
from ebpm.rct.means.comparison import compare
from ebpm.rct.threats.conduct import moments
from ebpm.rct.trial import trial_of
from ebpm.texts import LANGUAGES, label

BEYOND_CHANCE = 0.001


def post_treatment(
    data: Any,
    covariates: str | Sequence[str],
    *,
    treatment: str,
    measured_on: str | None = None,
    assigned_on: str | None = None,
    control: object = None,
    cluster: str | None = None,
    strata: str | None = None,
) -> Notices:
    """Say which covariates may have been changed by the programme (R131).

    Parameters
    ----------
    data : any frame that Narwhals knows.
    covariates : columns that an analysis adjusts for.
    treatment : column of the assigned arm.
    measured_on : column of the dates, periods or years when they were measured.
    assigned_on : a column of the same kind, or one date, period or year for all.
    control : label of the control arm; where None, the arm called 0, False, "control" or 対照.
    cluster : column of the unit that was assigned, where that was not the row.
    strata : column of the strata within which units were assigned.

    Raises
    ------
    DataError, DesignError : as `difference_in_means` and `timing`.

    Rule: a row was measured after assignment; or the p value of the difference in means between an arm and control, times the
    arms and covariates that were looked at, is below 0.001, which a draw hardly ever does to what was there before it.

    Source: Rosenbaum (1984), Journal of the Royal Statistical Society A 147(5); Montgomery, Nyhan and Torres (2018), American
    Journal of Political Science 62(3).

    Examples
    --------
    >>> import pandas as pd
    >>> trial = pd.DataFrame({"arm": [0, 1] * 20, "age": range(40), "mood": [k % 2 * 5 + k % 3 for k in range(40)]})
    >>> [notice.about for notice in post_treatment(trial, ["age", "mood"], treatment="arm")]
    ['mood']
    """
    frame, names = Frame.of(data), named_columns(covariates, "covariates")
    columns = {"treatment": treatment, "control": control, "cluster": cluster, "strata": strata}
    late = _late(frame, measured_on, assigned_on) if measured_on and assigned_on else 0
    found = [Notice("R131", name, MappingProxyType({"why": _after(late)})) for name in names if late]
    return Notices(tuple(found or _apart(frame, names, columns)))


def _late(frame: Frame, measured_on: str, assigned_on: str) -> int:
    frame = frame.rows(frame.present(measured_on, "measured_on"))
    measured = moments(frame.values(measured_on, "measured_on"))
    assigned = (
        moments(frame.values(assigned_on, "assigned_on"))
        if assigned_on in frame.native.columns
        else moments(np.array([assigned_on]))
    )
    return int((measured > assigned).sum())


def _apart(frame: Frame, names: tuple[str, ...], columns: dict[str, Any]) -> Iterator[Notice]:
    for name in names:
        values = frame.numbers(name, "covariates")
        if np.ptp(values) == 0:
            continue
        trial = trial_of(frame, values, outcome=name, **columns, lone=True)
        items = compare(trial).items if not (trial.unit_cells < 2).any() or trial.paired else ()
        tests = len(items) * len(names)
        for one in items:
            if not isinstance(one.p_value, Unavailable) and one.p_value * tests < BEYOND_CHANCE:
                facts = {"why": _differs(one.term, one.p_value * tests)}
                yield Notice("R131", name, MappingProxyType(facts))
                break


def _after(rows: int) -> dict[str, str]:
    return {str(lang): label("rct_measured_after", lang, rows=f"{rows:,}") for lang in LANGUAGES}


def _differs(arm: str, p_value: float) -> dict[str, str]:
    return {str(lang): label("rct_covariate_differs", lang, arm=arm, p=f"{p_value:.1g}") for lang in LANGUAGES}
