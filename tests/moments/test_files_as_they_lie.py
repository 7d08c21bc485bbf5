"""Parquet files as people keep them: parts written differently, folders that carry values, odd names, damaged files."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from ebpm import cohort, did, moments, rct, survey
from ebpm.errors import DataError
from ebpm.moments.scans.gathered.columns import floats_of
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


@pytest.mark.parametrize("size", [1e300, 1e-300, 1e-320])
def test_outcomes_whose_squares_are_no_floats_are_refused_in_memory_too(size):
    data = panel(1)
    data["kwh"] *= size
    data["on"] = (data["year"] >= data["start"].replace(0, np.inf)).astype(int)
    for ask in (
        lambda one: did.att_gt(one, "kwh", unit="home", time="year", first_treated="start"),
        lambda one: did.twfe(one, "kwh", unit="home", time="year", treatment="on"),
        lambda one: survey.mean(one, "kwh"),
    ):
        with pytest.raises(DataError) as refused:
            ask(data)
        assert refused.value.code == "scan_too_large"
        with pytest.raises(DataError) as same:
            ask(moments.scan(data))
        assert str(same.value) == str(refused.value)


def test_outcomes_of_any_size_that_has_a_square_are_answered():
    data = panel(1)
    plain = survey.mean(data, "kwh").tidy()["estimate"][0]
    for size in (1e140, 1e-140):
        found = survey.mean(data.assign(kwh=data["kwh"] * size), "kwh").tidy()["estimate"][0]
        assert found == pytest.approx(plain * size, rel=1e-12)


ODD = ["a\"b", "select", "group", "電気使用量", "two words", "a.b", "it's", "__rows", "unit", "time", "w", "q", "literal", "{x}", "a\\b"]  # fmt: skip


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("turn", range(0, len(ODD), 2))
def test_columns_may_have_any_name(turn, engine, tmp_path):
    data = panel(1)
    data["on"], data["people"] = (data["year"] >= data["start"].replace(0, np.inf)).astype(int), data["home"] % 3 + 1
    data["arm"], data["warm"] = data["home"] % 2, np.round(np.sin(np.arange(len(data))), 2)
    names = dict(zip(data.columns, ODD[turn:] + ODD[:turn], strict=False))
    home, year, start, kwh, on, people, arm, warm = (
        names[one] for one in ("home", "year", "start", "kwh", "on", "people", "arm", "warm")
    )
    data = data.rename(columns=names)
    data.to_parquet(tmp_path / "odd.parquet", index=False)
    for ask in (
        lambda one: did.att_gt(one, kwh, unit=home, time=year, first_treated=start).estimates,
        lambda one: did.twfe(one, kwh, unit=home, time=year, treatment=on, covariates=[warm]),
        lambda one: rct.difference_in_means(one, kwh, treatment=arm, cluster=home),
        lambda one: survey.mean(one, kwh, weights=people, cluster=home),
        lambda one: cohort.iptw(one, kwh, treatment=on, covariates=[warm]).estimates,
    ):
        here, there = ask(data), ask(moments.scan(tmp_path / "odd.parquet", engine=engine))
        assert there.tidy()["estimate"].to_numpy() == pytest.approx(here.tidy()["estimate"].to_numpy(), rel=1e-10)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize("name", ["*", "^k.*$", "^$"])
def test_names_that_stand_for_other_columns_are_refused(name, engine, tmp_path):
    panel(1).rename(columns={"year": name}).to_parquet(tmp_path / "odd.parquet", index=False)
    readings = moments.scan(tmp_path / "odd.parquet", engine=engine)
    with pytest.raises(DataError, match="time=") as refused:
        did.att_gt(readings, "kwh", unit="home", time=name, first_treated="start")
    assert refused.value.code == "scan_column_name"
    survey.mean(readings, "kwh")


def test_names_that_differ_in_case_alone(tmp_path):
    data = panel(1)
    data["HOME"], data["HOME_1"] = data["home"] % 5, data["home"] % 2
    data.to_parquet(tmp_path / "twins.parquet", index=False)
    with pytest.raises(DataError, match="home, HOME") as refused:
        moments.scan(tmp_path / "twins.parquet")
    assert refused.value.code == "scan_twins"
    found = survey.mean(moments.scan(tmp_path / "twins.parquet", engine="polars"), "HOME")
    assert found.tidy()["estimate"][0] == pytest.approx(data["HOME"].mean())


def decimals(digits, scale):
    """Return 200 rows with weights of so many digits."""
    rng = np.random.default_rng(digits)
    weights = [Decimal(int(one)).scaleb(-scale) for one in rng.integers(10 ** (digits - 1), 10**digits, 200)]
    return pa.table(
        {
            "w": pa.array(weights, pa.decimal128(38, scale)),
            "y": np.round(rng.normal(size=200), 2),
            "c": np.arange(200) % 20,
        }
    )


@pytest.mark.parametrize(("digits", "scale"), [(4, 2), (10, 9), (15, 9), (18, 9), (18, 15), (12, 20), (10, 25)])
def test_decimals_are_the_floats_nearest_to_them_everywhere(digits, scale, tmp_path):
    table = decimals(digits, scale)
    pq.write_table(table, tmp_path / "weights.parquet")
    floats = table.to_pandas().assign(w=[float(one) for one in table["w"].to_pylist()])
    sources = [
        table, table.slice(3), table.to_pandas(), table.to_pandas(types_mapper=pd.ArrowDtype),
        *(moments.scan(tmp_path / "weights.parquet", engine=engine) for engine in ENGINES),
    ]  # fmt: skip
    for source in sources:
        rows = floats[3:] if isinstance(source, pa.Table) and len(source) < len(floats) else floats
        for asked in (
            GroupRequest(keys=("c",), numbers=("y",), weights="w"),
            GroupRequest(keys=("c",), numbers=("w",)),
        ):
            wanted = scan_groups(moments.scan(rows), asked)
            assert scan_groups(moments.scan(source), asked).digest == wanted.digest


def test_decimals_of_a_batch_are_the_floats_nearest_to_them():
    for digits, scale in [(3, 2), (15, 9), (18, 9), (18, 18)]:
        column = decimals(digits, scale)["w"].chunk(0)
        for part in (column, column.slice(7, 50), pa.compute.negate(column)):
            assert floats_of(part).tolist() == [float(one) for one in part.to_pylist()]


@pytest.mark.filterwarnings("ignore")
def test_names_with_a_dot_are_refused_on_spark(spark, tmp_path):
    panel(1).rename(columns={"year": "a.b"}).to_parquet(tmp_path / "odd.parquet", index=False)
    with pytest.raises(DataError, match=r"a\.b") as refused:
        paths_of_dotted(tmp_path)
    assert refused.value.code == "scan_column_name"


def paths_of_dotted(folder):
    readings = moments.scan(folder / "odd.parquet", engine="pyspark")
    return did.att_gt(readings, "kwh", unit="home", time="a.b", first_treated="start")
