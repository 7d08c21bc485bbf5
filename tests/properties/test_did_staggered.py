"""Invariances of imputation, two stages and interaction weighting: what must not matter does not."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import did
from tests.did.panels import COLUMNS, NEVER, panel

few = settings(max_examples=10, deadline=None, derandomize=True)
seeds = st.integers(0, 10_000)
amounts = st.floats(-1e4, 1e4)
ROUTINES = {"imputation": did.imputation, "two_stage": did.two_stage, "sun_abraham": did.sun_abraham}
COHORTS = {NEVER: 25, 3: 12, 4: 11, 6: 10}
every = pytest.mark.parametrize("routine", ROUTINES)


def gapped(seed, cohorts=COHORTS):
    data = panel(cohorts, periods=7, seed=seed)
    return data[np.random.default_rng(seed).random(len(data)) > 0.1]


def numbers(routine, data, kind="event"):
    found = ROUTINES[routine](data, "y", **COLUMNS).aggregate(kind)
    return np.array([item.estimate for item in found]), np.asarray(found.covariance)


def same(routine, left, right, *, factor=1.0, atol=1e-7):
    for kind in ("event", "group", "calendar"):
        values, covariance = numbers(routine, left, kind)
        again, spread = numbers(routine, right, kind)
        np.testing.assert_allclose(again, factor * values, rtol=1e-7, atol=atol)
        np.testing.assert_allclose(spread, factor**2 * covariance, rtol=1e-6, atol=atol * max(1.0, factor**2))


@every
@few
@given(seed=seeds)
def test_order_of_rows(routine, seed):
    data = gapped(seed)
    for left, right in zip(
        numbers(routine, data), numbers(routine, data.sample(frac=1, random_state=seed)), strict=True
    ):
        np.testing.assert_array_equal(left, right)


@every
@few
@given(seed=seeds, amount=amounts)
def test_unit_and_period_effects(routine, seed, amount):
    data, rng = gapped(seed), np.random.default_rng(seed)
    unit, time = amount * rng.normal(size=data.unit.max() + 1), amount * rng.normal(size=8)
    same(routine, data, data.assign(y=data.y + unit[data.unit] + time[data.time]), atol=1e-6)


@every
@few
@given(seed=seeds, factor=st.floats(0.01, 100) | st.floats(-100, -0.01))
def test_scale(routine, seed, factor):
    data = gapped(seed)
    same(routine, data, data.assign(y=factor * data.y), factor=factor)


@every
@few
@given(seed=seeds, shift=st.integers(-1900, 1900))
def test_names_of_units_and_numbering_of_periods(routine, seed, shift):
    data = gapped(seed)
    labels = np.random.default_rng(seed).permutation(data.unit.max() + 1)
    moved = data.assign(
        unit=[f"u{labels[unit]}" for unit in data.unit], time=data.time + shift,
        first=np.where(data["first"] > 0, data["first"] + shift, np.inf),
    )  # fmt: skip
    (values, covariance), (again, spread) = numbers(routine, data), numbers(routine, moved)
    np.testing.assert_allclose(again, values, rtol=1e-9, atol=1e-10)
    np.testing.assert_allclose(spread, covariance, rtol=1e-8, atol=1e-12)


@every
@few
@given(seed=seeds)
def test_units_treated_from_the_start(routine, seed):
    data = panel(COHORTS, periods=7, seed=seed)
    always = panel({1: 6}, periods=7, seed=seed + 1)
    both = pd.concat([data, always.assign(unit=always.unit + 500, y=1e6 * always.y)])
    for left, right in zip(numbers(routine, data), numbers(routine, both), strict=True):
        np.testing.assert_array_equal(left, right)


@every
@few
@given(seed=seeds)
def test_the_given_table_stays_as_it_was(routine, seed):
    data = gapped(seed)
    before = data.copy(deep=True)
    numbers(routine, data)
    pd.testing.assert_frame_equal(data, before)
