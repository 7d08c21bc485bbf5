"""Regressions whose regressors change from row to row, and adjustment for covariates, over tables that stay where they are."""

from __future__ import annotations

import math

import narwhals as nw
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import did, moments
from ebpm.did.group_time import streamed_effects
from ebpm.errors import DataError, DesignError
from ebpm.moments.scans.streamed.logit import Logit, streamed_logits
from ebpm.moments.scans.whole_sums import Summand, totals
from ebpm.stats.newton import Curve, maximise
from ebpm.stats.regression.glm import logit
from tests.moments.test_panels_from_sums import NAMED, assert_same, homes

pl = pytest.importorskip("polars")
duckdb = pytest.importorskip("duckdb")
PANEL = {"unit": "home", "time": "year"}
ENGINES = {"polars": lambda data: pl.from_pandas(data).lazy(), "duckdb": lambda data: duckdb.connect().from_df(data)}


def rows(seed: int, *, gaps: float = 0.0):
    rng = np.random.default_rng(seed)
    data = homes(seed, units=80, gaps=gaps).sort_values(["home", "year"], ignore_index=True)
    code = data["home"].astype("category").cat.codes.to_numpy()
    data["program"] = (data["year"] >= data["start"].replace(0, 9999)).astype(int)
    data["warmth"] = rng.normal(size=len(data)) + 0.3 * (data["year"] - 2010)
    data["income"] = rng.normal(size=80)[code] * 1e3 + rng.normal(size=len(data)).round(1)
    data["dose"] = data["program"] * rng.random(len(data))
    data["age"], data["owner"] = 40 + 10 * rng.normal(size=80)[code].round(2), (rng.random(80) < 0.5)[code]
    data["kwh"] += 0.2 * data["warmth"] + 0.02 * (data["age"] - 40) * (data["year"] - 2010)
    return data.sample(frac=1, random_state=seed, ignore_index=True)


REGRESSIONS = {
    "covariates": ("program", ["warmth", "income"]), "several": (["program", "owner"], ["warmth"]), "dose": ("dose", []),
}  # fmt: skip


@pytest.mark.parametrize("gaps", [0.0, 0.1])
@pytest.mark.parametrize("cluster", [None, "ward"])
@pytest.mark.parametrize("name", REGRESSIONS)
def test_two_way_regressions_with_covariates(name, cluster, gaps):
    data = rows(1, gaps=gaps).assign(owner=lambda table: table["owner"] & (table["year"] > 2012))
    treatment, covariates = REGRESSIONS[name]
    asked = {**PANEL, "treatment": treatment, "covariates": covariates, "cluster": cluster}
    held, *found = (did.twfe(one, "kwh", **asked) for one in (data, *(engine(data) for engine in ENGINES.values())))
    for one in found:
        assert_same([held], [one])
        np.testing.assert_allclose(one.covariance, held.covariance, rtol=1e-11, atol=1e-15)
        assert one.notices.codes == held.notices.codes
    assert found[0].headline.estimate == found[1].headline.estimate
    assert found[0].headline.std_error == found[1].headline.std_error


def test_passes_over_buckets_of_units_give_the_same_digits():
    data = rows(2, gaps=0.1)
    asked = {**PANEL, "treatment": "program", "covariates": ["warmth"]}
    whole, parts = (
        did.twfe(one, "kwh", **asked)
        for one in (ENGINES["polars"](data), moments.scan(ENGINES["polars"](data), memory=60_000))
    )
    assert (whole.headline.estimate, whole.headline.std_error) == (parts.headline.estimate, parts.headline.std_error)


@settings(max_examples=3, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_the_order_of_rows_is_nothing(seed):
    data = rows(seed)
    asked = {**PANEL, "treatment": "program", "covariates": ["warmth", "income"]}
    first, second = (
        did.twfe(ENGINES["polars"](one), "kwh", **asked) for one in (data, data.sample(frac=1, random_state=seed))
    )
    assert (first.headline.estimate, first.headline.std_error) == (second.headline.estimate, second.headline.std_error)


def test_refusals_of_regressions_where_the_table_lies():
    data = rows(3)
    asked = {**PANEL, "treatment": "program"}
    for covariates, code in (
        (["age"], "did_absorbed"), (["warmth", "again"], "stats_collinear"), (["nothing"], "missing_column"), (["home"], "not_numeric"),
    ):  # fmt: skip
        with pytest.raises((DataError, DesignError)) as refused:
            did.twfe(ENGINES["polars"](data.assign(again=2 * data["warmth"])), "kwh", **asked, covariates=covariates)
        assert refused.value.code == code
    twice = ENGINES["polars"](data.assign(year=data["year"].replace(2013, 2012)))
    with pytest.raises(DataError) as refused:
        did.twfe(twice, "kwh", **asked, covariates=["warmth"])
    assert refused.value.code == "panel_duplicates"
    with pytest.raises(DataError) as refused:
        did.twfe(
            ENGINES["polars"](data.assign(town=data["year"])), "kwh", **asked, covariates=["warmth"], cluster="town"
        )
    assert refused.value.code == "did_units_not_nested"


@pytest.fixture
def large(monkeypatch):
    """Take every table for one beyond its budget of memory."""
    monkeypatch.setattr(streamed_effects, "fits", lambda found: False)


@pytest.mark.parametrize(
    ("method", "choice"),
    [
        ("dr", {}), ("ipw", {"control": "never_treated"}), ("reg", {"base": "universal"}), ("dr", {"cluster": "ward"}),
        ("dr", {"errors": "satterthwaite"}), ("ipw", {"cluster": "ward", "errors": "satterthwaite"}), ("dr", {"gaps": "drop_units"}),
    ],
    ids=str,
)  # fmt: skip
@pytest.mark.usefixtures("large")
def test_group_time_effects_given_covariates(method, choice):
    data = rows(4, gaps=0.03 if "gaps" in choice else 0.0)
    held, found = (
        did.att_gt(one, "kwh", **NAMED, covariates=["age", "owner"], method=method, **choice)
        for one in (data, ENGINES["polars"](data))
    )
    for kind in ("simple", "group", "calendar", "event"):
        assert_same([held.aggregate(kind)], [found.aggregate(kind)], exact=1e-9)
        np.testing.assert_allclose(
            found.aggregate(kind).covariance, held.aggregate(kind).covariance, rtol=1e-9, atol=1e-14
        )


@pytest.mark.usefixtures("large")
def test_cells_without_overlap_are_left_out_alike():
    data = rows(5).assign(owner=lambda table: table["owner"] | (table["start"] == 2012))
    held, found = (did.att_gt(one, "kwh", **NAMED, covariates=["owner"]) for one in (data, ENGINES["polars"](data)))
    assert "D219" in held.notices.codes
    assert_same([held.estimates], [found.estimates], exact=1e-9)


@pytest.mark.usefixtures("large")
def test_covariates_that_change_need_the_records():
    data = rows(6)
    small = moments.scan(ENGINES["polars"](data), memory=40_000)
    for more in (
        {"covariates": ["warmth"]},
        {"covariates": ["age"], "method": "dr_improved"},
        {"covariates": ["age"], "gaps": "pairs"},
    ):
        with pytest.raises(DesignError) as refused:
            did.att_gt(small, "kwh", **NAMED, **more)
        assert refused.value.code == "scan_needs_records"


def test_streamed_steps_reach_the_maximum_likelihood():
    rng = np.random.default_rng(7)
    x = rng.uniform(-1, 1, (500, 2))
    y = (rng.random(500) < 1 / (1 + np.exp(-x @ [2.0, -1.0]))).astype(float)
    table = nw.from_native(pl.DataFrame({"c": np.ones(500), "a": x[:, 0], "b": x[:, 1], "y": y}).lazy())
    inside, apart = nw.col("y") >= 0, (nw.col("a") > 0).cast(nw.Float64)
    found = streamed_logits(
        [table], ["c", "a", "b"], {0: Logit(nw.col("y"), inside), 1: Logit(apart, inside)}, rows=500
    )
    held = logit(y, np.column_stack([np.ones(500), x]))
    np.testing.assert_allclose(found[0].coefficients, held.coefficients, rtol=1e-12)
    np.testing.assert_allclose(np.linalg.inv(found[0].curvature), held.bread, rtol=1e-12)
    assert found[1].code == "glm_separation"


def test_newton_steps_are_halved_where_they_lead_downhill():
    def heavy(at):
        """Minus log cosh, on which plain steps from afar run away."""
        return {
            one: Curve(-float(np.logaddexp(x, -x)[0]), -np.tanh(x), np.array([[1 / np.cosh(x[0]) ** 2]]))
            for one, x in at.items()
        }

    found = maximise({0: np.array([2.0]), 1: np.array([0.5])}, heavy)
    assert [abs(one.coefficients[0]) < 1e-12 for one in found.values()] == [True, True]


@settings(max_examples=25, deadline=None)
@given(values=st.lists(st.floats(-1e12, 1e12), min_size=1, max_size=40))
def test_sums_of_computed_values_are_exact_in_any_order(values):
    bound = max(map(abs, values))
    asked = {"v": Summand(nw.col("v"), bound, len(values))}
    tables = [nw.from_native(pl.DataFrame({"v": one}).lazy()) for one in (values, values[::-1])]
    first, second = (totals([table], asked)["v"] for table in tables)
    assert first == second
    assert first == pytest.approx(math.fsum(values), rel=1e-15, abs=bound * 1e-15 + 1e-250)
    assert totals(tables, asked)["v"] == pytest.approx(2 * math.fsum(values), rel=1e-15, abs=bound * 1e-15 + 1e-250)


@pytest.mark.parametrize("label", ["text", "date"])
def test_periods_may_be_labels_and_negative_weights_are_told(label):
    data = rows(8)
    month = data["year"].astype(str) + "-04"
    data["year"] = month if label == "text" else pd.to_datetime(month + "-01")
    data["program"] = (data["start"] == 2014) | (data["start"] == 2012) & (month >= "2012-04")
    data = data[data["start"] > 0]
    held, found = (did.twfe(one, "kwh", **PANEL, treatment="program") for one in (data, ENGINES["polars"](data)))
    assert_same([held], [found])
    assert "D214" in held.notices.codes
