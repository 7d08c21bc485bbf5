"""Tests by redrawing, and two-way effects: what names, order, origin and unit of measurement must not change."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import did

SEEDS = st.integers(0, 10_000)
KEYS = {"unit": "id", "time": "t", "first_treated": "g"}
FEW = settings(max_examples=12, deadline=None)


def panel(seed):
    """Return eight units in six periods, two of them treated: few enough that every allocation is gone through."""
    rng = np.random.default_rng(seed)
    g = np.array([4, 4, 0, 0, 0, 0, 0, 0])
    y = rng.normal(size=(8, 1)) + rng.normal(size=(8, 6)).cumsum(axis=1)
    data = pd.DataFrame({"id": np.repeat(np.arange(8), 6), "t": np.tile(np.arange(1, 7), 8), "g": np.repeat(g, 6)})
    return data.assign(y=y.ravel(), d=((data.g > 0) & (data.t >= data.g)).astype(float))


ROUTINES = {
    "randomisation_test": lambda data: did.randomisation_test(data, "y", **KEYS, draws=999),
    "few_treated": lambda data: did.few_treated(data, "y", **KEYS, draws=199),
    "wild_twfe": lambda data: did.wild_twfe(data, "y", unit="id", time="t", treatment="d", draws=999),
    "twfe": lambda data: did.twfe(data, "y", unit="id", time="t", treatment="d"),
    "bacon": lambda data: did.bacon(data, "y", **KEYS),
}
EVERY = pytest.mark.parametrize("routine", ROUTINES)


def numbers(routine, data):
    found = ROUTINES[routine](data)
    head = (found.estimates if hasattr(found, "estimates") else found).headline
    told = (head.estimate, head.std_error, head.p_value, head.conf_low, head.conf_high)
    return np.array([one if isinstance(one, float) else np.nan for one in told])


def same(found, expected):
    np.testing.assert_allclose(found, expected, rtol=1e-6, atol=1e-8)


@EVERY
@FEW
@given(seed=SEEDS)
def test_order_of_rows(routine, seed):
    data = panel(seed)
    same(numbers(routine, data.sample(frac=1, random_state=seed)), numbers(routine, data))


@EVERY
@FEW
@given(seed=SEEDS, shift=st.integers(-50, 50))
def test_names_of_units_and_numbering_of_periods(routine, seed, shift):
    data = panel(seed)
    moved = data.assign(
        id=data.id.map("市町村{:02d}".format), t=data.t + 100 + shift, g=data.g.where(data.g == 0, data.g + 100 + shift)
    )
    same(numbers(routine, moved), numbers(routine, data))


@EVERY
@FEW
@given(seed=SEEDS, size=st.floats(-1e3, 1e3))
def test_unit_and_period_effects(routine, seed, size):
    data = panel(seed)
    added = data.assign(y=data.y + size * (data.id**2 % 7) - size * (data.t % 4))
    same(numbers(routine, added), numbers(routine, data))


@EVERY
@FEW
@given(seed=SEEDS, factor=st.sampled_from([1e-6, 0.01, 1e6]))
def test_unit_of_measurement(routine, seed, factor):
    plain, scaled = panel(seed), panel(seed).assign(y=lambda rows: rows.y * factor)
    expected = numbers(routine, plain) * np.array([factor, factor, 1.0, factor, factor])
    found = numbers(routine, scaled)
    np.testing.assert_allclose(found, expected, rtol=1e-5, atol=1e-7 * factor)
