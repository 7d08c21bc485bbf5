"""Intervals robust to departures from parallel trends against R's HonestDiD on the county minimum-wage panel (case did09).

Ours are exact; HonestDiD 0.2.6 simulates twice, with a fixed seed: the quantile of the folded normal behind its shortest intervals (one
million draws) and the first-stage critical value of its hybrid test (1,000 draws), then inverts the test on a grid. Its draws can be made
again. With them in the place of our critical values the differences vanish: its lengths are ours or longer by up to 3e-4, its ends
ours to the width of its grid.
"""

import json
from functools import cache
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import did
from ebpm.did.sensitivity import flci, moment_tests
from ebpm.did.sensitivity.coefficients import Coefficients
from ebpm.did.sensitivity.robust_intervals import Robust
from tests.reference.r_random import rnorm

HERE = Path(__file__).parent
CASE = json.loads((HERE / "did09_honestdid_mpdta" / "case.json").read_text(encoding="utf-8"))["expected"]["mpdta"]
ALPHA, KAPPA = 0.05, 0.005
SIMULATED_WIDTH = 1.5e-3  # its folded normal quantile at zero bias is 1.96224, not 1.95996
SIMULATED_END = 0.05  # standard errors; its critical value has a standard deviation of 0.15
SEARCH = 3e-4  # its search for the optimum, over simulated quantiles, ends up to so much above the shortest length
GRID = 40 / 1999  # standard errors
TARGETS = pytest.mark.parametrize("target", ["first", "avg"])
BOUNDS = pytest.mark.parametrize("place", range(5))


def study(target):
    after = CASE["npost"]
    weights = np.eye(after)[0] if target == "first" else np.full(after, 1 / after)
    return Coefficients(np.array(CASE["betahat"]), np.array(CASE["sigma"]), CASE["npre"], weights)


@cache
def million():
    return rnorm(0, 10**6)


def simulated_folded(bias, alpha):
    """HonestDiD's quantile of |N(bias, 1)|, and the exact slope."""
    return float(np.quantile(np.abs(million() + bias), 1 - alpha)), exact_folded(bias, alpha)[1]


exact_folded = flci.folded


def simulated_critical_value(given, rows, duals):
    """HonestDiD's least favourable critical value: 1,000 draws of all moments, the largest vertex of each."""
    values, vectors = np.linalg.eigh(rows @ given.covariance @ rows.T)
    root = vectors * np.sqrt(np.clip(values, 0, None)) @ vectors.T
    draws = rnorm(0, 1000 * len(rows)).reshape(1000, len(rows)) @ root
    return float(np.quantile((draws @ duals.T).max(axis=1), 1 - KAPPA))


@TARGETS
def test_under_parallel_trends(target):
    row = CASE[target]["original"]
    assert study(target).original(ALPHA) == pytest.approx((row["lb"], row["ub"]), rel=1e-8)


@TARGETS
@BOUNDS
def test_smoothness(target, place):
    row, given = CASE[target]["smoothness_FLCI"][place], study(target)
    low, high = Robust("smoothness", "flci", ALPHA).interval(given, row["M"])
    assert high - low == pytest.approx(row["ub"] - row["lb"], rel=SIMULATED_WIDTH)


@TARGETS
@BOUNDS
def test_smoothness_with_the_quantile_of_honestdid(target, place, monkeypatch):
    row, given = CASE[target]["smoothness_FLCI"][place], study(target)
    problem = flci._Problem.of(given, row["M"], ALPHA)
    chosen = problem.minimiser()
    monkeypatch.setattr(flci, "folded", simulated_folded)
    length = row["ub"] - row["lb"]
    assert (1 - SEARCH) * length <= 2 * problem.half(chosen) <= (1 + 2e-5) * length


@TARGETS
@BOUNDS
def test_relative_magnitudes(target, place):
    row, given = CASE[target]["relative_magnitude_CLF"][place], study(target)
    found = Robust("relative_magnitudes", "hybrid", ALPHA).interval(given, row["M"])
    assert found == pytest.approx((row["lb"], row["ub"]), abs=SIMULATED_END * given.std_error)


@TARGETS
@BOUNDS
def test_relative_magnitudes_with_the_draws_of_honestdid(target, place, monkeypatch):
    row, given = CASE[target]["relative_magnitude_CLF"][place], study(target)
    P, steps = given.before, moment_tests.first_differences(given.before, len(given.weights))
    reach, found = given.weights[::-1].cumsum()[::-1], []
    for largest in range(P):
        for sign in (1.0, -1.0):
            limit = row["M"] * sign * steps[largest]
            rows = np.vstack([steps[P:] - limit, -steps[P:] - limit])
            duals = moment_tests._vertices(reach)
            duals = duals / (duals @ np.sqrt(np.einsum("ij,jk,ik->i", rows, given.covariance, rows)))[:, None]
            first = simulated_critical_value(given, rows, duals)
            monkeypatch.setattr(moment_tests, "least_favourable", lambda *_, first=first: first)
            test = moment_tests._moment_test(given, rows, reach, limit=0.0, alpha=ALPHA, inference="hybrid")
            found.append(moment_tests.accepted(test, given))
    kept = [one for one in found if one is not None]
    low, high = min(one[0] for one in kept), max(one[1] for one in kept)
    assert (low, high) == pytest.approx((row["lb"], row["ub"]), abs=1.01 * GRID * given.std_error)
    assert low <= row["lb"] + 1e-9
    assert row["ub"] <= high + 1e-9


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
