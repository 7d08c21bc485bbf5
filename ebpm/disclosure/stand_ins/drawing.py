"""Columns drawn anew: places in a distribution to values, values that are missing as before, rules of rows kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ebpm.data.contract import Column, DataSet, Type
from ebpm.data.rules import OPERATORS
from ebpm.disclosure.stand_ins.marginals import Floats, Marginal, fitted
from ebpm.disclosure.stand_ins.shape import FEW, is_measured

if TYPE_CHECKING:
    import pandas as pd

UNITS: Mapping[Type, str] = {"date": "D", "month": "M"}
GRAIN = 0.05
SURE = 0.005
LIKELIEST = 5
WORTH = 0.02


def numeric(values: pd.Series, column: Column) -> pd.Series:
    """Return dates and months as numbers, other columns as they are."""
    import pandas as pd

    if column.type not in UNITS:
        return values
    known = values.notna().to_numpy()
    found = np.full(len(values), np.nan)
    stamps = np.array(
        [str(one)[: 7 if column.type == "month" else 10] for one in values[known]],
        dtype=f"datetime64[{UNITS[column.type]}]",
    )
    found[known] = stamps.astype(np.int64)
    return pd.Series(found, index=values.index, name=values.name)


def marginal(values: pd.Series, column: Column, *, min_cell: int) -> Marginal:
    """Return the distribution of a column of a contract."""
    return fitted(numeric(values, column), min_cell=min_cell, measured=is_measured(column) or column.type in UNITS)


def written(values: NDArray[Any], column: Column) -> NDArray[Any]:
    """Return drawn values as the texts of a file."""
    if column.type in UNITS:
        days = np.round(values.astype(np.float64)).astype(np.int64)
        return np.array([str(np.datetime64(int(one), UNITS[column.type])) for one in days], dtype=object)  # type: ignore[call-overload]
    whole = column.type in {"integer", "year", "fiscal_year"}
    return np.array([_text(one, whole) for one in values.tolist()], dtype=object)


def _text(value: Any, whole: bool) -> str:  # noqa: FBT001
    if isinstance(value, float):
        return f"{round(value)}" if whole else f"{value:.10g}"
    return str(value)


@dataclass(frozen=True, slots=True)
class Missing:
    """Which share of a column is missing, by the levels of another.

    Parameters
    ----------
    by : the other columns, one or two; none where none says anything.
    shares : by their levels; no level for all others.
    """

    by: tuple[str, ...]
    shares: Mapping[tuple[str, ...], float]

    def mask(self, table: pd.DataFrame, rng: np.random.Generator) -> NDArray[np.bool_]:
        """Return which rows of a new table miss the column."""
        levels = zip(*(table[name].astype(str) for name in self.by), strict=True) if self.by else [()] * len(table)
        chances = np.array([self.shares.get(one, self.shares[()]) for one in levels])
        found: NDArray[np.bool_] = rng.random(len(table)) < chances
        return found


def missing(frame: pd.DataFrame, name: str, among: tuple[str, ...]) -> Missing:
    """Return how a column is missing: by the levels of the one or two complete columns of few levels that tell it best."""
    gone = frame[name].isna().astype(float)
    overall: dict[tuple[str, ...], float] = {(): _coarse(float(gone.mean()))}
    few = [one for one in among if one != name and frame[one].nunique() <= FEW]
    told: dict[tuple[str, ...], float] = {(one,): _told(gone, frame, [one]) for one in few}
    best = sorted(told, key=lambda one: -told[one])[:LIKELIEST]
    told |= {(*left, *right): _told(gone, frame, [*left, *right]) - WORTH for left, right in combinations(best, 2)}
    by = max(told, key=lambda one: told[one], default=())
    if not by or not told[by] > 0:
        return Missing((), overall)
    shares = gone.groupby([frame[one] for one in by]).mean()
    levels = (level if isinstance(level, tuple) else (level,) for level in shares.index)
    known = {tuple(map(_level, level)): _coarse(float(share)) for level, share in zip(levels, shares, strict=True)}
    return Missing(by, known | overall)


def _told(gone: pd.Series, frame: pd.DataFrame, by: list[str]) -> float:
    """Return how much of the variance of being missing lies between the levels of some columns."""
    between = float(gone.groupby([frame[one] for one in by]).transform("mean").var())
    return between / max(float(gone.var()), 1e-12)


def _level(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _coarse(share: float) -> float:
    return float(round(share)) if min(share, 1.0 - share) < SURE else round(share / GRAIN) * GRAIN


def kept_rules(table: pd.DataFrame, dataset: DataSet) -> pd.DataFrame:
    """Return a new table in which the rules of rows hold: where one is broken the left side becomes the right one."""
    found = table.copy()
    for rule in dataset.rules * 2:
        measured = is_measured(dataset.column(rule.left))
        left = found[rule.left].astype(float) if measured else found[rule.left]
        right = found[rule.right].astype(left.dtype) if isinstance(rule.right, str) else rule.right
        broken = ~OPERATORS[rule.op](left, right) & left.notna()
        broken &= found[rule.right].notna() if isinstance(rule.right, str) else True
        if broken.any():
            found[rule.left] = found[rule.left].where(
                ~broken, found[rule.right] if isinstance(rule.right, str) else rule.right
            )
    return found


def uniform(places: Floats) -> Floats:
    """Return normal draws as probabilities."""
    from scipy.special import ndtr

    found: Floats = ndtr(places)
    return found
