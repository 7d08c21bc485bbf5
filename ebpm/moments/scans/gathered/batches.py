"""Tables of engines in this process as Arrow record batches, without a sort or a group."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from typing import Any

import narwhals as nw

from ebpm.moments.scans.gathered.units import OddError
from ebpm.moments.scans.profile import Table
from ebpm.moments.scans.progress import Reading

ROWS = 1 << 16
Batch = Any  # pyarrow.RecordBatch: pyarrow comes with the engines and is not needed without them


@contextmanager
def batches(table: Table, columns: Sequence[nw.Expr], reading: Reading | None = None) -> Iterator[Iterator[Batch]]:
    """Open a stream of record batches of some columns, in whatever order the engine finds quickest.

    Parameters
    ----------
    table : a lazy table of DuckDB, Polars, pandas or pyarrow.
    columns : expressions.
    reading : is told how many rows were read.

    Raises
    ------
    OddError : an engine that has no such stream.
    """
    stream = _stream(table, columns, reading)
    try:
        yield stream
    finally:
        stream.close()


def _stream(table: Table, columns: Sequence[nw.Expr], reading: Reading | None) -> Generator[Batch, None, None]:
    opener = OPENERS.get(table.implementation)
    if opener is None or find_spec("pyarrow") is None:
        raise OddError
    import pandas as pd  # noqa: F401  pyarrow imports it at the first array, and there ignores an interrupt

    for batch in opener(table.select(*columns).to_native()):
        yield batch
        if reading is not None:
            reading.read(batch.num_rows)


def _duckdb(relation: Any) -> Iterator[Batch]:
    newest = hasattr(relation, "to_arrow_reader")
    reader = relation.to_arrow_reader(ROWS) if newest else relation.fetch_arrow_reader(ROWS)
    try:
        yield from reader
    finally:
        reader.close()


def _polars(frame: Any) -> Iterator[Batch]:
    if not hasattr(frame, "collect_batches"):
        raise OddError
    for part in frame.collect_batches(chunk_size=ROWS, maintain_order=False):
        yield from part.to_arrow().to_batches()


def _pandas(frame: Any) -> Iterator[Batch]:
    import pyarrow as pa

    for start in range(0, len(frame), ROWS):
        try:
            part = pa.Table.from_pandas(frame.iloc[start : start + ROWS], preserve_index=False)
        except (pa.ArrowInvalid, pa.ArrowTypeError, pa.ArrowNotImplementedError):
            raise OddError from None
        yield from part.combine_chunks().to_batches()


def _pyarrow(table: Any) -> Iterator[Batch]:
    yield from table.to_batches(max_chunksize=ROWS)


OPENERS: dict[nw.Implementation, Callable[[Any], Iterator[Batch]]] = {
    nw.Implementation.DUCKDB: _duckdb, nw.Implementation.POLARS: _polars, nw.Implementation.PANDAS: _pandas,
    nw.Implementation.PYARROW: _pyarrow,
}  # fmt: skip
