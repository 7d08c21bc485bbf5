"""Group-time effects with sampling weights: from sums and streamed steps what they are from the table in memory."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import did, moments
from ebpm.did.group_time import streamed_effects
from ebpm.errors import DataError, DesignError, EbpmError
from ebpm.moments.scans.asking import Recorder
from ebpm.moments.scans.gathered.passes import gather_paths
from ebpm.moments.scans.paths.pushed import push_paths
from ebpm.moments.scans.paths.scan import PathRequest, scan_paths
from tests.moments.test_panels_from_sums import KINDS, NAMED, assert_same, homes
from tests.moments.test_row_regressions import rows

pl = pytest.importorskip("polars")
pytest.importorskip("duckdb")
REQUEST = PathRequest(outcome="kwh", **NAMED, weights="people")
DRAWS = {
    "whole": lambda rng, size: rng.integers(1, 400, size),
    "decimal": lambda rng, size: rng.integers(100, 999, size) / 100,
    "continuous": lambda rng, size: rng.lognormal(0.0, 1.5, size),
    "large": lambda rng, size: rng.lognormal(0.0, 1.5, size) * 1e12,
}  # fmt: skip


def people(kind: str, seed: int = 4, *, noise: bool = False, **more) -> pd.DataFrame:
    """Return homes with the weight of each; with outcomes of many decimals where there is noise."""
    data, rng = homes(seed, **more), np.random.default_rng(seed)
    own = DRAWS[kind](rng, 400)
    return data.assign(
        people=own[data["home"].str[1:].astype(int)], kwh=data["kwh"] + noise * rng.normal(size=len(data))
    )


def answered(data, **more):
    """Return the averages of all kinds, and the effects."""
    found = did.att_gt(data, "kwh", **{**NAMED, "weights": "people", **more})
    return [found.estimates, *(found.aggregate(kind) for kind in KINDS)]


def refusal(data, **more) -> str:
    with pytest.raises(EbpmError) as refused:
        answered(data, **more)
    return refused.value.code


def assert_alike(one, other):
    """Compare sums to the last bit."""
    assert (one.periods, one.groups, one.counts, one.fixed, one.weighed.fixed) == (
        other.periods, other.groups, other.counts, other.fixed, other.weighed.fixed,
    )  # fmt: skip
    for left, right in ((one, other), (one.weighed, other.weighed)):
        for name in ("sums", "products"):
            assert getattr(left, name).tolist() == getattr(right, name).tolist()
    assert one.weighed.heaviest.tolist() == other.weighed.heaviest.tolist()


@pytest.mark.parametrize(("gaps", "choice"), [(0.0, "refuse"), (0.08, "drop_units"), (0.08, "pairs")])
@pytest.mark.parametrize("cluster", [None, "ward"])
@pytest.mark.parametrize("kind", DRAWS)
def test_weighted_effects_from_sums(kind, cluster, gaps, choice):
    data = people(kind, gaps=gaps, units=90, noise=kind == "continuous")
    for more in ({}, {"errors": "satterthwaite", "control": "never_treated", "base": "universal"}):
        asked = {"gaps": choice, "cluster": cluster, **more}
        assert_same(*(answered(one, **asked) for one in (data, pl.from_pandas(data).lazy())))


def test_one_heavy_unit_is_said_with_the_same_facts():
    data = people("whole", units=90).assign(people=lambda one: np.where(one["home"] == "家000", 400.0, 1.0))
    held, found = (answered(one)[0].notices for one in (data, moments.scan(data)))
    assert "D221" in held.codes
    assert [(one.code, one.about) for one in held] == [(one.code, one.about) for one in found]
    left, right = (next(one.facts for one in notices if one.code == "D221") for notices in (held, found))
    assert left["largest"] == pytest.approx(right["largest"], rel=1e-12)
    assert left["effective"] == pytest.approx(right["effective"], rel=1e-12)


def test_the_same_weight_for_all_is_none():
    data = homes(6).assign(people=7)
    assert_same(*(answered(moments.scan(data), weights=one) for one in (None, "people")))


@pytest.mark.parametrize("cluster", ["", "ward"])
@pytest.mark.parametrize("kind", DRAWS)
def test_sums_are_those_of_fractions(kind, cluster):
    data = people(kind, gaps=0.1, noise=True)
    found = scan_paths(moments.scan(data), replace(REQUEST, cluster=cluster))
    for at, group in enumerate(found.groups[:4]):
        start = data["start"].where(data["start"] > 0, 0)
        own = data[(start == group.cohort) & ((data["ward"] == group.cluster) if cluster else True)]
        paths = own.pivot_table(index="home", columns="year", values="kwh").reindex(columns=found.periods)
        bits = (paths.notna() * [1 << t for t in range(len(found.periods))]).sum(axis=1)
        kept = bits[bits == group.seen].index
        weights = own.drop_duplicates("home").set_index("home").loc[kept, "people"]
        steps = [int(Fraction(float(one)) * found.weighed.fixed.scale + Fraction(1, 2)) for one in weights]
        assert found.weighed.sums[at, 0] == sum(steps)
        assert found.weighed.products[at, 0, 0] == sum(one * one for one in steps)
        assert found.weighed.heaviest[at] == max(steps)
        for t, period in enumerate(found.periods):
            if group.seen >> t & 1:
                q = [found.fixed.steps_of(float(one)) for one in paths.loc[kept, period]]
                assert found.weighed.sums[at, t + 1] == sum(w * one for w, one in zip(steps, q, strict=True))


@settings(max_examples=8, deadline=None)
@given(
    seed=st.integers(0, 10**6), kind=st.sampled_from(sorted(DRAWS)), cluster=st.sampled_from(["", "ward"]), memory=st.integers(2_000, 60_000),
    noise=st.booleans(),
)  # fmt: skip
def test_order_shares_engines_and_files_are_nothing(seed, kind, cluster, memory, noise):
    data = people(kind, seed, gaps=0.1, units=30, noise=noise)
    request = replace(REQUEST, cluster=cluster)
    known = push_paths(moments.scan(data), request)
    mixed = data.sample(frac=1, random_state=seed)
    for found in (
        gather_paths(moments.scan(pl.from_pandas(mixed).lazy()), request),
        gather_paths(moments.scan(mixed, memory=memory), request),
        push_paths(moments.scan(pl.from_pandas(mixed).lazy(), memory=memory), request),
    ):
        assert_alike(known, found)
    if noise or kind != "whole":
        return
    half = data["home"] < data["home"].sort_values().iloc[len(data) // 2]
    first, second = (scan_paths(moments.scan(data[some]), request) for some in (half, ~half))
    if first.periods == second.periods:
        assert_alike(known.in_steps(known.fixed.common((first + second).fixed)), first + second)


@pytest.mark.parametrize("covariates", [(), ("age",)])
def test_bad_weights_are_refused_alike(covariates, monkeypatch):
    monkeypatch.setattr(streamed_effects, "fits", lambda found: False)
    data = people("whole").assign(age=lambda one: one["home"].str[2:].astype(int) % 17)
    first = data.index == 7
    for wrong, code in (
        (data["people"].where(~first, -1), "negative_weights"), (data["people"] * 0, "negative_weights"),
        (data["people"].where(~first), "missing_values"), (data["people"].astype(float).where(~first, np.inf), "infinite_values"),
        (data["people"] + first, "panel_weights_change"), (data["people"] * (1 + 1e-15 * first), "panel_weights_change"), ("some", "not_numeric"),
    ):  # fmt: skip
        broken = data.assign(people=wrong)
        for one in (broken, pl.from_pandas(broken).lazy(), moments.scan(broken)):
            assert refusal(one, covariates=covariates) == code
    for one in (data, pl.from_pandas(data).lazy()):
        assert refusal(one, weights="peple", covariates=covariates) == "missing_column"
    assert refusal(moments.scan(data.assign(people=data["people"] * 1e-305))) == "scan_tiny_weights"


def test_units_whose_weight_changes_are_named():
    data = people("whole").sort_values(["home", "year"], ignore_index=True)
    broken = moments.scan(data.assign(people=data["people"] + (data.index % 6 == 5) * (data.index < 24)))
    with pytest.raises(DataError, match="Column people: 4 units \\(家000, 家001, 家002, 家003\\)"):
        answered(broken)


def test_sums_without_weights_cannot_be_weighted():
    data = people("whole")
    plain, weighted = (scan_paths(moments.scan(data), one) for one in (replace(REQUEST, weights=""), REQUEST))
    for sums in (plain, Recorder(moments.scan(data))):
        with pytest.raises(DesignError, match="weights was given") as refused:
            answered(sums)
        assert refused.value.code == "scan_only_sums"
    assert_same(answered(moments.scan(data)), answered(weighted))
    with pytest.raises(DataError) as refused:
        plain + weighted
    assert refused.value.code == "scan_weights_differ"


def test_a_scan_with_weights_goes_on_where_it_was(tmp_path):
    file, folder = tmp_path / "homes.parquet", tmp_path / "passes"
    people("continuous", gaps=0.1).to_parquet(file)
    for request in (REQUEST, replace(REQUEST, cluster="ward")):
        first = scan_paths(moments.scan(file, memory=3000, resume=folder), request)
        kept = len(list(folder.iterdir()))
        assert_alike(first, scan_paths(moments.scan(file, memory=3000, resume=folder), request))
        assert len(list(folder.iterdir())) == kept


@pytest.mark.parametrize("method", ["dr", "ipw", "reg"])
@pytest.mark.parametrize("cluster", [None, "ward"])
def test_weights_beside_covariates(method, cluster, monkeypatch):
    monkeypatch.setattr(streamed_effects, "fits", lambda found: False)
    data = rows(4)
    data = data.assign(people=DRAWS["continuous"](np.random.default_rng(5), 400)[data["home"].str[1:].astype(int)])
    asked = {"covariates": ["age", "owner"], "method": method, "cluster": cluster}
    assert_same(*(answered(one, **asked) for one in (data, pl.from_pandas(data).lazy())), exact=1e-9)


@pytest.mark.usefixtures("plain_streams")
@pytest.mark.parametrize("method", ["dr", "ipw", "reg"])
@pytest.mark.parametrize("more", [{}, {"cluster": "ward"}, {"weights": "people"}], ids=str)
def test_no_standard_error_of_rounding_beside_covariates(method, more):
    data = rows(4).assign(people=lambda one: one["home"].str[1:].astype(int) % 5 + 1)
    exact = 1e3 + np.pi * data["people"] + 0.013 * data["age"] * (data["year"] - 2010) + 1.5 * data["program"]
    for level in (exact, exact + 1e8):
        for one in (data.assign(kwh=level), pl.from_pandas(data.assign(kwh=level)).lazy()):
            found = did.att_gt(one, "kwh", **NAMED, covariates=["age", "owner"], method=method, **more)
            assert (found.aggregate("simple").headline.std_error == 0) == (method != "ipw")


@pytest.fixture
def plain_streams(monkeypatch):
    """Take every table for one beyond its budget of memory."""
    monkeypatch.setattr(streamed_effects, "fits", lambda found: False)


@pytest.mark.usefixtures("plain_streams")
@pytest.mark.parametrize("covariates", [(), ("age",)])
def test_outcomes_that_vary_only_where_nobody_takes_part(covariates):
    data = homes(7).assign(age=lambda one: one["home"].str[2:].astype(int) % 17)
    data = data.assign(kwh=np.where(data["start"] == 2014, 5.0, 1.0), start=data["start"].replace(2014, 2010))
    for one in (data, pl.from_pandas(data).lazy()):
        assert refusal(one, weights=None, covariates=covariates) == "did_constant_outcome"


@pytest.mark.usefixtures("plain_streams")
@pytest.mark.parametrize("covariates", [(), ("age",)])
def test_no_unit_is_complete(covariates):
    data = homes(7).assign(age=1.0)
    data = data[(data["year"] - data["home"].str[1:].astype(int)) % 6 != 0]
    for one in (data, pl.from_pandas(data).lazy()):
        assert refusal(one, weights=None, covariates=covariates, gaps="drop_units") == "panel_no_complete"


def test_clusters_of_units_that_are_left_out_are_not_counted():
    data = homes(9, units=40, gaps=0.1)
    assert_same(
        *(answered(one, weights=None, gaps="drop_units", cluster="ward") for one in (data, pl.from_pandas(data).lazy()))
    )


def test_units_as_clusters_are_independent_units():
    data = homes(8)
    for one in (data, pl.from_pandas(data).lazy()):
        assert_same(*(answered(one, weights=None, cluster=cluster) for cluster in ("home", None)))


@pytest.mark.parametrize("routine", [did.att_gt, did.event_study, did.bacon])
def test_more_periods_than_paths_hold_are_read_where_they_fit(routine):
    year = np.tile(np.arange(1900, 1970), 30)
    data = pd.DataFrame(
        {"home": np.repeat(np.arange(30), 70), "year": year, "start": np.repeat([0, 1930, 1950] * 10, 70)}
    )
    data["kwh"] = np.random.default_rng(1).normal(size=2100).round(2)
    held, found = (routine(one, "kwh", **NAMED) for one in (data, pl.from_pandas(data).lazy()))
    assert held.estimates == found.estimates if routine is did.att_gt else str(held) == str(found)
    with pytest.raises(DesignError) as refused:
        routine(moments.scan(data, memory=1000), "kwh", **NAMED)
    assert refused.value.code == "scan_too_long"


@pytest.mark.parametrize("column", ["start", "year", "kwh", "people"])
def test_categories_of_numbers_are_numbers_in_a_scan_too(column):
    pa = pytest.importorskip("pyarrow")
    data = people("decimal")
    coded = data.assign(**{column: data[column].astype("category")})
    table = pa.Table.from_pandas(data, preserve_index=False)
    place = table.schema.get_field_index(column)
    for one in (coded, table.set_column(place, column, table[column].dictionary_encode())):
        assert_same(answered(one), answered(moments.scan(one)))
