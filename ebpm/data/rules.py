"""Row rules and keys: what the values of a row must satisfy together, and what no two rows may share."""

from __future__ import annotations

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ebpm.data.contract import DataSet, RowRule
from ebpm.data.refusals import Refusal
from ebpm.errors import DataError
from ebpm.texts import label

if TYPE_CHECKING:
    import pandas as pd

OPERATORS: MappingProxyType[str, Callable[[Any, Any], Any]] = MappingProxyType(
    {
        "==": operator.eq,
        "!=": operator.ne,
        "<": operator.lt,
        "<=": operator.le,
        ">": operator.gt,
        ">=": operator.ge,
    }
)
_SHOWN = 20


@dataclass(frozen=True, slots=True)
class SharedKeys:
    """The keys that several rows share; in words the first of them, one a line."""

    keys: tuple[tuple[str, tuple[int, ...]], ...]

    def words(self, lang: str | None = None) -> str:
        lines = (
            label("data_shared_key", lang, key=key, rows=", ".join(map(str, rows))) for key, rows in self.keys[:_SHOWN]
        )
        rest = f"\n    … +{len(self.keys) - _SHOWN:,}" if len(self.keys) > _SHOWN else ""
        return "".join(f"\n    {line}" for line in lines) + rest


def broken_rules(frame: pd.DataFrame, dataset: DataSet, rows: Sequence[int]) -> tuple[Refusal, ...]:
    """Return one refusal for each row and rule that the row breaks.

    Parameters
    ----------
    frame : the typed table, n rows.
    dataset : its contract.
    rows : the row of the file of each row of the table.
    """
    return tuple(refusal for rule in dataset.rules for refusal in _broken(frame, rule, rows))


def _broken(frame: pd.DataFrame, rule: RowRule, rows: Sequence[int]) -> list[Refusal]:
    names = [name for name in (rule.left, rule.right) if isinstance(name, str)]
    right = frame[rule.right] if isinstance(rule.right, str) else rule.right
    holds = OPERATORS[rule.op](frame[rule.left], right).to_numpy(dtype=bool)
    places = np.flatnonzero(frame[names].notna().all(axis=1).to_numpy() & ~holds)
    return [Refusal(rows[place], rule.left, _said(frame, rule, place), "T033") for place in places.tolist()]


def _said(frame: pd.DataFrame, rule: RowRule, place: int) -> str:
    right = (
        f"{rule.right} = {_short(frame[rule.right].iloc[place])}" if isinstance(rule.right, str) else f"{rule.right:g}"
    )
    return f"{_short(frame[rule.left].iloc[place])}; {rule.id}: {rule.left} {rule.op} {right}"


def _short(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def refuse_shared_keys(frame: pd.DataFrame, dataset: DataSet, rows: NDArray[np.int64]) -> None:
    """Refuse a table in which rows share their key.

    Raises
    ------
    DataError : with every such key and its rows.
    """
    keys = list(dataset.keys)
    if not keys or not (shared := frame.duplicated(keys, keep=False).to_numpy()).any():
        return
    groups = frame.loc[shared, keys].assign(_row=rows[shared]).groupby(keys, sort=True)["_row"]
    found = tuple((_named(keys, key), tuple(group.tolist())) for key, group in groups)
    raise DataError(
        "data_duplicate_keys", file=dataset.place, count=len(found), keys=", ".join(keys), rows=SharedKeys(found)
    )


def _named(names: list[str], key: Any) -> str:
    values = key if isinstance(key, tuple) else (key,)
    return ", ".join(f"{name}={value}" for name, value in zip(names, values, strict=True))
