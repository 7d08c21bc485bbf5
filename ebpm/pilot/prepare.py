"""From the tables that were read to the rows of one analysis: derive, keep, collapse."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from ebpm.errors import SpecError, did_you_mean
from ebpm.pilot.spec import Analysis, Between, Check, Collapse, Derive, Scalar

if TYPE_CHECKING:
    import pandas as pd

Kept = Mapping[str, tuple[Scalar, ...] | Between]


def derived(tables: Mapping[str, pd.DataFrame], steps: Iterable[Derive]) -> dict[str, pd.DataFrame]:
    """Return the tables with the derived columns; the tables given are not changed."""
    result = dict(tables)
    for step in steps:
        table = result[step.data]
        result[step.data] = table.assign(**{step.column: _column(table, step)})
    return result


def _column(table: pd.DataFrame, step: Derive) -> pd.Series:
    def of(name: str) -> pd.Series:
        return _named(table, name, f"derive {step.column}")

    if step.ratio:
        return of(step.ratio[0]) / of(step.ratio[1])
    if step.difference:
        return of(step.difference[0]) - of(step.difference[1])
    if step.positive:
        return (of(step.positive) > 0).astype(float).where(of(step.positive).notna())
    if step.equals or step.treated:
        return _indicated(of, step)
    if step.scale:
        return of(step.scale[0]) * step.scale[1]
    if step.log:
        return _log(of(step.log), step)
    raise SpecError("pilot_empty_derive", column=step.column)


def _indicated(of: Callable[[str], pd.Series], step: Derive) -> pd.Series:
    if step.equals:
        return (of(step.equals[0]) == step.equals[1]).astype(float)
    time, first = (of(name) for name in step.treated or ())
    return ((first > 0) & (time >= first)).astype(float)


def _log(values: pd.Series, step: Derive) -> pd.Series:
    if (values <= 0).any():
        row = int(np.argmax((values <= 0).to_numpy())) + 1
        raise SpecError("pilot_log_of_zero", column=step.column, source=step.log, row=row)
    return np.log(values)


def _named(table: pd.DataFrame, name: str, where: str) -> pd.Series:
    if name not in table.columns:
        near = did_you_mean(name, table.columns)
        raise SpecError("pilot_unknown_column", column=name, where=where, near=near)
    return table[name]


def rows_of(tables: Mapping[str, pd.DataFrame], step: Analysis | Check) -> pd.DataFrame:
    """Return the rows of one analysis or check."""
    table = kept(tables[step.data], step.where)
    return collapsed(table, step.collapse) if step.collapse else table


def kept(table: pd.DataFrame, where: Kept) -> pd.DataFrame:
    """Return the rows in which every named column lies in its list or range."""
    mask = np.ones(len(table), dtype=bool)
    for name, wanted in where.items():
        values = _named(table, name, "where")
        mask &= _within(values, wanted) if isinstance(wanted, Between) else values.isin(list(wanted)).to_numpy()
    return table.loc[mask].reset_index(drop=True)


def _within(values: pd.Series, wanted: Between) -> NDArray[np.bool_]:
    mask: NDArray[np.bool_] = values.notna().to_numpy(copy=True)
    if wanted.from_ is not None:
        mask = mask & (values >= wanted.from_).to_numpy(dtype=bool, na_value=False)
    if wanted.to is not None:
        mask = mask & (values <= wanted.to).to_numpy(dtype=bool, na_value=False)
    return mask


def collapsed(table: pd.DataFrame, how: Collapse) -> pd.DataFrame:
    """Return one row a group, groups in order."""
    groups = table.groupby(list(how.by), sort=True, observed=True)
    parts = {name: groups[name].mean() for name in how.mean} | {name: groups[name].sum() for name in how.sum}
    others = [name for name in table.columns if name not in {*how.by, *how.mean, *how.sum}]
    if others:
        distinct = groups[others].nunique(dropna=False)
        constant = [name for name in others if (distinct[name] <= 1).all()]
        parts |= {name: groups[name].first() for name in constant}
    import pandas as pd

    return pd.DataFrame(parts).reset_index()
