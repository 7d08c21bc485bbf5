"""Covariates that may be of the time after assignment, and looks that are planned."""

import numpy as np
import pandas as pd
import pytest

from ebpm import rct
from ebpm.errors import DataError, DesignError


def trial(clusters=0, seed=4):
    rng = np.random.default_rng(seed)
    school = np.repeat(np.arange(clusters), 20) if clusters else np.arange(200)
    arm = school % 2
    n = len(school)
    return pd.DataFrame({
        "arm": arm, "school": school, "age": rng.normal(size=n), "mood": rng.normal(size=n) + 1.5 * arm, "flat": 1.0,
        "read_on": "2019-09",
    })  # fmt: skip


def about(*given, **more):
    return [notice.about for notice in rct.post_treatment(*given, treatment="arm", **more)]


@pytest.mark.parametrize("clusters", [0, 20])
def test_a_covariate_that_follows_assignment_is_named(clusters):
    cluster = "school" if clusters else None
    assert about(trial(clusters), ["age", "mood", "flat"], cluster=cluster) == ["mood"]


def test_baseline_covariates_hardly_ever_are():
    assert sum(bool(about(trial(seed=seed), ["age"])) for seed in range(200)) <= 2


def test_dates_after_assignment_settle_it():
    data = trial()
    assert about(data, "age", measured_on="read_on", assigned_on="2019-10") == []
    late = rct.post_treatment(data, "age", treatment="arm", measured_on="read_on", assigned_on="2019-08")
    assert (late.codes, "200 rows" in late.items[0].message("en")) == (("R131",), True)
    assert "200 行" in late.items[0].message("ja")


def test_pairs_and_strata_with_one_unit_are_passed_over_or_compared():
    data = trial().assign(pair=lambda d: d.index // 2)
    assert about(data, ["age", "mood"], strata="pair") == ["mood"]
    thin = pd.DataFrame({"arm": [0, 1, 1, 0, 1], "ward": [1, 1, 1, 2, 2], "x": [1.0, 9, 8, 2, 9]})
    assert about(thin, "x", strata="ward") == []


def test_bad_dates_and_columns():
    with pytest.raises(DataError):
        about(trial().assign(read_on="spring"), "age", measured_on="read_on", assigned_on="2019-08")
    with pytest.raises(DataError):
        about(trial(), "nobody")


def test_planned_looks_hold_the_level():
    found = rct.looks(4)
    assert found.tidy().look.tolist() == [1, 2, 3, 4]
    assert found.bounds.pocock == pytest.approx(2.361, abs=5e-4)  # Pocock (1977), Table 1
    assert found.tidy().obrien_fleming.iloc[-1] == pytest.approx(2.024, abs=5e-4)  # O'Brien and Fleming (1979)
    assert found.notices.codes == ()


@pytest.mark.parametrize("lang", ["ja", "en"])
def test_looks_are_said_and_drawn(lang):
    found = rct.looks(5)
    assert "14.2 %" in found.summary(lang)
    assert len(found.plot(lang=lang).lines) == 3


def test_one_look_is_the_usual_test_and_none_is_refused():
    assert rct.looks(1).bounds.pocock == pytest.approx(1.959964, abs=1e-6)
    with pytest.raises(DesignError):
        rct.looks(0)
