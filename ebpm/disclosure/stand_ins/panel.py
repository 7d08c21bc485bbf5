"""Panels drawn anew: which periods a unit has, what belongs to periods, and columns that move."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from ebpm.disclosure.stand_ins.copula import Floats, correlation, draws, scores
from ebpm.disclosure.stand_ins.drawing import marginal, uniform, written
from ebpm.disclosure.stand_ins.shape import Shape
from ebpm.disclosure.stand_ins.units import Units, ordered

if TYPE_CHECKING:
    import pandas as pd

ENOUGH = 5


@dataclass(frozen=True, slots=True)
class Patterns:
    """The sets of periods that units have, and how often.

    Parameters
    ----------
    sets : each a tuple of periods; none that fewer units than `min_cell` have, but for the most frequent.
    shares : of each.
    """

    sets: tuple[tuple[Any, ...], ...]
    shares: Floats


@dataclass(frozen=True, slots=True)
class Moves:
    """How columns move within units.

    Parameters
    ----------
    lasting : by column, the share of the variance that lies between units.
    within : correlations of what is left.
    """

    lasting: Floats
    within: Floats


def patterns(frame: pd.DataFrame, form: Shape, min_cell: int) -> Patterns:
    """Return the sets of periods that enough units have."""
    counts = frame.sort_values(form.time).groupby(form.unit)[form.time].agg(tuple).value_counts()
    kept = counts[counts >= min_cell]
    kept = kept if len(kept) else counts.iloc[:1]
    return Patterns(tuple(kept.index.tolist()), kept.to_numpy(dtype=np.float64) / float(kept.sum()))


def effects(frame: pd.DataFrame, form: Shape) -> Moves:
    """Return how the columns of a panel move, with coarsened numbers."""
    if not form.by_row:
        return Moves(np.empty(0), np.empty((0, 0)))
    ranked = np.column_stack([scores(ordered(frame[name], form.dataset.column(name))) for name in form.by_row])
    codes = frame[form.unit].astype("category").cat.codes.to_numpy()
    sizes = np.bincount(codes)
    means = np.column_stack([np.bincount(codes, weights=one) / sizes for one in ranked.T])
    left = ranked - means[codes]
    total = ranked.var(axis=0)
    lasting = 1.0 - left.var(axis=0) / np.where(total > 0, total, 1.0) * (sizes.mean() / max(sizes.mean() - 1.0, 1.0))
    return Moves(np.clip(np.round(lasting * 20) / 20, 0.0, 0.95), correlation(left))


def panel_columns(
    frame: pd.DataFrame, form: Shape, units: Units, *, times: Patterns, moves: Moves, rng: np.random.Generator,
    min_cell: int,
) -> pd.DataFrame:  # fmt: skip
    """Return the rows of a new panel."""
    import pandas as pd

    chosen = rng.choice(len(times.sets), size=len(units.table), p=times.shares)
    rows = np.repeat(np.arange(len(units.table)), [len(times.sets[one]) for one in chosen])
    when = np.array([time for one in chosen for time in times.sets[one]], dtype=object)
    owned = [name for name in (form.unit, form.cluster, *form.by_cluster, *form.by_unit) if name]
    table = units.table.iloc[rows][owned].reset_index(drop=True)
    table[form.time] = written(_numbers(when, form), form.dataset.column(form.time))
    for name in form.by_time:
        known = frame.groupby(form.time)[name].first()
        table[name] = written(known.reindex(pd.Index(when)).to_numpy(dtype=object), form.dataset.column(name))
    drawn = draws(moves.within, len(rows), rng)
    for place, name in enumerate(form.by_row):
        slow = units.effects[form.dataset.id, name][rows]
        share = moves.lasting[place]
        places = uniform(np.sqrt(share) * slow + np.sqrt(1.0 - share) * drawn[:, place])
        table[name] = _by_period(frame, form, name, when=when, places=places, min_cell=min_cell)
    return table


def _numbers(when: np.ndarray[Any, Any], form: Shape) -> np.ndarray[Any, Any]:
    import pandas as pd

    from ebpm.disclosure.stand_ins.drawing import numeric

    return np.asarray(numeric(pd.Series(when, name=form.time), form.dataset.column(form.time)))


def _by_period(
    frame: pd.DataFrame, form: Shape, name: str, *, when: np.ndarray[Any, Any], places: Floats, min_cell: int
) -> np.ndarray[Any, Any]:
    """Return values by the distribution of their period, or of all periods where one has few records."""
    column = form.dataset.column(name)
    pooled = marginal(frame[name], column, min_cell=min_cell)
    found = np.empty(len(when), dtype=object)
    for time in dict.fromkeys(when.tolist()):
        here = np.array([one == time for one in when.tolist()])
        values = frame.loc[frame[form.time] == time, name]
        enough = values.notna().sum() >= ENOUGH * min_cell
        drawn = (marginal(values, column, min_cell=min_cell) if enough else pooled).at(places[here])
        found[here] = written(drawn, column)
    return found
