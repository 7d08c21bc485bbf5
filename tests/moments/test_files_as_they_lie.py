"""Parquet files as people keep them: parts written differently, folders that carry values, odd names, damaged files."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from ebpm import moments
from ebpm.errors import DataError
from ebpm.moments.scans.groups.request import GroupRequest
from ebpm.moments.scans.groups.scan import scan_groups
from ebpm.moments.scans.paths.scan import scan_paths
from tests.moments.test_gathered import facts, panel, request

pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
ds = pytest.importorskip("pyarrow.dataset")
pytest.importorskip("duckdb")
pytest.importorskip("polars")

ENGINES = ["duckdb", "polars"]


def paths(source, engine="duckdb"):
    return facts(scan_paths(moments.scan(source, engine=engine), request()))


def parts(folder, *tables):
    for place, table in enumerate(tables):
        pq.write_table(table, folder / f"{place}.parquet")
    return folder


@pytest.fixture
def table():
    return pa.Table.from_pandas(panel(1), preserve_index=False)


def test_values_are_never_cut_to_the_type_of_the_first_file(table, tmp_path):
    whole = table.slice(0, 20)
    whole = whole.set_column(
        whole.column_names.index("kwh"), "kwh", pa.array(np.rint(whole["kwh"].to_numpy()), pa.int64())
    )
    rest = table.slice(20)
    both = pd.concat([whole.to_pandas(), rest.to_pandas()], ignore_index=True)
    assert paths(parts(tmp_path, whole, rest)) == paths(both)
    with pytest.raises(DataError, match="kwh") as refused:
        paths(tmp_path, "polars")
    assert refused.value.code == "scan_files_differ"
    assert "1.parquet" in str(refused.value)


@pytest.mark.parametrize("engine", ENGINES)
def test_columns_may_stand_in_another_order(engine, table, tmp_path):
    turned = table.slice(20).select(table.column_names[::-1])
    assert paths(parts(tmp_path, table.slice(0, 20), turned), engine) == paths(panel(1))


def test_a_column_that_a_file_lacks_is_missing_there(table, tmp_path):
    parts(tmp_path, table.slice(0, 20), table.slice(20).drop_columns(["kwh"]))
    with pytest.raises(DataError, match="kwh") as refused:
        paths(tmp_path)
    assert refused.value.code == "missing_values"


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("by", [["year"], ["start", "year"]])
def test_folders_carry_values(engine, by, table, tmp_path):
    kinds = pa.schema([table.schema.field(name) for name in by])
    ds.write_dataset(table, tmp_path / "readings", format="parquet", partitioning=ds.partitioning(kinds, flavor="hive"))
    assert paths(tmp_path / "readings", engine) == paths(panel(1))
    assert paths(str(tmp_path / "readings" / "/".join("*" * len(by)) / "*.parquet"), engine) == paths(panel(1))


@pytest.mark.filterwarnings("ignore")
def test_folders_carry_values_on_spark(spark, table, tmp_path):
    kinds = pa.schema([table.schema.field("year")])
    ds.write_dataset(table, tmp_path, format="parquet", partitioning=ds.partitioning(kinds, flavor="hive"))
    assert paths(tmp_path, "pyspark") == paths(panel(1))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["a b", "市[1]", "it's"])
def test_names_of_folders_and_files_are_of_any_letters(engine, name, table, tmp_path):
    (tmp_path / name).mkdir()
    file = tmp_path / name / f"{name}.parquet"
    pq.write_table(table, file)
    (tmp_path / name / "README.txt").write_text("notes")
    assert paths(file, engine) == paths(file.parent, engine) == paths(str(file), engine) == paths(panel(1))


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("content", [b"", b"home,year\n1,2\n", b"PAR1" + b"0" * 99])
def test_a_file_that_is_no_parquet_is_named(engine, content, table, tmp_path):
    parts(tmp_path, table)
    (tmp_path / "9.parquet").write_bytes(content)
    with pytest.raises(DataError, match=r"9\.parquet") as refused:
        moments.scan(tmp_path, engine=engine)
    assert refused.value.code == "scan_not_parquet"


@pytest.mark.parametrize("kind", ["Int64", "string", "Float64"])
def test_missing_labels_of_pandas_are_missing(kind):
    data = panel(1)
    data["ward"] = (data["home"] % 3).astype(kind).where(data.index != 3)
    with pytest.raises(DataError, match="ward") as refused:
        scan_groups(moments.scan(data), GroupRequest(keys=("ward",), numbers=("kwh",)))
    assert refused.value.code == "missing_values"


@pytest.mark.parametrize("size", [1e300, 1e-300, 1e-320])
def test_numbers_whose_squares_are_no_floats_are_refused(size):
    data = panel(1)
    data["kwh"] *= size
    for ask in (paths, lambda one: scan_groups(moments.scan(one), GroupRequest(keys=("year",), numbers=("kwh",)))):
        with pytest.raises(DataError) as refused:
            ask(data)
        assert refused.value.code == "scan_too_large"


def test_spark_without_java_says_so(table, tmp_path, monkeypatch):
    session = pytest.importorskip("pyspark.sql").SparkSession

    def none():
        raise FileNotFoundError("java")

    monkeypatch.setattr(session, "getActiveSession", lambda: None)
    monkeypatch.setattr(type(session.builder), "getOrCreate", lambda self: none())
    with pytest.raises(DataError, match="JAVA_HOME") as refused:
        moments.scan(parts(tmp_path, table), engine="pyspark")
    assert refused.value.code == "scan_no_java"
