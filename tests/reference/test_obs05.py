"""Clones and histories weighted for leaving, with a circumstance that changes: risks and hazard ratios of R."""

import json
from pathlib import Path

import pandas as pd
import pytest

from ebpm import cohort

CASE = Path(__file__).parent / "obs05_clones_lost"
EXPECTED = json.loads((CASE / "case.json").read_text(encoding="utf-8"))["expected"]


@pytest.mark.parametrize(("handling", "days"), [("clone_censor_weight", 90), ("time_varying", 0)])
def test_histories_of_treatment_and_loss(handling, days):
    trial = {
        "person": "pid", "time_zero": "zero",
        "treatment": {"started": "started", "handling": handling, "days": days, "treated": "begun", "untreated": "none"},
        "follow_up": {"days": 240, "interval": 30, "ends": ["left"], "lost": "weighted", "changes": ["worse"]},
        "outcome": {"date": "back", "text": "readmission"},
    }  # fmt: skip
    data = pd.read_csv(CASE / "data.csv").sample(frac=1.0, random_state=1)
    found = cohort.emulate(data, "back", trial=trial, covariates=["x"]).estimates
    for term, value in EXPECTED[handling].items():
        assert found[term].estimate == pytest.approx(value, rel=1e-8)
