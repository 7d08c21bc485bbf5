"""Local projections equal diff-diff 3.13.0 and pyfixest 0.60.0 on the county minimum-wage panel (case did21)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import did

FOLDER = Path(__file__).parent / "did21_lpdid_mpdta"
CASE = json.loads((FOLDER / "case.json").read_text(encoding="utf-8"))["expected"]
RTOL = 1e-8
COLUMNS = {"unit": "countyreal", "time": "year", "first_treated": "first_treat"}
SAME = {
    "variance": {"weighting": "variance"}, "variance_never": {"weighting": "variance", "control": "never_treated"},
    "variance_lpop": {"weighting": "variance", "covariates": ["lpop"]}, "pyfixest_variance": {"weighting": "variance"},
}  # fmt: skip


@pytest.fixture(scope="module")
def counties():
    return pd.read_csv(FOLDER / "data.csv")


@pytest.mark.parametrize("case", SAME)
def test_variance_weighted(counties, case):
    found = did.local_projection(counties, "lemp", **COLUMNS, **SAME[case])
    for term, row in CASE[case].items():
        assert found[term].estimate == pytest.approx(row["estimate"], rel=RTOL)
        assert found[term].std_error == pytest.approx(row["se"], rel=RTOL)
        assert found[term].n == row["n"]


def test_regression_adjusted(counties):
    found = did.local_projection(counties, "lemp", **COLUMNS, covariates=["lpop"])
    for term, row in CASE["equal_lpop"].items():
        G = row["clusters"]  # diff-diff has no G/(G-1) on this path
        assert found[term].estimate == pytest.approx(row["estimate"], rel=RTOL)
        assert found[term].std_error == pytest.approx(row["se"] * np.sqrt(G / (G - 1)), rel=RTOL)
        assert (found[term].clusters, found[term].n) == (G, row["n"])


@pytest.mark.parametrize(("case", "base"), [("equal", "last"), ("equal_mean_base", "mean")])
def test_treated_alike_without_covariates(counties, case, base):
    found = did.local_projection(counties, "lemp", **COLUMNS, base=base)
    for term, row in CASE[case].items():
        assert found[term].estimate == pytest.approx(row["estimate"], rel=RTOL)
        # diff-diff: CR1 of the weighted regression, which puts what differs between cohorts elsewhere, and fewer rows.
        assert found[term].std_error == pytest.approx(row["se"], rel=0.01)


def test_fixed_composition(counties):
    found = did.local_projection(counties, "lemp", **COLUMNS, weighting="variance", composition="fixed", pre_window=1)
    for term in ("0", "1", "2", "3"):
        assert found[term].estimate == pytest.approx(CASE["variance_fixed"][term]["estimate"], rel=RTOL)
        assert found[term].std_error == pytest.approx(CASE["variance_fixed"][term]["se"], rel=RTOL)
