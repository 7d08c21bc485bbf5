"""Two-way fixed effects with doses and covariates where the table lies: errors of rows, two clusterings, rounding, as in memory."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ebpm import did, moments
from ebpm.errors import DesignError, EbpmError
from ebpm.estimate import Unavailable
from tests.moments.test_twfe_clusters_from_sums import beyond, panel

pl = pytest.importorskip("polars")
pytest.importorskip("duckdb")
NAMED = {"unit": "home", "time": "year"}
ROWS = [{"errors": kind} for kind in ("classical", "HC0", "HC1", "HC2", "HC3")]
TWO = [
    {"cluster": ["home", "year"]}, {"cluster": ["year", "home"]}, {"cluster": ["town", "year"], "errors": "CR0"},
    {"cluster": ["year", "town"], "errors": "CR1S"}, {"cluster": ["home", "half"]}, {"cluster": ["half", "town"]},
    {"cluster": ["home", "decade"]},
]  # fmt: skip
COLUMNS = [
    {"treatment": "on", "covariates": ["heat"]},
    {"treatment": ["dose", "on"], "covariates": "heat"},
    {"treatment": "dose"},
]


def table(*, gaps: float = 0.0, seed: int = 3) -> pd.DataFrame:
    found = panel(gaps=gaps, seed=seed)
    half = (found["home"] + found["year"]) % 5
    return found.assign(half=half, decade=found["year"] // 3)


def assert_same(held, found, exact: float = 1e-9) -> None:
    for left, right in zip(held, found, strict=True):
        assert (left.term, left.n, left.clusters, left.method) == (right.term, right.n, right.clusters, right.method)
        for name in ("estimate", "std_error", "df", "conf_low", "conf_high"):
            assert getattr(right, name) == pytest.approx(getattr(left, name), rel=exact), name
    np.testing.assert_allclose(found.covariance, held.covariance, rtol=4 * exact, atol=exact * held.covariance.max())
    told, again = ([(one.code, dict(one.facts)) for one in each.notices] for each in (held, found))
    assert told == again


@pytest.mark.parametrize("gaps", [0.0, 0.15])
@pytest.mark.parametrize("columns", COLUMNS, ids=str)
@pytest.mark.parametrize("way", [*ROWS, *TWO], ids=str)
def test_errors_are_those_of_the_table_in_memory(way, columns, gaps):
    data = table(gaps=gaps)
    assert_same(*(did.twfe(one, "kwh", **NAMED, **columns, **way) for one in (data, beyond(data))))


def test_a_treatment_of_zeros_and_ones_beside_two_clusterings_that_are_not_periods():
    data = table()
    asked = {**NAMED, "treatment": "on", "cluster": ["half", "town"]}
    assert_same(*(did.twfe(one, "kwh", **asked) for one in (data, beyond(data))))


@pytest.mark.parametrize(
    "way", [{"errors": "HC3"}, {"cluster": ["home", "half"]}, {"cluster": ["town", "year"]}, {}], ids=str
)
def test_engines_parts_and_orders_give_the_same_digits(way, tmp_path):
    data = table(gaps=0.1)
    for part, rows in enumerate(np.array_split(np.arange(len(data)), 3)):
        pl.from_pandas(data.iloc[rows]).write_parquet(tmp_path / f"{part}.parquet")
    sources = [
        tmp_path, moments.scan(tmp_path, engine="polars", memory=60_000), moments.scan(data), pl.from_pandas(data.sample(frac=1, random_state=9)).lazy(),
    ]  # fmt: skip
    found = [did.twfe(one, "kwh", **NAMED, treatment="on", covariates=["heat"], **way).headline for one in sources]
    assert len({(one.estimate, one.std_error, one.df) for one in found}) == 1


@settings(max_examples=15, deadline=None)
@given(
    seed=st.integers(0, 10**6), gaps=st.sampled_from([0.0, 0.5]), way=st.sampled_from([*ROWS, *TWO, {}, {"cluster": "town"}]),
    labels=st.sampled_from(["whole", "text", "date", "category", "half"]), scale=st.sampled_from([1e-6, 1.0, 1e8]),
)  # fmt: skip
@example(seed=1, gaps=0.5, way={"errors": "HC3"}, labels="text", scale=1e8)
def test_any_labels_order_and_scale(seed, gaps, way, labels, scale):
    data = table(seed=seed, gaps=gaps).query("home < 25")
    data = data.assign(kwh=(data["kwh"] - 1e6) * scale, year=named(data["year"], labels))
    asked = {**NAMED, "treatment": "on", "covariates": ["heat"], **way}
    held, found = (answer(one, asked) for one in (data, pl.from_pandas(data.sample(frac=1, random_state=1)).lazy()))
    if isinstance(held, str) or isinstance(found, str):
        assert held == found
    else:
        assert_same(held, found, exact=1e-8)


def named(years, labels):
    text = years.astype(str) + "年度"
    kinds = {"whole": years, "text": text, "category": text.astype("category"), "half": years + 0.5}
    return kinds[labels] if labels in kinds else pd.to_datetime(years.astype(str) + "-04-01")


def answer(data, asked):
    try:
        return did.twfe(data, "kwh", **asked)
    except EbpmError as error:
        return error.code


@pytest.mark.parametrize(
    "way", [{}, {"errors": "HC2"}, {"cluster": "town", "errors": "CR2"}, {"cluster": ["home", "year"]}], ids=str
)
@pytest.mark.parametrize("columns", COLUMNS, ids=str)
@pytest.mark.parametrize("effect", [0.0, 2.0])
def test_an_outcome_without_noise_has_no_p_value(way, columns, effect):
    data = table(gaps=0.1)
    data = data.assign(
        kwh=1e4
        + 3.7 * data["home"]
        + 0.3 * data["year"]
        + effect * (data["on"] if "on" in str(columns) else data["dose"])
    )
    held, found = (did.twfe(one, "kwh", **NAMED, **columns, **way) for one in (data, beyond(data)))
    for left, right in zip(held, found, strict=True):
        assert left.std_error == right.std_error == 0.0
        assert left.p_value == right.p_value == Unavailable("no_variation")
        assert right.estimate == pytest.approx(left.estimate, abs=1e-9)
    assert not found.covariance.any()
    noisy = data.assign(kwh=data["kwh"] + 1e-6 * np.sin(7.0 * data["home"] * data["year"]))
    held, found = (did.twfe(one, "kwh", **NAMED, **columns, **way).headline for one in (noisy, beyond(noisy)))
    assert found.std_error == pytest.approx(held.std_error, rel=1e-4)
    assert found.std_error > 0


def test_columns_that_follow_the_periods_closely_lose_no_digits():
    data = table()
    data = data.assign(heat=1e7 * (data["year"] - 2013) + data["heat"], kwh=data["kwh"] + 1e5 * (data["year"] - 2013))
    asked = {**NAMED, "treatment": "on", "covariates": ["heat"], "errors": "HC1"}
    plain = table().pipe(lambda one: did.twfe(one, "kwh", **asked)).headline
    found = did.twfe(beyond(data), "kwh", **asked).headline
    assert (found.estimate, found.std_error) == pytest.approx((plain.estimate, plain.std_error), rel=1e-7)


def test_a_clustering_named_twice_is_one():
    data = table()
    for one in (data, beyond(data)):
        twice, once = (
            did.twfe(one, "kwh", **NAMED, treatment="dose", cluster=given) for given in (["town"] * 2, "town")
        )
        assert twice.headline == once.headline
        with pytest.raises(EbpmError) as refused:
            did.twfe(one, "kwh", **NAMED, treatment="on", cluster=["year", "year"])
        assert refused.value.code == "did_units_not_nested"


def test_one_period_is_refused_alike():
    data = table().query("year == 2012").assign(amount=lambda one: one["kwh"])
    for one in (data, pl.from_pandas(data).lazy(), beyond(data)):
        for call in (did.twfe, did.poisson):
            with pytest.raises(DesignError) as refused:
                call(one, "kwh", **NAMED, treatment="on")
            assert refused.value.code == "panel_one_period"
            assert refused.value.facts["period"] == 2012


def test_more_periods_than_are_summed_are_read_where_the_table_fits():
    data = pd.concat([table().assign(year=lambda one, k=k: one["year"] + 7 * k) for k in range(10)])
    asked = {**NAMED, "treatment": "on", "errors": "HC1"}
    held, found = (did.twfe(one, "kwh", **asked).headline for one in (data, pl.from_pandas(data).lazy()))
    assert held == found
    with pytest.raises(DesignError) as refused:
        did.twfe(beyond(data), "kwh", **asked)
    assert refused.value.code == "scan_too_long"
