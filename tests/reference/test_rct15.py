"""Adjusted p values equal R's p.adjust (case rct15)."""

import json
from pathlib import Path

import numpy as np
import pytest

from ebpm.stats.multiple import ADJUSTMENTS, sharpened

CASE = json.loads((Path(__file__).parent / "rct15_multiple_testing_pvalues" / "case.json").read_text(encoding="utf-8"))
THEIRS = {
    "bonferroni": "bonferroni", "holm": "holm", "hochberg": "hochberg", "benjamini_hochberg": "BH",
    "benjamini_yekutieli": "BY",
}  # fmt: skip


@pytest.mark.parametrize("name", THEIRS)
@pytest.mark.parametrize("expected", [CASE["expected"], CASE["expected"]["set2"]], ids=["sorted", "unsorted"])
def test_adjusted_p_values(expected, name):
    if THEIRS[name] in expected:
        assert ADJUSTMENTS[name](expected["p"]) == pytest.approx(expected[THEIRS[name]], abs=1e-12)  # the case's


@pytest.mark.parametrize("expected", [CASE["expected"], CASE["expected"]["set2"]], ids=["sorted", "unsorted"])
def test_sharpened_q_values(expected):
    found = sharpened(expected["p"])
    assert found == pytest.approx(expected["sharpened_q_exact_infimum"], abs=1e-12)
    on_grid = np.ceil(found / 0.001 - 1e-9) * 0.001  # Anderson's search goes down a grid of 0.001
    assert on_grid == pytest.approx(expected["sharpened_q_anderson2008_grid_0.001"], abs=1e-12)
