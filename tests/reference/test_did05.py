"""Sun-Abraham event studies equal R's fixest on the county minimum-wage panel (case did05)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import did

FOLDER = Path(__file__).parent / "did05_sunab_mpdta"
CASE = json.loads((FOLDER / "case.json").read_text(encoding="utf-8"))["expected"]
RTOL = 1e-8  # the case: closed form
COLUMNS = {"unit": "countyreal", "time": "year", "first_treated": "first_treat"}


@pytest.fixture(scope="module")
def counties():
    return pd.read_csv(FOLDER / "data.csv")


@pytest.fixture(scope="module")
def effects(counties):
    return did.sun_abraham(counties, "lemp", **COLUMNS)


def assert_same(item, row):
    assert item.estimate == pytest.approx(row["estimate"], rel=RTOL)
    assert item.std_error == pytest.approx(row["se"], rel=RTOL)
    assert item.p_value == pytest.approx(row.get("p", item.p_value), rel=1e-6)
    assert item.conf_high == pytest.approx(row.get("ci_high", item.conf_high), rel=RTOL)


def test_by_event_time(counties):
    found, rows = did.event_study(counties, "lemp", **COLUMNS), CASE["event_study"]["coef"]
    assert len(found) == len(rows) + 2
    for name, row in rows.items():
        assert_same(found[name.removeprefix("year::")], row)
    assert (found["0"].df, found["0"].n) == (CASE["event_study"]["df_t"], CASE["event_study"]["nobs"])


def test_over_all_treated_rows(effects):
    assert_same(effects.estimates.headline, CASE["att"])


@pytest.mark.parametrize("name", CASE["by_cohort"])
def test_by_cohort(effects, name):
    assert_same(effects.aggregate("group")[name.removeprefix("cohort::")], CASE["by_cohort"][name])


@pytest.mark.parametrize("name", CASE["cohort_x_period"])
def test_by_cohort_and_period(effects, name):
    event_time, cohort = map(int, name.removeprefix("year::").split(":cohort::"))
    cells = effects.effects
    place = int(np.flatnonzero((cells.cohort == cohort) & (cells.event_time == event_time))[0])
    row = CASE["cohort_x_period"][name]
    assert cells.values[place] == pytest.approx(row["estimate"], rel=RTOL)
    assert np.linalg.norm(cells.influence[:, place]) == pytest.approx(row["se"], rel=RTOL)
