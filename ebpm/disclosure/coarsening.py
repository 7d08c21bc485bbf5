"""What to coarsen so that fewer records stand out: bands for numbers, years for dates, one level for rare ones, or no column."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ebpm.data.contract import DataSet
from ebpm.texts import label

if TYPE_CHECKING:
    import pandas as pd

BANDS = (2, 5, 10, 20)
MOST_STEPS = 6
Codes = NDArray[np.int64]
Columns = Mapping[str, "pd.Series"]


@dataclass(frozen=True, slots=True)
class How:
    """A way to coarsen a column, in words.

    Parameters
    ----------
    code : of the label.
    width : of a band, where there is one.
    """

    code: str
    width: int = 0

    def words(self, lang: str | None = None) -> str:
        return label(self.code, lang, width=self.width)


@dataclass(frozen=True, slots=True)
class Step:
    """A column coarsened, and what is at risk after it.

    Parameters
    ----------
    column : which.
    how : in which way.
    few, unique : records in classes of fewer than k, and alone in theirs.
    """

    column: str
    how: How
    few: int
    unique: int


def suggested(columns: Columns, dataset: DataSet, *, k: int) -> tuple[Step, ...]:
    """Return steps, each the one that lowers the records at risk most for the detail that it takes, until none are or six are made.

    Parameters
    ----------
    columns : the quasi-identifiers.
    dataset : their contract.
    k : classes of fewer records are at risk.
    """
    current, steps = {name: _coded(values) for name, values in columns.items()}, list[Step]()
    risk = _at_risk(current, k)[0]
    while risk and len(steps) < MOST_STEPS:
        tried = [
            (name, how, {**current, name: codes})
            for name, values in columns.items()
            for how, codes in _ways(values, dataset, k, current[name])
        ]
        if not tried:
            break
        name, how, current = min(tried, key=lambda one: _price(one[2], current, one[0], k))
        risk, unique = _at_risk(current, k)
        steps.append(Step(name, how, risk, unique))
    return tuple(steps)


def _price(after: Mapping[str, Codes], before: Mapping[str, Codes], name: str, k: int) -> float:
    """Return the detail lost for each record that is no longer at risk."""
    lost = _entropy(before[name]) - _entropy(after[name])
    gained = _at_risk(before, k)[0] - _at_risk(after, k)[0]
    return (lost + 0.05) / gained if gained > 0 else 1e9 + lost


def _entropy(codes: Codes) -> float:
    shares = np.bincount(codes) / len(codes)
    shares = shares[shares > 0]
    return float(-(shares * np.log2(shares)).sum())


def _at_risk(coded: Mapping[str, Codes], k: int) -> tuple[int, int]:
    classes = np.unique(np.column_stack(list(coded.values())), axis=0, return_inverse=True)[1].reshape(-1)
    counts = np.bincount(classes)
    return int(counts[counts < k].sum()), int((counts == 1).sum())


def _coded(values: pd.Series) -> Codes:
    found: Codes = values.astype("category").cat.codes.to_numpy(dtype=np.int64) + 1
    return found


def _ways(values: pd.Series, dataset: DataSet, k: int, current: Codes) -> Iterator[tuple[How, Codes]]:
    """Yield the ways that leave fewer levels than there are now."""
    now = len(np.unique(current))
    kind = dataset.column(str(values.name)).type if values.name in {one.name for one in dataset.columns} else "text"
    for how, coarser in _candidates(values, kind, k):
        codes = _coded(coarser())
        if len(np.unique(codes)) < now:
            yield how, codes
    if now > 1:
        yield How("disclosure_how_drop"), np.zeros(len(values), dtype=np.int64)


def _candidates(values: pd.Series, kind: str, k: int) -> Iterator[tuple[How, Callable[[], pd.Series]]]:
    if kind in {"integer", "number", "year", "fiscal_year"}:
        for width in BANDS:
            yield How("disclosure_how_band", width), lambda width=width: values // width  # type: ignore[misc]
    elif kind in {"month", "date"}:
        yield How("disclosure_how_year"), lambda: values.astype(str).str[:4]
    else:
        yield How("disclosure_how_merge", k), lambda: values.where(values.map(values.value_counts()) >= k)
