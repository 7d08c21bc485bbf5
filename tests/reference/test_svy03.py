"""Worst-case bounds of the class-size experiment (case svy03), every value."""

import json
from pathlib import Path

import pandas as pd
import pytest

from ebpm import survey

FOLDER = Path(__file__).parent / "svy03_manski_bounds_star"
CASE = json.loads((FOLDER / "case.json").read_text(encoding="utf-8"))["expected"]
RTOL = 1e-8  # the case: closed form
RANGES = {"binary": ("y", 0.0, 1.0), "score_observed_range": ("score", 527.0, 753.0)}


@pytest.fixture(scope="module")
def pupils():
    return pd.read_csv(FOLDER / "data.csv")


def close(*values):
    return pytest.approx(values, rel=RTOL)


@pytest.mark.parametrize("block", RANGES)
def test_bounds_of_arms_and_effect(pupils, block):
    outcome, low, high = RANGES[block]
    expected = CASE[block]
    found = survey.effect_bounds(pupils, outcome, treatment="small", control=0, low=low, high=high)
    assert (found["1 - 0"].low, found["1 - 0"].high) == close(expected["ATE_lower"], expected["ATE_upper"])
    for arm in ("1", "0"):
        assert (found[arm].low, found[arm].high) == close(*expected[f"EY{arm}"])
        assert found.of(arm)[0].low == pytest.approx(expected[f"mean{arm}_obs"], rel=RTOL)
        assert found.of(arm)[0].n / found[arm].n == pytest.approx(expected[f"resp{arm}"], rel=RTOL)


@pytest.mark.parametrize("block", RANGES)
def test_bounds_of_everybody(pupils, block):
    outcome, low, high = RANGES[block]
    found = survey.bounds(pupils, outcome, low=low, high=high).headline
    assert (found.low, found.high) == close(*CASE[block]["overall_mean"])


def test_imbens_manski_interval(pupils):
    expected = CASE["binary"]["imbens_manski"]
    one = survey.effect_bounds(pupils, "y", treatment="small", control=0).headline
    assert (one.std_error_low, one.std_error_high) == close(expected["se_lower"], expected["se_upper"])
    assert (one.conf_low, one.conf_high) == close(expected["ci_low"], expected["ci_high"])
    c = survey.imbens_manski(one.width, std_error_low=one.std_error_low, std_error_high=one.std_error_high)
    assert c == pytest.approx(expected["imbens_manski_C"], rel=RTOL)
