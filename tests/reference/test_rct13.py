"""Lee's bounds with discrete scores (case rct13): each of the three conventions for ties, and the standard errors of the one that the case gives."""

import json
from pathlib import Path

import pandas as pd
import pytest

from ebpm import rct

FOLDER = Path(__file__).parent / "rct13_lee_bounds_star"
EXPECTED = json.loads((FOLDER / "case.json").read_text(encoding="utf-8"))["expected"]
RTOL = 1e-9  # the case, given the convention
THEIRS = {"count": "floor_count", "fraction": "fractional", "quantile": "quantile_inclusive"}


def bounds(ties):
    return rct.lee_bounds(pd.read_csv(FOLDER / "data.csv"), "read3", treatment="small", ties=ties)


@pytest.mark.parametrize("ties", THEIRS)
def test_bounds(ties):
    found, expected = bounds(ties).headline, EXPECTED[f"bounds_{THEIRS[ties]}"]
    assert (found.low, found.high) == pytest.approx((expected["lower"], expected["upper"]), rel=RTOL)
    assert found.trimmed_share == pytest.approx(EXPECTED["trim_proportion"], rel=RTOL)
    assert found.observed == pytest.approx((EXPECTED["resp_treated"], EXPECTED["resp_control"]), rel=RTOL)
    assert found.difference == pytest.approx(EXPECTED["naive_difference"], rel=RTOL)
    assert (found.n, found.trimmed_arm) == (EXPECTED["n_assigned"], "1")


def test_standard_errors_and_interval_of_the_quantile_convention():
    found, interval = bounds("quantile").headline, EXPECTED["imbens_manski95"]
    assert (found.std_error_low, found.std_error_high) == pytest.approx(
        (EXPECTED["se_lower"], EXPECTED["se_upper"]), rel=RTOL
    )
    assert (found.conf_low, found.conf_high) == pytest.approx((interval["low"], interval["high"]), rel=1e-8)


def test_the_convention_is_said():
    assert bounds("fraction").estimates.headline.method == "rct.lee_fraction"
