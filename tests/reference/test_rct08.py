"""Effect on compliers: two-stage least squares with HC2 (case rct08), as R's estimatr."""

import json
from pathlib import Path

import pandas as pd
import pytest

from ebpm import rct

FOLDER = Path(__file__).parent / "rct08_cace_vitaminA"
EXPECTED = json.loads((FOLDER / "case.json").read_text(encoding="utf-8"))["expected"]
RTOL = 1e-8  # the case
COLUMNS = {
    "estimate": "estimate", "se": "std_error", "t": "statistic", "df": "df", "p": "p_value",
    "ci_low": "conf_low", "ci_high": "conf_high",
}  # fmt: skip


@pytest.fixture(scope="module")
def found():
    return rct.cace(pd.read_csv(FOLDER / "data.csv"), "y", delivered="d", assigned="z")


def assert_equal(ours, expected):
    values = {theirs: getattr(ours, name) for theirs, name in COLUMNS.items()}
    assert values == pytest.approx({name: expected[name] for name in values}, rel=RTOL)


def test_effect_on_compliers(found):
    assert_equal(found.effect, EXPECTED["iv_HC2"]["d"])
    assert found.effect.estimate == pytest.approx(EXPECTED["wald_ratio"], rel=RTOL)
    assert found.effect.std_error == pytest.approx(EXPECTED["delta_method_neyman"]["se"], rel=RTOL)


def test_effect_of_assignment_and_first_stage(found):
    assert_equal(found.itt, EXPECTED["itt_HC2"])
    assert_equal(found.first_stage, EXPECTED["first_stage_HC2"])
    assert found.first_stage_f == pytest.approx(EXPECTED["first_stage_F"]["robust_HC2"], rel=RTOL)
