"""Covariates of doses and of switches: diff-diff 3.13.0 and the authors' own py_did_multiplegt_dyn 0.1.9 are the witnesses (case did32).

Estimates agree. Errors: diff-diff takes cohort sizes and the doses over which slopes are averaged as known, as without covariates; where they do
not enter they agree. py_did_multiplegt_dyn takes the spread of X'y, not that of the residuals X'e, for the error of the covariates' coefficients:
larger than the spread of its estimates. Ours are checked against derivatives by weights (tests/did/test_covariates.py) and by simulation.
"""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import did
from tests.did.doses_and_switches import DOSES, SWITCHES

FOLDER = Path(__file__).parent / "did32_covariates_simulated"
CASE = json.loads((FOLDER / "case.json").read_text(encoding="utf-8"))["expected"]
COVARIATES = ["x", "z"]


@pytest.fixture(scope="module")
def curves():
    data = pd.read_csv(FOLDER / "doses.csv")
    return {
        panel: did.continuous_dose(rows, "y", **DOSES, covariates=COVARIATES, grid=[0.5, 1.0, 1.5, 2.0])
        for panel, rows in data.groupby("panel")
    }


@pytest.mark.parametrize("target", ["level", "slope"])
@pytest.mark.parametrize("panel", ["two", "staggered"])
def test_curves_by_dose(curves, panel, target):
    found = curves[panel].aggregate("dose", target=target)
    expected = CASE["doses"][panel][target]
    np.testing.assert_allclose([item.estimate for item in found][:-1], expected["estimate"], rtol=1e-8)
    if panel == "two":
        np.testing.assert_allclose([item.std_error for item in found][:-1], expected["se"], rtol=1e-8)


@pytest.mark.parametrize("panel", ["two", "staggered"])
def test_averages_over_doses(curves, panel):
    level, slope = curves[panel].estimates
    assert (level.estimate, slope.estimate) == pytest.approx(
        [CASE["doses"][panel][term][0] for term in ("att", "acrt")], rel=1e-8
    )
    if panel == "two":
        assert level.std_error == pytest.approx(CASE["doses"][panel]["att"][1], rel=1e-8)


@pytest.mark.parametrize(("name", "more"), [("plain", {}), ("weights", {"weights": "w"})])
def test_switches(name, more):
    data, expected = pd.read_csv(FOLDER / "switches.csv"), CASE["switches"][name]
    found = did.switching(data, "y", **SWITCHES, covariates=COVARIATES, effects=3, placebos=2, **more)
    event = {item.term: item for item in (*found.aggregate("event"), found.estimates.headline)}
    for term, one in expected.items():
        assert event[term].estimate == pytest.approx(one["estimate"], rel=1e-8)
        assert 0.85 * one["se"] < event[term].std_error < one["se"]
