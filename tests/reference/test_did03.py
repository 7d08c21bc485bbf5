"""Callaway-Sant'Anna effects equal R's did on the county minimum-wage panel (case did03): cells, aggregates, tests, bands."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.stats import multivariate_normal

from ebpm import did

FOLDER = Path(__file__).parent / "did03_callaway_santanna_mpdta"
CASE = json.loads((FOLDER / "case.json").read_text(encoding="utf-8"))["expected"]
CONFIGURATIONS = [key for key in CASE if key.count("|") >= 3]
CONTROL = {"nevertreated": "never_treated", "notyettreated": "not_yet_treated"}
EVENT = {"dynamic": "event"}


@pytest.fixture(scope="module")
def counties():
    return pd.read_csv(FOLDER / "data.csv")


def fitted(counties, key, **choices):
    *early, control, base, covariates, method = key.split("|")
    return did.att_gt(
        counties, "lemp", unit="countyreal", time="year", first_treated="first_treat",
        covariates=() if covariates == "none" else (covariates,), control=CONTROL[control], base=base, method=method,
        anticipation=int("anticipation1" in early), **choices,
    )  # fmt: skip


def rtol(key):
    """Return the tolerance of the case: closed form, or the convergence of R's logit."""
    return 1e-8 if "none" in key or key.endswith("reg") else 1e-6


def assert_errors(items, expected, tolerance):
    """Compare standard errors; R's missing ones are our reference periods."""
    for item, value in zip(items, expected, strict=True):
        if value is None:
            assert (item.estimate, item.std_error.reason) == (0.0, "did_reference")
        else:
            assert item.std_error == pytest.approx(value, rel=tolerance), item.term


def test_there_are_twenty_four_configurations():
    assert len(CONFIGURATIONS) == 24


@pytest.mark.parametrize("key", CONFIGURATIONS)
def test_cells(counties, key):
    found, cells = fitted(counties, key).estimates, CASE[key]["att_gt"]
    assert found.terms == tuple(f"{g}:{t}" for g, t in zip(cells["group"], cells["t"], strict=True))
    np.testing.assert_allclose([item.estimate for item in found], cells["att"], rtol=rtol(key))
    assert_errors(found, cells["se"], rtol(key))


@pytest.mark.parametrize("kind", ["simple", "dynamic", "group", "calendar"])
@pytest.mark.parametrize("key", CONFIGURATIONS)
def test_aggregates(counties, key, kind):
    found, expected = fitted(counties, key).aggregate(EVENT.get(kind, kind)), CASE[key]["agg"][kind]
    assert_aggregate(found, expected, rtol(key))


def assert_aggregate(found, expected, tolerance):
    assert found.headline.estimate == pytest.approx(expected["overall_att"], rel=tolerance)
    assert found.headline.std_error == pytest.approx(expected["overall_se"], rel=tolerance)
    assert list(found.positions) == (expected["egt"] or [])
    np.testing.assert_allclose([item.estimate for item in found][:-1], expected["att_egt"] or [], rtol=tolerance)
    assert_errors(found.items[:-1], expected["se_egt"] or [], tolerance)


@pytest.mark.parametrize(
    ("key", "choices"),
    [("dynamic_balance_e1_lpop_dr", {"balance": 1}), ("dynamic_min_m2_max2_lpop_dr", {"window": (-2, 2)})],
)
@pytest.mark.parametrize("base", ["varying", "universal"])
def test_balanced_and_limited_event_times(counties, key, choices, base):
    found = fitted(counties, f"nevertreated|{base}|lpop|dr").aggregate("event", **choices)
    assert found.headline.estimate == pytest.approx(CASE[key]["overall_att"], rel=1e-6)
    assert found.headline.std_error == pytest.approx(CASE[key]["overall_se"], rel=1e-6)
    if base == "varying":
        assert_aggregate(found, CASE[key], 1e-6)


@pytest.mark.parametrize("key", [key for key in CONFIGURATIONS if "anticipation" not in key])
def test_wald_test_of_the_cells_before_treatment(counties, key):
    found, expected = fitted(counties, key).pretrend("cell"), CASE[key]["wald_pretest"]
    assert found.statistic == pytest.approx(expected["W"], rel=1e-6)
    assert found.p_value == pytest.approx(expected["p"][0][0], abs=5e-6)  # printed with five digits


def test_joint_covariance_of_the_event_study(counties):
    found = fitted(counties, "nevertreated|universal|none|dr").aggregate("event")
    expected = np.array(CASE["event_study_vcov_nevertreated_universal_none_dr"]["vcov"])
    np.testing.assert_allclose(found.covariance[:-1, :-1], expected, rtol=1e-8, atol=1e-18)


def test_an_integer_cohort_column_keeps_the_never_treated(counties):
    whole = counties.astype({"first_treat": "int64"})
    fractional = counties.assign(first_treat=counties.first_treat.astype(float).replace(0.0, np.inf))
    key = "nevertreated|varying|none|dr"
    assert fitted(whole, key).effects.counts.sum() == 500
    np.testing.assert_array_equal(fitted(whole, key).effects.att, fitted(fractional, key).effects.att)


@pytest.mark.parametrize("kind", ["cells", "event"])
def test_critical_value_of_the_band_is_that_of_the_normal_vector(counties, kind):
    """R's multiplier bootstrap gives 2.68 and 2.54 times larger, robust standard errors; the limit has a closed form."""
    result = fitted(counties, "nevertreated|varying|none|dr")
    found = result.estimates if kind == "cells" else result.aggregate("event")
    covariance = found.covariance if kind == "cells" else found.covariance[:-1, :-1]
    scale = np.sqrt(np.diag(covariance))
    limit = np.full(len(scale), found.critical_value)
    normal = multivariate_normal(cov=covariance / np.outer(scale, scale), allow_singular=True, seed=1, maxpts=10**6)
    inside = normal.cdf(limit, lower_limit=-limit)
    assert inside == pytest.approx(0.95, abs=0.002)  # simulation error of 100,000 draws: three standard errors


def test_bands_are_as_wide_as_those_of_the_multiplier_bootstrap(counties):
    found, boot = (
        fitted(counties, "nevertreated|varying|none|dr").estimates,
        CASE["multiplier_bootstrap_se_20000"]["se"],
    )
    theirs = CASE["uniform_crit_att_gt_nevertreated_varying_none_dr"]["mean"] * np.array(boot)
    ours = found.critical_value * np.array([item.std_error for item in found])
    np.testing.assert_allclose(ours, theirs, rtol=0.06)  # cohorts of 20 to 131 units: the bootstrap is not yet normal
