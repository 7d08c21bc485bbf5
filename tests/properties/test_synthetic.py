"""Invariances of synthetic comparisons: what must not matter does not."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import did
from tests.did.factors import BLOCK, COLUMNS, ONE, STAGGERED, factors

few = settings(max_examples=12, deadline=None, derandomize=True)
seeds = st.integers(0, 10_000)
ROUTINES = {"sdid": did.synthetic_did, "control": did.synthetic_control}
every = pytest.mark.parametrize("routine", ROUTINES)
designs = st.sampled_from([ONE, BLOCK, STAGGERED])


def estimated(routine, data, **columns):
    return ROUTINES[routine](data, "y", **({"draws": 8} | COLUMNS | columns))


def numbers(routine, data, **columns):
    found = estimated(routine, data, **columns).aggregate("event")
    values = [
        (item.estimate, item.std_error, item.p_value) for item in found if item.term == "overall" or int(item.term) >= 0
    ]
    return np.array([[one if isinstance(one, float) else -1.0 for one in row] for row in values])


def same(left, right, *, factor=1.0, rtol=1e-6):
    scaled = left * np.array([factor, abs(factor) if left[0, 1] > 0 else 1.0, 1.0])
    np.testing.assert_allclose(right, scaled, rtol=rtol, atol=1e-7 * max(1.0, abs(factor)))


@every
@few
@given(seed=seeds, starts=designs)
def test_order_of_rows(routine, seed, starts):
    data = factors(starts, seed=seed, effect=1.0)
    np.testing.assert_array_equal(numbers(routine, data), numbers(routine, data.sample(frac=1, random_state=seed)))


@every
@few
@given(seed=seeds, starts=designs, shift=st.integers(-1900, 1900))
def test_numbering_of_periods(routine, seed, starts, shift):
    data = factors(starts, seed=seed, effect=1.0)
    moved = data.assign(year=data.year + shift, start=np.where(data.start > 0, data.start + shift, np.inf))
    np.testing.assert_array_equal(numbers(routine, data), numbers(routine, moved))


@every
@few
@given(seed=seeds)
def test_names_of_units_and_columns(routine, seed):
    data = factors(ONE, seed=seed, effect=1.0)
    names = np.random.default_rng(seed).permutation(20)
    moved = data.assign(unit=names[data.city.str[4:].astype(int)]).rename(columns={"year": "時点", "start": "開始"})
    same(
        numbers(routine, data, draws=50),
        numbers(routine, moved, unit="unit", time="時点", first_treated="開始", draws=50),
    )


@every
@few
@given(seed=seeds, starts=designs, factor=st.floats(1e-3, 1e4) | st.floats(-1e4, -1e-3), shift=st.floats(-1e5, 1e5))
def test_unit_of_measurement(routine, seed, starts, factor, shift):
    data = factors(starts, seed=seed, effect=1.0)
    same(numbers(routine, data), numbers(routine, data.assign(y=factor * (data.y + shift))), factor=factor, rtol=1e-5)


@every
@few
@given(seed=seeds, starts=designs, size=st.floats(0.1, 1e3))
def test_what_befalls_every_unit_in_a_period(routine, seed, starts, size):
    data = factors(starts, seed=seed, effect=1.0)
    shocks = size * np.random.default_rng(seed).normal(size=20)
    left, right = numbers(routine, data), numbers(routine, data.assign(y=data.y + shocks[data.year - 2001]))
    if routine == "control":
        same(left, right)
    else:  # the noise, and with it the ridge, takes in the changes of the shocks
        assert np.abs(right[-1, 0] - left[-1, 0]) < 10.0


@few
@given(seed=seeds, starts=designs, size=st.floats(-1e4, 1e4))
def test_the_level_of_a_unit_does_not_matter_to_synthetic_did(seed, starts, size):
    data = factors(starts, seed=seed, effect=1.0)
    levels = dict(zip(sorted(set(data.city)), size * np.random.default_rng(seed).normal(size=len(starts)), strict=True))
    moved = data.assign(y=data.y + data.city.map(levels))
    same(numbers("sdid", data), numbers("sdid", moved), rtol=1e-5)


@few
@given(seed=seeds, starts=designs)
def test_a_donor_twice_leaves_the_synthetic_path(seed, starts):
    data = factors(starts, seed=seed, effect=1.0)
    twin = data[data.city == data.city.iloc[-1]].assign(city="twin")
    left, right = (
        did.synthetic_control(one, "y", **COLUMNS, inference="none") for one in (data, pd.concat([data, twin]))
    )
    np.testing.assert_allclose(right.fit.paths, left.fit.paths, atol=1e-7)
    weights = dict(zip(right.study.donors, right.fit.unit_weights.T, strict=True))
    np.testing.assert_allclose(weights["twin"], weights[data.city.iloc[-1]], atol=1e-8)


@every
@few
@given(seed=seeds, starts=designs)
def test_weights_are_shares_and_optimal(routine, seed, starts):
    fit = estimated(routine, factors(starts, seed=seed)).fit
    np.testing.assert_allclose(fit.unit_weights.sum(axis=1), 1.0, atol=1e-12)
    assert (fit.unit_weights >= 0).all()
    assert fit.violation < 1e-10
    if routine == "sdid":
        np.testing.assert_allclose(fit.time_weights.sum(axis=1), 1.0, atol=1e-12)
        assert (fit.time_weights * fit.after == 0).all()


@every
@few
@given(seed=seeds)
def test_units_treated_from_the_start(routine, seed):
    data = factors(BLOCK, seed=seed)
    always = factors([2001] * 3, seed=seed + 1)
    both = pd.concat([data, always.assign(city="a" + always.city, y=1e6 * always.y)])
    np.testing.assert_array_equal(numbers(routine, data), numbers(routine, both))


@every
@few
@given(seed=seeds)
def test_a_constant_effect_is_added(routine, seed):
    data = factors(STAGGERED, seed=seed)
    treated = (data.start > 0) & (data.year >= data.start)
    left, right = numbers(routine, data), numbers(routine, data.assign(y=data.y + 5.0 * treated))
    np.testing.assert_allclose(right[:, 0], left[:, 0] + 5.0, atol=1e-8)
    np.testing.assert_allclose(right[:, 1], left[:, 1], atol=1e-10)


@every
def test_the_data_are_not_changed(routine):
    data = factors(STAGGERED)
    before = data.copy(deep=True)
    estimated(routine, data).aggregate("group")
    pd.testing.assert_frame_equal(data, before)
