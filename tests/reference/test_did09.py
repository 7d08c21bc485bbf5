"""Intervals robust to departures from parallel trends against R's HonestDiD on the county minimum-wage panel (case did09).

HonestDiD simulates: its folded normal quantile (widths move by 1e-3) and, with 1,000 draws, the first-stage critical value of its
hybrid test (a standard deviation of 0.15, which moves an end by up to 0.05 standard errors), on a grid of 0.02 standard errors.
Ours is exact in the first and has 20 times the draws in the second, so that agreement is asked for within these errors only.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import did
from ebpm.did.robust_intervals import Coefficients, original, relative_magnitudes, smoothness

HERE = Path(__file__).parent
CASE = json.loads((HERE / "did09_honestdid_mpdta" / "case.json").read_text(encoding="utf-8"))["expected"]["mpdta"]
WIDTH = 1.5e-3
ENDS = 0.05  # standard errors
ALPHA = 0.05


def study(target):
    after = CASE["npost"]
    weights = np.eye(after)[0] if target == "first" else np.full(after, 1 / after)
    return Coefficients(np.array(CASE["betahat"]), np.array(CASE["sigma"]), CASE["npre"], weights)


@pytest.mark.parametrize("target", ["first", "avg"])
def test_under_parallel_trends(target):
    row = CASE[target]["original"]
    assert original(study(target), ALPHA) == pytest.approx((row["lb"], row["ub"]), rel=1e-8)


@pytest.mark.parametrize("target", ["first", "avg"])
@pytest.mark.parametrize("place", range(5))
def test_smoothness(target, place):
    row, given = CASE[target]["smoothness_FLCI"][place], study(target)
    low, high = smoothness(given, row["M"], ALPHA)
    assert high - low == pytest.approx(row["ub"] - row["lb"], rel=WIDTH)
    assert low + high == pytest.approx(
        row["ub"] + row["lb"], abs=2e-3
    )  # a flat optimum: centres move by 8e-4 between programs


@pytest.mark.parametrize("target", ["first", "avg"])
@pytest.mark.parametrize("place", range(5))
def test_relative_magnitudes(target, place):
    row, given = CASE[target]["relative_magnitude_CLF"][place], study(target)
    found = relative_magnitudes(given, row["M"], ALPHA)
    assert found == pytest.approx((row["lb"], row["ub"]), abs=ENDS * given.std_error)


def test_the_coefficients_are_those_of_our_event_study():
    counties = pd.read_csv(HERE / "did06_bjs_mpdta" / "data.csv")
    event = did.att_gt(
        counties,
        "lemp",
        unit="countyreal",
        time="year",
        first_treated="first_treat",
        control="never_treated",
        base="universal",
    ).aggregate("event")
    found = did.honest(event, bounds=[1.0]).coefficients
    np.testing.assert_allclose(found.values, CASE["betahat"], rtol=1e-8)
    np.testing.assert_allclose(found.covariance, CASE["sigma"], rtol=1e-6)
