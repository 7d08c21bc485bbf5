"""Pooled logistic regression, standardised: risks and stacked errors of R."""

import json
from pathlib import Path

import pandas as pd
import pytest

from ebpm import cohort

CASE = Path(__file__).parent / "obs04_veteran_pooled"
EXPECTED = json.loads((CASE / "case.json").read_text(encoding="utf-8"))["expected"]


def test_pooled_logistic():
    data = pd.read_csv(CASE / "data.csv")
    found = cohort.pooled_logistic(
        data, "time", event="status", treatment="trt", covariates=["karno", "age", "karno^2"], horizon=180, interval=30
    ).estimates
    for name, term in {"risk0": "mean_untreated", "risk1": "mean_treated", "difference": "difference"}.items():
        assert found[term].estimate == pytest.approx(EXPECTED[name], rel=1e-8)
    assert found["difference"].std_error == pytest.approx(EXPECTED["std_error"], rel=1e-6)
