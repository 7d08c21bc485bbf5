"""Correlations in time and between waves, and standardised risks, equal geepack (cases rct23 and rct27)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import rct
from ebpm.stats.regression.gee import gee

HERE = Path(__file__).parent
DATA = pd.read_csv(HERE / "rct23_gee_respiratory" / "data.csv")
GAPS = DATA[(7 * DATA.uid + 3 * DATA.visit) % 5 != 0]


def expected(key):
    cases = (HERE / f"{name}/case.json" for name in ("rct23_gee_respiratory", "rct27_respiratory_correlations"))
    found = {
        key: value for case in cases for key, value in json.loads(case.read_text(encoding="utf-8"))["expected"].items()
    }
    return found[key]


@pytest.mark.parametrize(
    ("data", "key", "family", "correlation"),
    [
        (DATA, "logit_ar1", "binomial", "ar1"), (DATA, "lpm_ar1", "gaussian", "ar1"), (DATA, "poisson_ar1", "poisson", "ar1"),
        (GAPS, "gaps_logit_ar1", "binomial", "ar1"), (GAPS, "gaps_lpm_ar1", "gaussian", "ar1"),
        (DATA, "logit_unstructured", "binomial", "unstructured"), (DATA, "lpm_unstructured", "gaussian", "unstructured"),
    ],
)  # fmt: skip
def test_all_coefficients(data, key, family, correlation):
    theirs, rows = expected(key), data.sample(frac=1, random_state=20260104)
    design = np.column_stack([np.ones(len(rows)), rows.treatA, rows.center == 2, rows.male, rows.age, rows.baseline])
    fit = gee(
        design.astype(float), rows.outcome.to_numpy(float), codes=np.unique(rows.uid, return_inverse=True)[1],
        contrasts=np.eye(6), family=family, correlation=correlation, errors="LZ", waves=rows.visit.to_numpy(),
    )  # fmt: skip
    assert fit.coefficients == pytest.approx(theirs["estimate"], rel=1e-10)
    assert np.sqrt(np.diag(fit.covariance)) == pytest.approx(theirs["robust_se"], rel=1e-10)
    assert fit.correlations == pytest.approx(np.atleast_1d(theirs["alpha"]), rel=1e-10)
    assert fit.dispersion == pytest.approx(theirs["phi"], rel=1e-10)


@pytest.mark.parametrize(
    "visits", [DATA.visit, DATA.visit.map({1: "2019-04", 2: "2019-05", 3: "2019-06", 4: "2019-07"})]
)
def test_the_arm_of_the_trial(visits):
    theirs = expected("logit_ar1")
    one = rct.gee(
        DATA.assign(visit=visits), "outcome", treatment="treatA", cluster="uid", covariates=["male", "age", "baseline"],
        strata="center", family="binomial", correlation="ar1", time="visit", errors="LZ", reference="normal",
    )["1"]  # fmt: skip
    assert (one.estimate, one.std_error) == pytest.approx((theirs["estimate"][1], theirs["robust_se"][1]), rel=1e-10)


def test_standardised_risks():
    theirs = expected("standardised")
    found = rct.risks(
        DATA, "outcome", treatment="treatA", cluster="uid", covariates=["male", "age", "baseline"], strata="center",
        errors="LZ", reference="normal",
    )  # fmt: skip
    control, treated = found.levels
    assert (control.estimate, treated.estimate) == pytest.approx((theirs["risk0"], theirs["risk1"]), rel=1e-12)
    assert (control.std_error, treated.std_error) == pytest.approx((theirs["se_risk0"], theirs["se_risk1"]), rel=1e-12)
    one = found.estimates["1"]
    assert (one.estimate, one.std_error) == pytest.approx((theirs["difference"], theirs["se_difference"]), rel=1e-12)
    ratio, odds = found.log_ratios["1"], found.log_odds_ratios["1"]
    assert (ratio.estimate, ratio.std_error) == pytest.approx(
        (np.log(theirs["ratio"]), theirs["se_log_ratio"]), rel=1e-12
    )
    assert (odds.estimate, odds.std_error) == pytest.approx(
        (np.log(theirs["odds_ratio"]), theirs["se_log_odds_ratio"]), rel=1e-12
    )
