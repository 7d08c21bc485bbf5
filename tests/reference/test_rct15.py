"""Adjusted p values equal R's p.adjust (case rct15)."""

import json
from pathlib import Path

import pytest

from ebpm.stats.multiple import ADJUSTMENTS

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
