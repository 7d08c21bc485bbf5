"""Codes of events that mean one thing in one file and another in the next."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ebpm.moments.frame import Codes, Frame
from ebpm.moments.labels import label_of
from ebpm.notices import Facts, Notices, Rule, run
from ebpm.texts import entry

Finds = Iterator[tuple[str, Facts]]

LEAST_ROWS = 5
LEAST_SHARE = 0.05
WHOLE = "-"


def event_codes(data: Any, event: str, *, against: str, source: str | None = None) -> Notices:
    """Check whether a code of events means the same everywhere (C404).

    Parameters
    ----------
    data : any frame that Narwhals knows, one row a person.
    event : column of codes.
    against : what the codes should go with: a column of the same codes from another file, or a date (of death) that is present or
        not.
    source : column that says which file each row came from; the meaning of a code is compared between files.

    Raises
    ------
    DataError : if a column is missing, or codes are.

    Rule: with `source`, the value of `against` that goes with most rows of a code must be the same in every file with five rows of
    that code or more. Without, rows in which the two columns hold different codes may be at most five in a hundred of a code.

    Source: rule of this library.

    Examples
    --------
    >>> import pandas as pd
    >>> merged = pd.DataFrame({
    ...     "status": [1, 2] * 10, "died": (["2020-01-05", None] * 5) + ([None, "2020-02-01"] * 5), "file": ["a"] * 10 + ["b"] * 10,
    ... })
    >>> event_codes(merged, "status", against="died", source="file").codes
    ('C404',)
    """
    frame = Frame.of(data)
    codes, other = frame.codes(event, "event"), _counterparts(frame, against)
    if source is None:
        return run((Rule("C404", lambda one: _crossed(codes, one, event, against)),), other)
    files = frame.codes(source, "source")
    return run((Rule("C404", lambda one: _moved(codes, one, files, event, against)),), other)


def _counterparts(frame: Frame, column: str) -> NDArray[Any]:
    """The values of a column as words; of dates, and of columns with gaps, whether there is one."""
    present = frame.present(column, "against")
    values = frame.values(column, "against")
    if values.dtype.kind == "M" or not present.all():
        return np.where(present, "present", "absent").astype(object)
    return np.array([label_of(value) for value in values.tolist()], dtype=object)


def _crossed(codes: Codes, other: NDArray[Any], event: str, against: str) -> Finds:
    for place, level in enumerate(codes.levels):
        found = other[codes.codes == place]
        wrong = found[found != label_of(level)]
        if len(wrong) > LEAST_SHARE * len(found):
            usual, count = _commonest(wrong)
            yield event, _facts(level, against, where=WHOLE, found=usual, count=count, usual=label_of(level))


def _moved(codes: Codes, other: NDArray[Any], files: Codes, event: str, against: str) -> Finds:
    for place, level in enumerate(codes.levels):
        meanings = {
            label_of(name): _commonest(other[rows])
            for file, name in enumerate(files.levels)
            if (rows := (codes.codes == place) & (files.codes == file)).sum() >= LEAST_ROWS
        }
        if not meanings:
            continue
        usual = max(meanings.items(), key=lambda one: one[1][1])[1][0]
        for where, (found, count) in meanings.items():
            if found != usual:
                yield event, _facts(level, against, where=where, found=found, count=count, usual=usual)


def _facts(level: object, against: str, *, where: str, found: str, count: int, usual: str) -> dict[str, object]:
    def worded(value: str) -> object:
        return entry("label", f"cohort_codes_{value}") if value in {"present", "absent"} else value

    place = entry("label", "cohort_codes_table") if where == WHOLE else where
    return {
        "code": label_of(level), "against": against, "where": place, "found": worded(found), "count": count, "usual": worded(usual),
    }  # fmt: skip


def _commonest(values: NDArray[Any]) -> tuple[str, int]:
    names, counts = np.unique(values.astype(str), return_counts=True)
    place = int(np.argmax(counts))
    return str(names[place]), int(counts[place])
