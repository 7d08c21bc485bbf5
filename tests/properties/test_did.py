"""Invariances of differences in differences: what must not matter does not."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import did
from tests.did.panels import COLUMNS, NEVER, panel

few = settings(max_examples=15, deadline=None, derandomize=True)
seeds = st.integers(0, 10_000)
amounts = st.floats(-1e4, 1e4)
choices = st.fixed_dictionaries(
    {
        "control": st.sampled_from(["not_yet_treated", "never_treated"]),
        "base": st.sampled_from(["varying", "universal"]),
        "anticipation": st.integers(0, 1),
        "covariates": st.sampled_from([(), ("x",)]),
        "method": st.sampled_from(["reg", "ipw", "dr"]),
    }
)
COHORTS = {NEVER: 25, 3: 12, 4: 11, 6: 10}
ATOL = 1e-9  # outcomes of order one, shifted by up to 1e4: eleven digits are left


def fitted(data, options):
    return did.att_gt(data, "y", **COLUMNS, **options)


def numbers(found, kind="event"):
    averages = found.aggregate(kind)
    return np.array([item.estimate for item in averages]), np.asarray(averages.covariance)


def same(left, right, factor=1.0, atol=ATOL):
    for kind in ("event", "group", "calendar"):
        values, covariance = numbers(left, kind)
        again, spread = numbers(right, kind)
        np.testing.assert_allclose(again, factor * values, rtol=1e-8, atol=atol)
        np.testing.assert_allclose(spread, factor**2 * covariance, rtol=1e-6, atol=atol)


@few
@given(seeds, choices)
def test_order_of_rows_and_names_of_units(seed, options):
    data = panel(COHORTS, periods=7, seed=seed)
    shuffled = data.sample(frac=1, random_state=seed)
    np.testing.assert_array_equal(
        fitted(shuffled, options).effects.covariance, fitted(data, options).effects.covariance
    )
    labels = np.random.default_rng(seed).permutation(data.unit.max() + 1)
    same(fitted(data, options), fitted(data.assign(unit=[f"u{labels[unit]}" for unit in data.unit]), options))


@few
@given(seeds, choices, amounts)
def test_unit_and_period_effects(seed, options, amount):
    data = panel(COHORTS, periods=7, seed=seed)
    rng = np.random.default_rng(seed)
    unit, time = amount * rng.normal(size=data.unit.max() + 1), amount * rng.normal(size=8)
    same(fitted(data, options), fitted(data.assign(y=data.y + unit[data.unit] + time[data.time]), options), atol=1e-6)


@few
@given(seeds, choices, st.floats(0.01, 100) | st.floats(-100, -0.01))
def test_scale(seed, options, factor):
    data = panel(COHORTS, periods=7, seed=seed)
    same(fitted(data, options), fitted(data.assign(y=factor * data.y), options), factor)


@few
@given(seeds, choices, st.integers(-1900, 1900))
def test_numbering_of_periods(seed, options, shift):
    data = panel(COHORTS, periods=7, seed=seed)
    moved = data.assign(time=data.time + shift, first=np.where(data["first"] > 0, data["first"] + shift, np.inf))
    left, right = fitted(data, options), fitted(moved, options)
    np.testing.assert_array_equal(left.effects.att, right.effects.att)
    np.testing.assert_array_equal(numbers(left)[1], numbers(right)[1])


@few
@given(seeds, choices)
def test_units_treated_from_the_start(seed, options):
    data = panel(COHORTS, periods=7, seed=seed)
    always = panel({1: 6}, periods=7, seed=seed + 1)
    both = pd.concat([data, always.assign(unit=always.unit + 500, y=1e6 * always.y)])
    np.testing.assert_array_equal(fitted(both, options).effects.covariance, fitted(data, options).effects.covariance)


@few
@given(seeds, choices)
def test_covariates_on_any_scale(seed, options):
    data = panel(COHORTS, periods=7, seed=seed)
    same(fitted(data, options), fitted(data.assign(x=3.0 - 250.0 * data.x), options))


@few
@given(seeds, choices)
def test_the_given_table_stays_as_it_was(seed, options):
    data = panel(COHORTS, periods=7, seed=seed)
    before = data.copy(deep=True)
    fitted(data, options).aggregate()
    pd.testing.assert_frame_equal(data, before)


@few
@given(seeds, st.integers(2, 5))
def test_every_unit_repeated_leaves_effects_and_divides_variances(seed, times):
    data = panel(COHORTS, periods=7, seed=seed)
    copies = pd.concat([data.assign(unit=data.unit + 1000 * copy) for copy in range(times)])
    values, covariance = numbers(fitted(data, {}))
    again, spread = numbers(fitted(copies, {}))
    np.testing.assert_allclose(again, values, atol=ATOL)
    np.testing.assert_allclose(spread, covariance / times, rtol=1e-8, atol=1e-14)


@few
@given(seeds, amounts, st.floats(0.01, 100))
def test_two_way_effects(seed, amount, factor):
    data = panel(COHORTS, periods=7, seed=seed)
    rng = np.random.default_rng(seed)
    unit, time = amount * rng.normal(size=data.unit.max() + 1), amount * rng.normal(size=8)
    columns = {"unit": "unit", "time": "time", "treatment": "treated"}
    plain = did.twfe(data, "y", **columns).headline
    moved = data.assign(y=factor * data.y + unit[data.unit] + time[data.time]).sample(frac=1, random_state=seed)
    again = did.twfe(moved, "y", **columns).headline
    np.testing.assert_allclose(
        [again.estimate, again.std_error], [factor * plain.estimate, factor * plain.std_error], rtol=1e-6, atol=1e-6
    )


@few
@given(seeds, amounts, st.floats(0.01, 100))
def test_two_by_two(seed, amount, factor):
    data = panel({NEVER: 12, 2: 9}, periods=2, seed=seed)
    data = data.assign(group=data["first"] // 2, post=data.time - 1)
    moved = data.assign(y=factor * data.y + amount).sample(frac=1, random_state=seed)
    columns = {"treated": "group", "post": "post", "cluster": "unit"}
    plain, again = (did.two_by_two(one, "y", **columns).headline for one in (data, moved))
    np.testing.assert_allclose(
        [again.estimate, again.std_error], [factor * plain.estimate, factor * plain.std_error], rtol=1e-6, atol=1e-7
    )
    np.testing.assert_allclose(again.df, plain.df, rtol=1e-8)
