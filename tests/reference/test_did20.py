"""Stacked differences in differences equal diff-diff 3.13.0 and regressions of pyfixest 0.60.0 on a stack built by hand (case did20)."""

import json
from pathlib import Path

import pandas as pd
import pytest

from ebpm import did

FOLDER = Path(__file__).parent / "did20_stacked_castle"
CASE = json.loads((FOLDER / "case.json").read_text(encoding="utf-8"))["expected"]
RTOL = 1e-8
COLUMNS = {"unit": "sid", "time": "year", "first_treated": "first", "kappa_pre": 3, "kappa_post": 2}


@pytest.fixture(scope="module")
def castle():
    return pd.read_csv(FOLDER / "data.csv")


@pytest.mark.parametrize("weighting", ["corrective", "none"])
def test_by_event_time(castle, weighting):
    found = did.stacked(castle, "l_homicide", **COLUMNS, weighting=weighting)
    assert {item.term for item in found} - set(CASE[weighting]) == {"-1", "overall"}
    for term, row in CASE[weighting].items():
        assert found[term].estimate == pytest.approx(row["estimate"], rel=RTOL)
        assert found[term].std_error == pytest.approx(row["se"], rel=RTOL)


def test_overall(castle):
    found = did.stacked(castle, "l_homicide", **COLUMNS).headline
    assert found.estimate == pytest.approx(CASE["diff_diff_overall"]["estimate"], rel=RTOL)
    assert found.std_error == pytest.approx(CASE["diff_diff_overall"]["se"], rel=RTOL)
