"""A one-stage cluster sample of districts gives the published means, totals and raked means (case svy02), to every digit printed."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import survey
from ebpm.moments.frame import Frame
from ebpm.stats.inference import t_estimate
from ebpm.survey.design.sampling import sampling
from ebpm.survey.linear import mean_of, total_of
from ebpm.survey.weighting.calibration import residuals

FOLDER = Path(__file__).parent / "svy02_api_clus1"
CASE = json.loads((FOLDER / "case.json").read_text(encoding="utf-8"))["expected"]
DESIGN = {"cluster": "dnum", "population": "fpc"}


@pytest.fixture(scope="module")
def schools():
    return pd.read_csv(FOLDER / "data.csv")


@pytest.fixture(scope="module")
def raked(schools):
    return survey.rake(schools, CASE["margins"], weights="pw")


def assert_printed(one, expected):
    for value, text in ((one.estimate, expected["estimate"]), (one.std_error, expected["se"])):
        digits = len(text.partition(".")[2])
        assert f"{value:.{digits}f}" == text


def test_mean_and_total(schools):
    mean = survey.mean(schools, "api00", weights="pw", **DESIGN).headline
    assert_printed(mean, CASE["mean_api00"])
    assert (mean.df, mean.clusters, mean.n) == (14, 15, 183)
    assert_printed(survey.total(schools, "enroll", weights="pw", **DESIGN).headline, CASE["total_enroll"])


@pytest.mark.parametrize("level", ["E", "H", "M"])
def test_shares_and_totals_of_codes(schools, level):
    assert_printed(survey.mean(schools, "stype", weights="pw", **DESIGN)[level], CASE["share_stype"][level])
    assert_printed(survey.total(schools, "stype", weights="pw", **DESIGN)[level], CASE["total_stype"][level])


def test_raked_with_residuals_weighted_by_the_design(schools, raked):
    design = sampling(Frame.of(schools), weights=raked, strata=None, **DESIGN)
    rows, fixed = np.ones(len(schools), dtype=bool), replace(design, calibration=None)
    for statistic, outcome, name in (
        (mean_of, "api00", "raked_mean_api00"),
        (total_of, "enroll", "raked_total_enroll"),
    ):
        found = statistic(schools[[outcome]].to_numpy(float), raked.weights, rows=rows, terms=(outcome,))
        left = residuals(raked.calibration.X, found.scores, slopes=schools["pw"].to_numpy())
        one = t_estimate(
            found.values[0],
            fixed.covariance(left)[0, 0] ** 0.5,
            term=outcome,
            n=183,
            estimand="mean",
            method="survey.raked",
        )
        assert_printed(one, CASE[name])


def test_raked_as_derived_is_near(schools, raked):
    ours = survey.mean(schools, "api00", weights=raked, **DESIGN).headline
    assert f"{ours.estimate:.2f}" == CASE["raked_mean_api00"]["estimate"]
    assert ours.std_error == pytest.approx(float(CASE["raked_mean_api00"]["se"]), rel=0.01)  # same limit, other weights
