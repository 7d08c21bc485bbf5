"""The witnesses of staggered adoption (cases did03 to did08) and of Poisson regression (did12) hold from Parquet files, where the tables are summed."""

import json
from pathlib import Path

import pandas as pd
import pytest

from ebpm import did
from ebpm.did import pushed_poisson
from ebpm.did.group_time import streamed_effects
from tests.reference.test_did12 import CASE, COLUMNS, MODELS

pytest.importorskip("duckdb")
pytest.importorskip("pyarrow")
HERE = Path(__file__).parent
COUNTIES = {"unit": "countyreal", "time": "year", "first_treated": "first_treat"}
RTOL = 1e-8  # the cases: closed form


@pytest.fixture(scope="module")
def counties(tmp_path_factory):
    data = pd.read_csv(HERE / "did05_sunab_mpdta" / "data.csv")
    file = tmp_path_factory.mktemp("counties") / "data.parquet"
    data.to_parquet(file)
    return data, file


def test_sun_abraham_equals_fixest(counties):
    expected = json.loads((HERE / "did05_sunab_mpdta" / "case.json").read_text(encoding="utf-8"))["expected"][
        "event_study"
    ]
    found = did.event_study(counties[1], "lemp", **COUNTIES)
    for name, row in expected["coef"].items():
        item = found[name.removeprefix("year::")]
        assert (item.estimate, item.std_error) == pytest.approx((row["estimate"], row["se"]), rel=RTOL)
    assert (found["0"].df, found["0"].n) == (expected["df_t"], expected["nobs"])


@pytest.mark.parametrize("estimator", [did.imputation, did.two_stage, did.extended_twfe, did.att_gt])
def test_others_are_those_in_memory(estimator, counties):
    held, found = (estimator(one, "lemp", **COUNTIES).aggregate("event") for one in counties)
    assert [one.term for one in held] == [one.term for one in found]
    for left, right in zip(held, found, strict=True):
        assert (right.estimate, right.std_error) == pytest.approx((left.estimate, left.std_error), rel=RTOL, abs=1e-11)


@pytest.mark.parametrize("method", ["dr", "ipw", "reg"])
def test_adjustment_for_population_is_that_in_memory(method, counties, monkeypatch):
    monkeypatch.setattr(streamed_effects, "fits", lambda found: False)
    named = {**COUNTIES, "covariates": ["lpop"], "method": method, "control": "never_treated"}
    held, found = (did.att_gt(one, "lemp", **named).aggregate("simple").headline for one in counties)
    assert (found.estimate, found.std_error) == pytest.approx((held.estimate, held.std_error), rel=1e-9)


@pytest.mark.parametrize("name", MODELS)
def test_poisson_equals_fixest(name, tmp_path, monkeypatch):
    monkeypatch.setattr(pushed_poisson, "fits", lambda found: False)
    pd.read_csv(HERE / "did12_ppml_castle" / "data.csv").to_parquet(tmp_path / "castle.parquet")
    (outcome, options), expected = MODELS[name], CASE[name]
    found = did.poisson(tmp_path / "castle.parquet", outcome, **COLUMNS, treatment=list(expected["coef"]), **options)
    for item in found:
        row = expected["coef"][item.term]
        assert (item.estimate, item.std_error) == pytest.approx((row["estimate"], row["se"]), rel=1e-7)  # the case
    assert found.headline.n == expected["nobs"]


def test_bacon_equals_bacondecomp(tmp_path):
    data = pd.read_csv(HERE / "did08_bacon_castle" / "data.csv")
    data.to_parquet(tmp_path / "castle.parquet")
    named = {"unit": "sid", "time": "year", "first_treated": "first"}
    held, found = (did.bacon(one, "l_homicide", **named) for one in (data, tmp_path / "castle.parquet"))
    assert found.coefficient == pytest.approx(held.coefficient, rel=RTOL)
    assert len(found.comparisons) == len(held.comparisons)
