"""Trials equal R's estimatr, clubSandwich, sandwich, t.test and RItools (cases rct01-rct06, rct19), every printed column."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import rct
from ebpm.stats.groups import group_products
from ebpm.stats.inference import t_estimate
from ebpm.stats.regression.clusters import CLUSTERED, Blocks, satterthwaite
from ebpm.stats.regression.covariance import clustered, robust
from ebpm.stats.regression.least_squares import least_squares

HERE = Path(__file__).parent
RTOL = 1e-8  # the cases: closed form
COLUMNS = {
    "estimate": "estimate", "se": "std_error", "t": "statistic", "df": "df", "p": "p_value",
    "ci_low": "conf_low", "ci_high": "conf_high",
}  # fmt: skip
NSW = ["age", "educ", "black", "hisp", "marr", "nodegree", "re74", "re75"]


def case(name):
    folder = HERE / name
    return pd.read_csv(folder / "data.csv"), json.loads((folder / "case.json").read_text(encoding="utf-8"))["expected"]


def assert_equal(found, expected):
    ours = {theirs: getattr(found, name) for theirs, name in COLUMNS.items() if theirs in expected}
    assert ours == pytest.approx({name: expected[name] for name in ours}, rel=RTOL)


def table(coefficients, covariance, names):
    what = {"n": 1, "estimand": "itt", "method": "rct.unit_difference"}
    rows = zip(names, coefficients, covariance.std_errors, covariance.df, strict=True)
    return {name: t_estimate(value, error, df=df, term=name, **what) for name, value, error, df in rows}


def regression(data, outcome, columns):
    design = (
        np.column_stack([np.ones(len(data)), data[columns].to_numpy(float)]) if columns else np.ones((len(data), 1))
    )
    return least_squares(design, data[outcome].to_numpy(float), names=("(Intercept)", *columns))


def test_rct01_difference_in_means_is_neyman_and_welch():
    data, expected = case("rct01_diff_in_means_nsw")
    found = rct.difference_in_means(data, "re78", treatment="treat")["1"]
    assert_equal(found, expected["neyman_welch"])
    assert found.n == expected["n"]


@pytest.mark.parametrize("kind", ["classical", "HC0", "HC1", "HC2", "HC3"])
def test_rct01_ols(kind):
    data, expected = case("rct01_diff_in_means_nsw")
    fit = regression(data, "re78", ["treat"])
    assert_equal(table(fit.coefficients, robust(fit, kind), fit.names)["treat"], expected[f"ols_{kind}_df_n_minus_2"])


def test_rct02_lin():
    data, expected = case("rct02_lin_nsw")
    assert_equal(rct.lin(data, "re78", treatment="treat", covariates=NSW, errors="HC2")["1"], expected["HC2"]["treat"])
    hc3 = rct.lin(data, "re78", treatment="treat", covariates=NSW, errors="HC3")
    assert_equal(hc3["1"], expected["HC3"]["treat"])


@pytest.mark.parametrize("kind", ["classical", "HC0", "HC1", "HC2", "HC3"])
def test_rct02_every_coefficient(kind):
    data, expected = case("rct02_lin_nsw")
    centred = (data[NSW] - data[NSW].mean()).add_suffix("_c")
    interacted = centred.mul(data.treat, axis=0).add_prefix("treat:")
    wide = pd.concat([data[["re78", "treat"]], centred, interacted], axis=1)
    fit = regression(wide, "re78", ["treat", *centred, *interacted])
    found = table(fit.coefficients, robust(fit, kind), fit.names)
    assert found.keys() == expected[kind].keys()
    for name, estimate in found.items():
        assert_equal(estimate, expected[kind][name])


@pytest.mark.parametrize("kind", ["classical", "HC1", "HC2", "HC3"])
@pytest.mark.parametrize(
    ("model", "columns"),
    [("ancova_re75", ["treat", "re75"]), ("ancova_re74_re75", ["treat", "re74", "re75"]), ("post_only", ["treat"]),
     ("change_score", ["treat"])],
)  # fmt: skip
def test_rct03_ancova(model, columns, kind):
    data, expected = case("rct03_ancova_nsw")
    data = data.assign(change=data.re78 - data.re75)
    fit = regression(data, "change" if model == "change_score" else "re78", columns)
    for name, estimate in table(fit.coefficients, robust(fit, kind), fit.names).items():
        if name in expected[f"{model}_{kind}"]:
            assert_equal(estimate, expected[f"{model}_{kind}"][name])


STAR = {"nocov": ["small"], "cov": ["small", "female", "lunch_free", "nonwhite"]}


def school(data):
    return np.unique(data.schoolidk, return_inverse=True)[1]


@pytest.mark.parametrize("model", STAR)
@pytest.mark.parametrize(("kind", "theirs"), [("CR0", "CR0"), ("CR1S", "stata"), ("CR2", "CR2")])
def test_rct04_estimatr(model, kind, theirs):
    data, expected = case("rct04_cr2_star")
    fit = regression(data, "mathk", STAR[model])
    found = table(fit.coefficients, clustered(fit, school(data), kind=kind), fit.names)
    for name, estimate in found.items():
        assert_equal(estimate, expected[f"estimatr_{theirs}_{model}"][name])


@pytest.mark.parametrize("kind", CLUSTERED)
def test_rct04_club_sandwich(kind):
    data, expected = case("rct04_cr2_star")
    expected = expected[f"clubSandwich_{kind}_cov_Satterthwaite"]
    fit = regression(data, "mathk", STAR["cov"])
    codes = school(data)
    blocks = Blocks(
        rows=np.bincount(codes), products=group_products(fit.design, codes, groups=79), scores=np.zeros((79, 5)),
        maps=np.eye(5)[None], weighted=False,
    )  # fmt: skip
    assert clustered(fit, codes, kind=kind).std_errors == pytest.approx(expected["se"], rel=RTOL)
    assert satterthwaite(blocks, fit.bread, kind=kind) == pytest.approx(expected["df"], rel=RTOL)


def test_rct04_clusters_that_their_dummies_absorb():
    data, expected = case("rct04_cr2_star")
    dummies = pd.get_dummies(data.schoolidk).to_numpy(float)
    design = np.column_stack([data[STAR["cov"]].to_numpy(float), dummies])
    fit = least_squares(design, data.mathk.to_numpy(float))
    covariance = clustered(fit, school(data), contrasts=np.eye(4, design.shape[1]))
    for name, estimate in table(fit.coefficients[:4], covariance, STAR["cov"]).items():
        assert_equal(estimate, expected["estimatr_CR2_school_fixed_effects"][name])


def test_rct05_strata():
    data, expected = case("rct05_blocked_star")
    found = rct.difference_in_means(data, "mathk", treatment="small", strata="schoolidk")["1"]
    assert_equal(found, expected["difference_in_means_blocks"])
    assert_equal(found, expected["hand"])


@pytest.mark.parametrize("kind", ["classical", "HC1", "HC2"])
def test_rct05_block_dummies(kind):
    data, expected = case("rct05_blocked_star")
    dummies = pd.get_dummies(data.schoolidk).to_numpy(float)
    fit = least_squares(np.column_stack([data.small, dummies]), data.mathk.to_numpy(float))
    contrast = np.eye(1, len(fit.coefficients))
    found = table(fit.coefficients[:1], robust(fit, kind, contrasts=contrast), ["small"])
    assert_equal(found["small"], expected[f"block_fe_{kind}"])


def test_rct06_pairs():
    data, expected = case("rct06_matched_pairs_sleep")
    found = rct.difference_in_means(data, "extra", treatment="drug", strata="id")["1"]
    assert_equal(found, expected["matched_pair"])
    assert_equal(found, expected["paired_t_test"])


def test_rct19_balance():
    data, expected = case("rct19_balance_nsw")
    (found,) = rct.balance_table(data, NSW, treatment="treat").arms
    assert found.statistic == pytest.approx(expected["omnibus"]["hansen_bowers_chi2"]["chisq"], rel=RTOL)
    assert found.df == expected["omnibus"]["hansen_bowers_chi2"]["df"]
    standardised = [expected["table"][name]["smd_pooled_avg_var"] for name in NSW]
    assert found.standardised == pytest.approx(standardised, rel=RTOL)
    # drawn against chi-square: Monte Carlo error of 1,999 draws, four standard errors
    assert found.p_value == pytest.approx(expected["omnibus"]["hansen_bowers_chi2"]["p"], abs=0.016)
