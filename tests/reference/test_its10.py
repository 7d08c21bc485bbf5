"""Likelihoods, counts and robust errors of segmented regressions equal R: nlme, glm, MASS, sandwich, lmtest (case its10)."""

import json
from functools import cache
from pathlib import Path

import pandas as pd
import pytest

from ebpm import its

FOLDER = Path(__file__).parent / "its10_series_in_r"
CASE = json.loads((FOLDER / "case.json").read_text(encoding="utf-8"))["expected"]
NAMES = ("intercept", "trend", "level_change", "slope_change", "s1", "c1")
COUNTED = {"exposure": "pop", "covariates": ("s1", "c1")}
KINDS = ("HC0", "HC1", "HC2", "HC3")


@cache
def fitted(outcome, **choices):
    data = pd.read_csv(FOLDER / "data.csv")
    return its.segmented(data, outcome, time="t", intervention=37, **choices)


def errors(found):
    return [found[name].std_error for name in NAMES if name in found.terms]


def values(found):
    return [found[name].estimate for name in NAMES if name in found.terms]


@pytest.mark.parametrize(("key", "choices"), [
    ("gls_reml_ar1", {"errors": "reml_unadjusted"}), ("gls_ml_ar1", {"errors": "ml"}), ("gls_ml_ar2", {"errors": "ml", "lags": 2}),
    ("gls_reml_arma11", {"errors": "reml_unadjusted", "lags": (1, 1)}), ("gls_ml_arma11", {"errors": "ml", "lags": (1, 1)}),
])  # fmt: skip
def test_generalised_least_squares(key, choices):
    found, expected = fitted("y", **choices), CASE[key]
    assert values(found.coefficients) == pytest.approx(expected["coef"], rel=1e-6)
    assert errors(found.coefficients) == pytest.approx(expected["se"], rel=1e-6)
    if "theta" in expected:
        assert [found.model.autoregression[0], -found.model.autoregression[1]] == pytest.approx(
            [expected["phi"], expected["theta"]], rel=1e-6
        )
    elif "phi" in expected:
        assert found.model.autoregression[0] == pytest.approx(expected["phi"], rel=1e-6)
        assert [found.coefficients[name].p_value for name in NAMES[:4]] == pytest.approx(expected["p"], rel=1e-5)


def test_poisson_by_its_likelihood():
    found = fitted("cnt", family="poisson", errors="likelihood", **COUNTED).coefficients
    assert values(found) == pytest.approx(CASE["poisson"]["coef"], rel=1e-8)
    assert errors(found) == pytest.approx(CASE["poisson"]["se"], rel=1e-6)
    law = found["level_change"]
    assert [law.conf_low, law.conf_high] == pytest.approx(CASE["poisson"]["ci_law"], rel=1e-6)


def test_poisson_by_quasi_likelihood():
    found = fitted("cnt", family="poisson", errors="quasi", **COUNTED).coefficients
    assert errors(found) == pytest.approx(CASE["quasipoisson"]["se"], rel=1e-6)


@pytest.mark.parametrize(("key", "choices"), [
    ("newey_west_3", {"errors": "newey_west_unadjusted", "lags": 3}), ("newey_west_3_adjusted", {"errors": "newey_west", "lags": 3}),
    ("newey_west_automatic", {"errors": "newey_west_unadjusted", "lags": "automatic"}), ("kern_hac", {"errors": "quadratic_spectral"}),
])  # fmt: skip
def test_autocorrelated_counts(key, choices):
    found = fitted("cnt", family="poisson", **choices, **COUNTED).coefficients
    assert errors(found) == pytest.approx(CASE["poisson"][key], rel=1e-6)


def test_negative_binomial():
    found = fitted("cnt", family="negative_binomial", errors="likelihood", **COUNTED)
    assert values(found.coefficients) == pytest.approx(CASE["negative_binomial"]["coef"], rel=1e-6)
    assert errors(found.coefficients) == pytest.approx(CASE["negative_binomial"]["se"], rel=1e-6)
    assert 1.0 / found.model.shape == pytest.approx(CASE["negative_binomial"]["theta"], rel=1e-5)


def test_binomial_by_its_likelihood():
    found = fitted("cnt", family="binomial", exposure="pop", errors="likelihood").coefficients
    assert values(found) == pytest.approx(CASE["binomial"]["coef"], rel=1e-8)
    assert errors(found) == pytest.approx(CASE["binomial"]["se"], rel=1e-6)


@pytest.mark.parametrize("kind", KINDS)
def test_robust_to_heteroskedasticity(kind):
    plain = fitted("y", errors="ols").robust(kind)
    assert errors(plain) == pytest.approx(CASE["least_squares"][kind], rel=1e-10)
    counts = fitted("cnt", family="poisson", errors="quasi", **COUNTED).robust(kind)
    assert errors(counts) == pytest.approx(CASE["poisson"][kind], rel=1e-6)
    shares = fitted("cnt", family="binomial", exposure="pop", errors="quasi").robust(kind)
    assert errors(shares) == pytest.approx(CASE["binomial"][kind], rel=1e-6)


@pytest.mark.parametrize(("key", "choices"), [
    ("kern_hac", {"errors": "quadratic_spectral"}), ("vcov_hac", {"errors": "quadratic_spectral", "lags": "automatic_unwhitened"}),
    ("newey_west_automatic", {"errors": "newey_west_unadjusted", "lags": "automatic"}),
])  # fmt: skip
def test_kernels(key, choices):
    assert errors(fitted("y", **choices).coefficients) == pytest.approx(CASE["least_squares"][key], rel=1e-10)


def test_durbin_watson():
    test = its.diagnostics(fitted("y", errors="ols")).test("durbin_watson")
    assert test.statistic == pytest.approx(CASE["least_squares"]["durbin_watson"], rel=1e-10)
    assert test.p_value == pytest.approx(CASE["least_squares"]["durbin_watson_p"], rel=1e-7)
