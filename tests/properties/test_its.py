"""What must not change an interrupted time series, whatever the data."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import its
from ebpm.estimate import Unavailable

PERIODS, START = 48, 30
CHECKED = settings(max_examples=25, deadline=None)
seeds = st.integers(0, 10_000)
families = st.sampled_from(["gaussian", "log_gaussian", "poisson"])


def table(seed, *, comparison=False):
    rng = np.random.default_rng(seed)
    t = np.tile(np.arange(PERIODS), 1 + comparison)
    return pd.DataFrame({
        "month": [f"{2015 + i // 12}-{i % 12 + 1:02d}" for i in t],
        "cases": rng.poisson(40 + 10 * np.sin(t) - 6 * (t >= START)) + 1,
        "people": np.round(rng.uniform(900, 1_100, len(t))),
        "city": np.repeat([1, 0][: 1 + comparison], PERIODS),
    })  # fmt: skip


def fitted(data, outcome="cases", **choices):
    chosen = {"time": "month", "intervention": "2017-07", "exposure": "people", **choices}
    return its.segmented(data, outcome, **chosen).estimates


def values(estimates, *terms):
    return [(estimates[term].estimate, estimates[term].std_error) for term in terms]


@CHECKED
@given(seeds, families, st.booleans())
def test_row_order(seed, family, comparison):
    data = table(seed, comparison=comparison)
    choices = {"family": family, "comparison": "city" if comparison else None, "season": 1}
    shuffled = data.sample(frac=1, random_state=seed)
    assert fitted(shuffled, **choices) == fitted(data, **choices)


@CHECKED
@given(seeds, families)
def test_input_is_not_changed(seed, family):
    data = table(seed)
    before = data.copy(deep=True)
    fitted(data, family=family, errors="newey_west", season="month")
    pd.testing.assert_frame_equal(data, before)


@CHECKED
@given(seeds, st.floats(-1e4, 1e4), st.floats(0.01, 100))
def test_gaussian_shift_and_scale(seed, shift, scale):
    data = table(seed)
    plain = fitted(data, exposure=None)
    moved = fitted(data.assign(cases=shift + scale * data.cases), exposure=None)
    for term in ("level_change", "slope_change", "trend"):
        expected = np.array(values(plain, term)) * scale
        np.testing.assert_allclose(values(moved, term), expected, rtol=1e-6, atol=1e-8 * scale)


@CHECKED
@given(seeds, st.floats(0.001, 1e4), st.sampled_from(["log_gaussian", "poisson"]))
def test_unit_of_exposure_leaves_ratios(seed, scale, family):
    data = table(seed)
    other = data.assign(people=data.people * scale)
    terms = ("level_change", "slope_change", "average_effect", "final_effect", "trend")
    ours, theirs = values(fitted(data, family=family), *terms), values(fitted(other, family=family), *terms)
    np.testing.assert_allclose(theirs, ours, rtol=1e-6, atol=1e-9)


@CHECKED
@given(seeds, st.floats(0.1, 10.0), st.floats(-0.02, 0.02))
def test_log_linear_factor_goes_into_intercept_and_trend(seed, factor, growth):
    data = table(seed)
    t = np.arange(PERIODS)
    other = data.assign(cases=data.cases * factor * np.exp(growth * t))
    plain, moved = (fitted(one, family="log_gaussian") for one in (data, other))
    for term in ("level_change", "slope_change"):
        np.testing.assert_allclose(values(moved, term), values(plain, term), rtol=1e-6, atol=1e-9)
    assert moved["trend"].estimate == pytest.approx(plain["trend"].estimate + growth, abs=1e-9)


@CHECKED
@given(seeds, families, st.integers(-30, 30))
def test_moving_the_calendar_by_whole_years(seed, family, years):
    data = table(seed)
    moved = data.assign(month=[f"{int(one[:4]) + years}{one[4:]}" for one in data.month])
    plain = fitted(data, family=family, season="month")
    assert fitted(moved, family=family, season="month", intervention=f"{2017 + years}-07") == plain


@CHECKED
@given(seeds, families, st.integers(1, 11))
def test_season_does_not_depend_on_where_the_year_starts(seed, family, months):
    data = table(seed)
    later = pd.period_range("2015-01", periods=PERIODS, freq="M") + months
    start = str(pd.Period("2017-07", "M") + months)
    plain = fitted(data, family=family, season=2)
    moved = fitted(data.assign(month=later.astype(str)), family=family, season=2, intervention=start)
    terms = ("level_change", "slope_change", "trend")
    np.testing.assert_allclose(values(moved, *terms), values(plain, *terms), rtol=1e-6, atol=1e-9)


@CHECKED
@given(seeds, families)
def test_swapping_the_series_changes_the_sign(seed, family):
    data = table(seed, comparison=True)
    ours = fitted(data, family=family, comparison="city").headline
    theirs = fitted(data.assign(city=1 - data.city), family=family, comparison="city").headline
    assert theirs.estimate == pytest.approx(-ours.estimate, rel=1e-7, abs=1e-10)
    assert theirs.std_error == pytest.approx(ours.std_error, rel=1e-7)


@CHECKED
@given(seeds, families)
def test_unused_columns_and_identical_series(seed, family):
    data = table(seed)
    twin = pd.concat([data, data.assign(city=0)]).assign(noise=1e9)
    found = fitted(twin, family=family, comparison="city", errors="newey_west")
    assert found.headline.estimate == pytest.approx(0, abs=1e-12)
    assert found.headline.std_error == 0.0
    assert isinstance(found.headline.p_value, Unavailable)
    assert found["exposed_level_change"].estimate == pytest.approx(
        fitted(data, family=family, errors="newey_west").headline.estimate, rel=1e-9
    )
