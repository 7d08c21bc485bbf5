"""What must not change a redrawn test, a bootstrap, or bounds; and what must change them in a known way."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ebpm import rct
from ebpm.stats.multiple import bonferroni, sharpened, step_down_max_t, step_down_min_p

seeds = st.integers(0, 10_000)
quick = settings(max_examples=15, deadline=None)


def trial(seed, schools=8):
    rng = np.random.default_rng(seed)
    school = np.repeat(np.arange(schools), rng.integers(2, 9, schools))
    n = len(school)
    return pd.DataFrame({
        "kwh": rng.normal(size=n) + rng.normal(size=schools)[school], "gas": rng.normal(size=n),
        "before": rng.normal(size=n), "arm": school % 2, "school": school, "ward": school // 4,
    })  # fmt: skip


def redrawn(data, **what):
    one = rct.randomisation_test(data, "kwh", treatment="arm", cluster="school", **what).headline.estimate
    return [one.estimate, one.p_value, one.conf_low, one.conf_high]


def wild(data, **what):
    one = rct.wild_cluster(data, "kwh", treatment="arm", cluster="school", **what).headline
    return [one.estimate, one.p_value, one.conf_low, one.conf_high]


ROUTINES = pytest.mark.parametrize("routine", [redrawn, wild])


@ROUTINES
@given(seed=seeds)
@quick
def test_row_order_and_labels(routine, seed):
    data = trial(seed)
    other = data.sample(frac=1, random_state=seed).assign(school=lambda d: d.school.map(lambda s: f"s{97 * s % 101}"))
    np.testing.assert_allclose(routine(data, strata="ward"), routine(other, strata="ward"), rtol=1e-7, atol=1e-9)


@ROUTINES
@given(seed=seeds, shift=st.floats(-1e5, 1e5), scale=st.floats(0.01, 100))
@quick
def test_shift_and_scale(routine, seed, shift, scale):
    data = trial(seed)
    ours = np.array(routine(data)) * [scale, 1, scale, scale]
    np.testing.assert_allclose(routine(data.assign(kwh=shift + scale * data.kwh)), ours, rtol=1e-5, atol=1e-6 * scale)


@ROUTINES
@given(seed=seeds)
@quick
def test_mirror_image(routine, seed):
    data = trial(seed)
    value, p, low, high = routine(data)
    np.testing.assert_allclose(routine(data.assign(arm=1 - data.arm)), [-value, p, -high, -low], rtol=1e-6, atol=1e-8)


@given(seed=seeds)
@quick
def test_the_interval_holds_the_estimate_and_agrees_with_the_p_value(seed):
    data = trial(seed, schools=10)
    for routine in (redrawn, wild):
        value, p, low, high = routine(data)
        assert low <= value <= high
        assert (p <= 0.05) == (not low < 0 < high)


@given(seed=seeds, size=st.integers(1, 6))
@quick
def test_step_down_lies_between_raw_and_bonferroni(seed, size):
    rng = np.random.default_rng(seed)
    observed, draws = 2 * rng.normal(size=size), rng.normal(size=(99, size))
    raw = (1 + (np.abs(draws) >= np.abs(observed)).sum(axis=0)) / 100
    for steps in (step_down_max_t, step_down_min_p):
        found = steps(observed, draws, complete=False)
        assert (found >= raw - 1e-12).all()
        assert (found <= 1).all()
    assert (step_down_min_p(observed, draws, complete=False) <= bonferroni(raw) + 1e-12).all()


@given(p_values=st.lists(st.floats(0, 1), min_size=1, max_size=12))
@quick
def test_sharpened_q_is_the_smallest_that_rejects(p_values):
    found = sharpened(p_values)
    assert ((found >= 0) & (found <= 1)).all()
    order = np.argsort(p_values, kind="stable")
    assert (np.diff(found[order]) >= -1e-12).all()


@given(seed=seeds, scale=st.floats(0.01, 100))
@quick
def test_lee_bounds_hold_the_difference_and_scale(seed, scale):
    data = trial(seed)
    kept = data.assign(
        kwh=data.kwh.round(1).where(np.random.default_rng(seed).random(len(data)) < 0.6 + 0.3 * data.arm)
    )
    if kept.groupby("arm").kwh.count().min() < 2:
        return
    one = rct.lee_bounds(kept, "kwh", treatment="arm", cluster="school").headline
    assert one.low <= one.difference + 1e-12
    assert one.difference <= one.high + 1e-12
    other = rct.lee_bounds(kept.assign(kwh=scale * kept.kwh), "kwh", treatment="arm", cluster="school").headline
    np.testing.assert_allclose(
        [other.low, other.high, other.std_error_low], [scale * one.low, scale * one.high, scale * one.std_error_low],
        rtol=1e-7, atol=1e-9 * scale,
    )  # fmt: skip


@given(seed=seeds)
@quick
def test_the_input_is_untouched(seed):
    data = trial(seed)
    before = data.copy(deep=True)
    redrawn(data)
    wild(data, covariates=["before"])
    rct.step_down(data, "kwh", also=["gas"], treatment="arm", cluster="school", draws=99)
    rct.cace(data.assign(got=data.arm), "kwh", delivered="got", assigned="arm", cluster="school")
    pd.testing.assert_frame_equal(data, before)
