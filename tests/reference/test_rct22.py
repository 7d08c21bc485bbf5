"""Random intercepts equal lme4, lmerTest and nlme; estimating equations equal geepack (cases rct22 and rct23)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import rct
from ebpm.stats.regression.gee import gee
from ebpm.stats.regression.mixed import random_intercept

HERE = Path(__file__).parent


def case(name):
    folder = HERE / name
    return pd.read_csv(folder / "data.csv"), json.loads((folder / "case.json").read_text(encoding="utf-8"))["expected"]


def columns(data, names):
    return np.column_stack([np.ones(len(data)), *(data[name] for name in names)]).astype(float)


MODELS = {
    "reml": (["small", "female", "lunch_free"], True), "ml": (["small", "female", "lunch_free"], False),
    "reml_unadjusted": (["small"], True),
}  # fmt: skip


@pytest.mark.parametrize("model", MODELS)
def test_rct22_all_coefficients_variances_and_likelihood(model):
    data, expected = case("rct22_mixed_gee_star")
    names, restricted = MODELS[model]
    design, codes = columns(data, names), np.unique(data.schoolidk, return_inverse=True)[1]
    fit = random_intercept(
        design, data.mathk.to_numpy(float), codes=codes, contrasts=np.eye(design.shape[1]), restricted=restricted
    )
    theirs = pd.DataFrame(expected[model]["coef"])
    assert fit.coefficients == pytest.approx(theirs.loc["estimate"].to_numpy(), rel=1e-8)
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(theirs.loc["se"].to_numpy(), rel=1e-7)  # lme4's optimiser
    assert fit.df == pytest.approx(theirs.loc["df_satt"].to_numpy(), abs=1e-4)  # lmerTest's numerical derivatives
    variances = expected[model]["var_components"]
    assert fit.between == pytest.approx(variances["schoolidk (Intercept)"], rel=1e-6)
    assert fit.within == pytest.approx(variances["Residual "], rel=1e-8)
    assert fit.log_likelihood == pytest.approx(expected[model]["loglik"], abs=1e-8)


@pytest.mark.parametrize(("likelihood", "key"), [("REML", "reml"), ("ML", "ml")])
def test_rct22_mixed(likelihood, key):
    data, expected = case("rct22_mixed_gee_star")
    found = rct.mixed(
        data,
        "mathk",
        treatment="small",
        cluster="schoolidk",
        covariates=["female", "lunch_free"],
        likelihood=likelihood,
    )
    one, theirs = found.estimates["1"], expected[key]["coef"]["small"]
    assert (one.estimate, one.std_error, one.df) == pytest.approx(
        (theirs["estimate"], theirs["se"], theirs["df_satt"]), rel=1e-8
    )
    assert one.p_value == pytest.approx(theirs["p"], rel=1e-6)
    assert found.icc == pytest.approx(expected[key].get("icc"), abs=1e-7)
    assert (one.n, one.clusters) == (3785, 79)


def test_rct22_mixed_is_nlmes():
    data, expected = case("rct22_mixed_gee_star")
    found = rct.mixed(data, "mathk", treatment="small", cluster="schoolidk", covariates=["female", "lunch_free"])
    theirs = expected["nlme_lme_reml"]
    assert found.estimates["1"].estimate == pytest.approx(theirs["estimate"][1], rel=1e-8)
    assert found.log_likelihood == pytest.approx(theirs["loglik"], abs=1e-8)


@pytest.mark.parametrize("correlation", ["independence", "exchangeable"])
def test_rct22_gee(correlation):
    data, expected = case("rct22_mixed_gee_star")
    theirs = expected[f"gee_{correlation}"]
    one = rct.gee(
        data, "mathk", treatment="small", cluster="schoolidk", covariates=["female", "lunch_free"],
        correlation=correlation, errors="LZ", reference="normal",
    )["1"]  # fmt: skip
    assert (one.estimate, one.std_error) == pytest.approx((theirs["estimate"][1], theirs["robust_se"][1]), rel=1e-11)
    assert (one.statistic**2, one.p_value) == pytest.approx((theirs["wald"][1], theirs["p"][1]), rel=1e-9)


@pytest.mark.parametrize("correlation", ["independence", "exchangeable"])
@pytest.mark.parametrize(("link", "family"), [("logit", "binomial"), ("lpm", "gaussian")])
def test_rct23_all_coefficients(correlation, link, family):
    data, expected = case("rct23_gee_respiratory")
    theirs = expected[f"{link}_{correlation}"]
    design = columns(data.assign(two=data.center == 2), ["treatA", "two", "male", "age", "baseline"])
    fit = gee(
        design, data.outcome.to_numpy(float), codes=data.uid.to_numpy() - 1, contrasts=np.eye(6), family=family,
        correlation=correlation, errors="LZ",
    )  # fmt: skip
    assert fit.coefficients == pytest.approx(theirs["estimate"], rel=1e-10)
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(theirs["robust_se"], rel=1e-10)
    assert fit.dispersion == pytest.approx(theirs["phi"], rel=1e-10)
    assert fit.correlation == pytest.approx(theirs["alpha"] or 0.0, rel=1e-10)


def test_rct23_by_the_columns_of_the_trial():
    data, expected = case("rct23_gee_respiratory")
    what = {"treatment": "treatA", "cluster": "uid", "covariates": ["male", "age", "baseline"], "strata": "center"}
    one = rct.gee(data, "outcome", family="binomial", errors="LZ", reference="normal", **what)["1"]
    theirs = expected["logit_exchangeable"]
    assert (one.estimate, one.std_error) == pytest.approx((theirs["estimate"][1], theirs["robust_se"][1]), rel=1e-10)
    assert (one.estimand, one.clusters) == ("itt_log_odds", 111)
    linear = rct.ancova(data, "outcome", **what)["1"]
    for ours, key in (("estimate", "estimate"), ("std_error", "se"), ("df", "df"), ("conf_low", "ci_low")):
        assert getattr(linear, ours) == pytest.approx(expected["lpm_CR2"]["treatA"][key], rel=1e-7)
    stata = rct.ancova(data, "outcome", treatment="treatA", cluster="uid", errors="CR1S")["1"]
    assert (stata.std_error, stata.df) == pytest.approx(
        (expected["unadj_stata"]["treatA"]["se"], expected["unadj_stata"]["treatA"]["df"]), rel=1e-7
    )
