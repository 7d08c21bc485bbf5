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
from ebpm.moments.scans.parquet_files import difference, files_at, in_hive, pattern_of, twins
from ebpm.moments.scans.profile import Table
from ebpm.moments.scans.progress import Progress
from ebpm.moments.scans.resuming import Kept
from ebpm.stats.given import made_by

ENGINES = ("duckdb", "polars", "pyspark")
MEMORY = 2**30
OF_UNIT, OF_COLUMN = 512, 64  # bytes of grouping states, as measured on DuckDB
SHARE = 2  # they may take half of the memory


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
    if not (progress is None or callable(progress)):
        raise DataError("given_other_kind", argument="progress", value=type(progress).__name__, kinds="Progress")
    if isinstance(data, (str, Path)):
        kept = Kept(Path(made_by(resume, (str, Path), "resume")), files_at(Path(data))) if resume is not None else None
        return Scan(_parquet(Path(data), engine, memory), memory, progress, kept)
    if resume is not None:
        raise DataError("scan_resume_path", kind=type(data).__name__)
    try:
        table = nw.from_native(data)
    except TypeError:
        raise DataError("unknown_frame", kind=type(data).__name__) from None
    return Scan(table if isinstance(table, nw.LazyFrame) else _typed(table).lazy(), memory, progress)


def _typed(table: nw.DataFrame[Any]) -> nw.DataFrame[Any]:
    """Return a table whose categories of numbers, and columns of decimals, which pandas keeps as objects, are of numbers."""
    coded = {name: table[name] for name, kind in table.schema.items() if kind == nw.Categorical}
    kinds = {name: _number_of(column) for name, column in coded.items()}
    table = table.with_columns(*(nw.col(name).cast(kind) for name, kind in kinds.items() if kind != nw.Categorical))
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


def _number_of(column: nw.Series[Any]) -> nw.dtypes.DType:
    """Return the kind of numbers that categories are; their own where they are of other labels."""
    first = column.drop_nulls().head(1).to_list()
    if not first or isinstance(first[0], bool) or not isinstance(first[0], int | float):
        return column.dtype
    whole = isinstance(first[0], int) and not column.null_count()
    return nw.Int64() if whole else nw.Float64()


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


def _parquet(path: Path, engine: str, memory: int) -> Table:
    if engine not in ENGINES:
        raise DataError("bad_choice", argument="engine", value=engine, choices=", ".join(ENGINES))
    files = files_at(path)
    odd = difference(files)
    if odd is not None and engine != "duckdb":
        raise DataError("scan_files_differ", column=odd[0], file=odd[1], engine=engine)
    if engine != "polars" and (alike := twins(files)):
        raise DataError("scan_twins", columns=alike, engine=engine)
    try:
        return OPENERS[engine](_Files(path, in_hive(path, files), odd is None), memory)
    except ModuleNotFoundError:
        raise DataError("scan_no_engine", engine=engine, extra="spark" if engine == "pyspark" else engine) from None


@dataclass(frozen=True, slots=True)
class _Files:
    """Files at a path, whether their folders carry values, and whether they are alike."""

    path: Path
    hive: bool
    alike: bool


def _duckdb(files: _Files, memory: int) -> Table:
    connection = _database(max(memory // 2**20, 256), os.getpid()).cursor()
    connection.execute("SET enable_progress_bar = false")  # which it draws in notebooks
    pattern, alike = pattern_of(files.path), files.alike
    relation = connection.read_parquet(pattern, hive_partitioning=files.hive, union_by_name=not alike)
    if any("TIME ZONE" in str(kind) for kind in relation.types):
        connection.execute("SET TimeZone = ?", [_zone(files.path)])
    table: Table = nw.from_native(relation)
    return table


def _zone(path: Path) -> str:
    """Return the time zone in which the times of files were written, which their days and months are of."""
    import pyarrow.parquet as pq

    kinds = pq.read_schema(files_at(path)[0]).types
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


def _polars(files: _Files, memory: int) -> Table:  # noqa: ARG001
    import polars as pl

    return nw.from_native(pl.scan_parquet(pattern_of(files.path), hive_partitioning=files.hive or None))


def _pyspark(files: _Files, memory: int) -> Table:  # noqa: ARG001
    from pyspark.errors import PySparkRuntimeError
    from pyspark.sql import SparkSession

    try:
        session = SparkSession.getActiveSession() or SparkSession.builder.getOrCreate()
    except (PySparkRuntimeError, FileNotFoundError):
        raise DataError("scan_no_java", engine="pyspark") from None
    reader = session.read
    if files.path.is_dir():
        reader = reader.option("pathGlobFilter", "*.parquet")
        reader = reader if files.hive else reader.option("recursiveFileLookup", "true")
    return nw.from_native(reader.parquet(str(files.path)))


OPENERS: dict[str, Callable[[_Files, int], Table]] = {"duckdb": _duckdb, "polars": _polars, "pyspark": _pyspark}
