"""Outcomes in which nobody changes before treatment, as in survival: no variation, and no rounding in its place."""

import numpy as np
import pandas as pd
import pytest

from ebpm import did
from ebpm.errors import DesignError
from ebpm.estimate import Unavailable


def survival():
    generator = np.random.default_rng(3)
    firms = pd.DataFrame({"firm": range(300), "first": np.repeat([0, 2019, 2020], [200, 60, 40])})
    panel = firms.merge(pd.DataFrame({"year": range(2015, 2023)}), how="cross")
    closes = (panel["year"] > 2018) & (generator.random(len(panel)) < 0.05)
    return panel.assign(alive=(~closes).astype(int).groupby(panel["firm"]).cumprod())


def test_cells_without_variation_say_so():
    found = did.att_gt(survival(), "alive", unit="firm", time="year", first_treated="first").aggregate("event")
    before = [item for item in found if item.term != "overall" and float(item.term) < -1]
    assert before
    assert {item.estimate for item in before} == {0.0}
    assert {item.std_error for item in before} == {0.0}
    assert all(isinstance(item.p_value, Unavailable) for item in before)
    assert found.headline.std_error > 0
    assert not {"D203", "D204"} & set(found.notices.codes)


def test_an_outcome_that_never_varies_is_refused():
    with pytest.raises(DesignError, match="no finding of an effect of zero") as caught:
        did.att_gt(survival().assign(alive=1), "alive", unit="firm", time="year", first_treated="first")
    assert caught.value.code == "did_constant_outcome"
