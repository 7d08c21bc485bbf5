"""Rows summed by keys in batches give the whole numbers that the engine's own grouping gives, whatever labels and numbers are like."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import moments
from ebpm.errors import DataError, DesignError
from ebpm.moments.scans.gathered import group_cells, group_passes
from ebpm.moments.scans.gathered.group_passes import gather_groups
from ebpm.moments.scans.groups.pushed import push_groups
from ebpm.moments.scans.groups.scan import GroupRequest, scan_groups

pa = pytest.importorskip("pyarrow")
pl = pytest.importorskip("polars")
duckdb = pytest.importorskip("duckdb")
LABELS = {
    "counted": lambda k: k, "negative": lambda k: k - 7, "sparse": lambda k: k * 2_654_435_761 % 2**61, "text": lambda k: f"s{k:03d}",
    "Japanese": lambda k: "学校" * (k % 3) + str(k), "fractions": lambda k: k / 4 - 1, "on": lambda k: k % 2 == 0,
    "days": lambda k: dt.date(2023, 12, 25) + dt.timedelta(days=k), "times": lambda k: pd.Timestamp("2024-01-01") + pd.Timedelta(hours=k),
}  # fmt: skip
ENGINES = {
    "pandas": lambda frame: frame, "polars": lambda frame: pl.from_pandas(frame).lazy(), "pyarrow": pa.Table.from_pandas,
    "duckdb": lambda frame: duckdb.connect().from_arrow(pa.Table.from_pandas(frame)),
}  # fmt: skip
REQUEST = GroupRequest(keys=("school", "arm"), numbers=("score", "age"))


def table(
    seed: int = 1, *, labels: str = "counted", decimals: int = 1, level: float = 50.0, rows: int = 300
) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "school": [LABELS[labels](k) for k in rng.integers(0, 20, rows).tolist()], "arm": rng.integers(0, 2, rows).astype(np.int8),
        "score": (level + 9 * rng.normal(size=rows)).round(decimals), "age": rng.integers(18, 90, rows),
    })  # fmt: skip


def both(data, request: GroupRequest) -> tuple:
    gathered, pushed = (one(moments.scan(data), request) for one in (gather_groups, push_groups))
    assert gathered is not None
    assert gathered.fixed == pushed.fixed
    return gathered, pushed


@pytest.mark.parametrize("labels", LABELS)
@pytest.mark.parametrize("engine", ENGINES)
def test_every_kind_of_label_on_every_engine(labels, engine):
    gathered, pushed = both(ENGINES[engine](table(labels=labels)), REQUEST)
    assert gathered.digest == pushed.digest


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10**6), decimals=st.sampled_from([0, 1, 5, 6, 12]), level=st.sampled_from([0.0, -1e4, 1e9, 2.0**40, 1e15]),
    labels=st.sampled_from(["counted", "sparse", "text"]), products=st.booleans(), lot=st.sampled_from([7, 64, 1 << 15]), grid=st.sampled_from([4, 1 << 17]),
)  # fmt: skip
def test_the_same_whole_numbers_for_every_number_lot_and_grid(seed, decimals, level, labels, products, lot, grid):
    data = table(seed, labels=labels, decimals=decimals, level=level)
    request = GroupRequest(keys=("school", "arm"), numbers=("score", "age"), products=products)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(group_passes, "LOT", lot)
        patch.setattr(group_cells, "GRID", grid)
        gathered, pushed = both(pl.from_pandas(data).lazy(), request)
    assert gathered.digest == pushed.digest


@pytest.mark.parametrize("order", ["sorted", "mixed", "by arm"])
def test_rows_in_any_order(order):
    data = table(rows=5000)
    known = both(data, REQUEST)[1].digest
    sorted_by = {"sorted": ["school", "arm"], "by arm": ["arm"], "mixed": ["score"]}[order]
    assert both(data.sort_values(sorted_by, ignore_index=True), REQUEST)[0].digest == known


@pytest.mark.parametrize("later", [0.25, 1e-9, 3e15, -4.0])
def test_numbers_that_belie_the_first_batch(later):
    data = pd.DataFrame({"arm": [0, 1] * 50, "score": [float(k) for k in range(99)] + [later]})
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(group_passes, "LOT", 10)
        gathered, pushed = both(pl.from_pandas(data).lazy(), GroupRequest(keys=("arm",), numbers=("score",)))
    assert gathered.digest == pushed.digest


@pytest.mark.parametrize("unit", ["day", "month"])
def test_dates_and_times_by_day_and_month(unit):
    days = list(pd.date_range("2024-01-01", periods=300, freq="7h"))
    data = pd.DataFrame({"at": days, "on": [one.date() for one in days], "text": [str(one) for one in days]})
    for column in data:
        request = GroupRequest(keys=(column,), products=False, dates={column: unit})
        for engine in ENGINES.values():
            gathered, pushed = both(engine(data), request)
            assert gathered.digest == pushed.digest


def test_decimals_booleans_and_dictionaries():
    data = table()
    frame = pa.table({
        "school": pa.array(data["school"].astype(str)).dictionary_encode(), "arm": pa.array(data["arm"] > 0),
        "score": pa.array([Decimal(str(one)) for one in data["score"]], pa.decimal128(12, 2)), "age": pa.array(data["age"] > 50),
    })  # fmt: skip
    for one in (frame, duckdb.connect().from_arrow(frame), pl.from_arrow(frame).lazy()):
        gathered, pushed = both(one, REQUEST)
        assert gathered.digest == pushed.digest


@pytest.mark.parametrize(("column", "value", "code"), [
    ("school", None, "missing_values"), ("score", np.nan, "missing_values"), ("score", None, "missing_values"), ("score", np.inf, "infinite_values"),
])  # fmt: skip
def test_what_is_missing_or_infinite_is_said_by_the_engine(column, value, code):
    data = table(labels="text")
    data[column] = data[column].astype(object)
    data.loc[7, column] = value
    if column == "score":
        data[column] = data[column].astype(float)
    assert gather_groups(moments.scan(pl.from_pandas(data).lazy()), REQUEST) is None
    with pytest.raises(DataError) as refused:
        scan_groups(moments.scan(pl.from_pandas(data).lazy()), REQUEST)
    assert refused.value.code == code


def test_no_rows_and_too_many_groups_are_refused():
    with pytest.raises(DataError, match="row"):
        scan_groups(moments.scan(pl.from_pandas(table()).head(0).lazy()), REQUEST)
    data = pd.DataFrame({"home": np.arange(600_000) * 3})
    with pytest.raises(DesignError, match=r"(?s)600,000 combinations.*about 4 MB in memory"):
        scan_groups(moments.scan(pl.from_pandas(data).lazy()), GroupRequest(keys=("home",)))


def test_many_groups_in_no_order():
    rng = np.random.default_rng(5)
    data = pd.DataFrame({"home": rng.integers(0, 200_000, 300_000), "kwh": rng.integers(0, 90, 300_000) / 10})
    gathered = gather_groups(moments.scan(data), GroupRequest(keys=("home",), numbers=("kwh",)))
    whole = data.groupby("home")["kwh"].agg(["size", "sum"])
    assert gathered.counts.tolist() == whole["size"].tolist()
    np.testing.assert_allclose([float(one) for one in gathered.totals("kwh")], whole["sum"], rtol=1e-12)
