"""Units drawn anew: new names, clusters of the old sizes, and the columns that belong to units."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ebpm.data.contract import Column
from ebpm.data.reading import Reading
from ebpm.disclosure.stand_ins.copula import Floats, correlation, draws, scores
from ebpm.disclosure.stand_ins.drawing import marginal, numeric, uniform, written
from ebpm.disclosure.stand_ins.shape import Shape

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class Units:
    """New units.

    Parameters
    ----------
    table : one row a unit, as texts.
    effects : by table and column, how high the values of a unit lie in the long run, as normal scores.
    """

    table: pd.DataFrame
    effects: Mapping[tuple[str, str], Floats]

    def of(self, form: Shape) -> pd.DataFrame:
        """Return the columns of a table that has one row a unit."""
        return self.table[[one.name for one in form.dataset.columns]].copy()


def drawn_units(group: Sequence[Reading], forms: Sequence[Shape], rng: np.random.Generator, min_cell: int) -> Units:
    """Return new units in the place of those that some tables share.

    Parameters
    ----------
    group : the tables.
    forms : their structures.
    rng : of the draws.
    min_cell : no level or band rests on fewer units.
    """
    real, columns = _real(group, forms)
    table = _skeleton(real, forms, columns, rng)
    designed = {name for form in forms for name in (form.unit, form.time, form.cluster, *form.by_cluster)}
    names = [name for name in columns if name not in designed]
    slow = {
        (form.dataset.id, name): _slow(reading.frame, form, name, real)
        for reading, form in zip(group, forms, strict=True)
        for name in form.by_row
        if form.unit and form.time
    }
    latent = np.column_stack(
        [*(scores(ordered(real[name], columns[name])) for name in names), *slow.values(), np.zeros(len(real))]
    )
    drawn = draws(correlation(latent[:, :-1]), len(real), rng)
    for place, name in enumerate(names):
        values = marginal(real[name], columns[name], min_cell=min_cell).at(uniform(drawn[:, place]))
        table[name] = written(values, columns[name])
    return Units(table, {key: drawn[:, len(names) + place] for place, key in enumerate(slow)})


def _real(group: Sequence[Reading], forms: Sequence[Shape]) -> tuple[pd.DataFrame, dict[str, Column]]:
    """Return one row a real unit with the columns that belong to units, and the contract of each column."""
    import pandas as pd

    parts, columns = [], dict[str, Column]()
    for reading, form in zip(group, forms, strict=True):
        wanted = [name for name in (form.cluster, *form.by_cluster, *form.by_unit) if name and name not in columns]
        wanted += [form.time] if form.time and not form.unit else []
        rows = reading.frame.groupby(form.unit, sort=True)[wanted].first() if form.unit else reading.frame[wanted]
        parts.append(rows)
        columns |= {name: form.dataset.column(name) for name in (*wanted, *([form.unit] if form.unit else []))}
    return pd.concat(parts, axis=1), columns


def _skeleton(
    real: pd.DataFrame, forms: Sequence[Shape], columns: Mapping[str, Column], rng: np.random.Generator
) -> pd.DataFrame:
    """Return new units with their names and clusters, and what belongs to clusters."""
    import pandas as pd

    unit = forms[0].unit
    table = pd.DataFrame(index=range(len(real)))
    if unit:
        table[unit] = named(columns[unit], len(real), "U")
    elif forms[0].time:
        table[forms[0].time] = written(
            np.sort(numeric(real[forms[0].time], columns[forms[0].time]).to_numpy()), columns[forms[0].time]
        )
    cluster = next((form.cluster for form in forms if form.cluster), "")
    if cluster:
        facts = tuple(dict.fromkeys(name for form in forms for name in form.by_cluster))
        _in_clusters(table, real, cluster=cluster, facts=facts, columns=columns, rng=rng)
    return table


def named(column: Column, count: int, letter: str) -> NDArray[Any]:
    """Return new names: numbers where names are numbers, a letter and digits where they are texts."""
    if column.type == "integer":
        return np.array([str(one) for one in range(1, count + 1)], dtype=object)
    return np.array([f"{letter}{one:06d}" for one in range(1, count + 1)], dtype=object)


def _in_clusters(
    table: pd.DataFrame, real: pd.DataFrame, *, cluster: str, facts: tuple[str, ...], columns: Mapping[str, Column],
    rng: np.random.Generator,
) -> None:  # fmt: skip
    """Put units into clusters whose sizes and design are those of the real ones, in another order."""
    groups = real.groupby(cluster, sort=True)
    order = rng.permutation(len(groups))
    sizes = groups.size().to_numpy()[order]
    names = named(columns[cluster], len(groups), "C")
    table[cluster] = np.repeat(names, sizes)
    for name in facts:
        values = groups[name].first().to_numpy()[order]
        table[name] = np.repeat(written(values, columns[name]), sizes)


def _slow(frame: pd.DataFrame, form: Shape, name: str, real: pd.DataFrame) -> Floats:
    """Return how high the values of each unit lie in the long run, as normal scores."""
    ranks = ordered(frame[name], form.dataset.column(name)).groupby(frame[form.unit]).mean()
    return scores(ranks.reindex(real.index))


def ordered(values: pd.Series, column: Column) -> pd.Series:
    """Return a column whose values can be ranked."""
    found = numeric(values, column)
    if found.dtype.kind in "iuf":
        return found
    codes = found.astype("category").cat.codes.astype(float)
    return codes.where(codes >= 0)
