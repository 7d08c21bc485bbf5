"""Guard rails before an estimate: each fires where it should and is silent where it should be."""

import numpy as np
import pandas as pd
import pytest

from ebpm import did
from ebpm.did.advice.screening import Amounts
from ebpm.errors import DataError
from tests.did.panels import COLUMNS, LARGE, NEVER, panel

PLAIN = {"unit": "unit", "time": "time", "first_treated": "first"}


def codes(data, **how):
    found = did.check_design(data, "y", **PLAIN, **how)
    assert all("{" not in found.to_text(lang) for lang in ("ja", "en"))
    return found.codes


def test_a_sound_design_raises_nothing():
    assert codes(panel(LARGE), covariates=["x"]) == ()


@pytest.mark.parametrize("transform", [np.log1p, np.arcsinh])
def test_logarithms_of_counts_with_zeros(transform):
    data = panel(LARGE)
    counts = np.random.default_rng(1).poisson(2.0, len(data))
    assert "D239" in codes(data.assign(y=transform(counts)))
    assert "D239" not in codes(data.assign(y=transform(counts + 1.0)))
    assert "D239" not in codes(data.assign(y=counts))


def test_counts_and_skewed_amounts_with_zeros():
    data, rng = panel(LARGE), np.random.default_rng(1)
    assert codes(data.assign(y=rng.poisson(2.0, len(data)))) == ("D240",)
    money = np.exp(2 * rng.normal(size=len(data))) * (rng.random(len(data)) > 0.3)
    assert "D240" in codes(data.assign(y=money))
    assert codes(data.assign(y=rng.poisson(2.0, len(data)) + 1)) == ()
    assert codes(data.assign(y=(rng.random(len(data)) > 0.5) * 1.0)) == ()


def test_a_covariate_that_treatment_moves():
    data = panel(LARGE)
    rng = np.random.default_rng(3)
    data = data.assign(noise=rng.normal(size=len(data)), moved=rng.normal(size=len(data)) + 2 * data["treated"])
    found = did.check_design(data, "y", **PLAIN, covariates=["x", "noise", "moved"])
    assert [(one.code, one.about) for one in found] == [("D241", "moved")]


def test_one_unit_that_decides():
    data = panel(LARGE)
    data.loc[(data["unit"] == 70) & (data["time"] > 4), "y"] += 500
    found = did.check_design(data, "y", **PLAIN)
    assert [(one.code, one.about) for one in found] == [("D242", "70")]


def test_few_treated_clusters():
    assert codes(panel({NEVER: 30, 4: 3})) == ("D244",)
    data = panel({NEVER: 30, 4: 30}).assign(ward=lambda rows: rows["unit"] // 10)
    assert codes(data) == ()
    assert codes(data, cluster="ward") == ("D244",)


def test_periods_without_comparison_and_treatment_that_ends():
    assert codes(panel({3: 20, 5: 20})) == ("D245",)
    data = panel(LARGE)
    ended = data.assign(treated=data["treated"] * (data["time"] < 7))
    assert did.check_design(ended, "y", unit="unit", time="time", treatment="treated").codes == ("D246",)


def test_a_single_period_before():
    assert codes(panel({NEVER: 20, 2: 20})) == ("D249",)
    assert codes(panel({NEVER: 20, 3: 20})) == ()


def test_repeated_cross_sections_and_gaps():
    data = panel(LARGE)
    assert did.check_design(data.assign(y=np.log1p(np.arange(len(data)) % 4)), "y", time="time").codes == ("D239",)
    assert codes(data.sample(frac=0.9, random_state=1)) == ()


def test_the_kind_of_number():
    assert Amounts.of(np.array([0.0, 1.0, 2.0])).counts
    assert not Amounts.of(np.array([0.0, 1.0, 1.0])).counts
    assert not Amounts.of(np.array([-1.0, 1.0, 2.0])).multiplicative
    assert not Amounts.of(np.zeros(4)).multiplicative


def test_bad_input():
    with pytest.raises(DataError):
        did.check_design(panel(LARGE).assign(y="a"), "y", **COLUMNS)
    with pytest.raises(DataError):
        did.check_design(pd.DataFrame(panel(LARGE)), "y", unit="unit", time="time")


def test_units_always_treated_are_told_before_anything_is_estimated():
    data = panel({NEVER: 30, 1: 7, 5: 30})
    found = did.check_design(data, "y", **COLUMNS)
    (notice,) = [one for one in found if one.code == "D207"]
    assert dict(notice.facts) == {"units": 7}
    assert "D207" not in did.check_design(panel({NEVER: 30, 5: 30}), "y", **COLUMNS).codes
    by_row = data.assign(d=((data["first"] > 0) & (data["time"] >= data["first"])).astype(int))
    assert "D207" in did.check_design(by_row, "y", unit="unit", time="time", treatment="d").codes
