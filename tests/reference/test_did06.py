"""Imputation equals R's didimputation 0.5.0 and a hand computation on the county minimum-wage panel (case did06)."""

import json
from pathlib import Path

import pandas as pd
import pytest

from ebpm import did

FOLDER = Path(__file__).parent / "did06_bjs_mpdta"
CASE = json.loads((FOLDER / "case.json").read_text(encoding="utf-8"))["expected"]
RTOL = 1e-8  # the case: 1e-8 for estimates, 1e-6 for errors; both hold at 1e-8
COLUMNS = {"unit": "countyreal", "time": "year", "first_treated": "first_treat"}


@pytest.fixture(scope="module")
def counties():
    return pd.read_csv(FOLDER / "data.csv")


@pytest.fixture(scope="module")
def effects(counties):
    return did.imputation(counties, "lemp", **COLUMNS)


def assert_same(item, row):
    assert item.estimate == pytest.approx(row["estimate"], rel=RTOL)
    assert item.std_error == pytest.approx(row["se"], rel=RTOL)


def test_over_all_treated_rows(effects):
    assert_same(effects.estimates.headline, CASE["mpdta_static"][0])
    assert_same(effects.estimates.headline, CASE["hand"]["static"])


@pytest.mark.parametrize("row", CASE["mpdta_event_study_pretrends"], ids=lambda row: row["term"])
def test_by_event_time_and_before_treatment(effects, row):
    assert_same(effects.aggregate("event")[row["term"]], row)


@pytest.mark.parametrize("cohort", ["2004", "2006", "2007"])
def test_by_cohort(effects, cohort):
    assert_same(effects.aggregate("group")[cohort], CASE["hand"][f"cohort{cohort}"])


def test_counties_seen_once_before_treatment_stay(counties, effects):
    # didimputation 0.3.0 with fixest >= 0.13 drops them as singleton effects of the untreated sample and gives -0.0337.
    untreated = counties[(counties.first_treat == 0) | (counties.year < counties.first_treat)]
    once = untreated.groupby("countyreal").year.transform("size") == 1
    lost = counties[~counties.countyreal.isin(untreated.countyreal[once])]
    assert set(counties.first_treat) - set(lost.first_treat) == {2004}
    assert round(did.imputation(lost, "lemp", **COLUMNS).estimates.headline.estimate, 4) == -0.0337
    assert round(effects.estimates.headline.estimate, 4) == -0.0477
    assert {"2", "3"} <= set(effects.aggregate("event").terms)
