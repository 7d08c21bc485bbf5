"""Where an interval or band of panels is too narrow the library says so, and what it then names is wide enough."""

import csv

import coverage_panels
import numpy as np
import pytest
from make_coverage_table import FAILS

from tests.architecture.source import ROOT

LEAST = 0.935
TOLD = {"D211", "D250"}

with (ROOT / "docs" / "coverage.csv").open(encoding="utf-8", newline="") as file:
    LINES = {(row["routine"], row["setting"]): row for row in csv.DictReader(file) if row["room"] == "did"}
ROWS = {(row.routine, row.setting): row for row in coverage_panels.rows()}


def short(line):
    return min(float(line["coverage"]), float(line["band_coverage"] or 1.0)) < LEAST


SHORT = [key for key, line in LINES.items() if short(line)]


def test_every_line_is_one_that_is_drawn():
    assert set(LINES) <= set(ROWS)
    assert SHORT


@pytest.mark.parametrize("key", SHORT, ids=", ".join)
def test_what_is_too_narrow_is_noticed_or_explained(key):
    found = ROWS[key].run(np.random.default_rng(20190401))
    assert TOLD & set(found.codes) or f"`{key[0].partition(',')[0]}` with" in FAILS["did"]


@pytest.mark.parametrize("key", [key for key in LINES if key[0].endswith("satterthwaite")], ids=", ".join)
def test_the_errors_that_are_named_cover(key):
    assert not short(LINES[key])


@pytest.mark.parametrize(
    "key", [key for key, line in LINES.items() if not short(line) and "60 treated" in key[1]], ids=", ".join
)
def test_what_is_wide_enough_with_many_clusters_is_not_noticed(key):
    assert not TOLD & set(ROWS[key].run(np.random.default_rng(20190401)).codes)
