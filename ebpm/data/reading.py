"""From a declared file to a typed table: what was repaired, what was refused, and nothing lost between."""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ebpm.data.columns import Converted, convert, typed
from ebpm.data.contract import DataSet
from ebpm.data.layout import Layout, lay_out
from ebpm.data.refusals import Listing, Refusal, refusal_notices, refusal_table
from ebpm.data.rules import broken_rules, refuse_shared_keys
from ebpm.data.sheets import open_sheet
from ebpm.data.sources import fetch
from ebpm.data.withheld import counted, without_records
from ebpm.errors import DataError
from ebpm.notices import Notice, Notices
from ebpm.table import Table
from ebpm.texts import label

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True, slots=True, kw_only=True)
class Reading:
    """A table as it was read under its contract.

    Parameters
    ----------
    dataset : the contract.
    frame : the typed table, one row a used row, in the order of the file.
    notices : what was repaired, set aside and refused, with counts.
    rows_in : rows of the file below the header; blank rows and footnotes, which the notices count, are not among them.
    refusals : every cell that was not taken; a row with one of them is not used.
    digest : SHA-256 of the bytes that were read.
    """

    dataset: DataSet
    frame: pd.DataFrame = field(compare=False, repr=False)
    notices: Notices
    rows_in: int
    refusals: tuple[Refusal, ...]
    digest: str

    @property
    def rows_used(self) -> int:
        return len(self.frame)

    @property
    def rows_refused(self) -> int:
        return len({refusal.row for refusal in self.refusals})

    @property
    def refused(self) -> Table:
        """Every refused cell: row, column, value, code, remedy."""
        return refusal_table(self.refusals)

    def summary(self, lang: str | None = None) -> str:
        """Return rows in, used and refused, the notices, and the refused cells."""
        parts = [self._headline(lang), self.notices.to_text(lang)]
        if self.refusals:
            parts.append(refusal_table(self.refusals, lang).to_text(lang))
        return "\n".join(part for part in parts if part)

    def _headline(self, lang: str | None) -> str:
        counts = {"rows_in": self.rows_in, "used": self.rows_used, "refused": self.rows_refused}
        facts = {name: f"{count:,}" for name, count in counts.items()}
        title = self.dataset.title.words(lang)
        line = label("data_reading", lang, title=title, row_is=self.dataset.row_is.words(lang), **facts)
        return f"{line} {label('data_synthetic', lang)}" if self.dataset.synthetic else line

    def __str__(self) -> str:
        return self.summary()

    def _repr_html_(self) -> str:
        """Return what a notebook keeps: counts and reasons, no value of a record; `summary` and `refused` have these."""
        table = counted(self.refusals)._repr_html_() if self.refusals else ""
        notices = without_records(self.notices, self.dataset)
        return f"<p>{escape(self._headline(None))}</p>{notices._repr_html_()}{table}"


def read(dataset: DataSet, folder: Path | str = ".") -> Reading:
    r"""Read a table under its contract.

    Parameters
    ----------
    dataset : the contract.
    folder : the folder that `dataset.path` starts from.

    Raises
    ------
    DataError : if the file is missing, empty, broken or of mixed encodings; if declared columns are missing or named twice;
        if rows share a key; if more rows are refused than the contract allows. The error lists all cases, not the first alone.

    Notes
    -----
    Everything is read as text first, so that leading zeros survive. CSV is decoded by a strict ladder: byte order mark, UTF-8,
    cp932. Each kind of repair is a notice with its count. rows_in = rows_used + rows_refused, always.

    Examples
    --------
    >>> import tempfile, pathlib
    >>> from ebpm import data, spec
    >>> visits = spec.loads('''
    ... {id: visits, title: visits, path: visits.csv, synthetic: true, licence: CC0-1.0, source: simulated, row_is: month,
    ...  keys: [month], columns: [{name: month, label: month, type: month}, {name: n, label: visits, type: integer}]}
    ... ''', data.DataSet)
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     _ = pathlib.Path(folder, "visits.csv").write_bytes("month,n\n令和元年9月,１２３４\n".encode("cp932"))
    ...     reading = data.read(visits, folder)
    >>> reading.frame.values.tolist(), reading.notices.codes
    ([['2019-09', 1234]], ('T001', 'T006', 'T003'))
    """
    data = fetch(dataset, Path(folder))
    sheet = open_sheet(data, dataset.place, sheet=dataset.sheet, header_row=dataset.header_row)
    layout = lay_out(sheet, dataset)
    columns = _converted(layout, dataset)
    refusals = sorted((*layout.refusals, *(one for column in columns.values() for one in column.refusals)))
    frame, rows = _kept(columns, dataset, layout, {one.row for one in refusals})
    broken = broken_rules(frame, dataset, rows)
    refusals = sorted((*refusals, *broken))
    rows_in = len(layout.rows) + len(layout.refusals)
    _refuse_too_many(refusals, rows_in, dataset)
    whole = ~np.isin(rows, [one.row for one in broken])
    refuse_shared_keys(frame.loc[whole], dataset, np.array(rows)[whole])
    repairs = tuple(notice for column in columns.values() for notice in column.notices)
    return Reading(
        dataset=dataset,
        frame=frame.loc[whole].reset_index(drop=True),
        notices=Notices((*sheet.notices, *layout.notices, *repairs, *_refused(refusals, rows_in, dataset))),
        rows_in=rows_in,
        refusals=tuple(refusals),
        digest=sha256(data).hexdigest(),
    )


def _converted(layout: Layout, dataset: DataSet) -> dict[str, Converted]:
    return {
        column.name: convert(
            layout.columns[column.name],
            column,
            rows=layout.rows,
            key=dataset.links(column),
            required=dataset.needs(column),
        )
        for column in dataset.columns
    }


def _kept(
    columns: dict[str, Converted], dataset: DataSet, layout: Layout, refused: set[int]
) -> tuple[pd.DataFrame, tuple[int, ...]]:
    import pandas as pd

    keep = ~np.isin(layout.rows, list(refused))
    frame = pd.DataFrame({name: typed(column.values[keep], dataset.column(name)) for name, column in columns.items()})
    return frame, tuple(np.array(layout.rows, dtype=np.int64)[keep].tolist())


def _refuse_too_many(refusals: list[Refusal], rows_in: int, dataset: DataSet) -> None:
    refused = len({one.row for one in refusals})
    if refused > dataset.max_refused * rows_in or refused == rows_in:
        raise DataError(
            "data_too_many_refused",
            file=dataset.place,
            refused=refused,
            rows=rows_in,
            share=f"{100 * refused / rows_in:.1f}",
            limit=f"{100 * dataset.max_refused:g}",
            cells=Listing(tuple(refusals)),
        )


def _refused(refusals: list[Refusal], rows_in: int, dataset: DataSet) -> tuple[Notice, ...]:
    if not refusals:
        return ()
    count = len({one.row for one in refusals})
    share = f"{100 * count / rows_in:.1f}"
    return (
        Notice("T037", dataset.place, {"count": count, "rows": rows_in, "share": share}),
        *refusal_notices(refusals),
    )
