"""Tables that stay where they are: Parquet files, lazy frames, relations of DuckDB, data frames of Spark."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import narwhals as nw

from ebpm.errors import DataError
from ebpm.moments.scans.profile import Table
from ebpm.moments.scans.progress import Progress
from ebpm.moments.scans.resuming import Kept

ENGINES = ("duckdb", "polars", "pyspark")
MEMORY = 2**30
OF_UNIT, OF_COLUMN, SHARE = (
    512,
    64,
    2,
)  # bytes of grouping states, as measured on DuckDB; they may take half of the memory


@dataclass(frozen=True, slots=True)
class Scan:
    """A table that is summed where it lies instead of being read into memory.

    Parameters
    ----------
    table : the lazy table.
    memory : bytes that a pass may take; larger tables are walked in so many passes over the units that each fits.
    progress : called twice a second and after each pass with the passes that are done, the share of the one under way among them, and all.
    kept : where finished passes are kept.
    """

    table: Table
    memory: int = MEMORY
    progress: Progress | None = None
    kept: Kept | None = None

    def buckets(self, unit: str, units: int, *, width: int = 0) -> Iterator[Table]:
        """Yield the table in parts that hold whole units, one where memory suffices.

        Parameters
        ----------
        unit : column.
        units : about how many there are.
        width : columns that are kept for each.
        """
        count = self.shares(units, width=width)
        if count < 2:
            yield self.table
        else:
            yield from self._parts(unit, count)

    def shares(self, units: int, *, width: int = 0) -> int:
        """Return how many parts `buckets` yields at most."""
        return max(1, -(-SHARE * units * (OF_UNIT + OF_COLUMN * width) // self.memory))

    def _parts(self, unit: str, count: int) -> Iterator[Table]:
        kind = self.table.collect_schema()[unit]
        if kind.is_integer():
            yield from (self.table.filter(((nw.col(unit) % count) + count) % count == place) for place in range(count))
            return
        ending = nw.col(unit).cast(nw.String).str.tail(2)
        endings = sorted(self.table.select(ending.alias("ending")).unique().collect()["ending"].to_list())
        for place in range(count):
            yield self.table.filter(ending.is_in(endings[place::count]))


def scan(
    data: Any, *, engine: str = "duckdb", memory: int = MEMORY, progress: Progress | None = None, resume: str | Path | None = None,
) -> Scan:  # fmt: skip
    """Open a table that is to stay where it is; every routine that is a function of sums takes it in place of a data frame.

    Parameters
    ----------
    data : path of a Parquet file, of a folder of them, or with a `*`; a Polars lazy frame, a DuckDB relation, a Spark data frame, or
        any table that Narwhals knows.
    engine : "duckdb", "polars" or "pyspark" (with a running session); what reads a path.
    memory : bytes that a pass may take.
    progress : called twice a second and after each pass over the units with the passes that are done, the share of the one under way
        among them, and all passes; such as `moments.show_progress`.
    resume : folder in which finished passes are kept, so that a scan that was stopped goes on where it was; for a path.

    Raises
    ------
    DataError : no file at the path, a budget that is no number of bytes, an engine that is not installed, a kind of table that nobody
        knows, a folder to resume from for a table whose files nobody knows.

    Examples
    --------
    >>> import pandas as pd
    >>> from ebpm import moments
    >>> moments.scan(pd.DataFrame({"kwh": [1.0, 2.0]})).table.collect_schema().names()
    ['kwh']
    """
    if isinstance(data, Scan):
        return data
    if isinstance(memory, bool) or not isinstance(memory, int) or memory < 1:
        raise DataError("scan_memory", value=memory)
    if isinstance(data, (str, Path)):
        kept = Kept(Path(resume), _files(Path(data))) if resume is not None else None
        return Scan(_parquet(Path(data), engine, memory), memory, progress, kept)
    if resume is not None:
        raise DataError("scan_resume_path", kind=type(data).__name__)
    try:
        table = nw.from_native(data)
    except TypeError:
        raise DataError("unknown_frame", kind=type(data).__name__) from None
    return Scan(table if isinstance(table, nw.LazyFrame) else _typed(table).lazy(), memory, progress)


def _typed(table: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
    """Return a table whose columns of decimals, which pandas keeps as objects, are of numbers."""
    objects = [name for name, kind in table.schema.items() if kind == nw.Object]
    held = [name for name in objects if any(isinstance(one, Decimal) for one in table[name].drop_nulls().head(1))]
    if not held or find_spec("pyarrow") is None:
        return table
    import pandas as pd
    import pyarrow as pa

    frame = table.to_native()
    arrays = {name: pa.array(frame[name], from_pandas=True) for name in held}
    typed = {name: pd.array(array, dtype=pd.ArrowDtype(array.type)) for name, array in arrays.items()}
    return nw.from_native(frame.assign(**typed), eager_only=True)


def scan_of(data: Any) -> Scan | None:
    """Return the scan of data that lie elsewhere, None of a table in memory."""
    if isinstance(data, (Scan, str, Path)):
        return scan(data)
    if nw.dependencies.is_into_dataframe(data):
        return None
    try:
        table = nw.from_native(data)
    except TypeError:
        return None
    return Scan(table) if isinstance(table, nw.LazyFrame) else None


def _pattern(path: Path) -> Path:
    return path / "**" / "*.parquet" if path.is_dir() else path


def _files(path: Path) -> tuple[Path, ...]:
    root, pattern = Path(path.anchor) if path.is_absolute() else Path(), _pattern(path)
    found = sorted(root.glob(str(pattern.relative_to(path.anchor) if path.is_absolute() else pattern)))
    if not found:
        raise DataError("scan_no_file", path=path)
    return tuple(found)


def _parquet(path: Path, engine: str, memory: int) -> Table:
    if engine not in ENGINES:
        raise DataError("bad_choice", argument="engine", value=engine, choices=", ".join(ENGINES))
    _files(path)
    try:
        return OPENERS[engine](str(_pattern(path)), memory)
    except ModuleNotFoundError:
        raise DataError("scan_no_engine", engine=engine, extra="spark" if engine == "pyspark" else engine) from None


def _duckdb(pattern: str, memory: int) -> Table:
    connection = _database(max(memory // 2**20, 256), os.getpid()).cursor()
    connection.execute("SET enable_progress_bar = false")  # which it draws in notebooks
    relation = connection.read_parquet(pattern)
    if any("TIME ZONE" in str(kind) for kind in relation.types):
        connection.execute("SET TimeZone = ?", [_zone(pattern)])
    table: Table = nw.from_native(relation)
    return table


def _zone(pattern: str) -> str:
    """Return the time zone in which the times of files were written, which their days and months are of."""
    import pyarrow.parquet as pq

    kinds = pq.read_schema(_files(Path(pattern))[0]).types
    zones = sorted({str(kind.tz) for kind in kinds if getattr(kind, "tz", None)})
    if len(zones) > 1:
        raise DataError("scan_zones", zones=", ".join(zones))
    zone = zones[0] if zones else "UTC"
    return f"GMT{zone}" if zone[0] in "+-" else zone


@cache
def _database(megabytes: int, process: int) -> Any:  # noqa: ARG001  a forked process cannot use it
    """Return a database in memory, which takes as long to make as a million rows to read."""
    import duckdb

    return duckdb.connect(config={"memory_limit": f"{megabytes}MiB"})


def _polars(pattern: str, memory: int) -> Table:  # noqa: ARG001
    import polars as pl

    return nw.from_native(pl.scan_parquet(pattern))


def _pyspark(pattern: str, memory: int) -> Table:  # noqa: ARG001
    from pyspark.sql import SparkSession

    session = SparkSession.getActiveSession() or SparkSession.builder.getOrCreate()
    folder, inner, _ = pattern.partition("/**/")
    reader = (
        session.read.option("recursiveFileLookup", "true").option("pathGlobFilter", "*.parquet")
        if inner
        else session.read
    )
    return nw.from_native(reader.parquet(folder))


OPENERS: dict[str, Callable[[str, int], Table]] = {"duckdb": _duckdb, "polars": _polars, "pyspark": _pyspark}
