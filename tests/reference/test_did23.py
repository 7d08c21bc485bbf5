"""Group-time triple differences equal moderndid 0.2.0 and diff-diff 3.13.0 on the county minimum-wage panel (case did23)."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import did

FOLDER = Path(__file__).parent / "did23_ddd_mpdta"
CASE = json.loads((FOLDER / "case.json").read_text(encoding="utf-8"))["expected"]
COLUMNS = {"unit": "countyreal", "time": "year", "first_treated": "first_treat", "eligible": "eligible"}
RTOL = 1e-6  # moderndid's logit stops at 1e-8; without a propensity score 1e-10 holds


@pytest.fixture(scope="module")
def counties():
    return pd.read_csv(FOLDER / "data.csv")


def ours(counties, case):
    control, base, method = case.split("/")
    adjusted = {} if method == "none" else {"covariates": ["lpop"], "method": method}
    return did.triple_gt(counties, "lemp", **COLUMNS, control=control, base=base, **adjusted)


@pytest.mark.parametrize("case", [name for name in CASE if name.startswith(("never", "not_yet"))])
def test_cells(counties, case):
    found = ours(counties, case)
    comparison, estimates = {cell.name: len(cell.comparison) for cell in found.cells}, found.estimates
    assert set(comparison) == set(CASE[case]["cells"])
    for term, row in CASE[case]["cells"].items():
        assert estimates[term].estimate == pytest.approx(row["estimate"], rel=RTOL, abs=1e-14)
        if row["se"] is not None and comparison[term] == 1:
            assert estimates[term].std_error == pytest.approx(row["se"], rel=RTOL)


def test_peers_scale_errors_of_combined_cells_wrongly(counties):
    # The variance of a combination of comparison cohorts is w'Vw with V the cross-products of influence. moderndid computes V for the N
    # units of the cell, with N - 1, and divides by all 500. diff-diff's cell is smaller still, while its own event time 2, which
    # is the cell 2004:2006 and no other, has our error.
    found = ours(counties, "not_yet_treated/universal/none")
    theirs = CASE["not_yet_treated/universal/none"]["cells"]
    combined = [cell.name for cell in found.cells if len(cell.comparison) > 1 and not cell.is_reference]
    assert len(combined) == 6
    estimates = found.estimates
    for term in combined:
        N = estimates[term].n / 2
        wrong = estimates[term].std_error * np.sqrt(N / 500 * N / (N - 1))
        assert theirs[term]["se"] == pytest.approx(wrong, rel=1e-9)
    same = CASE["diff_diff/not_yet_treated"]["event"]["2"]
    assert estimates["2004:2006"].std_error == pytest.approx(same["se"], rel=1e-9)
    assert CASE["diff_diff/not_yet_treated"]["cells"]["2004:2006"]["se"] < theirs["2004:2006"]["se"]


@pytest.mark.parametrize("control", ["never_treated", "not_yet_treated"])
def test_the_mean_over_the_treated_weighs_cohorts_by_their_eligible_units(counties, control):
    # G is finite for the eligible alone (equation 2.3 of the paper); moderndid weighs by all units of the cohort.
    cells = CASE[f"{control}/universal/none"]["cells"]
    after = {term: row["estimate"] for term, row in cells.items() if int(term[5:]) >= int(term[:4])}
    units = counties.drop_duplicates("countyreal")
    for own, expected in (
        (units[units.eligible == 1], ours(counties, f"{control}/universal/none").aggregate("simple").headline.estimate),
        (units, CASE[f"{control}/universal/none"]["simple"]["estimate"]),
    ):
        sizes = own.groupby("first_treat").size()
        weights = np.array([sizes[int(term[:4])] for term in after])
        assert expected == pytest.approx(weights @ np.array(list(after.values())) / weights.sum(), rel=1e-9)


@pytest.mark.parametrize("control", ["never_treated", "not_yet_treated"])
def test_event_times(counties, control):
    found = ours(counties, f"{control}/universal/none").aggregate("event")
    for term, row in CASE[f"diff_diff/{control}"]["event"].items():
        assert found[term].estimate == pytest.approx(row["estimate"], rel=1e-9)
        assert found[term].std_error == pytest.approx(row["se"], rel=1e-9)
