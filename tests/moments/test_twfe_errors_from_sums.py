"""Two-way fixed effects from sums with CR2, CR3, classical errors, and two clusterings: what they are in memory."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import did, moments
from ebpm.errors import DataError, DesignError
from ebpm.moments.scans.paths.scan import PathRequest, scan_paths
from tests.moments.test_panels_from_sums import homes

pl = pytest.importorskip("polars")
pytest.importorskip("duckdb")
PANEL = {"unit": "home", "time": "year", "treatment": "on"}
ERRORS = [
    {"errors": "CR2"}, {"errors": "CR3"}, {"errors": "classical"}, {"errors": "CR2", "cluster": "ward"}, {"errors": "CR3", "cluster": "ward"},
    {"cluster": ["home", "year"]}, {"cluster": ["year", "home"]}, {"cluster": ["ward", "year"]}, {"cluster": ["year", "ward"]},
]  # fmt: skip


def rows(seed: int, **given):
    data = homes(seed, **given)
    start = data["start"].where(data["start"] > 0, 9999)
    return data.assign(on=((data["year"] >= start) & (data["home"] != "家007")).astype(int))


def assert_same(held, found, exact: float = 1e-9) -> None:
    left, right = held.headline, found.headline
    assert (left.n, left.clusters, left.method, left.term) == (right.n, right.clusters, right.method, right.term)
    for name in ("estimate", "std_error", "df", "conf_low", "p_value"):
        assert getattr(right, name) == pytest.approx(getattr(left, name), rel=exact), name
    assert [one.code for one in found.notices if one.code != "T060"] == list(held.notices.codes)


@pytest.mark.parametrize("gaps", [0.0, 0.15])
@pytest.mark.parametrize("given", ERRORS)
def test_the_same_as_in_memory(given, gaps):
    data = rows(31, gaps=gaps)
    assert_same(*(did.twfe(one, "kwh", **PANEL, **given) for one in (data, pl.from_pandas(data).lazy())))


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10**6), units=st.integers(8, 40), gaps=st.sampled_from([0.0, 0.3]), given=st.sampled_from(ERRORS),
    level=st.sampled_from([0.0, 1e5]),
)  # fmt: skip
def test_small_tables_lone_units_and_any_order(seed, units, gaps, given, level):
    data = rows(seed, units=units, gaps=gaps, level=level)
    held, found = (_answer(one, given) for one in (data, pl.from_pandas(data.sample(frac=1, random_state=1)).lazy()))
    if isinstance(held, str):
        assert found == held
    else:
        assert_same(held, found, exact=1e-7)


def _answer(data, given):
    try:
        return did.twfe(data, "kwh", **PANEL, **given)
    except DesignError as error:
        return error.code


@pytest.mark.parametrize("given", ERRORS)
def test_engines_give_the_same_digits_and_sums_serve_too(given, tmp_path):
    data = rows(32, gaps=0.05)
    for part, places in enumerate(np.array_split(np.arange(len(data)), 3)):
        pl.from_pandas(data.iloc[places]).write_parquet(tmp_path / f"{part}.parquet")
    cluster = "ward" if "ward" in str(given) else ""
    request = PathRequest(outcome="kwh", **PANEL, cluster=cluster)
    first = data["home"] < "家030"
    offices = [scan_paths(moments.scan(data[keep]), request) for keep in (first, ~first)]
    sources = [
        tmp_path,
        moments.scan(tmp_path, engine="polars", memory=4000),
        data.pipe(moments.scan),
        offices[0] + offices[1],
    ]
    found = [did.twfe(source, "kwh", **PANEL, **given).headline for source in sources]
    assert len({(one.estimate, one.std_error, one.df) for one in found}) == 1


def test_what_needs_the_records_says_how_large_they_are():
    data = rows(33)
    data = data.assign(dose=data["on"] * 1.5)
    lazy = moments.scan(pl.from_pandas(data).lazy(), memory=1000)
    cases = [
        {"treatment": "on", "weights": "year"}, {"treatment": "dose", "fixed_effects": ["ward"]}, {"treatment": "dose", "weights": "year", "errors": "HC1"},
    ]  # fmt: skip
    for asked in cases:
        with pytest.raises(DesignError, match="360 rows") as refused:
            did.twfe(lazy, "kwh", unit="home", time="year", **asked)
        assert refused.value.code == "scan_needs_records"
        assert_same(*(
            did.twfe(one, "kwh", unit="home", time="year", **asked) for one in (data, pl.from_pandas(data).lazy())
        ))  # fmt: skip


def test_units_in_several_clusters_beside_periods_are_summed():
    data = rows(34)
    data["half"] = data["home"].str[-1] + (data["year"] > 2012).astype(str)
    given = {**PANEL, "cluster": ["half", "year"]}
    lazy = moments.scan(pl.from_pandas(data).lazy(), memory=1000)
    assert_same(*(did.twfe(one, "kwh", **given) for one in (data, lazy)))


def test_conflicting_errors_are_refused_as_in_memory():
    lazy = pl.from_pandas(rows(35)).lazy()
    for asked in ({"errors": "CR2", "cluster": ["home", "year"]}, {"errors": "classical", "cluster": "ward"}):
        with pytest.raises(DataError) as refused:
            did.twfe(lazy, "kwh", **PANEL, **asked)
        assert refused.value.code == "did_errors_conflict"
