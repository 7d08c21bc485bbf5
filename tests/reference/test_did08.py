"""The decomposition equals R's bacondecomp on the castle panel (case did08), and its sum our two-way coefficient."""

import json
from pathlib import Path

import pandas as pd
import pytest

from ebpm import did

FOLDER = Path(__file__).parent / "did08_bacon_castle"
CASE = json.loads((FOLDER / "case.json").read_text(encoding="utf-8"))["expected"]
RTOL = 1e-8  # the case: closed form
KINDS = {
    "Treated vs Untreated": "treated_never",
    "Earlier vs Later Treated": "earlier_later",
    "Later vs Earlier Treated": "later_earlier",
}


@pytest.fixture(scope="module")
def castle():
    return pd.read_csv(FOLDER / "data.csv")


@pytest.fixture(scope="module")
def parts(castle):
    return did.bacon(castle, "l_homicide", unit="sid", time="year", first_treated="first")


@pytest.mark.parametrize("row", CASE["components"], ids=lambda row: f"{row['treated']}-{row['untreated']}")
def test_every_comparison(parts, row):
    found = next(
        one for one in parts.comparisons if (one.cohort, one.against) == (row["treated"], float(row["untreated"]))
    )
    assert found.kind == KINDS[row["type"]]
    assert found.estimate == pytest.approx(row["estimate"], rel=RTOL)
    assert found.weight == pytest.approx(row["weight"], rel=RTOL)


@pytest.mark.parametrize("row", CASE["by_type"], ids=lambda row: row["type"])
def test_every_kind(parts, row):
    assert parts.weight(KINDS[row["type"]]) == pytest.approx(row["weight"], rel=RTOL)
    assert parts.mean(KINDS[row["type"]]) == pytest.approx(row["avg_estimate"], rel=RTOL)


def test_the_sum_is_the_two_way_coefficient(castle, parts):
    assert len(parts.comparisons) == len(CASE["components"])
    assert parts.coefficient == pytest.approx(CASE["twfe"], rel=RTOL)
    two_way = did.twfe(castle, "l_homicide", unit="sid", time="year", treatment="post_bin").headline
    assert parts.estimates.headline.estimate == pytest.approx(two_way.estimate, rel=1e-12)
