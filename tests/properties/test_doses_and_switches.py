"""Invariances of doses and of treatments that switch: what must not matter does not."""

import numpy as np
import pandas as pd
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import did
from tests.did.doses_and_switches import DOSES, SWITCHES, dose_panel, switching_panel

few = settings(max_examples=8, deadline=None, derandomize=True)
seeds = st.integers(0, 10_000)
amounts = st.floats(-1e4, 1e4)
factors = st.floats(0.01, 100) | st.floats(-100, -0.01)


def switches(seed):
    return switching_panel(units=60, periods=5, seed=seed, both_ways=True)


def doses(seed):
    return dose_panel(units=120, periods=4, cohorts=(0, 2, 4), seed=seed)


def by_switch(data, **options):
    found = did.switching(data, "y", **SWITCHES, crossing="keep", **options)
    event = found.aggregate("event")
    values = [*(item.estimate for item in event), found.estimates.headline.estimate]
    return np.array(values), np.append(np.sqrt(np.diag(event.covariance)), found.estimates.headline.std_error)


def by_dose(data, scale=1.0, **options):
    found = did.continuous_dose(data, "y", **DOSES, knots=1, grid=scale * np.array([0.6, 1.0, 1.6]), **options)
    sets = [found.aggregate(kind, target=target) for target in ("level", "slope") for kind in ("dose", "event")]
    values, errors = [item.estimate for one in sets for item in one], [np.sqrt(np.diag(one.covariance)) for one in sets]
    slopes = np.repeat([0, 0, 1, 1], [len(one) for one in sets]).astype(bool)
    return np.array(values), np.concatenate(errors), slopes


@few
@given(seed=seeds)
def test_order_of_rows(seed):
    for data, run in ((switches(seed), by_switch), (doses(seed), by_dose)):
        for left, right in zip(run(data), run(data.sample(frac=1, random_state=seed)), strict=True):
            np.testing.assert_array_equal(left, right)


@few
@given(seed=seeds, shift=st.integers(-1900, 1900))
def test_names_of_units_and_numbering_of_periods(seed, shift):
    names = [f"u{one}" for one in np.random.default_rng(seed).permutation(200)]
    data, staggered = switches(seed), doses(seed)
    moved = data.assign(unit=[names[unit] for unit in data.unit], time=data.time + shift)
    for left, right in zip(by_switch(data), by_switch(moved), strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-8, atol=1e-10)
    first = np.where(staggered["first"] > 0, staggered["first"] + shift, np.inf)
    moved = staggered.assign(unit=[names[unit] for unit in staggered.unit], time=staggered.time + shift, first=first)
    for left, right in zip(by_dose(staggered), by_dose(moved), strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-7, atol=1e-9)


@few
@given(seed=seeds, amount=amounts)
def test_unit_and_period_effects(seed, amount):
    rng = np.random.default_rng(seed)
    unit, time = amount * rng.normal(size=200), amount * rng.normal(size=9)
    for data, run in ((switches(seed), by_switch), (doses(seed), by_dose)):
        for left, right in zip(run(data), run(data.assign(y=data.y + unit[data.unit] + time[data.time])), strict=True):
            np.testing.assert_allclose(left, right, rtol=1e-6, atol=1e-6)


@few
@given(seed=seeds, factor=factors)
def test_scale_of_the_outcome(seed, factor):
    for data, run in ((switches(seed), by_switch), (doses(seed), by_dose)):
        (values, errors, *_), (again, spread, *_) = run(data), run(data.assign(y=factor * data.y))
        np.testing.assert_allclose(again, factor * values, rtol=1e-7, atol=1e-9)
        np.testing.assert_allclose(spread, abs(factor) * errors, rtol=1e-7, atol=1e-9)


@few
@given(seed=seeds, factor=st.floats(0.001, 1000))
def test_scale_of_the_dose(seed, factor):
    data = doses(seed)
    (values, errors, slopes), (again, spread, _) = by_dose(data), by_dose(data.assign(dose=factor * data.dose), factor)
    scale = np.where(slopes, 1 / factor, 1.0)
    np.testing.assert_allclose(again / scale, values, rtol=1e-7, atol=1e-9)
    np.testing.assert_allclose(spread / scale, errors, rtol=1e-7, atol=1e-9)
    rows = switches(seed)
    (values, errors), (again, spread) = by_switch(rows), by_switch(rows.assign(d=factor * rows.d))
    per_unit = np.append(np.ones(len(values) - 1), 1 / factor)
    np.testing.assert_allclose(again, per_unit * values, rtol=1e-7, atol=1e-10)
    np.testing.assert_allclose(spread, per_unit * errors, rtol=1e-7, atol=1e-10)


@few
@given(seed=seeds, amount=amounts)
def test_shift_of_the_treatment(seed, amount):
    rows = switches(seed)
    shifted = rows.assign(d=np.round(amount) + rows.d)
    for left, right in zip(by_switch(rows), by_switch(shifted), strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-8, atol=1e-10)


@few
@given(seed=seeds)
def test_the_mirror_of_a_treatment_turns_switchers_in_into_switchers_out(seed):
    rows = switches(seed)
    left, right = by_switch(rows, switchers="in"), by_switch(rows.assign(d=-rows.d), switchers="out")
    np.testing.assert_allclose(left[0], -right[0], rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(left[1], right[1], rtol=1e-9, atol=1e-12)


@few
@given(seed=seeds)
def test_units_that_cannot_matter_change_nothing(seed):
    rows, staggered = switches(seed), doses(seed)
    alone = rows[rows.unit < 2].assign(unit=rows.unit + 900, d=77.0 + rows.unit + rows.time, y=1e6 * rows.time)
    for left, right in zip(by_switch(rows), by_switch(pd.concat([rows, alone])), strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-9)
    always = staggered[staggered.unit < 5].assign(unit=staggered.unit + 900, first=1, dose=1.0, y=1e6 * staggered.time)
    for left, right in zip(by_dose(staggered), by_dose(pd.concat([staggered, always])), strict=True):
        np.testing.assert_allclose(left, right, rtol=1e-9)


@few
@given(seed=seeds, factor=st.floats(0.01, 100))
def test_weights_alike_are_no_weights(seed, factor):
    for data, run in ((switches(seed), by_switch), (doses(seed), by_dose)):
        for left, right in zip(run(data), run(data.assign(w=factor), weights="w"), strict=True):
            np.testing.assert_allclose(left, right, rtol=1e-9, atol=1e-12)
