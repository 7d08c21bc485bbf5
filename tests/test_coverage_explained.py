"""Where an interval of trials or surveys does not cover 93.5 to 96.5 % the library gives a notice, or the page names the routine."""

import csv

import pytest
from make_coverage_table import FAILS

from tests.architecture.source import ROOT

BAND = (0.935, 0.965)
GENERAL = {"R101", "R107"}  # of the data, not of the method

with (ROOT / "docs" / "coverage.csv").open(encoding="utf-8", newline="") as file:
    ROWS = [row for row in csv.DictReader(file) if row["room"] in {"rct", "survey"}]
OUTSIDE = [row for row in ROWS if not BAND[0] <= float(row["coverage"]) <= BAND[1]]


@pytest.mark.parametrize("row", OUTSIDE, ids=lambda row: f"{row['routine']}, {row['setting']}")
def test_a_line_outside_the_band_is_explained(row):
    own = set(row["notices"].split()) - GENERAL
    assert own or f"`{row['routine'].partition(',')[0]}`" in FAILS[row["room"]]


@pytest.mark.parametrize("routine", ["difference_in_means", "lin", "mixed", "hajek", "cluster_estimands"])
def test_defaults_cover_in_every_setting(routine):
    found = [row for row in ROWS if row["routine"].partition(",")[0] == routine and row["room"] == "rct"]
    assert found
    assert all(BAND[0] <= float(row["coverage"]) <= BAND[1] for row in found)
