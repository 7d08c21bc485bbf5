"""Fine and Gray's regression with the estimated censoring weights counted equals mets; with known weights survival (case srv06)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import cohort

FOLDER = Path(__file__).parent / "srv06_fine_gray_censoring"
CASE = json.loads((FOLDER / "case.json").read_text(encoding="utf-8"))["expected"]
RTOL = 1e-8


@pytest.fixture(scope="module")
def patients():
    return pd.read_csv(FOLDER / "data.csv").sample(frac=1.0, random_state=1)


@pytest.mark.parametrize("ties", ["efron", "breslow"])
@pytest.mark.parametrize(
    ("errors", "coef", "se"), [("stacked", "coef", "stacked_se"), ("known", "known_coef", "known_se")]
)
def test_fine_gray(patients, ties, errors, coef, se):
    found = cohort.fine_gray(
        patients, "time", event="status", events={1: "transplant", 2: "death"}, cause="death", covariates=["trt", "age", "bili"],
        ties=ties, errors=errors,
    ).estimates  # fmt: skip
    np.testing.assert_allclose([one.estimate for one in found], CASE[coef], rtol=RTOL)
    np.testing.assert_allclose([one.std_error for one in found], CASE[se], rtol=RTOL)
    if errors == "stacked":
        np.testing.assert_allclose(found.covariance, CASE["stacked_var"], rtol=RTOL, atol=1e-12)
