"""What must not change ARIMA, structural and averaged models, sites and donors, whatever the data."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import its

CHECKED = settings(max_examples=8, deadline=None)
seeds = st.integers(0, 10_000)
MODELS = {
    "structural": lambda data, **more: its.structural(data, "y", time="month", intervention="2017-07", controls=["x"], **more),
    "arima": lambda data, **more: its.arima(data, "y", time="month", intervention="2017-07", covariates=["x"], **more),
    "averaged": lambda data: its.segmented(
        data, "y", time="month", intervention="2017-07", covariates=["x"], errors="reml_averaged"
    ),
}  # fmt: skip
models = st.sampled_from(sorted(MODELS))


def table(seed):
    rng, t = np.random.default_rng(seed), np.arange(48)
    x = rng.normal(size=48).cumsum()
    y = 30 + 0.5 * x - 3.0 * (t >= 30) + rng.normal(size=48)
    return pd.DataFrame({"month": [f"{2015 + i // 12}-{i % 12 + 1:02d}" for i in t], "y": y, "x": x})


def head(result):
    found = result.estimates.headline
    return np.array([found.estimate, found.conf_low, found.conf_high])


@CHECKED
@given(seeds, models)
def test_row_order(seed, model):
    data = table(seed)
    shuffled = data.sample(frac=1, random_state=seed)
    np.testing.assert_array_equal(head(MODELS[model](shuffled)), head(MODELS[model](data)))


@CHECKED
@given(seeds, models)
def test_input_is_not_changed(seed, model):
    data = table(seed)
    before = data.copy(deep=True)
    MODELS[model](data)
    pd.testing.assert_frame_equal(data, before)


@CHECKED
@given(seeds, models, st.floats(-1e3, 1e3), st.floats(0.01, 100))
def test_shift_and_scale_of_the_outcome(seed, model, shift, scale):
    data = table(seed)
    moved = data.assign(y=shift + scale * data.y)
    np.testing.assert_allclose(
        head(MODELS[model](moved)), scale * head(MODELS[model](data)), rtol=2e-3, atol=2e-3 * scale
    )


@CHECKED
@given(seeds, models, st.floats(0.01, 100))
def test_unit_of_a_control(seed, model, scale):
    data = table(seed)
    np.testing.assert_allclose(
        head(MODELS[model](data.assign(x=scale * data.x))), head(MODELS[model](data)), rtol=2e-3, atol=2e-3
    )


@CHECKED
@given(seeds)
def test_the_forecast_uses_nothing_after_the_intervention(seed):
    data = table(seed)
    spoilt = data.assign(y=np.where(np.arange(48) >= 30, 99.0, data.y))
    ours, theirs = MODELS["structural"](data), MODELS["structural"](spoilt)
    np.testing.assert_array_equal(ours.forecast[0].mean, theirs.forecast[0].mean)


@CHECKED
@given(seeds, st.floats(-50, 50))
def test_an_effect_that_is_added_is_found_on_top(seed, effect):
    data = table(seed)
    more = data.assign(y=data.y + effect * (np.arange(48) >= 30))
    for fit in MODELS.values():
        gained = head(fit(more)) - head(fit(data))
        np.testing.assert_allclose(gained, effect, rtol=1e-2, atol=5e-3)


@CHECKED
@given(seeds, st.floats(-100, 100), st.floats(0.1, 10))
def test_donors_shift_and_scale(seed, shift, scale):
    rng = np.random.default_rng(seed)
    data = pd.DataFrame({
        "city": np.repeat([f"c{place}" for place in range(6)], 20), "t": np.tile(np.arange(20), 6), "y": rng.normal(size=120),
    })  # fmt: skip
    given_ = {"time": "t", "intervention": 12, "series": "city", "exposed": "c3"}
    plain = its.synthetic(data, "y", **given_).estimates.headline
    moved = its.synthetic(data.assign(y=shift + scale * data.y), "y", **given_).estimates.headline
    assert moved.estimate == pytest.approx(scale * plain.estimate, rel=1e-6, abs=1e-6)
    assert moved.p_value == plain.p_value
