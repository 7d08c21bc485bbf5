"""Weighted Kaplan-Meier, restricted means and Cox regression against R survival, the weights taken as known."""

import json
from pathlib import Path

import pandas as pd
import pytest

from ebpm import cohort

CASE = Path(__file__).parent / "obs02_iptw_veteran"
EXPECTED = json.loads((CASE / "case.json").read_text(encoding="utf-8"))["expected"]


@pytest.fixture(scope="module")
def veterans():
    return pd.read_csv(CASE / "data.csv")


def run(data, **options):
    given = {"event": "status", "treatment": "trt", "covariates": ["age", "karno", "prior"], "horizon": 180}
    return cohort.iptw_survival(data, "time", **given, **options).estimates


@pytest.mark.parametrize("estimand", ["ate", "att"])
def test_weighted_survival(veterans, estimand):
    found = run(veterans, estimand=estimand, errors="known")
    wanted = {name.removeprefix(f"{estimand}_"): value for name, value in EXPECTED.items() if name.startswith(estimand)}
    risks, means = ([found[f"{kind}_{arm}"] for arm in ("untreated", "treated")] for kind in ("risk", "rmst"))
    assert [one.estimate for one in risks] == pytest.approx(wanted["risk"], rel=1e-9)
    assert [one.std_error for one in risks] == pytest.approx(wanted["risk_se_known"], rel=1e-9)
    assert [one.estimate for one in means] == pytest.approx(wanted["rmst"], rel=1e-9)
    assert found["log_hazard_ratio"].estimate == pytest.approx(wanted["log_hazard_ratio"][0], abs=1e-9)
    assert found["log_hazard_ratio"].std_error == pytest.approx(wanted["hazard_se_known"][0], rel=1e-9)


@pytest.mark.parametrize("estimand", ["ate", "att"])
def test_the_estimates_do_not_depend_on_how_the_weights_are_taken(veterans, estimand):
    stacked, known = (run(veterans, estimand=estimand, errors=errors) for errors in ("stacked", "known"))
    assert [one.estimate for one in stacked] == [one.estimate for one in known]
    assert stacked["log_hazard_ratio"].std_error < known["log_hazard_ratio"].std_error
