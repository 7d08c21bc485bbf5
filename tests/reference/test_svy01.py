"""Stratified means of California's schools equal R's survey (case svy01), every block."""

import json
from pathlib import Path

import pandas as pd
import pytest

from ebpm import survey

FOLDER = Path(__file__).parent / "svy01_stratified_mean"
CASE = json.loads((FOLDER / "case.json").read_text(encoding="utf-8"))["expected"]
RTOL = 1e-8  # the case: closed form
DESIGNS = {
    "strat_fpc": {"weights": "pw", "strata": "stype", "population": "fpc"},
    "strat_nofpc": {"weights": "pw", "strata": "stype"},
    "weights_only": {"weights": "pw"},
}


@pytest.fixture(scope="module")
def schools():
    table = pd.read_csv(FOLDER / "data.csv")
    return table.assign(wide=(table["sch.wide"] == "Yes").astype(float))


def assert_equal(one, expected):
    assert one.estimate == pytest.approx(expected["estimate"], rel=RTOL)
    assert one.std_error == pytest.approx(expected["se"], rel=RTOL)


@pytest.mark.parametrize("block", DESIGNS)
def test_means_and_shares(schools, block):
    assert_equal(survey.mean(schools, "api00", **DESIGNS[block]).headline, CASE[block]["mean_api00"])
    assert_equal(survey.mean(schools, "wide", **DESIGNS[block]).headline, CASE[block]["prop_sch_wide"])
    assert_equal(survey.mean(schools, "sch.wide", **DESIGNS[block])["Yes"], CASE[block]["prop_sch_wide"])


@pytest.mark.parametrize("block", ["strat_fpc", "weights_only"])
def test_degrees_of_freedom(schools, block):
    assert survey.mean(schools, "api00", **DESIGNS[block]).headline.df == CASE[block]["degf"]


def test_total_and_ratio(schools):
    design, expected = DESIGNS["strat_fpc"], CASE["strat_fpc"]
    assert_equal(survey.total(schools, "enroll", **design).headline, expected["total_enroll"])
    assert_equal(survey.ratio(schools, "api00", denominator="api99", **design).headline, expected["ratio_api00_api99"])


@pytest.mark.parametrize(("interval", "theirs"), [("t", "mean"), ("logit", "xlogit"), ("logit", "logit")])
def test_intervals_of_a_share(schools, interval, theirs):
    one = survey.proportion(schools, "sch.wide", interval=interval, **DESIGNS["strat_fpc"])["Yes"]
    expected = CASE["ci_prop_strat_fpc"][theirs]
    assert (one.conf_low, one.conf_high) == pytest.approx((expected["low"], expected["high"]), rel=RTOL)


def test_domains(schools):
    found = survey.mean(schools, "api00", by="stype", **DESIGNS["strat_fpc"])
    rows = CASE["by_stype"]
    assert found.terms == tuple(rows["level"])
    for level, mean, se in zip(rows["level"], rows["mean"], rows["se"], strict=True):
        assert_equal(found[level], {"estimate": mean, "se": se})


def test_effective_sample_size(schools):
    assert survey.effective_size(schools["pw"].to_numpy()) == pytest.approx(CASE["kish_ess"], rel=RTOL)
