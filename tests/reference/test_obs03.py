"""NHEFS with the persons who were lost: weights for treatment and for being seen, against R and the book."""

import json
from pathlib import Path

import pandas as pd
import pytest

from ebpm import cohort

CASE = Path(__file__).parent / "obs03_nhefs_lost"
EXPECTED = json.loads((CASE / "case.json").read_text(encoding="utf-8"))
COVARIATES = [
    "sex", "race", "age", "age^2", "C(education)", "smokeintensity", "smokeintensity^2", "smokeyrs", "smokeyrs^2",
    "C(exercise)", "C(active)", "wt71", "wt71^2",
]  # fmt: skip


@pytest.fixture(scope="module")
def found():
    data = pd.read_csv(CASE / "data.csv")
    return cohort.iptw(data, "wt82_71", treatment="qsmk", covariates=COVARIATES, lost="weighted")


def test_lost_weight(found):
    expected = EXPECTED["expected"]
    terms = {"difference": "difference", "mean0": "mean_untreated", "mean1": "mean_treated"}
    for name, term in terms.items():
        assert found.estimates[term].estimate == pytest.approx(expected[name], rel=1e-8)
    assert found.estimates.headline.std_error == pytest.approx(expected["std_error"], rel=1e-6)


def test_it_lies_within_what_the_book_says(found):
    head, book = found.estimates.headline, EXPECTED["published"]
    assert round(head.estimate, 1) == book["difference"]
    assert book["conf_low"] <= round(head.conf_low, 1) < round(head.conf_high, 1) <= book["conf_high"]
    assert next(one for one in found.notices if one.code == "C416").facts["lost"] == 63
