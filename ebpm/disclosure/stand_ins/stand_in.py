"""Tables about nobody that run through the same contract and the same plan as those they stand in for."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import TYPE_CHECKING

import numpy as np

from ebpm.data.contract import DataSet
from ebpm.data.reading import Reading
from ebpm.disclosure.rules import SMALLEST
from ebpm.disclosure.stand_ins.drawing import kept_rules, missing
from ebpm.disclosure.stand_ins.panel import Patterns, effects, panel_columns, patterns
from ebpm.disclosure.stand_ins.shape import Shape, shape
from ebpm.disclosure.stand_ins.units import Units, drawn_units
from ebpm.notices import Notice, Notices
from ebpm.spec import Text
from ebpm.texts import LANGUAGES, label

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class StandIn:
    """Synthetic tables and the contracts under which they are read.

    Parameters
    ----------
    datasets : the contracts, marked synthetic.
    tables : by id, the texts of each file.
    seed : of the draws.
    """

    datasets: tuple[DataSet, ...]
    tables: Mapping[str, pd.DataFrame] = field(repr=False)
    seed: int

    @property
    def notices(self) -> Notices:
        """What the tables are and are not."""
        return Notices(tuple(Notice("X640", one.id, {"seed": self.seed}) for one in self.datasets))

    def files(self) -> Mapping[str, bytes]:
        """Return the files by their path below a folder."""
        return MappingProxyType({
            one.path: self.tables[one.id].to_csv(index=False, lineterminator="\n").encode() for one in self.datasets
        })  # fmt: skip


def stand_in(readings: Mapping[str, Reading] | Iterable[Reading], *, seed: int, min_cell: int = SMALLEST) -> StandIn:
    """Return synthetic tables in the place of tables that were read.

    Parameters
    ----------
    readings : the tables, as `Reading` values or by id.
    seed : of the draws.
    min_cell : no level, band or extreme of a distribution rests on fewer records.

    Notes
    -----
    Kept: keys, panel and clusters (with new names), the design of clusters (arm, stratum), how values are missing, single
    distributions in bands of `min_cell` or more, and rank correlations to the nearest 0.05 within units and between them.
    Not kept: effects, relations that are no correlation, and every record. Values are drawn, not copied; rare levels are merged.
    This is no differential privacy: the distributions are coarsened, not noised by a proven mechanism.

    Source: Nelsen (2006), An Introduction to Copulas, 2nd edition, Springer, section 2.3.
    """
    found = tuple(readings.values() if isinstance(readings, Mapping) else readings)
    shapes = {one.dataset.id: shape(one) for one in found}
    rng = np.random.default_rng(seed)
    tables: dict[str, pd.DataFrame] = {}
    for name in dict.fromkeys(one.unit or one.dataset.id for one in shapes.values()):
        group = [one for one in found if (shapes[one.dataset.id].unit or one.dataset.id) == name]
        units = drawn_units(group, [shapes[one.dataset.id] for one in group], rng, min_cell)
        for one in group:
            tables[one.dataset.id] = _table(one, shapes[one.dataset.id], units, rng, min_cell)
    datasets = tuple(_contract(one.dataset, seed) for one in found)
    return StandIn(datasets, MappingProxyType({one.dataset.id: tables[one.dataset.id] for one in found}), seed)


def _table(reading: Reading, form: Shape, units: Units, rng: np.random.Generator, min_cell: int) -> pd.DataFrame:
    """Return the texts of a table."""
    frame, dataset = reading.frame, form.dataset
    if form.unit and form.time:
        times: Patterns = patterns(frame, form, min_cell)
        table = panel_columns(frame, form, units, times=times, moves=effects(frame, form), rng=rng, min_cell=min_cell)
    else:
        table = units.of(form)
    table = kept_rules(table, dataset)
    _empty_missing(table, frame, form, rng)
    return (
        table[[one.name for one in dataset.columns]]
        .fillna("")
        .rename(columns={one.name: one.header or one.name for one in dataset.columns})
    )


def _empty_missing(table: pd.DataFrame, frame: pd.DataFrame, form: Shape, rng: np.random.Generator) -> None:
    """Take values away as they are missing in the table: by unit where the column belongs to units, by row where not."""
    keys = (form.unit, form.time, form.cluster)
    among = tuple(name for name in frame.columns if name not in {form.unit, form.cluster} and frame[name].notna().all())
    for name in (one for one in frame.columns if frame[one].isna().any() and one not in keys):
        mask = missing(frame, str(name), tuple(map(str, among))).mask(table, rng)
        if form.unit and form.time and name in form.by_unit:
            mask = table[form.unit].map(dict(zip(table[form.unit], mask, strict=True))).to_numpy(dtype=bool)
        table.loc[mask, name] = ""


def _contract(dataset: DataSet, seed: int) -> DataSet:
    """Return the contract of a stand-in: synthetic, in a file of its own, with its source in words."""
    changes = {
        "path": f"data/{dataset.id}.csv", "package": "", "sheet": "", "header_row": 1, "synthetic": True,
        "source": _said("stand_in_source", seed=seed),
        "title": Text(**{lang: label("stand_in_title", lang, title=dataset.title.words(lang)) for lang in LANGUAGES}),
    }  # fmt: skip
    return dataset.model_copy(update=changes)


def _said(code: str, **facts: object) -> Text:
    return Text(**{lang: label(code, lang, **facts) for lang in LANGUAGES})
