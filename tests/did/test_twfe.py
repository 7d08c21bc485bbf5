"""Two-way fixed effects: equal to the regression with every dummy, notices, refusals."""

import numpy as np
import pandas as pd
import pytest

from ebpm import did
from ebpm.errors import DataError, DesignError
from ebpm.stats.regression.covariance import clustered, robust
from ebpm.stats.regression.least_squares import least_squares
from tests.did.panels import LARGE, NEVER, panel


@pytest.fixture(scope="module")
def gapped():
    data = panel({NEVER: 12, 4: 9, 6: 7}, periods=7, seed=5)
    kept = np.random.default_rng(6).random(len(data)) > 0.2
    weights = np.random.default_rng(7).uniform(0.5, 2.0, len(data))
    return data.assign(w=weights, z=data.x * data.time + data.y * 0.1 + np.sin(data.time * data.unit))[kept]


def fitted(data, **choices):
    return did.twfe(data, "y", **{"unit": "unit", "time": "time", "treatment": "treated", **choices})


def dummies(data, weights=None):
    columns = pd.get_dummies(data[["unit", "time"]].astype(str), dtype=float).drop(columns="time_1")
    return least_squares(
        np.column_stack([data[["treated", "z"]], columns]), data.y.to_numpy(),
        weights=None if weights is None else data[weights].to_numpy(),
    )  # fmt: skip


@pytest.mark.parametrize("weights", [None, "w"])
def test_absorbing_is_the_regression_with_every_dummy(gapped, weights):
    found, long = (
        fitted(gapped, treatment=["treated", "z"], weights=weights, errors="classical"),
        dummies(gapped, weights),
    )
    np.testing.assert_allclose([item.estimate for item in found], long.coefficients[:2], rtol=1e-10)
    np.testing.assert_allclose([item.std_error for item in found], robust(long, "classical").std_errors[:2], rtol=1e-10)
    assert found.headline.df == long.df_residual


@pytest.mark.parametrize("weights", [None, "w"])
def test_the_clustered_errors_differ_from_the_dummies_by_the_count_of_effects_alone(gapped, weights):
    found, long = fitted(gapped, treatment=["treated", "z"], weights=weights), dummies(gapped, weights)
    codes = np.unique(gapped.unit, return_inverse=True)[1]
    plain = clustered(long, codes, kind="CR0").std_errors[:2]
    n, groups, columns = len(gapped), gapped.unit.nunique(), 2 + gapped.time.nunique()
    scale = np.sqrt(groups / (groups - 1) * (n - 1) / (n - columns))
    np.testing.assert_allclose([item.std_error for item in found], scale * plain, rtol=1e-10)


def test_bias_reduced_errors_are_those_of_the_dummies(gapped):
    found, long = fitted(gapped, treatment=["treated", "z"], errors="CR2"), dummies(gapped)
    full = clustered(long, np.unique(gapped.unit, return_inverse=True)[1], kind="CR2")
    np.testing.assert_allclose([item.std_error for item in found], full.std_errors[:2], rtol=1e-8)
    np.testing.assert_allclose([item.df for item in found], full.df[:2], rtol=1e-8)


def test_two_periods_are_the_difference_in_differences():
    data = panel({NEVER: 20, 2: 15}, periods=2)
    pooled = did.two_by_two(data.assign(g=data["first"] // 2, p=data.time - 1), "y", treated="g", post="p")
    assert fitted(data).headline.estimate == pytest.approx(pooled.headline.estimate, rel=1e-12)


def test_clusters_above_the_unit(gapped):
    wards = gapped.assign(ward=gapped.unit % 9)
    assert fitted(wards, cluster="ward").headline.clusters == 9
    assert fitted(wards, cluster="ward").headline.df == 8


def test_few_treated_clusters_are_noticed_and_enough_are_not():
    assert "D211" in fitted(panel({NEVER: 30, 4: 5})).notices
    assert "D211" not in fitted(panel(LARGE)).notices
    assert "D211" not in fitted(panel({NEVER: 30, 4: 5}), errors="classical").notices


def test_negative_weights_are_noticed_where_adoption_is_staggered_and_not_where_it_is_not():
    staggered = fitted(panel({2: 30, 7: 30}))
    notice = next(notice for notice in staggered.notices if notice.code == "D214")
    assert 0 < notice.facts["share"] < 1
    assert "D214" not in fitted(panel({NEVER: 30, 4: 30})).notices


def test_it_says_what_it_is(gapped):
    found = fitted(gapped, treatment=["treated", "z"])
    assert (found.headline.term, found.headline.estimand, found.headline.n) == ("treated", "twfe_effect", len(gapped))
    assert "Two-way" in found.summary("en")
    assert "二方向" in found.summary("ja")


REFUSED = {
    "constant in units": ({"treatment": "x"}, {}, DesignError, "Column x"),
    "same for all": ({"treatment": "after"}, {"after": lambda table: table.time > 3}, DesignError, "Column after"),
    "collinear": ({"treatment": ["z", "twice"]}, {"twice": lambda table: 2 * table.z}, DesignError, "twice"),
    "duplicates": ({}, {"unit": 1}, DataError, "several rows"),
    "not nested": ({"cluster": "time"}, {}, DataError, "several clusters"),
    "one cluster": ({"cluster": "one"}, {"one": 1}, DesignError, "cluster"),
    "weights": ({"weights": "w"}, {"w": 0.0}, DataError, "must be positive"),
    "weighted CR2": ({"weights": "w", "errors": "CR2"}, {}, DataError, "errors='CR2'"),
    "clustered classical": ({"cluster": "unit", "errors": "classical"}, {}, DataError, "classical"),
    "errors": ({"errors": "HC9"}, {}, DataError, "CR1, CR0, CR1S, CR2, CR3, classical, HC0, HC1, HC2, HC3"),
}


@pytest.mark.parametrize("case", REFUSED)
def test_refusals(gapped, case):
    choices, changes, kind, said = REFUSED[case]
    with pytest.raises(kind) as caught:
        fitted(gapped.assign(**changes), **choices)
    assert said in str(caught.value)
    assert all(
        part(lang) for part in (caught.value.what, caught.value.given, caught.value.remedy) for lang in ("ja", "en")
    )


def test_too_few_rows_are_refused(gapped):
    first = gapped[gapped.unit.isin([12, 0]) & gapped.time.isin([3, 5])]
    with pytest.raises(DesignError):
        fitted(first.drop(first.index[:1]), errors="classical")


@pytest.mark.parametrize("level", [1e6, 1e9, 1e12])
def test_a_high_level_of_the_outcome_is_not_taken_for_all_of_it(level):
    data = panel(LARGE)
    plain, high = fitted(data).headline, fitted(data.assign(y=data["y"] + level)).headline
    assert high.estimate == pytest.approx(plain.estimate, abs=level * 2.0**-48)
    assert high.std_error == pytest.approx(plain.std_error, rel=1e-3)
