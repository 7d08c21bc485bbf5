"""Values of the cases that the tests by case leave out, asked for as their descriptions say."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import did, rct
from ebpm.stats.multiple import ADJUSTMENTS
from ebpm.stats.regression.gee import gee

HERE = Path(__file__).parent


def case(name):
    folder = HERE / name
    return pd.read_csv(folder / "data.csv"), expected(name)


def expected(name):
    return json.loads((HERE / name / "case.json").read_text(encoding="utf-8"))["expected"]


def assert_row(found, row, rtol):
    ours = {"estimate": found.estimate, "se": found.std_error, "t": found.statistic, "p": found.p_value}
    ours |= {"ci_low": found.conf_low, "ci_high": found.conf_high, "df": found.df}
    for name in ours.keys() & row.keys():
        assert ours[name] == pytest.approx(row[name], rel=rtol), name


def test_did02_event_study_of_all_leads_and_lags():
    castle, theirs = case("did02_castle_twfe")
    study = did.event_study(castle, "l_homicide", unit="sid", time="year", first_treated="first", method="twfe")
    rows = theirs["twfe_event_study_all_leads_lags_ref_m1"]["coef"]
    assert {f"rel::{term}" for term in study.terms} - {"rel::-1", "rel::overall"} == rows.keys()
    for term, row in rows.items():
        assert_row(study[term.removeprefix("rel::")], row, 1e-8)  # the case: closed form


@pytest.mark.parametrize(("block", "weights"), [("unw", None), ("popw", "popwt")])
def test_did02_two_clusterings(block, weights):
    castle, theirs = case("did02_castle_twfe")
    found = did.twfe(
        castle, "l_homicide", unit="sid", time="year", treatment="post_bin", cluster=["sid", "year"], weights=weights
    )
    assert_row(found.headline, theirs[block]["twoway_sid_year"]["coef"]["post_bin"], 1e-8)


def test_did02_cr3_is_the_jackknife_that_pyfixest_scales():
    castle, theirs = case("did02_castle_twfe")
    found = did.twfe(castle, "l_homicide", unit="sid", time="year", treatment="post_bin", errors="CR3").headline
    scale = np.sqrt(
        50 / 49 * 549 / 548
    )  # pyfixest: G/(G-1), and (n-1)/(n-K) with K = 2 (see INDEX, where packages disagree)
    assert found.std_error * scale == pytest.approx(theirs["unw"]["pyfixest_CRV3_cluster_sid"]["se"], rel=1e-8)


@pytest.mark.parametrize(
    ("ours", "theirs"), [("sidak", "sidak_single_step"), ("sidak_step_down", "holm_sidak"), ("hommel", "hommel")]
)
def test_rct15_more_adjustments(ours, theirs):
    values = expected("rct15_multiple_testing_pvalues")
    for block in (values, values["set2"]):
        if theirs in block:
            assert ADJUSTMENTS[ours](block["p"]) == pytest.approx(block[theirs], abs=1e-12)


def test_rct19_means_by_arm():
    nsw, theirs = case("rct19_balance_nsw")
    found = rct.balance_table(nsw, list(theirs["table"]), treatment="treat").tidy().set_index("term")
    for name, row in theirs["table"].items():
        assert found.loc[f"1: {name}", "mean_arm"] == pytest.approx(row["mean_t"], rel=1e-8)
        assert found.loc[f"1: {name}", "mean_control"] == pytest.approx(row["mean_c"], rel=1e-8)


def test_rct22_icc_without_covariates():
    star, theirs = case("rct22_mixed_gee_star")
    found = rct.mixed(star, "mathk", treatment="small", cluster="schoolidk")
    assert found.icc == pytest.approx(theirs["reml_unadjusted"]["icc"], abs=1e-4)  # the case: variance components
    assert_row(found.estimates["1"], {"df": theirs["reml_unadjusted"]["coef"]["small"]["df_satt"]}, 1e-3)


@pytest.mark.parametrize("correlation", ["independence", "exchangeable"])
def test_rct22_every_coefficient_of_gee(correlation):
    star, theirs = case("rct22_mixed_gee_star")
    theirs = theirs[f"gee_{correlation}"]
    design = np.column_stack([np.ones(len(star)), *(star[name] for name in ("small", "female", "lunch_free"))])
    codes = np.unique(star.schoolidk, return_inverse=True)[1]
    fit = gee(
        design.astype(float), star.mathk.to_numpy(float), codes=codes, contrasts=np.eye(4), correlation=correlation, errors="LZ"
    )  # fmt: skip
    assert fit.coefficients == pytest.approx(theirs["estimate"], rel=1e-6)  # the case's
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(theirs["robust_se"], rel=1e-6)
    assert fit.dispersion == pytest.approx(theirs["phi"], rel=1e-6)
    assert fit.correlation == pytest.approx(theirs["alpha"] or 0.0, rel=1e-6)


def test_rct23_without_covariates():
    trial, theirs = case("rct23_gee_respiratory")
    found = rct.difference_in_means(trial, "outcome", treatment="treatA", cluster="uid").headline
    assert_row(found, theirs["unadj_CR2"]["treatA"], 1e-7)  # the case's


def test_rct08_what_compliers_and_never_takers_would_have_had():
    trial, theirs = case("rct08_cace_vitaminA")
    profile = rct.compliers(trial, ["y"], delivered="d", assigned="z").estimates
    assert profile["y: never_taker"].estimate == pytest.approx(
        theirs["mortality_of_never_takers_in_treatment"], rel=1e-8
    )


def test_did03_pretest_with_anticipation():
    """R's tests the declared anticipation too, where an effect is allowed; ours what lies before it."""
    counties, theirs = case("did03_callaway_santanna_mpdta")
    found = did.att_gt(counties, "lemp", unit="countyreal", time="year", first_treated="first_treat", anticipation=1)
    cells = [tuple(int(part) for part in one.split(":")) for one in found.estimates.terms]
    before = [place for place, (cohort, year) in enumerate(cells) if year < cohort]
    effects = np.array([one.estimate for one in found.estimates])[before]
    covariance = found.estimates.covariance[np.ix_(before, before)]
    row = theirs["anticipation1|notyettreated|varying|none|dr"]["wald_pretest"]
    assert effects @ np.linalg.solve(covariance, effects) == pytest.approx(row["W"], rel=1e-8)
    assert found.pretrend("cell").df == sum(year < cohort - 1 for cohort, year in cells)
