"""NHEFS: propensity score, inverse probability weighting, doubly robust estimation and g-computation against R."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import cohort

CASE = Path(__file__).parent / "obs01_iptw_nhefs"
EXPECTED = json.loads((CASE / "case.json").read_text(encoding="utf-8"))["expected"]
COVARIATES = [
    "sex", "race", "age", "age^2", "C(education)", "smokeintensity", "smokeintensity^2", "smokeyrs", "smokeyrs^2",
    "C(exercise)", "C(active)", "wt71", "wt71^2",
]  # fmt: skip
TOLERANCE = {"rel": 1e-9, "abs": 1e-9}
KINDS = {"HC0": "se_HC0_wls", "HC1": "se_HC1_wls", "HC2": "se_HC2_wls", "stacked": "se_mestimation_ps_estimated"}


@pytest.fixture(scope="module")
def nhefs():
    return pd.read_csv(CASE / "data.csv")


def run(routine, data, **options):
    return routine(data, "wt82_71", treatment="qsmk", covariates=COVARIATES, **options)


def test_propensity(nhefs):
    found = cohort.propensity(nhefs, "qsmk", covariates=COVARIATES)
    assert list(found.coefficients.values()) == pytest.approx(list(EXPECTED["ps_coef"].values()), **TOLERANCE)
    treated = nhefs["qsmk"].to_numpy() == 1
    assert [found.chances.min(), found.chances.max()] == pytest.approx(EXPECTED["ps_range"], **TOLERANCE)
    assert found.chances[treated].mean() == pytest.approx(EXPECTED["ps_mean_treated"], **TOLERANCE)
    assert found.chances[~treated].mean() == pytest.approx(EXPECTED["ps_mean_control"], **TOLERANCE)


@pytest.mark.parametrize("estimand", ["ate", "att"])
@pytest.mark.parametrize("errors", KINDS)
def test_weighted_means(nhefs, estimand, errors):
    expected = EXPECTED[estimand.upper()]
    found = run(cohort.iptw, nhefs, estimand=estimand, errors=errors).estimates
    assert found["difference"].estimate == pytest.approx(expected["hajek"], **TOLERANCE)
    assert found["mean_treated"].estimate == pytest.approx(expected["mean1"], **TOLERANCE)
    assert found["mean_untreated"].estimate == pytest.approx(expected["mean0"], **TOLERANCE)
    assert found["difference"].std_error == pytest.approx(expected[KINDS[errors]], **TOLERANCE)


@pytest.mark.parametrize("estimand", ["ate", "att"])
def test_the_linearised_error_of_known_weights_is_hc0_times_n_over_n_less_one(nhefs, estimand):
    found = run(cohort.iptw, nhefs, estimand=estimand, errors="HC0").estimates["difference"]
    expected = EXPECTED[estimand.upper()]["se_svyglm_linearised_ps_known"]
    assert found.std_error * np.sqrt(found.n / (found.n - 1)) == pytest.approx(expected, **TOLERANCE)


@pytest.mark.parametrize("estimand", ["ate", "att"])
def test_weighted_sums(nhefs, estimand):
    found = run(cohort.iptw, nhefs, estimand=estimand, form="horvitz_thompson").estimates["difference"]
    assert found.estimate == pytest.approx(EXPECTED[estimand.upper()]["horvitz_thompson"], **TOLERANCE)


@pytest.mark.parametrize("estimand", ["ate", "att"])
def test_effective_numbers(nhefs, estimand):
    untreated, treated = run(cohort.iptw, nhefs, estimand=estimand).weighting.by_arm
    assert treated.effective == pytest.approx(EXPECTED[estimand.upper()]["ess_treated"], **TOLERANCE)
    assert untreated.effective == pytest.approx(EXPECTED[estimand.upper()]["ess_control"], **TOLERANCE)


def test_stabilised_weights(nhefs):
    model = cohort.propensity(nhefs, "qsmk", covariates=COVARIATES).model
    weights = model.weights("ate", stabilised=True).values
    expected = EXPECTED["stabilised_weights"]
    # glm of R stops at a relative change of the deviance of 1e-8, which leaves the tenth digit of the chances open.
    assert [weights.mean(), weights.min(), weights.max()] == pytest.approx(
        [expected["mean"], expected["min"], expected["max"]], rel=1e-9
    )


def test_doubly_robust(nhefs):
    found = run(cohort.aipw, nhefs, errors="influence").estimates["difference"]
    assert found.estimate == pytest.approx(EXPECTED["AIPW_ATE"]["estimate"], **TOLERANCE)
    assert found.std_error == pytest.approx(EXPECTED["AIPW_ATE"]["se"], **TOLERANCE)
    assert found.std_error * np.sqrt((found.n - 1) / found.n) == pytest.approx(
        EXPECTED["AIPW_ATE"]["se_div_n"], **TOLERANCE
    )


@pytest.mark.parametrize("estimand", ["ATE", "ATT"])
def test_g_computation(nhefs, estimand):
    found = run(cohort.g_computation, nhefs, estimand=estimand.lower()).estimates["difference"]
    assert found.estimate == pytest.approx(EXPECTED[f"g_formula_{estimand}_separate_arms"], **TOLERANCE)
