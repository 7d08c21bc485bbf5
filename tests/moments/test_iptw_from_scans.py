"""Inverse probability weighting of tables that stay where they are."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import cohort, moments
from ebpm.errors import DataError, DesignError

pl = pytest.importorskip("polars")
duckdb = pytest.importorskip("duckdb")
CASE = Path(__file__).parents[1] / "reference" / "obs01_iptw_nhefs"
EXPECTED = json.loads((CASE / "case.json").read_text(encoding="utf-8"))["expected"]
NHEFS = [
    "sex", "race", "age", "age^2", "C(education)", "smokeintensity", "smokeintensity^2", "smokeyrs", "smokeyrs^2",
    "C(exercise)", "C(active)", "wt71", "wt71^2",
]  # fmt: skip
ENGINES = {
    "polars": lambda data: pl.from_pandas(data).lazy(), "duckdb": lambda data: duckdb.connect().from_df(data), "pandas": lambda data: data,
}  # fmt: skip
COVARIATES = ["age", "age^2", "ward", "owner", "age:owner", "C(rooms)"]


def persons(seed: int, n: int = 400) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    age, owner = rng.normal(50, 12, n).round(1), rng.random(n) < 0.4
    ward, rooms = rng.choice(["北", "南", "東"], n), rng.integers(1, 4, n)
    chance = 1 / (1 + np.exp(-(0.03 * (age - 50) + 0.5 * owner - 0.4 * (ward == "北"))))
    treated = rng.random(n) < chance
    kwh = 300 + 0.8 * age - 12 * treated + 10 * owner + rng.normal(0, 20, n)
    data = {
        "age": age,
        "owner": owner,
        "ward": ward,
        "rooms": rooms,
        "arm": np.where(treated, "実施", "対照"),
        "kwh": kwh,
    }
    block = np.arange(n) % 25
    return pd.DataFrame({**data, "high": (kwh > 340).astype(int), "block": [f"b{one}" for one in block]})


def large(engine: str, data: pd.DataFrame) -> moments.Scan:
    return moments.scan(ENGINES[engine](data), memory=1_000)


def weigh(data, outcome="kwh", **options):
    return cohort.iptw(data, outcome, treatment="arm", **{"covariates": COVARIATES, **options})


def assert_alike(held, found):
    assert isinstance(held, cohort.Weighted)
    assert isinstance(found, cohort.StreamedWeighted)
    assert found.estimates.terms == held.estimates.terms
    close = {"rel": 1e-10, "abs": 1e-10}
    for one, other in zip(found.estimates, held.estimates, strict=True):
        assert (one.n, one.clusters, one.df, one.estimand, one.method) == (
            other.n,
            other.clusters,
            other.df,
            other.estimand,
            other.method,
        )
        assert [one.estimate, one.std_error, one.conf_low] == pytest.approx(
            [other.estimate, other.std_error, other.conf_low], **close
        )
    np.testing.assert_allclose(found.estimates.covariance, held.estimates.covariance, rtol=1e-9, atol=1e-13)
    assert [(one.code, one.about, one.facts) for one in found.notices] == [
        (one.code, one.about, one.facts) for one in held.notices
    ]
    np.testing.assert_allclose(found.balance.before, held.balance.before, rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(found.balance.after, held.balance.after, rtol=1e-8, atol=1e-10)
    assert found.propensity.coefficients == pytest.approx(held.propensity.coefficients, rel=1e-8, abs=1e-9)
    for one, other in zip(found.weighting.by_arm, held.weighting.by_arm, strict=True):
        assert (one.arm, one.n) == (other.arm, other.n)
        assert [one.effective, one.mean, one.largest, one.largest_share] == pytest.approx(
            [other.effective, other.mean, other.largest, other.largest_share], **close
        )
    if (
        held.estimates.headline.estimand != "ato"
    ):  # whose balance is exact, so that the covariate that differs most is any
        assert found.summary("en") == held.summary("en")
        assert found.summary("ja") == held.summary("ja")


@pytest.mark.parametrize(
    ("engine", "estimand"),
    [("polars", "ate"), ("polars", "att"), ("polars", "atc"), ("polars", "ato"), ("duckdb", "ate"), ("pandas", "att")],
)
def test_the_same_as_in_memory(engine, estimand):
    data = persons(1)
    assert_alike(weigh(data, estimand=estimand), weigh(large(engine, data), estimand=estimand))


@pytest.mark.parametrize(
    "options",
    [
        *({"errors": errors} for errors in ("HC0", "HC1", "HC2", "HC3")),
        *({"form": "horvitz_thompson", "estimand": estimand} for estimand in ("ate", "att", "atc")),
        {"cluster": "block"}, {"cluster": "block", "errors": "HC0"}, {"cluster": "block", "form": "horvitz_thompson"},
        {"covariates": []}, {"covariates": "age"}, {"control": "実施"}, {"outcome": "high", "conf_level": 0.9},
    ],
    ids=str,
)  # fmt: skip
def test_choices_are_those_of_memory(options):
    data = persons(2)
    assert_alike(weigh(data, **options), weigh(large("polars", data), **options))


def test_notices_of_overlap_weights_and_balance():
    rng = np.random.default_rng(3)
    data = persons(3, n=150)
    data["age"] = np.where(data["arm"] == "実施", 60, 45) + rng.normal(0, 6, 150)
    held = weigh(data, covariates=["age", "owner"])
    assert {"C408", "C409"} <= set(held.notices.codes)
    assert_alike(held, weigh(large("duckdb", data), covariates=["age", "owner"]))
    known = [weigh(one, covariates=["age"], errors="HC2") for one in (data, large("duckdb", data))]
    assert_alike(*known)


def test_row_order_is_nothing():
    data = persons(4)
    first, second = (
        weigh(large("polars", one)).estimates.headline for one in (data, data.sample(frac=1.0, random_state=1))
    )
    assert (first.estimate, first.std_error) == (second.estimate, second.std_error)


@pytest.mark.parametrize("estimand", ["ate", "att"])
def test_nhefs_from_parquet(estimand, tmp_path):
    path = tmp_path / "nhefs.parquet"
    pl.read_csv(CASE / "data.csv", infer_schema_length=None).write_parquet(path)
    found = cohort.iptw(
        moments.scan(path, engine="polars", memory=1_000),
        "wt82_71",
        treatment="qsmk",
        covariates=NHEFS,
        estimand=estimand,
    )
    assert isinstance(found, cohort.StreamedWeighted)
    expected = EXPECTED[estimand.upper()]
    item = found.estimates["difference"]
    assert item.estimate == pytest.approx(expected["hajek"], rel=1e-9)
    assert item.std_error == pytest.approx(expected["se_mestimation_ps_estimated"], rel=1e-9)
    assert list(found.propensity.coefficients.values()) == pytest.approx(list(EXPECTED["ps_coef"].values()), rel=1e-8)
    untreated, treated = found.weighting.by_arm
    assert [treated.effective, untreated.effective] == pytest.approx(
        [expected["ess_treated"], expected["ess_control"]], rel=1e-9
    )


def test_a_table_within_its_budget_is_read():
    assert isinstance(weigh(ENGINES["polars"](persons(5))), cohort.Weighted)


@pytest.mark.parametrize(
    "options", [{"trim": 0.1}, {"truncate": 0.01}, {"weights": "age"}, {"lost": "weighted"}], ids=str
)
def test_what_needs_the_records_is_refused(options):
    with pytest.raises(DesignError) as refused:
        weigh(large("polars", persons(6)), **options)
    assert refused.value.code == "scan_needs_records"
    assert next(iter(options)) in str(refused.value)


BAD = {
    "missing_values": ({}, {"age": lambda data: data["age"].where(data.index != 3)}),
    "missing_column": ({"covariates": ["nothing"]}, {}),
    "not_numeric": ({"covariates": ["ward^2"]}, {}),
    "terms_repeated": ({"covariates": ["age", "age"]}, {}),
    "cohort_constant_outcome": ({}, {"kwh": 1.0}),
    "cohort_not_two": ({}, {"arm": lambda data: data["ward"]}),
    "cohort_name_control": ({}, {"arm": lambda data: data["arm"].replace("対照", "z")}),
    "cohort_no_such_value": ({"control": "z"}, {}),
    "cohort_one_person": ({"covariates": "age"}, {"arm": lambda data: ["実施", *["対照"] * (len(data) - 1)]}),
    "cohort_collinear": ({"covariates": ["age", "twice"]}, {"twice": lambda data: 2 * data["age"] + 3}),
    "cohort_separation": ({"covariates": ["told"]}, {"told": lambda data: (data["arm"] == "実施").astype(int)}),
    "cohort_no_sum_form": ({"estimand": "ato", "form": "horvitz_thompson"}, {}),
    "bad_choice": ({"estimand": "late"}, {}),
    "stats_one_cluster": ({"cluster": "one"}, {"one": "a"}),
}


@pytest.mark.parametrize("code", BAD)
def test_bad_inputs_say_what_is_wrong(code):
    options, columns = BAD[code]
    with pytest.raises((DataError, DesignError)) as refused:
        weigh(large("polars", persons(7).assign(**columns)), **options)
    assert refused.value.code == code


def test_too_many_categories_need_the_records():
    data = persons(8).assign(card=[f"c{place}" for place in range(400)])
    with pytest.raises(DesignError) as refused:
        weigh(large("polars", data), covariates=["card"])
    assert refused.value.code == "scan_needs_records"
