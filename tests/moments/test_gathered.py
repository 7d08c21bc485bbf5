"""Gathered rows give the whole numbers that the engine's own grouping gives, to the last bit, whatever units, clusters and outcomes are like."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import did, moments
from ebpm.errors import DataError, DesignError
from ebpm.moments.scans.gathered import passes
from ebpm.moments.scans.gathered.cells import Cells, TooLargeError
from ebpm.moments.scans.gathered.passes import gather_paths
from ebpm.moments.scans.gathered.units import Hashed, OddError, Paged, SparseError, unit_words
from ebpm.moments.scans.paths.pushed import push_paths
from ebpm.moments.scans.paths.scan import PathRequest, scan_paths

pa = pytest.importorskip("pyarrow")
pl = pytest.importorskip("polars")
duckdb = pytest.importorskip("duckdb")

UNITS = {
    "counted": lambda k: k, "negative": lambda k: k * 3 - 50, "sparse": lambda k: k * 2_654_435_761 % 2**61,
    "text": lambda k: f"h{k:04d}", "long text": lambda k: f"household-{k:08d}", "Japanese": lambda k: "世帯" * (k % 4 + 1) + str(k), "fractions": lambda k: k / 4 - 3,
    "dates": lambda k: dt.date(2000, 1, 1) + dt.timedelta(days=k),
}  # fmt: skip
CLUSTERS = {"none": None, "codes": lambda k: k % 7, "text": lambda k: f"区{k % 5}"}


def panel(
    seed: int, *, units: str = "counted", cluster: str = "none", decimals: int = 2, gaps: float = 0.0
) -> pd.DataFrame:
    rng, n, years = np.random.default_rng(seed), 40, 6
    start, each = rng.choice([0, 2012, 2014, 2030], n), np.repeat(np.arange(n), years)
    year = np.tile(np.arange(2010, 2010 + years), n)
    frame = pd.DataFrame({
        "home": [UNITS[units](k) for k in each.tolist()], "year": year, "start": start[each],
        "on": ((start[each] > 0) & (year >= start[each])).astype(int),
        "kwh": (rng.normal(size=n)[each] * 40 + rng.normal(size=n * years)).round(decimals),
    })  # fmt: skip
    if CLUSTERS[cluster]:
        frame["ward"] = [CLUSTERS[cluster](k) for k in each.tolist()]
    keep = rng.random(len(frame)) >= gaps
    return frame[keep].sample(frac=1, random_state=seed, ignore_index=True)


def request(by: str = "start", cluster: str = "none") -> PathRequest:
    named = {"first_treated": "start"} if by == "start" else {"treatment": "on"}
    return PathRequest(outcome="kwh", unit="home", time="year", cluster="ward" if cluster != "none" else "", **named)


def facts(sums) -> tuple:
    return (
        sums.periods,
        repr(sums.groups),
        sums.counts,
        sums.sums.tolist(),
        sums.products.tolist(),
        sums.fixed,
        sums.treated.tolist(),
        sums.largest.tolist(),
    )


ENGINES = {
    "pandas": lambda frame: frame, "polars": lambda frame: pl.from_pandas(frame).lazy(), "pyarrow": pa.Table.from_pandas,
    "duckdb": lambda frame: duckdb.connect().from_arrow(pa.Table.from_pandas(frame)),
}  # fmt: skip


@pytest.mark.parametrize("units", UNITS)
@pytest.mark.parametrize("cluster", CLUSTERS)
def test_the_same_whole_numbers_as_the_engine_for_every_kind_of_label(units, cluster):
    data = panel(3, units=units, cluster=cluster, gaps=0.1)
    for by in ("start", "on"):
        pushed = push_paths(moments.scan(pl.from_pandas(data).lazy()), request(by, cluster))
        for engine in ENGINES.values():
            assert facts(gather_paths(moments.scan(engine(data)), request(by, cluster))) == facts(pushed)


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 10**6), units=st.sampled_from(["counted", "sparse", "text"]), decimals=st.sampled_from([0, 1, 5, 6, 12]),
    level=st.sampled_from([0.0, -1e4, 1e9, 2.0**40]), gaps=st.sampled_from([0.0, 0.2]), cluster=st.sampled_from(["none", "codes"]),
    memory=st.sampled_from([2**30, 3000]),
)  # fmt: skip
def test_the_same_whole_numbers_for_every_outcome_and_budget(seed, units, decimals, level, gaps, cluster, memory):
    data = panel(seed, units=units, decimals=decimals, gaps=gaps, cluster=cluster)
    data["kwh"] += level
    pushed, found = (
        one(moments.scan(pl.from_pandas(data).lazy(), memory=bytes_), request(cluster=cluster))
        for one, bytes_ in ((push_paths, 2**30), (gather_paths, memory))
    )
    assert facts(found) == facts(pushed)


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), power=st.integers(0, 40))
def test_sums_are_those_of_python(seed, power):
    rng = np.random.default_rng(seed)
    data = pd.DataFrame({"home": np.repeat(np.arange(300), 2), "year": np.tile([1, 2], 300), "start": 0})
    data["kwh"] = rng.normal(size=600) * 2.0**power
    found = gather_paths(moments.scan(data), request())
    low, high = (
        [found.fixed.steps_of(value) for value in data["kwh"][data["year"] == year].tolist()] for year in (1, 2)
    )
    assert found.sums.tolist() == [[sum(low), sum(high)]]
    cross = sum(a * b for a, b in zip(low, high, strict=True))
    assert found.products.tolist() == [[[sum(a * a for a in low), cross], [cross, sum(b * b for b in high)]]]


def test_treated_outcomes_are_summed_exactly():
    data = pd.DataFrame(
        {"home": [1, 1, 2, 2], "year": [1, 2, 1, 2], "start": [2, 2, 1, 1], "kwh": [5.0, -0.1, 0.2, 0.3]}
    )
    found = gather_paths(moments.scan(data), request())
    assert found.fixed.scale == 10
    assert (found.treated.tolist(), found.largest.tolist()) == ([[2, 3], [0, 1]], [[2, 5], [0, 1]])
    assert found.largest_share == pytest.approx(5 / 6)


@pytest.mark.parametrize("never", [np.nan, np.inf, 0.0])
def test_never_treated_in_every_spelling(never):
    data = panel(5).astype({"start": float})
    plain = facts(gather_paths(moments.scan(data), request()))
    data["start"] = data["start"].where(data["start"] > 0, never)
    for table in (data, pl.from_pandas(data).lazy()):
        assert (
            facts(gather_paths(moments.scan(table), request()))
            == plain
            == facts(push_paths(moments.scan(table), request()))
        )


def test_columns_of_other_types_give_the_same():
    data = panel(6, decimals=0)
    plain = facts(gather_paths(moments.scan(data), request("on")))
    other = data.astype({"year": "int16", "on": bool, "kwh": "float32", "home": "uint64"})
    assert facts(gather_paths(moments.scan(other), request("on"))) == plain
    decimal = pl.from_pandas(data).lazy().with_columns(pl.col("kwh").cast(pl.Decimal(12, 3)))
    assert facts(gather_paths(moments.scan(decimal), request("on"))) == plain
    assert facts(gather_paths(moments.scan(data.astype({"home": "category"})), request("on"))) == plain


def test_units_that_are_their_own_clusters_are_independent():
    data = panel(6)
    named = {"outcome": "kwh", "unit": "home", "time": "year", "treatment": "on"}
    plain, own = (scan_paths(moments.scan(data), PathRequest(**named, cluster=cluster)) for cluster in ("", "home"))
    assert facts(plain) == facts(own)
    found, alone = (
        did.twfe(pl.from_pandas(data).lazy(), "kwh", unit="home", time="year", treatment="on", cluster=cluster).headline
        for cluster in (None, "home")
    )
    assert (found.estimate, found.std_error, found.df) == (alone.estimate, alone.std_error, alone.df)


def test_files_in_the_order_of_time(tmp_path):
    data = panel(7)
    for year, rows in data.groupby("year"):
        rows.to_parquet(tmp_path / f"{year}.parquet")
    assert facts(gather_paths(moments.scan(tmp_path), request())) == facts(push_paths(moments.scan(data), request()))


ODD = {
    "missing_values": lambda d: d.loc.__setitem__((3, "kwh"), np.nan),
    "infinite_values": lambda d: d.loc.__setitem__((3, "kwh"), -np.inf),
    "panel_not_whole": lambda d: d.__setitem__("start", d["start"] + 0.5),
    "panel_duplicates": lambda d: d.loc.__setitem__((len(d), slice(None)), d.loc[0].tolist()),
    "panel_cohort_changes": lambda d: d.loc.__setitem__((3, "start"), 2013),
    "did_units_not_nested": lambda d: d.loc.__setitem__((3, "ward"), 99),
}  # fmt: skip


@pytest.mark.parametrize("code", ODD)
def test_what_is_odd_is_left_to_the_engine_to_say(code):
    data = panel(8, cluster="codes")
    ODD[code](data)
    table = pl.from_pandas(data).lazy()
    assert gather_paths(moments.scan(table), request(cluster="codes")) is None
    with pytest.raises((DataError, DesignError)) as refused:
        scan_paths(moments.scan(table), request(cluster="codes"))
    assert refused.value.code == code


def test_a_missing_label_is_refused_with_its_column():
    data = panel(8, units="text")
    data.loc[2, "home"] = None
    with pytest.raises(DataError, match="home"):
        scan_paths(moments.scan(pl.from_pandas(data).lazy()), request())


def test_zeros_and_ones_of_many_units_do_not_overflow():
    rng, units = np.random.default_rng(1), 300_000
    data = pl.DataFrame(
        {
            "home": np.repeat(np.arange(units), 2),
            "year": np.tile([1, 2], units),
            "start": np.repeat(rng.choice([0, 2], units), 2),
        }
    )
    table = data.with_columns(kwh=pl.Series(rng.integers(0, 2, 2 * units).astype(float))).lazy()
    assert facts(gather_paths(moments.scan(table), request())) == facts(push_paths(moments.scan(table), request()))


@pytest.mark.parametrize("units", ["counted", "text"])
def test_a_pass_holds_no_more_than_its_budget(units, monkeypatch):
    held, data = [], panel(9, units=units, decimals=12)
    spied = passes.gather

    def gather(table, task):
        found = spied(table, task)
        held.append((found.cells.held.nbytes, task.limit, found.rows))
        return found

    monkeypatch.setattr(passes, "gather", gather)
    told: list[tuple[int, int]] = []
    found = scan_paths(moments.scan(data, memory=2000, progress=lambda *now: told.append(now)), request())
    assert facts(found) == facts(push_paths(moments.scan(data), request()))
    assert len(held) == told[-1][1] == len(told) > 2
    assert all(size <= limit for size, limit, _ in held)
    assert sum(rows for *_, rows in held) == len(data)


def test_progress_is_written_where_it_is_asked_for(capsys):
    scan_paths(moments.scan(panel(9), memory=2000), request())
    assert capsys.readouterr() == ("", "")
    scan_paths(moments.scan(panel(9), memory=2000, progress=moments.show_progress), request())
    told = capsys.readouterr()
    assert not told.out
    assert told.err.rstrip().endswith("passes are done")
    assert told.err.count("\r") == int(told.err.split()[-4])


@pytest.mark.parametrize("make", [lambda: Paged(limit=10**6), Hashed], ids=["pages", "hash"])
@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6), low=st.sampled_from([-(10**9), -5, 0, 10**12]))
def test_places_are_one_for_each_unit(make, seed, low):
    rng, places = np.random.default_rng(seed), make()
    units = low + rng.integers(0, 20_000, 6000)
    found = np.concatenate([places.places(part[:, None]) for part in np.array_split(units, 7)])
    pairs = set(zip(units.tolist(), found.tolist(), strict=True))
    assert len(pairs) == len({unit for unit, _ in pairs}) == len({place for _, place in pairs})
    assert 0 <= found.min() <= found.max() < places.size


def test_texts_are_told_apart_by_their_length_and_grow():
    texts = ["", "a", "aa", "a" * 8, "a" * 9, "あ", "あい", "b" * 40]
    places = Hashed()
    first = places.places(unit_words(pa.array(texts[:4])))
    second = places.places(unit_words(pa.array(texts)))
    assert second.tolist()[:4] == first.tolist()
    assert sorted(second.tolist()) == list(range(8))
    assert places.places(unit_words(pa.array(texts[:4]))).tolist() == first.tolist()
    with pytest.raises(OddError):
        unit_words(pa.array(["a" * 1000]))


def test_units_far_apart_have_no_pages():
    with pytest.raises(SparseError):
        Paged(limit=10**6).places(np.array([[0], [2**50]]))
    with pytest.raises(SparseError):
        Paged(limit=4096).places(np.array([[0], [2**20]]))


def test_cells_take_the_fewest_bytes_that_hold_them():
    cells, found = Cells(2, 10**6), []
    cells.grow(4)
    for place, value in enumerate([1.0, 2.5, 400.25, 1e9, 0.1 + 0.2]):
        cells.fill(np.array([place]), np.array([value]))
        found.append((cells.held.dtype.name, cells.decimals))
    assert found == [("int16", 0), ("int16", 1), ("int32", 2), ("float64", 2), ("float64", 2)]
    assert cells.held[:5].tolist() == [1.0, 2.5, 400.25, 1e9, 0.1 + 0.2]
    assert cells.count() == 5
    assert (cells.range().low, cells.range().high, cells.range().decimals) == (0.1 + 0.2, 1e9, 2)
    with pytest.raises(OddError):
        cells.fill(np.array([0]), np.array([np.nan]))
    with pytest.raises(TooLargeError):
        cells.grow(10**6)


@pytest.mark.parametrize("scale", [1e-12, 1e-9, 1e-7, 1e-3, 1.0])
@pytest.mark.parametrize("level", [0.0, 5.0])
def test_small_numbers_are_not_taken_for_whole_ones(scale, level):
    data = panel(7)
    data["kwh"] = level + scale * (data["kwh"] - data["kwh"].mean()).round(3)
    one, other = (read(moments.scan(pl.from_pandas(data).lazy()), request()) for read in (gather_paths, push_paths))
    assert facts(one) == facts(other)
    spread = np.ptp(data["kwh"])
    assert float(1 / one.fixed.scale) < 1e-3 * spread
    means = data.groupby([data["start"], "year"])["kwh"].mean().unstack()
    for group, mean in zip(one.groups, one.means(), strict=True):
        assert mean == pytest.approx(means.loc[group.cohort].to_numpy(), abs=max(1e-6 * spread, 1e-12 * level))


def test_a_single_period_is_refused_as_in_memory():
    data = panel(8)
    with pytest.raises(DesignError) as refused:
        scan_paths(moments.scan(data[data["year"] == data["year"].min()]), request())
    assert refused.value.code == "panel_one_period"
