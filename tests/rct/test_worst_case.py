"""Bounds under attrition: worst cases by arm against their witness; Lee's within cells; what they refuse."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from ebpm import rct
from ebpm.errors import DesignError
from tests.rct.test_difference import trial
from tests.rct.test_lee_bounds import lossy

CASE = Path(__file__).parents[1] / "reference" / "svy03_manski_bounds_star"


def test_the_witness():
    expected = json.loads((CASE / "case.json").read_text(encoding="utf-8"))["expected"]["binary"]
    found = rct.worst_case(pd.read_csv(CASE / "data.csv"), "y", treatment="small").headline
    interval = expected["imbens_manski"]
    ours = (found.low, found.high, found.std_error_low, found.std_error_high, found.conf_low, found.conf_high)
    theirs = (expected["ATE_lower"], expected["ATE_upper"], interval["se_lower"], interval["se_upper"],
              interval["ci_low"], interval["ci_high"])  # fmt: skip
    assert ours == pytest.approx(theirs, rel=1e-8)


@pytest.mark.parametrize(
    "design", [{}, {"strata": "ward"}, {"cluster": "school"}, {"cluster": "school", "strata": "ward"}]
)
def test_with_nobody_missing_the_bounds_meet(design):
    data = trial()
    found = rct.worst_case(data, "kwh", treatment="arm", low=0, high=20, **design)
    alone = rct.difference_in_means(data, "kwh", treatment="arm", **design)["1"]
    assert (found.headline.low, found.headline.high) == pytest.approx((alone.estimate,) * 2)
    assert found.headline.std_error_low == pytest.approx(alone.std_error)
    assert len(found.notices) == 0


def test_a_wider_range_gives_wider_bounds_that_hold_lees():
    data = lossy()
    narrow, wide = (
        rct.worst_case(data, "kwh", treatment="arm", low=5 - more, high=15 + more).headline for more in (0, 5)
    )
    lee = rct.lee_bounds(data, "kwh", treatment="arm").headline
    assert wide.low < narrow.low < lee.low <= lee.high < narrow.high < wide.high
    assert narrow.difference == pytest.approx(lee.difference)


def test_an_outcome_beyond_its_range_is_refused():
    with pytest.raises(DesignError, match="outside the range"):
        rct.worst_case(trial(), "kwh", treatment="arm", low=0, high=1)


def in_cells(seed=0, n=4000):
    rng = np.random.default_rng(seed)
    x, arm = rng.integers(0, 3, n), rng.permutation(np.arange(n) % 2)
    kept = rng.random(n) < 0.55 + 0.1 * x + 0.12 * arm
    y = 2.0 * x + rng.normal(size=n) + 0.5 * arm
    return pd.DataFrame({"x": x, "arm": arm, "y": np.where(kept, y, np.nan), "row": range(n)})


def test_cells_tighten_lees_bounds_and_average_their_own():
    data = in_cells()
    found, whole = (rct.lee_bounds(data, "y", treatment="arm", **what).headline for what in ({"cells": "x"}, {}))
    assert whole.low < found.low < 0.5 < found.high < whole.high
    parts = [rct.lee_bounds(data[data.x == x], "y", treatment="arm").headline for x in range(3)]
    weights = data[data.y.notna() & (data.arm == 0)].x.value_counts(normalize=True).sort_index()
    assert found.low == pytest.approx(weights @ [one.low for one in parts], rel=1e-10)
    assert found.high == pytest.approx(weights @ [one.high for one in parts], rel=1e-10)
    assert found.cells == 3


def test_one_cell_and_strata_are_cells():
    data = in_cells()
    same = rct.lee_bounds(data.assign(one=1), "y", treatment="arm", cells=["one"])
    assert same.headline.low == rct.lee_bounds(data, "y", treatment="arm").headline.low
    strata = rct.lee_bounds(data, "y", treatment="arm", strata="x").headline
    assert strata.low == pytest.approx(rct.lee_bounds(data, "y", treatment="arm", cells="x").headline.low)


def test_cells_with_clusters_of_one_row():
    data = in_cells()
    rows, clusters = (
        rct.lee_bounds(data, "y", treatment="arm", cells="x", **what).headline for what in ({}, {"cluster": "row"})
    )
    factor = (len(data) / (len(data) - 1)) ** 0.5
    assert clusters.std_error_low == pytest.approx(factor * rows.std_error_low, rel=2e-3)
    assert clusters.std_error_high == pytest.approx(factor * rows.std_error_high, rel=2e-3)


def test_the_standard_error_in_cells_is_that_of_repeated_trials():
    found = [rct.lee_bounds(in_cells(seed, 2000), "y", treatment="arm", cells="x").headline for seed in range(250)]
    for side in ("low", "high"):
        spread = np.std([getattr(one, side) for one in found])
        assert np.mean([getattr(one, f"std_error_{side}") for one in found]) == pytest.approx(spread, rel=0.15)


def test_r122_cells_in_which_the_other_arm_is_observed_more():
    data = in_cells()
    assert "R122" not in rct.lee_bounds(data, "y", treatment="arm", cells="x").notices
    odd = data.assign(y=data.y.where((data.x > 0) | (data.arm == 0) | (data.row % 3 > 0)))
    assert "R122" in rct.lee_bounds(odd, "y", treatment="arm", cells="x").notices
    assert "R122" not in rct.lee_bounds(odd, "y", treatment="arm").notices


def test_a_cell_without_outcomes_is_named():
    data = in_cells().assign(rare=lambda d: (d.row < 3).astype(int))
    with pytest.raises(DesignError, match="rare = 1"):
        rct.lee_bounds(data, "y", treatment="arm", cells=["x", "rare"])


@pytest.mark.parametrize(("lang", "word"), [("ja", "最も不利"), ("en", "worst-case")])
def test_words_and_figure(lang, word):
    found = rct.worst_case(lossy(), "kwh", treatment="arm", low=0, high=20, cluster="school")
    assert word in found.plot(lang=lang).get_legend().get_texts()[0].get_text()
    assert ("欠測" if lang == "ja" else "whatever") in found.summary(lang)
    assert found.estimates.headline.method == "rct.worst_case"
