"""Two stages equal R's did2s and a hand GMM on the county minimum-wage panel (case did07)."""

import json
from pathlib import Path

import pandas as pd
import pytest

from ebpm import did

FOLDER = Path(__file__).parent / "did07_gardner_mpdta"
CASE = json.loads((FOLDER / "case.json").read_text(encoding="utf-8"))["expected"]
RTOL = 1e-8  # the case asks for 1e-7


@pytest.fixture(scope="module")
def effects():
    counties = pd.read_csv(FOLDER / "data.csv")
    return did.two_stage(counties, "lemp", unit="countyreal", time="year", first_treated="first_treat")


def assert_same(item, row):
    assert item.estimate == pytest.approx(row["estimate"], rel=RTOL)
    assert item.std_error == pytest.approx(row["se"], rel=RTOL)


def test_over_all_treated_rows(effects):
    assert_same(effects.estimates.headline, CASE["static"]["d::1"])


@pytest.mark.parametrize("name", CASE["event_study"])
def test_by_event_time(effects, name):
    assert_same(effects.aggregate("event")[name.removeprefix("rel::")], CASE["event_study"][name])
