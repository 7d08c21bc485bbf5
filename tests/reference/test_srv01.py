"""The Veterans' lung cancer trial equals R survival and survRM2 (case srv01), every value."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import cohort

FOLDER = Path(__file__).parent / "srv01_veteran_trial"
CASE = json.loads((FOLDER / "case.json").read_text(encoding="utf-8"))["expected"]
RTOL = 1e-8  # the case: closed form; Cox 1e-7
EVENT = {"event": "status"}
COX = {
    "cox_trt": {"treatment": "trt"}, "cox_cov": {"treatment": "trt", "covariates": ["age", "karno", "prior", "diagtime"]},
}  # fmt: skip


@pytest.fixture(scope="module")
def trial():
    return pd.read_csv(FOLDER / "data.csv", skipinitialspace=True)


@pytest.mark.parametrize(
    ("interval", "low", "high"),
    [("log", "ci_low_log", "ci_high_log"), ("log-log", "low", "high"), ("plain", "low", "high")],
)
def test_kaplan_meier(trial, interval, low, high):
    expected = CASE["km"] | (CASE[f"km_ci_{interval}"] if interval != "log" else {})
    found = cohort.kaplan_meier(trial, "time", by="trt", at=CASE["km"]["time"][:4], interval=interval, **EVENT)
    columns = {"estimate": "surv", "std_error": "greenwood_se", "conf_low": low, "conf_high": high}
    for ours, theirs in columns.items():
        np.testing.assert_allclose([getattr(one, ours) for one in found.estimates], expected[theirs], rtol=RTOL)
    risk = [found[group].at_risk_at(time) for group in (0, 1) for time in expected["time"][:4]]
    assert risk == expected["n_risk"]


def test_quantiles(trial):
    found = cohort.kaplan_meier(trial, "time", by="trt", interval="log", **EVENT)
    for group in ("0", "1"):
        values = [found[group].quantile(share).value for share in (0.25, 0.5, 0.75)]
        assert values == CASE["quantiles"][f"trt{group}"]
    for median, expected in zip(found.medians, CASE["median_ci"].values(), strict=True):
        assert [median.value, median.low, median.high] == expected


@pytest.mark.parametrize(("key", "rho"), [("logrank_rho0", 0.0), ("logrank_rho1", 1.0)])
def test_log_rank(trial, key, rho):
    found, expected = cohort.log_rank(trial, "time", treatment="trt", rho=rho, **EVENT), CASE[key]
    ours = [found.statistic, found.p_value, *found.fit.observed, *found.fit.expected, found.fit.covariance[1, 1]]
    theirs = [expected["chisq"], expected["p"], *expected["obs"], *expected["exp"], expected["var"]]
    np.testing.assert_allclose(ours, theirs, rtol=RTOL)


def test_log_rank_in_strata(trial):
    found = cohort.log_rank(trial, "time", treatment="trt", strata="celltype", **EVENT)
    np.testing.assert_allclose(found.statistic, CASE["logrank_stratified_celltype"]["chisq"], rtol=RTOL)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize("model", COX)
def test_cox(trial, model, ties):
    found = cohort.cox(trial, "time", ties=ties, **COX[model], **EVENT)
    _same(found, CASE[f"{model}_{ties}"], "se")


@pytest.mark.parametrize("ties", ["efron", "breslow"])
def test_cox_robust(trial, ties):
    found = cohort.cox(trial, "time", ties=ties, errors="robust", **COX["cox_cov"], **EVENT)
    _same(found, CASE[f"cox_cov_robust_{ties}"], "robust_se")
    np.testing.assert_allclose(np.sqrt(np.diag(found.fit.bread)), CASE[f"cox_cov_robust_{ties}"]["se"], rtol=RTOL)


def test_cox_in_strata(trial):
    found = cohort.cox(trial, "time", treatment="trt", covariates=["age", "karno"], strata="celltype", **EVENT)
    _same(found, CASE["cox_cov_strata_celltype_efron"], "se")


def _same(found, expected, error):
    np.testing.assert_allclose([one.estimate for one in found.estimates], expected["coef"], rtol=RTOL)
    np.testing.assert_allclose([one.std_error for one in found.estimates], expected[error], rtol=RTOL)
    fit = found.fit
    np.testing.assert_allclose(fit.log_likelihood, expected["loglik"], rtol=RTOL)
    # the likelihood ratio of one weak term is a difference of numbers 5e4 times its size
    np.testing.assert_allclose(
        [fit.score_statistic, fit.likelihood_ratio], [expected["score"], expected["lr"]], rtol=1e-7
    )


def test_schoenfeld(trial):
    found = cohort.cox(trial, "time", treatment="trt", covariates=["age", "karno"], **EVENT).proportional().test
    expected = CASE["cox_zph_trt_age_karno_km"]
    np.testing.assert_allclose([*found.statistics, found.overall], expected["chisq"], rtol=RTOL)
    np.testing.assert_allclose([*found.p_values, found.overall_p], expected["p"], rtol=RTOL)


def test_restricted_means(trial):
    expected = CASE["rmst_tau365"]
    found = cohort.rmst(trial, "time", treatment="trt", horizon=365, **EVENT).estimates
    difference, ratio, control, treated = found
    ours = [control.estimate, control.std_error, treated.estimate, treated.std_error]
    np.testing.assert_allclose(ours, [expected[key] for key in ("rmst0", "se0", "rmst1", "se1")], rtol=RTOL)
    other = CASE["rmst_survival_pkg"]
    np.testing.assert_allclose([control.estimate, treated.estimate], other["rmean"], rtol=RTOL)
    np.testing.assert_allclose([control.std_error, treated.std_error], other["se"], rtol=RTOL)
    ours = [difference.estimate, difference.conf_low, difference.conf_high, difference.p_value]
    np.testing.assert_allclose(ours, [expected[key] for key in ("diff", "diff_low", "diff_high", "diff_p")], rtol=RTOL)
    ours = np.exp([ratio.estimate, ratio.conf_low, ratio.conf_high])
    np.testing.assert_allclose(ours, [expected[key] for key in ("ratio", "ratio_low", "ratio_high")], rtol=RTOL)
