"""The tables of a pilot as they were read under their contracts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from html import escape
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from ebpm.data import Reading
from ebpm.disclosure.scanning.known import Known
from ebpm.notices import Notices
from ebpm.pilot.naming import names_of
from ebpm.pilot.prepare import derived, rows_of
from ebpm.pilot.spec import Analysis, Check, PilotSpec
from ebpm.texts import Words, label

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class PilotData:
    """The tables of a pilot as they were read, with what was repaired and what was refused.

    Parameters
    ----------
    readings : one reading a data set, by its id.
    spec : the pilot's spec, whose `derive` steps make the further columns.
    unfrozen : why outcomes were read before the plan was frozen; empty where it was.
    rehearsal : "simulated" or "shuffled" where the outcomes say nothing; empty where they are the recorded ones.
    """

    readings: Mapping[str, Reading]
    spec: PilotSpec
    unfrozen: str = ""
    rehearsal: str = ""

    @cached_property
    def tables(self) -> Mapping[str, pd.DataFrame]:
        """The typed tables with the derived columns, by data set."""
        frames = {name: reading.frame for name, reading in self.readings.items()}
        return MappingProxyType(derived(frames, self.spec.derive))

    @cached_property
    def known(self) -> tuple[Known, ...]:
        """The tables whose records must stay: as read, with derived columns, and as the analyses use them."""
        found = [Known(one.dataset, self.tables[name], one.refusals) for name, one in self.readings.items()]
        contracts = {one.id: one for one in self.spec.data}
        collapsed = {(one.data, repr(one.where), repr(one.collapse)): one for one in self.spec.plan if one.collapse}
        used = (Known(contracts[one.data], self.rows_of(one.id)) for one in collapsed.values())
        return (*found, *(one for one in used if set(one.dataset.keys) & set(one.frame.columns) - _times(one)))

    @property
    def digests(self) -> Mapping[str, str]:
        """SHA-256 of each table as it was read."""
        return {name: reading.digest for name, reading in self.readings.items()}

    @property
    def notices(self) -> Notices:
        return Notices(tuple(notice for reading in self.readings.values() for notice in reading.notices))

    def __getitem__(self, name: str) -> pd.DataFrame:
        return self.tables[name]

    def input_of(self, analysis: Analysis | Check) -> Any:
        """Return what a routine gets: the rows of an analysis or check, kept and collapsed as it declares."""
        return rows_of(self.tables, analysis)

    @property
    def has_records(self) -> bool:
        """Whether there are rows to check."""
        return True

    def rows_of(self, analysis: str) -> pd.DataFrame:
        """Return the rows that an analysis of the plan uses: kept and collapsed as it declares.

        Raises
        ------
        SpecError : if the plan has no such analysis.
        """
        return rows_of(self.tables, self.spec.analysis(analysis))

    def names(self, dataset: str, *coded: str) -> Mapping[str, Words]:
        """Return what readers call the columns of a table, and the codes of some, for `plot` and `summary`.

        Parameters
        ----------
        dataset : its id in the contract.
        coded : columns whose codes are meant; where two use the same signs, the later one's.
        """
        return names_of(self.readings[dataset].dataset, coded)

    def summary(self, lang: str | None = None) -> str:
        """Return what reading each table said; of a rehearsal it says so first."""
        banner = [label(f"rehearsal_{self.rehearsal}", lang)] if self.rehearsal else []
        return "\n".join((*banner, *(reading.summary(lang) for reading in self.readings.values())))

    def __repr__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        banner = f"<p><strong>{escape(label(f'rehearsal_{self.rehearsal}'))}</strong></p>" if self.rehearsal else ""
        return banner + "".join(reading._repr_html_() for reading in self.readings.values())


def _times(table: Known) -> set[str]:
    return {column.name for column in table.dataset.columns if column.role in {"time", "treatment"}}
