"""Sums over tables that stay where they are: the same whole numbers on every engine, the same answers as in memory, the same refusals."""

from __future__ import annotations

import hashlib

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import did, moments
from ebpm.errors import DataError, DesignError
from ebpm.moments.panel import read_panel
from ebpm.moments.paths import PathMoments
from ebpm.moments.scans.paths.scan import PathRequest, scan_paths
from ebpm.moments.scans.words import products, summed

pl = pytest.importorskip("polars")
pytest.importorskip("duckdb")
COHORTS = {"outcome": "kwh", "unit": "home", "time": "year", "first_treated": "start"}
NAMED = {name: column for name, column in COHORTS.items() if name != "outcome"}


def homes(seed: int, *, units: int = 60, level: float = 1e4, decimals: int = 12) -> pd.DataFrame:
    rng, years = np.random.default_rng(seed), 5
    start = rng.choice([0, 2012, 2014, 2020], units)
    start[:4] = 0, 2012, 2014, 0
    values = level + rng.normal(size=(units, years)) * 3 + rng.normal(size=(units, 1))
    frame = pd.DataFrame({
        "home": np.repeat([f"h{k:04d}" for k in range(units)], years), "year": np.tile(np.arange(2010, 2010 + years), units),
        "kwh": values.ravel().round(decimals), "start": np.repeat(start, years), "ward": np.repeat(np.arange(units) % 13, years),
    })  # fmt: skip
    return frame.sample(frac=1, random_state=seed, ignore_index=True)


def digest(sums) -> str:
    text = repr((sums.periods, sums.groups, sums.counts, sums.sums.tolist(), sums.products.tolist(), sums.fixed))
    return hashlib.sha256(text.encode()).hexdigest()


@pytest.fixture
def parquet(tmp_path):
    for part, rows in enumerate(np.array_split(np.arange(300), 3)):
        pl.from_pandas(homes(1).iloc[rows]).write_parquet(tmp_path / f"part{part}.parquet")
    return tmp_path


def test_engines_buckets_and_order_agree_to_the_last_bit(parquet):
    request = PathRequest(**COHORTS)
    tables = [
        moments.scan(parquet), moments.scan(str(parquet / "*.parquet"), engine="polars"), moments.scan(homes(1)),
        moments.scan(pl.from_pandas(homes(1)[::-1]).lazy()), moments.scan(parquet, memory=2000),
    ]  # fmt: skip
    assert len({digest(scan_paths(table, request)) for table in tables}) == 1


def test_passes_hold_whole_units_and_are_told(parquet):
    told: list[tuple[int, int]] = []
    scan_paths(
        moments.scan(parquet, memory=4000, progress=lambda done, of: told.append((done, of))), PathRequest(**COHORTS)
    )
    assert told == [(done, told[-1][1]) for done in range(1, told[-1][1] + 1)]
    assert len(told) > 1


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), level=st.sampled_from([0.0, 1e4, -1e6]), decimals=st.sampled_from([0, 2, 12]))
def test_moments_are_those_of_the_paths(seed, level, decimals):
    data = homes(seed, level=level, decimals=decimals)
    found = scan_paths(moments.scan(data), PathRequest(**COHORTS)).moments()
    held = PathMoments.of(read_panel(data, "kwh", **NAMED))
    np.testing.assert_allclose(found.means, held.means, atol=1e-9)
    rounding = 1e-9 + 1e-13 * abs(level)  # of the floats in memory; the whole numbers have none
    np.testing.assert_allclose(found.scatters, held.scatters, rtol=1e-9, atol=rounding)
    assert found.counts.tolist() == held.counts.tolist()


@pytest.mark.parametrize(
    "choice", [{}, {"control": "never_treated"}, {"cluster": "ward"}, {"base": "universal", "anticipation": 1}], ids=str
)
def test_group_time_effects_are_those_in_memory(parquet, choice):
    held, found = (did.att_gt(data, "kwh", **NAMED, **choice) for data in (homes(1), parquet))
    for kind in ("simple", "group", "calendar", "event"):
        left, right = held.aggregate(kind), found.aggregate(kind)
        assert [item.term for item in left] == [item.term for item in right]
        np.testing.assert_allclose([one.estimate for one in right], [one.estimate for one in left], atol=1e-9)
        np.testing.assert_allclose(right.covariance, left.covariance, rtol=1e-7, atol=1e-12)
    assert set(found.notices.codes) - set(held.notices.codes) == {"T060"}


def test_values_with_few_decimals_are_exact(parquet, tmp_path_factory):
    file = tmp_path_factory.mktemp("exact") / "exact.parquet"
    pl.from_pandas(homes(1, decimals=2)).write_parquet(file)
    assert "T060" in did.att_gt(parquet, "kwh", **NAMED).notices.codes
    assert "T060" not in did.att_gt(file, "kwh", **NAMED).notices.codes


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), scales=st.sampled_from([(2, 2), (2, 12), (12, 2), (0, 12)]))
def test_sums_of_two_offices_are_those_of_the_whole(seed, scales):
    data = homes(seed, decimals=2)
    first = data["home"] < "h0030"
    parts = [data[first].round({"kwh": scales[0]}), data[~first].round({"kwh": scales[1]})]
    request = PathRequest(**COHORTS)
    left, right = (scan_paths(moments.scan(part), request) for part in parts)
    whole = scan_paths(moments.scan(pd.concat(parts)), request)
    both, other = left + right, right + left
    assert both.sums.tolist() == other.sums.tolist()
    assert both.products.tolist() == other.products.tolist()
    assert both.counts == whole.counts
    np.testing.assert_allclose(both.deviations(), whole.deviations(), rtol=1e-10, atol=1e-9)
    pooled = did.att_gt(both, "kwh", **NAMED).aggregate("simple").headline.estimate
    assert pooled == pytest.approx(
        did.att_gt(pd.concat(parts), "kwh", **NAMED).aggregate("simple").headline.estimate, abs=1e-9
    )


def _broken(change):
    data = homes(2)
    change(data)
    return data


BROKEN = {
    "missing_values": lambda d: d.loc.__setitem__((3, "kwh"), np.nan),
    "infinite_values": lambda d: d.loc.__setitem__((3, "kwh"), np.inf),
    "not_numeric": lambda d: d.__setitem__("kwh", "many"),
    "panel_not_whole": lambda d: d.__setitem__("year", d["year"] + 0.5),
    "panel_duplicates": lambda d: d.__setitem__("year", d["year"].replace(2013, 2012)),
    "panel_cohort_changes": lambda d: d.loc.__setitem__((3, "start"), 2013),
}


@pytest.mark.parametrize("code", BROKEN)
def test_broken_tables_are_refused_within_the_scan(code):
    with pytest.raises((DataError, DesignError)) as refused:
        scan_paths(moments.scan(_broken(BROKEN[code])), PathRequest(**COHORTS))
    assert refused.value.code == code


def test_missing_columns_files_engines_and_gaps_are_named(tmp_path):
    with pytest.raises(DataError, match="kwh"):
        scan_paths(moments.scan(homes(1)), PathRequest(**COHORTS | {"outcome": "kw"}))
    with pytest.raises(DataError, match="nothing"):
        moments.scan(tmp_path / "nothing.parquet")
    with pytest.raises(DataError, match="dask"):
        moments.scan(tmp_path, engine="dask")
    gaps = pl.from_pandas(homes(1).iloc[3:]).lazy()
    with pytest.raises(DesignError) as refused:
        did.att_gt(gaps, "kwh", **NAMED)
    assert refused.value.facts["count"] in {1, 2, 3}
    assert "D208" in did.att_gt(gaps, "kwh", **NAMED, gaps="drop_units").notices.codes


def test_what_needs_records_is_said_with_its_size_before_it_starts(parquet):
    small = moments.scan(parquet, memory=1000)
    with pytest.raises(DesignError, match="300 rows"):
        did.att_gt(small, "kwh", **NAMED, gaps="all_rows")
    sums = scan_paths(moments.scan(parquet), PathRequest(**COHORTS))
    with pytest.raises(DesignError, match="covariates"):
        did.att_gt(sums, "kwh", **NAMED, covariates=["ward"])
    with pytest.raises(DesignError, match="weights"):
        did.att_gt(sums, "kwh", **NAMED, weights="ward")
    with pytest.raises(DataError, match="clusters"):
        sums + scan_paths(moments.scan(parquet), PathRequest(**COHORTS, cluster="ward"))


def test_a_treatment_of_0_and_1_is_read_as_the_periods_that_it_covers():
    data = homes(3)
    data["on"] = ((data["start"] > 0) & (data["year"] >= data["start"])).astype(int)
    found = scan_paths(moments.scan(data), PathRequest(outcome="kwh", unit="home", time="year", treatment="on"))
    assert {group.cohort for group in found.groups} == {0, 0b11100, 0b10000}


def test_words_beyond_64_bits():
    assert summed(np.full((4, 1), 2**62), np.zeros(4, dtype=int), groups=1).tolist() == [[2**64]]
    low, high = 3, 5
    pairs = np.array([[low * low, low * high, high * high]], dtype=object)
    assert products(pairs, limbs=[2], width=10).tolist() == [[[(low + (high << 10)) ** 2]]]


def with_treatment(seed: int) -> pd.DataFrame:
    data = homes(seed)
    data["on"] = ((data["start"] > 0) & (data["year"] >= data["start"])).astype(int)
    return data


@pytest.mark.parametrize("gaps", [[], [3, 7, 20, 21, 40, 100]], ids=["whole", "gaps"])
@pytest.mark.parametrize("cluster", [None, "ward"])
def test_two_way_fixed_effects_are_those_in_memory(gaps, cluster):
    data = with_treatment(5).drop(index=gaps)
    named = {"unit": "home", "time": "year", "treatment": "on", "cluster": cluster}
    held, found = (did.twfe(one, "kwh", **named) for one in (data, pl.from_pandas(data).lazy()))
    assert found.headline.estimate == pytest.approx(held.headline.estimate, abs=1e-10)
    assert found.headline.std_error == pytest.approx(held.headline.std_error, rel=1e-10)
    assert (found.headline.df, found.headline.n, found.headline.clusters) == (
        held.headline.df,
        held.headline.n,
        held.headline.clusters,
    )
    assert {one.code: one.facts for one in found.notices if one.code != "T060"} == {
        one.code: one.facts for one in held.notices
    }


def test_two_way_fixed_effects_need_records_for_weights_and_further_effects():
    small = moments.scan(pl.from_pandas(with_treatment(5)).lazy(), memory=1000)
    for more in ({"weights": "ward"}, {"fixed_effects": ["ward"]}):
        with pytest.raises(DesignError, match=next(iter(more))):
            did.twfe(small, "kwh", unit="home", time="year", treatment="on", **more)
